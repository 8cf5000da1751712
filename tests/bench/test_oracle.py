"""The oracle: right on cases that a person worked out, and found to agree with the hub on what nobody worked out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.measure import agrees
from referral_hub.bench.oracle import Answer, Oracle
from referral_hub.bench.oracle_hours import is_open
from referral_hub.bench.oracle_reach import Areas
from referral_hub.bench.oracle_rules import ELIGIBLE, INELIGIBLE, UNKNOWN, is_readable, read_household, verdict
from referral_hub.bench.oracle_text import WordLists
from referral_hub.matching.actions import match_services, rank_services
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.verdicts import verdict_of
from referral_hub.partners.listing import Area, Listing, Named, OpenHours, Point
from referral_hub.partners.model import Precision
from tests.bench.conftest import Staged
from tests.matching.rules import MEDIANS, facts_from, households, nested, rules

NEW_YORK = ZoneInfo("America/New_York")
DAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def _listing(number: int, name: str, **changes: Any) -> Listing:
    usual: dict[str, Any] = {
        "id": UUID(int=number),
        "service": Named(UUID(int=100 + number), name),
        "organization": Named(UUID(int=200), "Bread"),
        "location": Named(UUID(int=300), "Hall"),
        "terms": ["food-pantry"],
        "point": Point(39.29, -76.62, Precision.ROOFTOP),
        "confidential": False,
        "delivered": False,
        "remote": False,
        "service_area": None,
        "rule": None,
        "documents": [],
        "schedule": [],
        "timezone": "America/New_York",
        "languages": ["en"],
        "interpreted_languages": [],
        "accessibility": [],
        "availability": "unknown",
        "capacity": None,
        "assured_date": date(2026, 11, 1),
        "usual_ack_days": 1.0,
        "active": True,
        "referrable": True,
    }
    return Listing(**(usual | changes))


def _ask(listings: list[Listing], **request: Any) -> Answer:
    oracle = Oracle(((one, "") for one in listings), {"food": None, "food-pantry": "food"}, NOW)
    return oracle.answer({"needs": ["food"]} | request)


def test_minutes_are_those_of_a_pencil():
    # A thousandth of a degree of latitude is 111.03 m here, 0.069 miles: 0.069 x 1.41 / 25 x 60 = 0.2335 minutes, and 5 for unknown room.
    (first,) = _ask([_listing(1, "Bread")], facts={"home": {"latitude": 39.291, "longitude": -76.62}}).ranked
    assert first.minutes == pytest.approx(5.2335, abs=0.0005)
    (walked,) = _ask([_listing(1, "Bread")], facts={"home": {"latitude": 39.291, "longitude": -76.62}}, mode="walk").ranked
    assert walked.minutes == pytest.approx(5 + 0.069 * 1.28 / 3 * 60, abs=0.005)


def test_ties_go_by_name_and_then_by_id():
    listings = [_listing(3, "Bread"), _listing(2, "Bread"), _listing(1, "Cakes"), _listing(4, "Bread", active=False)]
    found = _ask(listings, facts={"home": {"latitude": 39.291, "longitude": -76.62}})
    assert [UUID(one.id).int for one in found.ranked] == [2, 3, 1]
    assert found.total == 3


def test_what_has_no_point_is_counted_when_distance_matters_and_found_when_not():
    listings = [_listing(1, "Bread", point=None)]
    home = {"home": {"latitude": 39.291, "longitude": -76.62}}
    assert (_ask(listings, facts=home, max_distance_m=1000.0).total, _ask(listings, facts=home, max_distance_m=1000.0).unplaced) == (0, 1)
    assert (_ask(listings, facts=home).total, _ask(listings, facts=home).unplaced) == (1, 0)
    assert _ask(listings, facts=home, mode="none").total == 0


ONE, OTHER = str(UUID(int=1)), str(UUID(int=2))
ENROLLED = {"type": "enrolled", "any_of": ["snap"]}
POOR = {"type": "income", "max_percent_of_poverty": 185}


@pytest.mark.parametrize(
    ("rule", "facts", "wanted"),
    [
        ({"type": "any", "of": [ENROLLED, POOR]}, {"enrolled": {"snap": True}}, ELIGIBLE),
        ({"type": "all", "of": [ENROLLED, POOR]}, {"enrolled": {"snap": True}}, UNKNOWN),
        ({"type": "any", "of": [ENROLLED, POOR]}, {"enrolled": {"snap": False}}, UNKNOWN),
        ({"type": "all", "of": [ENROLLED, POOR]}, {"enrolled": {"snap": False}}, INELIGIBLE),
        ({"type": "not", "of": ENROLLED}, {"enrolled": {"snap": False}}, ELIGIBLE),
        ({"type": "not", "of": ENROLLED}, {"enrolled": {"snap": True}, "declined": ["enrolled.snap"]}, UNKNOWN),
        (POOR, {"annual_income": 29_526, "household_size": 1}, ELIGIBLE),
        (POOR, {"annual_income": 29_527, "household_size": 1}, INELIGIBLE),
        (POOR, {"annual_income": 29_527, "household_size": 1, "home": {"state": "HI"}}, ELIGIBLE),
        (POOR, {"annual_income": 113_589, "household_size": 9}, ELIGIBLE),
        ({"type": "age", "min": 60, "max": 999}, {"age": 130}, ELIGIBLE),
        ({"type": "age", "min": 60}, {"age": 59.9}, INELIGIBLE),
        ({"type": "visits", "max": 1, "days": 30}, {"visits": ["2026-10-24"]}, ELIGIBLE),
        ({"type": "visits", "max": 1, "days": 30}, {"visits": ["2026-10-25"]}, INELIGIBLE),
        ({"type": "member", "who": {"type": "age", "max": 5}}, {"age": 30, "members": [{"age": 3}]}, ELIGIBLE),
        ({"type": "member", "who": {"type": "age", "max": 5}}, {"age": 30}, UNKNOWN),
        ({"type": "member", "who": {"type": "age", "max": 5}}, {"age": 30, "household_size": 1}, INELIGIBLE),
        ({"type": "lives_in", "counties": ["24510"], "cities": ["Bel Air"]}, {"home": {"county": "24025"}}, UNKNOWN),
        ({"type": "speaks", "any_of": ["es"]}, {"languages": ["es-MX"]}, ELIGIBLE),
        ({"type": "text", "text": "Ask."}, {}, UNKNOWN),
        ({"type": "referred_by", "any_of": ["clinic", "shelter"]}, {"referred_by": {"clinic": True}}, ELIGIBLE),
        ({"type": "referred_by", "any_of": ["clinic", "shelter"]}, {"referred_by": {"clinic": False}}, UNKNOWN),
        ({"type": "referred_by", "any_of": ["clinic"]}, {"referred_by": {"clinic": False}}, INELIGIBLE),
        ({"type": "referred_by", "any_of": ["clinic"]}, {"referred_by": {"clinic": True}, "declined": ["referred_by"]}, UNKNOWN),
        ({"type": "referred_by", "any_of": [ONE]}, {"referred_by": {ONE: True}}, ELIGIBLE),
        ({"type": "referred_by", "any_of": [ONE]}, {"referred_by": {OTHER: True}}, INELIGIBLE),
        ({"type": "referred_by", "any_of": [ONE]}, {"referred_by": {OTHER: False}}, UNKNOWN),
        ({"type": "referred_by", "any_of": [ONE, "clinic"]}, {"referred_by": {OTHER: True}}, UNKNOWN),
    ],
)
def test_verdicts_are_those_of_the_contract(rule: dict[str, Any], facts: dict[str, Any], wanted: int):
    assert verdict(rule, read_household(facts), DAY) == wanted


HALF = {"type": "income", "max_percent_of_area_median": 50}


@pytest.mark.parametrize(
    ("home", "size", "income", "wanted"),
    [
        ({"county": "24510"}, 4, 61_100, ELIGIBLE),
        ({"county": "24510"}, 4, 61_101, INELIGIBLE),
        ({"county": "24510", "state": "MD"}, 1, 42_771, INELIGIBLE),
        ({"county": "24005", "state": "md"}, 9, 70_000, ELIGIBLE),
        ({"county": "24005", "state": "md"}, 9, 70_001, INELIGIBLE),
        ({"state": "MD"}, 4, 0, UNKNOWN),
        ({"county": "24005"}, 4, 0, UNKNOWN),
        ({}, 4, 0, UNKNOWN),
    ],
)
def test_a_share_of_the_areas_median_goes_by_county_then_state(home: dict[str, str], size: int, income: int, wanted: int):
    medians = [{"area": "24510", "year": 2026, "income": 122_200}, {"area": "24005", "year": 2027, "income": 10_000}, {"area": "MD", "year": 2025, "income": 100_000}]
    facts = {"annual_income": income, "household_size": size, "home": home}
    assert verdict(HALF, read_household(facts, medians), DAY) == wanted
    assert verdict(HALF, read_household(facts), DAY) == UNKNOWN
    assert verdict(HALF, read_household(facts | {"declined": ["annual_income"]}, medians), DAY) == UNKNOWN


@settings(max_examples=300, deadline=None)
@given(rules.filter(lambda rule: "max_monthly" not in repr(rule)), households)
def test_the_oracle_judges_as_the_hub_does(rule: dict[str, Any], household: dict[str, Any]):
    medians = [{"area": area, "year": year, "income": income} for (area, year), income in MEDIANS.items()]
    assert is_readable(rule)
    assert verdict(rule, read_household(nested(household), medians), DAY) == int(verdict_of(parse_rule(rule), facts_from(household), DAY))


def _window(start: str, end: str) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(start).astimezone(UTC), datetime.fromisoformat(end).astimezone(UTC)


@pytest.mark.parametrize(
    ("row", "start", "end", "wanted"),
    [
        (OpenHours("09:00", "17:00", "WEEKLY", byday="MO"), "2026-11-23T16:59-05:00", "2026-11-23T18:00-05:00", True),
        (OpenHours("09:00", "17:00", "WEEKLY", byday="MO"), "2026-11-23T17:00-05:00", "2026-11-23T18:00-05:00", False),
        (OpenHours("19:00", "07:00", "WEEKLY", byday="MO"), "2026-11-24T06:00-05:00", "2026-11-24T06:30-05:00", True),
        (OpenHours("09:00", "12:00", "MONTHLY", byday="4MO"), "2026-11-23T09:00-05:00", "2026-11-23T10:00-05:00", True),
        (OpenHours("09:00", "12:00", "MONTHLY", byday="-1MO"), "2026-11-23T09:00-05:00", "2026-11-23T10:00-05:00", False),
        (OpenHours("09:00", "12:00", "MONTHLY", bymonthday="-8"), "2026-11-23T09:00-05:00", "2026-11-23T10:00-05:00", True),
        (OpenHours("01:30", "02:30", "WEEKLY", byday="SU"), "2026-11-01T02:20-05:00", "2026-11-01T02:25-05:00", True),
        (
            OpenHours("09:00", "12:00", "WEEKLY", interval=2, byday="MO", dtstart=date(2026, 11, 16)),
            "2026-11-23T09:00-05:00",
            "2026-11-23T10:00-05:00",
            False,
        ),
    ],
)
def test_hours_are_those_of_the_calendar(row: OpenHours, start: str, end: str, *, wanted: bool):
    assert is_open([row], NEW_YORK, [_window(start, end)]) is wanted


def test_an_exception_takes_its_hours_away():
    rows = [OpenHours("09:00", "17:00", "WEEKLY", byday="TH"), OpenHours(valid_from=date(2026, 11, 26), closed=True)]
    thanksgiving = _window("2026-11-26T09:00-05:00", "2026-11-26T17:00-05:00")
    assert not is_open(rows, NEW_YORK, [thanksgiving])
    assert is_open(rows[:1], NEW_YORK, [thanksgiving])
    lunch = OpenHours("12:00", "13:00", "WEEKLY", byday="TH", closed=True)
    noon = _window("2026-11-19T12:00-05:00", "2026-11-19T13:00-05:00")
    assert is_open([rows[0]], NEW_YORK, [noon])
    assert not is_open([rows[0], lunch], NEW_YORK, [noon])
    assert not is_open([lunch], NEW_YORK, [noon])


def test_areas_hold_what_lies_in_them_or_on_their_border_and_not_in_a_hole():
    square = [(-77.0, 39.0), (-76.0, 39.0), (-76.0, 40.0), (-77.0, 40.0)]
    hole = [(-76.6, 39.4), (-76.4, 39.4), (-76.4, 39.6), (-76.6, 39.6)]
    pacific = [(179.0, -1.0), (-179.0, -1.0), (-179.0, 1.0), (179.0, 1.0)]
    areas = Areas()
    for area in (None, Area(polygons=[[square, hole]]), Area(radius_m=1000), Area(counties=["24510"]), Area(polygon=pacific)):
        areas.add(area, (39.0, -77.0))
    areas.close()
    for home, wanted in (
        ({"latitude": 39.5, "longitude": -76.5}, [1, 0, 0, 0, 0]),
        ({"latitude": 39.5, "longitude": -76.6}, [1, 1, 0, 0, 0]),
        ({"latitude": 39.0, "longitude": -77.0, "county": "24510"}, [1, 1, 1, 1, 0]),
        ({"latitude": 0.5, "longitude": -179.5}, [1, 0, 0, 0, 1]),
        ({"county": "24025"}, [1, 0, 0, 0, 0]),
        ({}, [1, 1, 1, 1, 1]),
    ):
        assert areas.holding(home).astype(int).tolist() == wanted, home


def test_words_are_forgiven_slips():
    words = WordLists()
    for each in ("food pantri", "diaper food", "rent", "rental car"):
        words.add(each)
    words.close()

    def found(text: str) -> list[list[int]]:
        return [np.flatnonzero(hits).tolist() for hits in words.satisfying(text)]

    assert found("diapers") == [[1], [1]]
    assert found("diapres for food") == [[1], [0, 1]]
    assert found("fodo ") == [[0, 1], [0, 1]]
    assert found("ren") == [[2, 3], [2, 3]]
    assert found("ren ") == [[], []]
    assert found("pantry diapers") == [[], [0, 1]]
    assert found("the") == [[], []]
    assert found(" !") == []


def test_any_word_will_do_where_no_match_has_them_all():
    listings = [
        _listing(1, "Bread"),
        _listing(2, "Cakes"),
        _listing(3, "Cakes and bread", delivered=True, service_area=Area(states=["VA"])),
    ]
    words = ["bread", "cake", "bread cake"]
    oracle = Oracle(zip(listings, words, strict=True), {"food": None, "food-pantry": "food"}, NOW)
    near = {"needs": ["food"], "search": "bread cakes ", "facts": {"home": {"latitude": 39.29, "longitude": -76.62, "state": "MD"}}}
    assert [UUID(one.id).int for one in oracle.answer(near).ranked] == [1, 2]
    home = {"latitude": 39.29, "longitude": -76.62, "state": "VA"}
    assert [UUID(one.id).int for one in oracle.answer(near | {"facts": {"home": home}}).ranked] == [3]


def test_the_hub_answers_as_the_oracle_does(staged: Staged):
    with staged.hub.read(COMMAND_LINE) as work:
        wrong = [
            number
            for number, (request, answer) in enumerate(zip(staged.requests, staged.answers, strict=True))
            if not agrees(rank_services(work, request), answer)
        ]
    assert wrong == []
    assert sum(bool(answer.ranked) for answer in staged.answers) > 120


def test_the_hub_counts_what_the_oracle_counts(staged: Staged):
    with staged.hub.read(COMMAND_LINE) as work:
        for request, answer in zip(staged.requests, staged.answers, strict=True):
            whole = match_services(work, request)
            assert (whole.total, whole.unplaced) == (answer.total, answer.unplaced), msgspec.json.encode(request)
            assert [str(one.service_at_location_id) for one in whole.matches] == [one.id for one in answer.ranked]
            assert [one.minutes for one in whole.matches] == pytest.approx([one.minutes for one in answer.ranked], abs=1e-5)
