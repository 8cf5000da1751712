"""Ids: UUIDv7, so that they sort by the time they were made."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

VERSION = 7
"""Of the UUIDs of the hub's records."""


def new_id() -> UUID:
    """A fresh UUIDv7."""
    return uuid7()


def kept_id(text: str) -> UUID | None:
    """The id that a source gave, where it is a UUIDv7 and so may stay; else None."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if found.version == VERSION else None
