"""Links that people are sent: their addresses, and the words that go with them."""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from server.web.keys import LANGUAGES, SETTINGS
from sessions.desk.tickets import TicketFile
from sessions.people.invitations import Invitation


def base_url(request: web.Request) -> str:
    """How people reach this server: the setting, else as this request did."""
    configured = request.app[SETTINGS].public_url
    return configured or f"{request.scheme}://{request.host}"


def join_url(request: web.Request, token: str) -> str:
    """The link of an invitation."""
    return f"{base_url(request)}/j/{token}"


def sending(
    request: web.Request, invitation: Invitation, token: str, file: TicketFile, caller: str
) -> dict[str, Any]:
    """Everything to hand an invitation over: its link, ``sms:`` (RFC 5724) and ``mailto:``
    (RFC 6068) links with the text in the customer's language, and the QR code's address."""
    url = join_url(request, token)
    languages = request.app[LANGUAGES]
    subject = languages.text(invitation.language, "Video help with %(title)s") % {
        "title": file.ticket.title
    }
    text = languages.text(
        invitation.language,
        "Hello %(name)s, %(caller)s will help you by video with “%(title)s”. "
        "Please open this link on your phone, beside the machine: %(url)s",
    ) % {
        "name": invitation.name,
        "caller": caller,
        "title": file.ticket.title,
        "url": url,
    }
    return {
        "id": str(invitation.id),
        "name": invitation.name,
        "url": url,
        "qr_url": f"/invitations/qr.svg?link={quote(token)}",
        "qr": f"/invitations/qr.svg?link={quote(token)}",
        "sms": f"sms:?&body={quote(text)}",
        "mailto": f"mailto:?subject={quote(subject)}&body={quote(text)}",
        "expires_at": invitation.expires_at,
    }
