"""Credentials for a TURN server: they end, and the server can work them out."""

from datetime import UTC, datetime, timedelta

from server.integrations.turn import ice_servers

NOW = datetime(2026, 11, 22, 17, 47, tzinfo=UTC)
URLS = ("turns:turn.example:443?transport=tcp", "turn:turn.example")


def test_credentials_name_their_end_and_whose_they_are() -> None:
    (server,) = ice_servers(URLS, "shared secret", timedelta(hours=12))("kim", NOW)
    assert server == {
        "urls": list(URLS),
        "username": "1795412820:kim",
        # printf '1795412820:kim' | openssl dgst -sha1 -hmac 'shared secret' -binary | base64
        "credential": "57pOH+P1xlaitB4G3J7GonnOF1c=",
    }


def test_without_servers_there_is_nothing() -> None:
    assert ice_servers((), "", timedelta(hours=12))("kim", NOW) == []
