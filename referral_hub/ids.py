"""Ids: UUIDv7, so that they sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

VERSION = 7
"""Of the UUIDs of the hub's records."""
_USUAL_LENGTH, _VERSION_AT = 36, 14
_LENGTHS = frozenset({32, 36, 38, 45})
"""Bare digits, with dashes, in braces, as a URN."""


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def kept_id(text: str) -> UUID | None:
    """The id that a source gave, where it is a UUIDv7 and so may stay; else None."""
    if len(text) not in _LENGTHS or (len(text) == _USUAL_LENGTH and text[_VERSION_AT] != str(VERSION)):
        return None  # most ids of most sources: told without reading them
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if found.version == VERSION else None
