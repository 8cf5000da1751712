"""The browser's side of safety: session cookie, forgery token, headers."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import RequestEncodingType
from litestar.template.base import csrf_token as token_of_context
from litestar.types import Message, Scope

from referral_hub.errors import Invalid
from referral_hub.settings import Settings

CSRF_FIELD = "_csrf_token"
"""Name of the hidden field that every form carries."""

POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
HALF_A_YEAR = 60 * 60 * 24 * 182


def session_cookie_name(settings: Settings) -> str:
    """`__Host-` binds the cookie to this host over https; browsers refuse that name over plain http."""
    return "__Host-session" if settings.has_https else "session"


def session_cookie(settings: Settings, secret: str) -> Cookie:
    """The cookie of a new session; an empty secret takes it away. It ends with the browser: the server holds the expiry."""
    return Cookie(
        key=session_cookie_name(settings),
        value=secret,
        path="/",
        httponly=True,
        secure=settings.has_https,
        samesite="lax",
        max_age=None if secret else 0,
    )


async def check_text(request: Request[Any, Any, Any]) -> None:
    """Refuse forms and addresses with zero characters, which PostgreSQL cannot store; before anything is read.

    Raises:
        Invalid: there is one.
    """
    asked = request.scope["query_string"]
    if request.headers.get("content-type", "").startswith(RequestEncodingType.URL_ENCODED):
        asked += b"&" + await request.body()
    if b"%00" in asked or b"\x00" in asked:
        raise Invalid("What was sent holds a zero character. Type it anew instead of pasting it.")


def csrf_token(request: Request[Any, Any, Any]) -> str:
    """The value of CSRF_FIELD for a form on this page."""
    return token_of_context({"request": request})


def add_headers(settings: Settings) -> Any:
    """A `before_send` hook that sets the headers on every answer that has not set its own."""
    always = HEADERS | ({"strict-transport-security": f"max-age={HALF_A_YEAR}"} if settings.has_https else {})
    of_a_file = [(name.encode(), value.encode()) for name, value in always.items()]
    of_an_answer = [*of_a_file, (b"cache-control", b"no-store")]

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message).headers
        own = {name.lower() for name, _ in headers}
        headers += [header for header in (of_a_file if scope["path"].startswith("/static/") else of_an_answer) if header[0] not in own]

    return add
