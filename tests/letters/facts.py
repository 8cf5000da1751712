"""One letter's facts that the tests vary: Omar, Ana, Harbor Pantry, Monday 23 November 2026."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec.structs import replace

from referral_hub.letters.model import LetterFacts, Paper, Person, Place, Travel
from referral_hub.partners.hours import Interval
from referral_hub.referrals.model import State

TODAY = date(2026, 11, 23)
THANKSGIVING = date(2026, 11, 26)
CODE = "K7WD-3MRX-94TF-HN4P"
LINK = "https://hub.example.org/r/0123456789abcdefABCDEF_-01234567"


def open_on(weekdays: set[int], *, closed: set[date] = frozenset(), start: time = time(9), end: time = time(17)) -> list[Interval]:  # type: ignore[assignment]
    """Every opening of four weeks from TODAY on these weekdays (Monday 0)."""
    days = (TODAY + timedelta(days=n) for n in range(28))
    return [
        Interval(datetime.combine(day, start), datetime.combine(day, end))
        for day in days
        if day.weekday() in weekdays and day not in closed
    ]


PANTRY = Place(
    organization="Harbor Pantry",
    service="Harbor Pantry food boxes",
    term="food-pantry",
    address=["100 Wharf Street", "Baltimore, MD 21230"],
    phones=["410-555-0123"],
    ask_for="Pia P.",
    languages=["en", "es"],
    opens=open_on({0, 3, 4}, closed={THANKSGIVING}),
    papers=[
        Paper(name="Photo ID", code="photo_id", held=True),
        Paper(name="Proof of address", code="proof_of_address", held=False, alternatives=["utility_bill", "lease"]),
        Paper(name="Letter from school", held=None),
    ],
    fees="Free",
)

FACTS = LetterFacts(
    language="en",
    today=TODAY,
    given_name="Omar",
    family_name="Haddad",
    address=["12 Lantern Street", "Baltimore, MD 21201"],
    sender="Bayside Clinic",
    care_manager=Person(name="Ana Ortiz", phone="+14105550101"),
    state=State.SENT,
    due_on=date(2026, 11, 25),
    place=PANTRY,
    free_days=[0, 3],
    travel=Travel(mode="transit", minutes=31.4, miles=2.6),
    code=CODE,
    link=LINK,
    site="hub.example.org/r",
    expires_on=date(2027, 2, 21),
)


def facts(**changes: Any) -> LetterFacts:
    """FACTS with other values; names of Place go to the place."""
    own = set(LetterFacts.__struct_fields__)
    place = replace(FACTS.place, **{name: value for name, value in changes.items() if name not in own})
    return replace(FACTS, place=place, **{name: value for name, value in changes.items() if name in own})
