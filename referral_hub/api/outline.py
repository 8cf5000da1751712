"""What is wrong with a body that nothing can be made of: too large, too deep, no text, or numbers that JSON has not.

The field is named without reading all of what it holds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import isinf
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from msgspec import Raw, Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching.facts import LONGEST_PATH, Facts, Home, MatchRequest, field_error

LARGEST_MATCH = 250_000
"""Bytes; a household with everything on record needs a tenth."""
LARGEST_NAMED = 16_000_000
"""Bytes; a larger body is refused without a look at it."""
MOST_NAMED = 20
LONGEST_NUMBER = 300
"""Digits; what is longer is not a number that can be reckoned with."""
_TOO_LARGE = 413
_SUSPECT = re.compile(rb"NaN|Infinity|[eE]\+?\d{3}|\d{%d}" % LONGEST_NUMBER)


def _outline_of(kind: type[Struct]) -> type[Struct]:
    """The same fields, each as the bytes it has: what comes in is passed over, not made."""
    fields = [(name, Raw, msgspec.field(default_factory=Raw)) for name in kind.__struct_fields__]
    return msgspec.defstruct(f"{kind.__name__}Outline", fields, forbid_unknown_fields=True)


_OUTLINES = {"": _outline_of(MatchRequest), "facts": _outline_of(Facts), "facts.home": _outline_of(Home)}


class MatchHttpRequest(Request[Any, Any, Any]):
    """A request whose body is read as a match request at once.

    One that does not fit stays plain JSON: Litestar then says what is wrong with it, as everywhere.
    """

    _asked: MatchRequest | None = None

    def read(self, body: bytes) -> MatchRequest | None:
        """What is asked; None where the body does not fit."""
        if self._asked is None:
            with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                self._asked = _read_match(body)
        return self._asked

    async def json(self) -> Any:
        """A MatchRequest; else what the body holds."""
        return self.read(await self.body()) or await super().json()


_read_match = msgspec.json.Decoder(MatchRequest, strict=False).decode
"""As lax with words for numbers as Litestar is."""


_ZERO = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_HOLDS_ZERO = "holds a zero character; leave it out"


async def check_text(request: Request[Any, Any, Any]) -> None:
    """Refuse a body that is no UTF-8, or nested deeper than can be read, and zero characters, which PostgreSQL cannot store.

    Raises:
        Invalid: `errors` names `body` or `query`.
    """
    if b"%00" in request.scope["query_string"]:
        raise _invalid(FieldError("query", _HOLDS_ZERO))
    if request.method != "GET":
        _check_text(await request.body())


def _check_text(body: bytes) -> None:
    if _ZERO.search(body):
        raise _invalid(FieldError("body", _HOLDS_ZERO))
    try:
        body.decode()
        msgspec.json.decode(body, type=Raw)
    except UnicodeDecodeError as fault:
        raise _invalid(FieldError("body", "is not UTF-8")) from fault
    except RecursionError as fault:
        raise _invalid(FieldError("body", "is nested too deep")) from fault
    except msgspec.DecodeError:
        return  # whoever reads it says what is wrong


async def check_match(request: Request[Any, Any, Any]) -> None:
    """Refuse a match request that no household needs before anything is made of it.

    One that can be read as a match request is none of those, whatever its words look like.

    Raises:
        Invalid: `errors` names the field that is too large, or that holds NaN or Infinity; `body` where nothing tells which.
    """
    try:
        body = await request.body()
    except HTTPException as fault:
        if fault.status_code != _TOO_LARGE:
            raise
        raise _invalid(FieldError("body", f"must be at most {LARGEST_MATCH:,} bytes")) from fault
    if len(body) > LARGEST_MATCH:
        raise _invalid(largest_field(body))
    if isinstance(request, MatchHttpRequest) and request.read(body) is not None:
        return
    _check_text(body)
    faults = numbers_in(body) if _SUSPECT.search(body) else []
    if faults:
        raise _invalid(*faults)


def largest_field(body: bytes) -> FieldError:
    """The field that makes a body too large."""
    path, part = "", body
    while path in _OUTLINES:
        kind = _OUTLINES[path]
        try:
            outline = msgspec.json.decode(part, type=kind)
        except msgspec.ValidationError as fault:
            found = field_error(fault)
            return FieldError(".".join(filter(None, (path, "" if found.field == "body" else found.field))) or "body", found.message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return FieldError(path or "body", "is too large, and not JSON")
        name = max(kind.__struct_fields__, key=lambda one: len(getattr(outline, one)))
        part, path = bytes(getattr(outline, name)), f"{path}.{name}" if path else name
    return FieldError(path, f"is too large: a request is at most {LARGEST_MATCH:,} bytes")


def numbers_in(body: bytes) -> list[FieldError]:
    """The paths of NaN, Infinity and numbers beyond all bounds, which some programs write although JSON has no such numbers."""
    try:
        read = json.loads(body, parse_constant=_Constant, parse_float=_finite, parse_int=_short)
        found = list(_walk("", read))
    except (ValueError, RecursionError):
        return []
    return [FieldError(path[:LONGEST_PATH] or "body", f"is {word[:20]}: no number to reckon with") for path, word in found[:MOST_NAMED]]


def _finite(word: str) -> object:
    return _Constant(word) if isinf(float(word)) else 0


def _short(word: str) -> object:
    return _Constant(word) if len(word) > LONGEST_NUMBER else 0


class _Constant(str):
    """The word that stood where a number was expected."""

    __slots__ = ()


def _walk(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Constant):
        yield path, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _walk(f"{path}.{name}" if path else name, part)
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _walk(f"{path}[{number}]", part)


def _invalid(*faults: FieldError) -> Invalid:
    return Invalid("The match request cannot be taken as it is.", errors=faults)
