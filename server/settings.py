"""Every setting, with its default, its bounds and what it is for."""

import ipaddress
import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from recordings.disk import RATED_CALLS

PREFIX = "FARHAND_"
FILE_VARIABLE = "FARHAND_CONFIG"
DEFAULT_FILE = "farhand.toml"
SHORTEST_SECRET = 16

# RFC 7065: no user, no path, a transport at most.
_TURN_URL = re.compile(
    r"turns?:(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?",
    re.IGNORECASE,
)


class FileUnreadable(ValueError):
    """The file of settings cannot be read; the text says which and why."""


class Settings(BaseSettings):
    """Settings from ``FARHAND_…`` in the environment, then from the file ``FARHAND_CONFIG``
    names (TOML, default ``farhand.toml``), then the defaults."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    data_dir: Path = Field(Path("var"), description="Folder of the database and recordings.")
    database_url: str = Field(
        "",
        description="SQLAlchemy URL with an async driver; empty: SQLite in the data folder.",
    )
    host: str = Field("0.0.0.0", description="Address the web server listens on.")  # noqa: S104
    port: int = Field(8080, ge=0, le=65535, description="Port of the web server; 0: any free.")
    media_host: str = Field("0.0.0.0", description="Address the media port listens on.")  # noqa: S104
    media_port: int = Field(
        8081, ge=0, le=65535, description="UDP and TCP port of all calls' media; 0: any free."
    )
    public_address: str = Field(
        "",
        description="Addresses under which browsers reach the media port, separated by commas; "
        "empty: this machine's own.",
    )
    public_url: str = Field(
        "",
        description="Address of the web server as people open it, such as https://help.example; "
        "empty: taken from each request.",
    )
    turn_urls: str = Field(
        "",
        description="TURN servers of your own for networks that block all else, such as "
        "turns:turn.example:443?transport=tcp, separated by commas; empty: none.",
    )
    turn_secret: SecretStr = Field(
        SecretStr(""), description="Secret shared with the TURN servers; see docs/TURN.md."
    )
    turn_hours: float = Field(
        12, gt=0, le=24 * 7, description="Hours for which credentials for the TURN servers hold."
    )
    tls_certificate: FilePath | None = Field(None, description="PEM certificate chain for HTTPS.")
    tls_key: FilePath | None = Field(None, description="PEM private key for HTTPS.")
    trust_proxy: bool = Field(
        False,
        description="Believe X-Forwarded-For and X-Forwarded-Proto: only behind an own proxy.",
    )
    invitation_hours: float = Field(
        24, gt=0, le=24 * 30, description="Hours an invitation lives before its first use."
    )
    body_limit_kib: int = Field(
        256, ge=16, le=16384, description="Largest request body accepted, KiB."
    )
    hello_seconds: float = Field(
        10, gt=0, le=60, description="Longest wait for a connection to say who it is."
    )
    drain_seconds: float = Field(
        5, ge=0, le=3600, description="Longest wait for rooms and captures to close at the end."
    )
    rated_calls: int = Field(
        RATED_CALLS,
        ge=1,
        le=1000,
        description="Calls recorded at once that this machine is for: a new recording begins only "
        "while the disk has room for two hours of so many, and a tenth of it is free.",
    )
    produce_processes: int = Field(
        1, ge=1, le=32, description="Recordings produced at the same time."
    )
    mix_ahead_seconds: float = Field(
        300,
        ge=0,
        le=3600,
        description="Seconds between two times that running recordings are mixed ahead; 0: never.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _file_source(settings_cls)

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        try:
            make_url(value or "sqlite://")
        except ArgumentError:
            raise ValueError("is not an SQLAlchemy URL") from None
        return value

    @field_validator("media_host")
    @classmethod
    def _address(cls, value: str) -> str:
        ipaddress.ip_address(value)
        return value

    @field_validator("public_address")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for part in _parts(value):
            ipaddress.ip_address(part)
        return value

    @field_validator("public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("turn_urls")
    @classmethod
    def _turn(cls, value: str) -> str:
        for part in _parts(value):
            if not _TURN_URL.fullmatch(part):
                raise ValueError("must be URLs such as turns:turn.example:443?transport=tcp")
        return value

    @field_validator("turn_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"must have at least {SHORTEST_SECRET} characters")
        return value

    @model_validator(mode="after")
    def _turn_pair(self) -> "Settings":
        if bool(self.turn_servers) != bool(self.turn_secret.get_secret_value()):
            raise ValueError("turn_urls and turn_secret go together")
        return self

    @model_validator(mode="after")
    def _tls_pair(self) -> "Settings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key go together")
        return self

    @property
    def public_addresses(self) -> tuple[str, ...]:
        return tuple(_parts(self.public_address))

    @property
    def turn_servers(self) -> tuple[str, ...]:
        return tuple(_parts(self.turn_urls))

    @property
    def turn_lasts(self) -> timedelta:
        return timedelta(hours=self.turn_hours)

    def environment(self) -> dict[str, str]:
        """These settings as environment variables, for a process of our own."""
        return {
            PREFIX + name.upper(): _plain(value)
            for name in Settings.model_fields
            if (value := getattr(self, name)) is not None
        }

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'farhand.sqlite'}"

    @property
    def recordings_dir(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def photos_dir(self) -> Path:
        return self.data_dir / "photos"

    @property
    def invitation_lasts(self) -> timedelta:
        return timedelta(hours=self.invitation_hours)


def _file_source(settings: type[BaseSettings]) -> TomlConfigSettingsSource:
    named = os.environ.get(FILE_VARIABLE)
    file = Path(named or DEFAULT_FILE)
    if named and not file.is_file():
        raise FileUnreadable(f"{FILE_VARIABLE}: there is no file {file}")
    try:
        return TomlConfigSettingsSource(settings, file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise FileUnreadable(f"file {file}: {problem}") from problem


def _parts(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def listing(settings: Settings) -> list[dict[str, Any]]:
    """Every setting: its variable, value, default and description, for ``farhand settings``.
    A secret, or a password in a URL, is not shown."""
    return [
        {
            "variable": PREFIX + name.upper(),
            "value": _shown(getattr(settings, name)),
            "default": str(field.default),
            "help": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: Any) -> str:
    if isinstance(value, str) and "://" in value:
        return make_url(value).render_as_string(hide_password=True)
    return str(value)
