"""Records that hang on others of their own kind, parents before children: the order that a database takes them in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from referral_hub.partners.model import Row

R = TypeVar("R", bound=Row)
PARENTS = {"organization": "parent_organization_id", "taxonomy_term": "parent_id"}
"""Kind -> the field that names the parent."""


def parents_first(records: Sequence[R], field: str) -> tuple[list[R], list[R]]:
    """(the records, none before its parent; those that went round in a circle and have lost theirs)."""
    known = {record.id for record in records}
    placed: set[UUID] = set()
    ordered: list[R] = []
    circled: list[R] = []
    waiting = list(records)
    while waiting:
        ready = [one for one in waiting if getattr(one, field) not in known or getattr(one, field) in placed]
        if not ready:
            ready = circled = [msgspec.structs.replace(one, **{field: None}) for one in waiting]
        ordered += ready
        placed |= {one.id for one in ready}
        waiting = [one for one in waiting if one.id not in placed]
    return ordered, circled
