"""Whose word stands: the newest of what was said of the field and of the whole record; and what that is worth as it grows old."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from referral_hub.ids import new_id
from referral_hub.partners.freshness import Freshness
from referral_hub.partners.model import Phone
from referral_hub.partners.provenance import FieldAssurance, Origin, is_held, provenance_of, stands_for

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)


def said(field: str, source: str, days_ago: int) -> FieldAssurance:
    return FieldAssurance(
        id=new_id(), change_set_id=new_id(), kind="phone", record_id=new_id(), field=field, source=source, assured_at=NOW - timedelta(days=days_ago)
    )


@pytest.mark.parametrize(
    ("statements", "source", "held"),
    [
        ([], None, False),
        ([("number", "partner", 9)], "partner", True),
        ([("number", "county list", 9)], "county list", False),
        ([("", "coordinator", 9)], "coordinator", True),
        ([("", "partner", 9), ("number", "county list", 1)], "county list", False),
        ([("", "partner", 1), ("number", "county list", 9)], "partner", True),
        ([("", "partner", 9), ("number", "coordinator", 1)], "coordinator", True),
        ([("type", "partner", 1)], None, False),
    ],
)
def test_the_newest_word_stands(statements: list[tuple[str, str, int]], source: str | None, held: bool):
    given = {field: said(field, by, days) for field, by, days in statements}
    last = stands_for(given, "number")
    assert (last and last.source, is_held(given, "number")) == (source, held)


@pytest.mark.parametrize(
    ("days", "worth"), [(0, Freshness.FRESH), (89, Freshness.FRESH), (90, Freshness.AGING), (180, Freshness.AGING), (181, Freshness.STALE), (None, Freshness.STALE)]
)
@pytest.mark.parametrize("by_person", [True, False])
def test_a_word_grows_old(days: int | None, worth: Freshness, by_person: bool):
    phone = Phone(id=new_id(), number="410-555-0101")
    day = None if days is None else NOW.date() - timedelta(days=days)
    statements = {"number": said("number", "partner", days)} if by_person and days is not None else {}
    origin = Origin(source="county list", row=7, source_id="7", imported_at=NOW)
    (found,) = provenance_of("phone", phone, statements, origin, None if by_person else day, date(2026, 11, 23))
    assert (found.field, found.value, found.assured_on, found.confidence) == ("number", "410-555-0101", day, worth)
    from_person = bool(statements)
    assert (found.source, found.source_row) == (("partner", None) if from_person else ("county list", 7))
