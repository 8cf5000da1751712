"""Conditional requests (RFC 9110): an answer that the asker has already is not made again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from litestar import Request, Response
from msgspec import Struct

Asked = Request[Any, Any, Any]


class Validators(Struct, frozen=True):
    """What tells one state of an answer from another."""

    etag: str
    """Weak: the same answer may come compressed."""
    changed: datetime | None
    """A whole second; None where it has not passed yet, so that no later change can share it."""

    def headers(self) -> dict[str, str]:
        """To be kept by anybody, and to be asked about each time."""
        told = {"ETag": self.etag, "Cache-Control": "public, no-cache"}
        return told | ({"Last-Modified": format_datetime(self.changed, usegmt=True)} if self.changed else {})


def validators_of(request: Asked, state: tuple[int, ...], second: int, now: datetime) -> Validators:
    """Of an answer that follows from `state` and the request's address; `second` of the last change, 0 for none."""
    address = f"{request.scope['path']}?".encode() + request.scope["query_string"]
    digest = hashlib.sha256(repr(state).encode() + b"\0" + address).hexdigest()[:32]
    changed = datetime.fromtimestamp(second, UTC) if 0 < second <= now.timestamp() else None
    return Validators(f'W/"{digest}"', changed)


def is_known(request: Asked, validators: Validators) -> bool:
    """Whether the asker has this answer: by its tag, else by its time."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        given = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return "*" in given or validators.etag.removeprefix("W/") in given
    since = _moment(request.headers.get("if-modified-since"))
    return since is not None and validators.changed is not None and validators.changed <= since


def not_modified(validators: Validators) -> Response[bytes]:
    """304, which says that what the asker has is still true."""
    return Response(b"", status_code=304, headers=validators.headers())


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
