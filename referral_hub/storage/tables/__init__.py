"""All tables of the hub on one metadata."""

from __future__ import annotations

from referral_hub.storage.schema import metadata
from referral_hub.storage.tables import (
    accounts,
    care,
    changes,
    directory,
    duplicates,
    geocoding,
    history,
    imports,
    matching,
    provenance,
    referrals,
    room,
    taxonomies,
)

__all__ = [
    "accounts",
    "care",
    "changes",
    "directory",
    "duplicates",
    "geocoding",
    "history",
    "imports",
    "matching",
    "metadata",
    "provenance",
    "referrals",
    "room",
    "taxonomies",
]
