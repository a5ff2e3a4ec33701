"""What kind of browser asks: one built into another app, a messenger's preview, or a real one."""

import re
from urllib.parse import quote, urlsplit

from aiohttp import web

# Browsers inside other apps: most give a page no camera. This is the only list of them.
BUILT_IN = re.compile(
    r"MicroMessenger|KAKAOTALK|NAVER\(inapp|\bLine/|FBAN|FBAV|Instagram|DingTalk|\bQQ/|Weibo"
    r"|Feishu|Lark/|aliapp|musical_ly|BytedanceWebview|Snapchat|Zalo|; wv\)",
    re.IGNORECASE,
)
# What messengers fetch a link with, to show a preview of it; nobody sits before them.
PREVIEW = re.compile(
    r"facebookexternalhit|Facebot|kakaotalk-scrap|line-poker|WhatsApp/|TelegramBot|Twitterbot"
    r"|Slackbot|Slack-ImgProxy|Discordbot|LinkedInBot|SkypeUriPreview|Viber|Zalobot|vkShare"
    r"|redditbot|Iframely|Embedly|BingPreview|Googlebot|GoogleMessages|Google-PageRenderer"
    r"|\bYeti/|Applebot|Bytespider|DingTalkBot|okhttp/",
    re.IGNORECASE,
)
SAFARI_SCHEME_SINCE = 17  # iOS


def agent(request: web.Request) -> str:
    return request.headers.get("User-Agent", "")


def is_built_in(request: web.Request) -> bool:
    """Whether a browser inside another app asks."""
    return BUILT_IN.search(agent(request)) is not None


def is_preview(request: web.Request) -> bool:
    """Whether a robot asks, or nobody wants the page itself. A browser that says that a person
    navigates (W3C Fetch Metadata) is none, whatever its name."""
    if request.method == "HEAD":
        return True
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate"
    return not navigates and PREVIEW.search(agent(request)) is not None


def way_out(request: web.Request, link: str) -> str | None:
    """An address that makes the app open ``link`` in the real browser, where there is one."""
    browser = agent(request)
    if re.search("KAKAOTALK", browser, re.IGNORECASE):
        return f"kakaotalk://web/openExternal?url={quote(link, safe='')}"
    if re.search(r"\bLine/", browser):
        return f"{link}?openExternalBrowser=1"
    parts = urlsplit(link)
    if parts.scheme != "https":
        return None
    to = f"{parts.netloc}{parts.path}"
    if "Android" in browser:
        return f"intent://{to}#Intent;scheme=https;action=android.intent.action.VIEW;end"
    version = re.search(r"\((?:iPhone|iPad).* OS (\d+)_", browser)
    if version and int(version[1]) >= SAFARI_SCHEME_SINCE:
        return f"x-safari-https://{to}"
    return None
