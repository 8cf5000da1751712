"""Each cost, its boundary and its line, as pure functions; and that what is printed adds up, whatever the table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.ids import new_id
from referral_hub.matching.costs import DEFAULTS, MOST_MINUTES, WHY
from referral_hub.matching.eligibility import Verdict
from referral_hub.matching.ranking import Cost, add_up, costs_of, score
from referral_hub.partners.listing import Listing, Named
from web.minutes import draw_bar

TODAY = date(2026, 11, 23)
TENTHS = st.integers(0, int(MOST_MINUTES) * 10).map(lambda tenths: tenths / 10)
TABLES = st.fixed_dictionaries(dict.fromkeys(DEFAULTS, TENTHS))
ANY_TABLES = st.fixed_dictionaries(dict.fromkeys(DEFAULTS, st.floats(0, MOST_MINUTES)))
TRAVELS = st.floats(0, 100_000)


def a_listing(**known: Any) -> Listing:
    """In the best condition unless told otherwise."""
    best: dict[str, Any] = {
        "id": new_id(), "service": Named(new_id(), "A"), "organization": Named(new_id(), "B"), "location": Named(new_id(), "C"),
        "terms": [], "point": None, "confidential": False, "delivered": False, "remote": False, "service_area": None, "rule": None,
        "documents": [], "schedule": [], "timezone": "America/New_York", "languages": ["en"], "interpreted_languages": [],
        "accessibility": [], "availability": "open", "capacity": None, "assured_date": TODAY, "usual_ack_days": None,
        "active": True, "referrable": True,
    }  # fmt: skip
    return Listing(**{**best, **known})


def lines(listing: Listing, minutes: Any = DEFAULTS, **known: Any) -> list[Cost]:
    best: dict[str, Any] = {"verdict": Verdict.ELIGIBLE, "availability": "open", "today": TODAY, "languages": ["en"], "is_open": True}
    return costs_of(listing, **{**best, **known}, minutes=minutes)


@pytest.mark.parametrize(
    ("listing", "known", "expected"),
    [
        ({}, {}, []),
        ({}, {"verdict": Verdict.UNKNOWN}, ["maybe"]),
        ({}, {"verdict": Verdict.INELIGIBLE}, []),
        ({}, {"availability": "unknown"}, ["availability_unknown"]),
        ({}, {"availability": "waitlist"}, ["waitlist"]),
        ({}, {"availability": "full"}, ["full"]),
        ({}, {"is_open": None}, []),
        ({}, {"is_open": False}, ["closed_in_windows"]),
        ({}, {"languages": None}, []),
        ({}, {"languages": []}, []),
        ({}, {"languages": ["es"]}, ["language_missing"]),
        ({}, {"languages": ["es", "en"]}, []),
        ({}, {"languages": ["en-US"]}, []),
        ({"languages": []}, {}, ["language_missing"]),
        ({"interpreted_languages": ["es"]}, {"languages": ["es"]}, ["language_interpreted"]),
        ({"interpreted_languages": ["es"]}, {"languages": ["fr"]}, ["language_missing"]),
        ({"interpreted_languages": ["en"]}, {}, []),
        ({"assured_date": TODAY - timedelta(days=89)}, {}, []),
        ({"assured_date": TODAY - timedelta(days=90)}, {}, ["aging"]),
        ({"assured_date": TODAY - timedelta(days=180)}, {}, ["aging"]),
        ({"assured_date": TODAY - timedelta(days=181)}, {}, ["stale"]),
        ({"assured_date": None}, {}, ["stale"]),
        ({"assured_date": TODAY + timedelta(days=1)}, {}, []),
        ({"usual_ack_days": 0}, {}, []),
        ({"usual_ack_days": 1.9}, {}, []),
        ({"usual_ack_days": 2.0}, {}, []),
        ({"usual_ack_days": 2.01}, {}, ["slow"]),
        ({"usual_ack_days": 30.0}, {}, ["slow"]),
        (
            {"languages": [], "assured_date": None, "usual_ack_days": 3.0},
            {"verdict": Verdict.UNKNOWN, "availability": "waitlist", "is_open": False},
            ["maybe", "waitlist", "closed_in_windows", "language_missing", "stale", "slow"],
        ),
    ],
)
def test_which_costs_apply(listing: dict[str, Any], known: dict[str, Any], expected: list[str]) -> None:
    found = lines(a_listing(**listing), **known)
    assert [cost.name for cost in found] == expected
    assert [(cost.minutes, cost.why) for cost in found] == [(DEFAULTS[name], WHY[name]) for name in expected]


def test_a_cost_of_nothing_is_no_line() -> None:
    assert lines(a_listing(assured_date=None), {**DEFAULTS, "stale": 0.0}) == []


LISTINGS = st.builds(
    a_listing,
    languages=st.sampled_from([[], ["en"], ["es"]]),
    interpreted_languages=st.sampled_from([[], ["es"]]),
    assured_date=st.none() | st.integers(0, 400).map(lambda days: TODAY - timedelta(days=days)),
    usual_ack_days=st.none() | st.floats(0, 9),
)
SITUATIONS = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(list(Verdict)),
        "availability": st.sampled_from(["open", "unknown", "waitlist", "full"]),
        "is_open": st.sampled_from([None, True, False]),
        "languages": st.sampled_from([None, ["en"], ["es"]]),
    }
)


@given(LISTINGS, SITUATIONS, TABLES | ANY_TABLES, TRAVELS)
def test_the_minutes_are_travel_and_every_line(listing: Listing, situation: dict[str, Any], table: dict[str, float], travel: float) -> None:
    scored = score(travel, lines(listing, table, **situation))
    assert scored.minutes == round(scored.travel_minutes + sum(cost.minutes for cost in scored.costs), 6)
    assert scored.travel_minutes == round(travel, 6)
    assert all(cost.minutes == round(table[cost.name], 6) for cost in scored.costs)
    assert all(cost.minutes > 0 for cost in scored.costs)
    assert scored.minutes >= scored.travel_minutes


@given(LISTINGS, SITUATIONS, TABLES | ANY_TABLES, TRAVELS, st.sampled_from([0, 1, 2]))
def test_what_is_printed_adds_up_with_a_pencil(
    listing: Listing, situation: dict[str, Any], table: dict[str, float], travel: float, digits: int
) -> None:
    scored = score(travel, lines(listing, table, **situation))
    parts = [scored.travel_minutes, *(cost.minutes for cost in scored.costs)]
    printed = [f"{part:.{digits}f}" for part in add_up(parts, digits)]
    column = sum(int(one.replace(".", "")) for one in printed)
    total = f"{scored.minutes:.{digits}f}"
    assert column == int(total.replace(".", "")), (printed, total)
    for part, one in zip(parts, printed, strict=True):
        assert abs(part - float(one)) < 10**-digits


@given(st.lists(TENTHS, max_size=9), TRAVELS)
def test_a_cost_in_tenths_is_printed_as_it_is(costs: list[float], travel: float) -> None:
    assert add_up([travel, *costs], digits=1)[1:] == costs


def test_each_rounded_alone_would_not_add_up() -> None:
    assert [round(part) for part in (0.4, 0.4)] == [0, 0]
    assert (add_up([0.4, 0.4], digits=0), round(0.8)) == ([1, 0], 1)
    assert add_up([12.46, 7.5], digits=1) == [12.5, 7.5]
    assert add_up([10.7, 5.7, 5.7], digits=0) == [11, 6, 5]
    assert add_up([], digits=0) == []


@given(TRAVELS, st.lists(TENTHS, max_size=9))
def test_the_words_of_a_bar_add_up_too(travel: float, costs: list[float]) -> None:
    bar = draw_bar(travel, "drive", [("ask", "for this", minutes) for minutes in costs], 60)
    total, _, said = bar.words.partition(" min")
    assert sum(int(piece.split()[0]) for piece in said.removeprefix(": ").split(", ") if piece) == int(total) == bar.total
    assert int(total) == round(round(travel + sum(costs), 6))
