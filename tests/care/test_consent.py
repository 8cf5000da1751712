"""Whether the patient has agreed: the truth table of consent_covers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from referral_hub.care.consent import SAYS, SENSITIVE_TERMS, Gap, NotCovered, consent_covers
from referral_hub.care.model import Consent
from referral_hub.ids import new_id
from referral_hub.partners import taxonomy

PANTRY, SHELTER, OMAR = new_id(), new_id(), new_id()
DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def consent(**changes: Any) -> Consent:
    given: dict[str, Any] = {
        "categories": ["food"],
        "recipients": [],
        "starts_on": date(2026, 11, 1),
        "ends_on": date(2026, 12, 1),
        "how_given": "in_person",
    }
    return Consent(id=new_id(), patient_id=OMAR, recorded_at=NOON, **(given | changes))


@pytest.mark.parametrize(
    ("changes", "domain", "term", "recipient", "day", "gap"),
    [
        ({}, "food", "food-pantry", PANTRY, DAY, None),
        ({}, "food", None, PANTRY, date(2026, 11, 1), None),
        ({}, "food", None, PANTRY, date(2026, 12, 1), None),
        ({}, "food", None, PANTRY, date(2026, 10, 31), Gap.NOT_STARTED),
        ({}, "food", None, PANTRY, date(2026, 12, 2), Gap.ENDED),
        ({}, "housing", None, PANTRY, DAY, Gap.CATEGORY),
        ({"categories": []}, "food", None, PANTRY, DAY, Gap.CATEGORY),
        ({"categories": ["food", "housing"]}, "housing", "rent-help", SHELTER, DAY, None),
        ({"recipients": [PANTRY]}, "food", None, PANTRY, DAY, None),
        ({"recipients": [PANTRY]}, "food", None, SHELTER, DAY, Gap.RECIPIENT),
        ({"recipients": [PANTRY, SHELTER]}, "food", None, SHELTER, DAY, None),
        ({"revoked_at": NOON}, "food", None, PANTRY, DAY, Gap.REVOKED),
        ({"purpose": "research"}, "food", None, PANTRY, DAY, Gap.PURPOSE),
        ({"categories": ["housing"]}, "housing", "domestic-violence-shelter", SHELTER, DAY, Gap.SENSITIVE),
        ({"categories": ["domestic-violence-shelter"]}, "housing", "domestic-violence-shelter", SHELTER, DAY, None),
        ({"categories": ["domestic-violence-shelter"]}, "housing", "rent-help", SHELTER, DAY, Gap.CATEGORY),
        ({"categories": ["health"]}, "health", "substance-use", SHELTER, DAY, Gap.SENSITIVE),
        ({"categories": ["health"]}, "health", "dental", SHELTER, DAY, None),
    ],
)
def test_truth_table(changes: dict[str, Any], domain: str, term: str | None, recipient: UUID, day: date, gap: Gap | None) -> None:
    answer = consent_covers([consent(**changes)], domain, recipient, day, term=term)
    assert answer == (True if gap is None else NotCovered(gap))


def test_one_consent_that_covers_is_enough_in_any_order() -> None:
    good, revoked = consent(), consent(revoked_at=NOON)
    for consents in ([good, revoked], [revoked, good]):
        assert consent_covers(consents, "food", PANTRY, DAY) is True


def test_two_consents_do_not_add_up() -> None:
    food_elsewhere, housing_here = consent(recipients=[SHELTER]), consent(categories=["housing"], recipients=[PANTRY])
    assert not consent_covers([food_elsewhere, housing_here], "food", PANTRY, DAY)


def test_every_single_gap_keeps_a_consent_from_covering() -> None:
    spoilers: list[dict[str, Any]] = [
        {"purpose": "research"},
        {"revoked_at": NOON},
        {"starts_on": date(2026, 11, 24)},
        {"ends_on": date(2026, 11, 22)},
        {"categories": ["housing"]},
        {"recipients": [SHELTER]},
    ]
    for chosen in product([False, True], repeat=len(spoilers)):
        changes: dict[str, Any] = {}
        for is_chosen, spoiler in zip(chosen, spoilers, strict=True):
            changes |= spoiler if is_chosen else {}
        assert bool(consent_covers([consent(**changes)], "food", PANTRY, DAY)) is not any(chosen)


def test_without_any_consent_nothing_is_covered_and_the_answer_is_falsy() -> None:
    answer = consent_covers([], "food", PANTRY, DAY)
    assert answer == NotCovered(Gap.NONE_ON_RECORD)
    assert not answer
    assert bool(answer) is False


def test_the_gap_told_is_that_of_the_consent_that_comes_nearest() -> None:
    answer = consent_covers(
        [consent(revoked_at=NOON), consent(recipients=[SHELTER]), consent(ends_on=date(2026, 11, 2))], "food", PANTRY, DAY
    )
    assert answer == NotCovered(Gap.RECIPIENT)


def test_every_gap_has_a_sentence_and_every_sensitive_term_is_in_the_taxonomy() -> None:
    assert set(SAYS) == set(Gap)
    assert taxonomy.BY_CODE.keys() >= SENSITIVE_TERMS
