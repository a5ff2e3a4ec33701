"""Settings: each with a default and a word of help, from the environment, a file, the defaults."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from server.cli import main
from server.settings import PREFIX, Settings, listing


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.delenv("FARHAND_CONFIG", raising=False)


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.stdout, result.stderr


def test_every_setting_is_listed_with_its_default() -> None:
    code, out, _ = run("settings", "--json")
    assert code == 0
    rows = {row["variable"]: row for row in json.loads(out)}
    assert rows.keys() == {PREFIX + name.upper() for name in Settings.model_fields}
    assert rows["FARHAND_PORT"]["default"] == rows["FARHAND_PORT"]["value"] == "8080"
    assert all(row["help"] for row in rows.values())
    code, out, _ = run("settings")
    assert code == 0
    assert all(variable in out for variable in rows)


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "farhand.toml").write_text('port = 9000\nlog_level = "warning"\n')
    monkeypatch.setenv("FARHAND_PORT", "9001")
    made = Settings()
    assert (made.port, made.log_level, made.media_port) == (9001, "warning", 8081)


def test_another_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("port = 9002\n")
    monkeypatch.setenv("FARHAND_CONFIG", str(tmp_path / "other.toml"))
    assert Settings().port == 9002


UNSAFE = [
    ("port", "70000"),
    ("port", "eighty"),
    ("media_port", "-1"),
    ("public_address", "example.com"),
    ("public_address", "192.0.2.1, nowhere"),
    ("public_url", "help.example"),
    ("public_url", "javascript:alert(1)"),
    ("invitation_hours", "0"),
    ("invitation_hours", "100000"),
    ("body_limit_kib", "1"),
    ("produce_processes", "0"),
    ("hello_seconds", "0"),
    ("drain_seconds", "-1"),
    ("log_level", "chatty"),
    ("media_host", "localhost"),
    ("database_url", "the database"),
    ("turn_urls", "turn.example"),
    ("turn_urls", "stun:stun.example"),
    ("turn_urls", "turns:turn.example:443?transport=tcp, turn:user@turn.example"),
    ("turn_secret", "short"),
    ("turn_hours", "0"),
]


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_an_unsafe_value_refuses_to_start_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), value)
    code, out, err = run("settings")
    assert code == 2
    assert out == ""
    assert re.fullmatch(rf"farhand: setting {name}: [^\n]+\n", err)


def test_a_certificate_needs_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chain.pem").touch()
    monkeypatch.setenv("FARHAND_TLS_CERTIFICATE", "chain.pem")
    code, _, err = run("settings")
    assert code == 2
    assert "tls_certificate and tls_key go together" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("turn_urls", "turn:turn.example"), ("turn_secret", "a secret that is long")],
)
def test_a_turn_server_needs_its_secret(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), value)
    code, _, err = run("settings")
    assert code == 2
    assert "turn_urls and turn_secret go together" in err
    assert err.count("\n") == 1


def test_the_secret_of_a_turn_server_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARHAND_TURN_URLS", "turns:[2001:db8::1]:443?transport=tcp,turn:a.example")
    monkeypatch.setenv("FARHAND_TURN_SECRET", "a secret that is long")
    for arguments in (("settings",), ("settings", "--json")):
        code, out, _ = run(*arguments)
        assert code == 0
        assert "a secret" not in out
        assert "turn:a.example" in out
    assert "a secret" not in repr(Settings())


def test_a_certificate_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARHAND_TLS_CERTIFICATE", "nowhere.pem")
    monkeypatch.setenv("FARHAND_TLS_KEY", "nowhere.key")
    code, _, err = run("settings")
    assert code == 2
    assert "tls_certificate" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "text",
    ["port = ", "prot = 9000\n", "port = 70000\n", "\x00"],
    ids=["cut", "misspelt", "unsafe", "nul"],
)
def test_a_file_that_is_not_right_refuses_to_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "farhand.toml").write_text(text)
    code, _, err = run("settings")
    assert code == 2
    assert err.startswith("farhand: setting")
    assert "farhand.toml" in err or "prot" in err or "port" in err
    assert err.count("\n") == 1


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FARHAND_CONFIG", "nowhere.toml")
    code, _, err = run("settings")
    assert code == 2
    assert "nowhere.toml" in err
    assert err.count("\n") == 1


def test_a_password_in_a_setting_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://farhand:secret@db.example/farhand"
    monkeypatch.setenv("FARHAND_DATABASE_URL", url)
    for arguments in (("settings",), ("settings", "--json")):
        code, out, _ = run(*arguments)
        assert code == 0
        assert "secret" not in out
        assert "db.example" in out


def test_settings_pass_whole_to_a_process_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Settings(
        port=0,
        public_address="192.0.2.1",
        data_dir=Path("elsewhere"),
        turn_urls="turn:turn.example",
        turn_secret="a secret that is long",
    )
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == made


def test_the_address_people_open_has_no_slash_at_its_end() -> None:
    assert Settings(public_url="https://help.example/").public_url == "https://help.example"
    with pytest.raises(ValidationError):
        Settings(public_url="ftp://help.example")


def test_the_listing_is_of_what_is_in_force() -> None:
    rows = {row["variable"]: row["value"] for row in listing(Settings(port=0))}
    assert rows["FARHAND_PORT"] == "0"
