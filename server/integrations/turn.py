"""Time-limited credentials for one's own TURN server, the last resort where all else is blocked."""

import base64
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

IceServers = Callable[[str, datetime], list[dict[str, Any]]]


def ice_servers(urls: Sequence[str], secret: str, lasts: timedelta) -> IceServers:
    """What gives a participant's ``RTCIceServer`` entries (W3C WebRTC section 4.2.4) at a moment:
    none where there are no URLs.

    The name is the second since 1970 at which the credentials end, a colon and the participant;
    the password is the name's HMAC-SHA1 by the secret, which the TURN server works out for itself
    (draft-uberti-behave-turn-rest-00; coturn calls it ``use-auth-secret``).
    """

    def servers(participant: str, now: datetime) -> list[dict[str, Any]]:
        if not urls:
            return []
        username = f"{int((now + lasts).timestamp())}:{participant}"
        digest = hmac.digest(secret.encode(), username.encode(), "sha1")
        credential = base64.b64encode(digest).decode()
        return [{"urls": list(urls), "username": username, "credential": credential}]

    return servers
