"""The ``farhand`` command: people, tokens, links, certificates."""

import asyncio
import ssl
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from server.cli import main
from tests.world import world

Run = Callable[..., Result]
NOBODY = "01920f5e-0000-7000-8000-000000000002"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on a data folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FARHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("FARHAND_PUBLIC_URL", "https://help.example")

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    return command


def add(run: Run, email: str = "Han@Farhand.example", **options: str) -> Result:
    given = {"name": "Han", "role": "engineer", "password": "a long password"} | options
    flags = [part for key, value in given.items() for part in (f"--{key}", value)]
    return run("person", "add", email, *flags)


def test_a_person_is_added_once(run: Run) -> None:
    assert add(run, zone="Asia/Seoul", place="Seoul").exit_code == 0
    again = add(run, email="han@farhand.example")
    assert again.exit_code == 2
    assert again.stderr == (
        "farhand: person-exists: There is already a person with the e-mail address "
        "han@farhand.example.\n"
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"password": "short"}, "password-refused"),
        ({"zone": "Mars/Olympus"}, "zone-unknown"),
        ({"role": "customer"}, "customer"),
        ({"language": "tlh"}, "tlh"),
    ],
)
def test_a_person_who_would_not_work_is_refused(
    run: Run, options: dict[str, str], words: str
) -> None:
    refused = add(run, **options)
    assert refused.exit_code == 2
    assert words in refused.stderr
    assert run("token", "add", "han@farhand.example").exit_code == 1, "nobody was added"


async def test_a_link_and_a_token_open_the_running_server(run: Run, tmp_path: Path) -> None:
    async with world(tmp_path / "data", media_process=False) as farhand:
        await asyncio.to_thread(add, run)
        made = await asyncio.to_thread(run, "person", "link", "han@farhand.example")
        assert made.output.startswith("https://help.example/in/")
        browser = farhand.browser()
        async with browser.get("/in/" + made.output.strip().rpartition("/")[2]) as response:
            assert response.url.path == "/desk"
            assert response.status == 200
        made = await asyncio.to_thread(run, "token", "add", "han@farhand.example")
        program = farhand.browser(Authorization=f"Bearer {made.output.strip()}")
        async with program.get("/api/v1/tickets") as response:
            assert response.status == 200


@pytest.mark.parametrize("command", [("token", "add"), ("person", "link")])
def test_nobody_gets_no_link_and_no_token(run: Run, command: tuple[str, str]) -> None:
    refused = run(*command, "nobody@farhand.example")
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "nobody@farhand.example" in refused.stderr


def test_producing_what_was_not_recorded_is_refused(run: Run) -> None:
    refused = run("produce", NOBODY)
    assert refused.exit_code == 2
    assert refused.stderr.startswith("farhand: recording-unknown: ")
    assert run("produce", "the last one").exit_code == 2


def test_migrate_makes_the_database(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert run("migrate").exit_code == 0
    assert (tmp_path / "data" / "farhand.sqlite").is_file()


def test_a_certificate_is_made_once_and_can_be_served(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    first = run("certificate", str(folder))
    assert first.exit_code == 0
    chain, key = (Path(line) for line in first.output.split())
    kept = chain.read_bytes()
    assert run("certificate", str(folder)).exit_code == 0
    assert chain.read_bytes() == kept
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(chain, key)
    names = x509.load_pem_x509_certificate(kept).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert "127.0.0.1" in map(str, names.value.get_values_for_type(x509.IPAddress))


def test_the_help_names_every_command(run: Run) -> None:
    out = run("--help").output
    for command in ("serve", "settings", "migrate", "produce", "token", "person", "certificate"):
        assert command in out
