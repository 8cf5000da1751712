"""The order: everything costs minutes. Checked with a pencil: an oracle that shares no code with the program."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from geopy.distance import geodesic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral_hub.matching.actions import explain_answer
from referral_hub.partners import model
from referral_hub.partners.freshness import freshness
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.matching.network import HOME, TODAY, add_listing, days_ago, match, names, only

WINDOW = [{"start": "2026-11-23T09:00-05:00", "end": "2026-11-23T12:00-05:00"}]
OPEN_MONDAY = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "11:00", "closes_at": "14:00"}]
OPEN_TUESDAY = [{"freq": "WEEKLY", "byday": "TU", "opens_at": "11:00", "closes_at": "14:00"}]
AT_HOME = (39.29, -76.62)


@pytest.mark.parametrize(
    ("listing", "request_", "minutes", "lines"),
    [
        ({}, {}, 0, 0),
        ({"rule": {"type": "text", "text": "x"}}, {}, 15, 1),
        ({"available": None}, {}, 5, 1),
        ({"until": NOW - timedelta(days=1)}, {}, 5, 1),
        ({"until": NOW + timedelta(days=1)}, {}, 0, 0),
        ({"available": 0, "waitlist": True}, {}, 30, 1),
        ({"available": 0}, {"include": ["full"]}, 60, 1),
        ({"hours": OPEN_MONDAY}, {"windows": WINDOW}, 0, 0),
        ({"hours": OPEN_TUESDAY}, {"windows": WINDOW}, 20, 1),
        ({}, {"windows": WINDOW}, 20, 1),
        ({"hours": OPEN_TUESDAY}, {}, 0, 0),
        ({"languages": ["es"]}, {"facts": {"home": HOME, "languages": ["es"]}}, 0, 0),
        ({"languages": ["en"], "interpreted": ["es"]}, {"facts": {"home": HOME, "languages": ["es"]}}, 5, 1),
        ({"languages": ["en"]}, {"facts": {"home": HOME, "languages": ["es"]}}, 20, 1),
        ({"languages": ["en"]}, {"facts": {"home": HOME, "languages": ["es", "en"]}}, 0, 0),
        ({"languages": ["en"]}, {"facts": {"home": HOME, "languages": ["es"], "declined": ["languages"]}}, 0, 0),
        ({"assured": days_ago(89)}, {}, 0, 0),
        ({"assured": days_ago(90)}, {}, 5, 1),
        ({"assured": days_ago(180)}, {}, 5, 1),
        ({"assured": days_ago(181)}, {}, 10, 1),
        ({"assured": None}, {}, 10, 1),
        ({"ack_days": 2.0}, {}, 0, 0),
        ({"ack_days": 2.1}, {}, 5, 1),
        ({"ack_days": None}, {}, 0, 0),
        ({"rule": {"type": "age", "min": 60}}, {"facts": {"home": HOME, "age": 3}, "include": ["ineligible"]}, 0, 0),
        ({"assured": None, "available": None, "rule": {"type": "text", "text": "x"}}, {}, 30, 3),
    ],
)
def test_each_cost_alone(hub: Hub, listing: dict[str, Any], request_: dict[str, Any], minutes: float, lines: int):
    add_listing(hub, point=AT_HOME, **listing)
    found = only(match(hub, **request_))
    assert (found.minutes, found.travel_minutes, len(found.costs)) == (minutes, 0, lines)
    assert all(cost.why for cost in found.costs)


@pytest.mark.parametrize(("mode", "per_mile", "wait"), [("car", 3.384, 0), ("transit", 7.05, 10), ("walk", 25.6, 0)])
def test_travel_counts_by_mode(hub: Hub, mode: str, per_mile: float, wait: float):
    add_listing(hub)
    found = only(match(hub, mode=mode))
    assert found.distance_m is not None
    assert found.minutes == found.travel_minutes == pytest.approx(wait + found.distance_m / 1609.344 * per_mile, abs=1e-6)


def test_equal_minutes_go_by_name_then_id(hub: Hub):
    ids = [add_listing(hub, name) for name in ("Bay Pantry", "Alder Pantry", "Bay Pantry")]
    answer = match(hub)
    assert names(answer) == ["Alder Pantry", "Bay Pantry", "Bay Pantry"]
    assert [one.service_at_location_id for one in answer.matches] == [ids[1], *sorted((ids[0], ids[2]), key=str)]


def test_the_explanation_adds_up(hub: Hub):
    add_listing(hub, available=None, assured=None)
    add_listing(hub, point=None)
    answer = match(hub)
    lines = explain_answer(answer)
    added = sum(float(line.split()[0]) for line in lines[1:4])
    assert added == pytest.approx(answer.matches[0].minutes, abs=0.1)
    assert lines[-1] == "1 more without coordinates: search finds them."


@pytest.mark.parametrize(("days", "word"), [(0, "fresh"), (89, "fresh"), (90, "aging"), (180, "aging"), (181, "stale"), (-3, "fresh")])
def test_how_far_a_listing_can_be_trusted(days: int, word: str):
    assert freshness(days_ago(days), TODAY) == word
    assert freshness(None, TODAY) == "stale"


# The pencil

listings = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Alder", "Birch", "Cedar"]),
        "point": st.tuples(st.floats(39.25, 39.35), st.floats(-76.7, -76.55)),
        "reach": st.sampled_from(list(model.Reach)),
        "rule": st.sampled_from([None, {"type": "age", "min": 60}, {"type": "age", "max": 5}, {"type": "text", "text": "Ask."}]),
        "available": st.sampled_from([None, 0, 3]),
        "waitlist": st.booleans(),
        "hours": st.sampled_from([[], OPEN_MONDAY, OPEN_TUESDAY]),
        "languages": st.sampled_from([[], ["en"], ["es"]]),
        "interpreted": st.sampled_from([[], ["es"]]),
        "assured": st.sampled_from([None, days_ago(3), days_ago(120), days_ago(400)]),
        "ack_days": st.sampled_from([None, 1.0, 4.0]),
    }
)


def pencil(one: dict[str, Any], mode: str, age: int | None) -> tuple[bool, float]:
    """(is found, minutes) by the contract's paragraph, written out a second time."""
    minutes = 0.0
    if one["reach"] == "visit":
        miles = geodesic(AT_HOME, one["point"]).miles
        if miles * 1609.344 > 9_000:
            return False, 0
        minutes = {"car": miles * 1.41 / 25 * 60, "transit": 10 + miles * 1.41 / 12 * 60, "walk": miles * 1.28 / 3 * 60}[mode]
    if one["rule"] is not None and (one["rule"]["type"] == "text" or age is None):
        minutes += 15
    elif one["rule"] == {"type": "age", "max": 5}:
        return False, 0
    if one["available"] is None:
        minutes += 5
    elif one["available"] == 0:
        if not one["waitlist"]:
            return False, 0
        minutes += 30
    if one["hours"] != OPEN_MONDAY:
        minutes += 20
    if "es" not in one["languages"]:
        minutes += 5 if "es" in one["interpreted"] else 20
    minutes += {None: 10, days_ago(3): 0, days_ago(120): 5, days_ago(400): 10}[one["assured"]]
    return True, minutes + (5 if one["ack_days"] == 4.0 else 0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(listings, min_size=1, max_size=6), st.sampled_from(["car", "transit", "walk"]), st.sampled_from([None, 67]))
def test_the_order_is_the_one_a_pencil_finds(hub: Hub, network: list[dict[str, Any]], mode: str, age: int | None):
    known = {add_listing(hub, **one): one for one in network}
    facts = {"home": HOME, "languages": ["es"], **({"age": age} if age else {})}
    answer = match(hub, facts=facts, mode=mode, windows=WINDOW, max_distance_m=9_000, limit=1000)
    worked_out = {listing: pencil(one, mode, age) for listing, one in known.items()}
    mine = [one for one in answer.matches if one.service_at_location_id in known]
    assert {one.service_at_location_id for one in mine} == {listing for listing, (found, _) in worked_out.items() if found}
    expected = [(worked_out[one.service_at_location_id][1], one.service.name, str(one.service_at_location_id)) for one in mine]
    assert [(round(minutes, 4), name, listing) for minutes, name, listing in expected] == sorted(
        (round(minutes, 4), name, listing) for minutes, name, listing in expected
    )
    for one in mine:
        assert one.minutes == pytest.approx(worked_out[one.service_at_location_id][1], abs=1e-4)
        assert one.minutes == pytest.approx(one.travel_minutes + sum(cost.minutes for cost in one.costs), abs=1e-9)


def test_a_place_without_windows_shows_the_coming_week(hub: Hub):
    add_listing(hub, hours=OPEN_TUESDAY)
    (interval,) = only(match(hub)).open
    assert (interval.start.isoformat(), interval.end.isoformat()) == ("2026-11-24T11:00:00-05:00", "2026-11-24T14:00:00-05:00")
    assert only(match(hub, windows=WINDOW)).open == []
