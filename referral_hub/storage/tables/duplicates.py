"""The table of pairs that may be one record."""

from __future__ import annotations

from referral_hub.partners.duplicates import Duplicate
from referral_hub.storage.schema import table_of

duplicate = table_of(Duplicate, "duplicate", unique=[("first_id", "second_id")], indexes=[("kind", "state")])
"""No references: a pair whose record is gone stays, as what was decided of it."""
