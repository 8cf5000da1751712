"""Reach as a match has it: kinds of places and modes, languages, access, areas, the antimeridian, hours and routed minutes."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.matching.reach import distance_m, surely_beyond, travel_minutes
from referral_hub.partners import model
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.matching.network import HOME, add_listing, match, names, only, search
from tests.matching.routing import MISBEHAVIOURS, routing_server, seconds

POINT = (39.30, -76.61)
FAR = (39.60, -76.61)
AWAY = distance_m(39.29, -76.62, *POINT)
VISIT, DELIVERED, REMOTE = model.Reach.VISIT, model.Reach.DELIVERED, model.Reach.REMOTE
KINDS: dict[str, dict[str, Any]] = {
    "visit": {},
    "visit, far": {"point": FAR},
    "visit, unplaced": {"point": None},
    "delivered": {"reach": DELIVERED},
    "delivered, far": {"reach": DELIVERED, "point": FAR},
    "remote": {"reach": REMOTE, "point": None},
    "confidential": {"confidential": True, "sealed": POINT},
    "confidential, delivered": {"confidential": True, "reach": DELIVERED},
}
CAR, TRANSIT, WALK = (travel_minutes(mode, AWAY) for mode in ("car", "transit", "walk"))


@pytest.mark.parametrize(
    ("kind", "by_mode", "distance_is", "without_limit"),
    [
        # Minutes by car, transit, on foot and with nobody travelling; None: not found within 16 km. Without a limit: found by car?
        ("visit", (CAR, TRANSIT, WALK, None), "exact", True),
        ("visit, far", (None, None, None, None), "exact", True),
        ("visit, unplaced", (None, None, None, None), "none", True),
        ("delivered", (0, 0, 0, 0), "none", True),
        ("delivered, far", (0, 0, 0, 0), "none", True),
        ("remote", (0, 0, 0, 0), "none", True),
        ("confidential", (0, 0, 0, 0), "none", True),
        ("confidential, delivered", (0, 0, 0, 0), "none", True),
    ],
)
def test_kinds_of_places_by_modes_of_travel(hub: Hub, kind: str, by_mode: tuple[float | None, ...], distance_is: str, without_limit: bool):
    add_listing(hub, **KINDS[kind])
    for mode, minutes in zip(("car", "transit", "walk", "none"), by_mode, strict=True):
        answer = match(hub, mode=mode)
        assert answer.total == (minutes is not None), mode
        assert answer.unplaced == (kind == "visit, unplaced" and mode != "none")
        if minutes is not None:
            found = only(answer)
            assert found.travel_minutes == pytest.approx(minutes, abs=1e-6)
            assert (found.distance_is, found.distance_m is None) == (distance_is, distance_is == "none")
            assert found.minutes == pytest.approx(found.travel_minutes + sum(cost.minutes for cost in found.costs), abs=1e-9)
            assert (found.point is None) == (kind in ("remote", "confidential", "confidential, delivered"))
    unlimited = match(hub, max_distance_m=None)
    assert bool(unlimited.total) is without_limit
    assert only(unlimited).distance_is == distance_is
    assert match(hub, max_distance_m=None, mode="none").total == (not kind.startswith("visit"))


@pytest.mark.parametrize(
    ("spoken", "interpreted", "wanted", "minutes"),
    [
        (["es"], [], ["es"], 0),
        (["en", "es"], [], ["es"], 0),
        ([], ["es"], ["es"], 5),
        (["en"], ["es"], ["es"], 5),
        (["es"], ["es"], ["es"], 0),
        (["en"], [], ["es"], 20),
        ([], [], ["es"], 20),
        (["en"], ["es"], ["es", "en"], 0),
        ([], ["fr"], ["es", "fr"], 5),
        (["en"], ["fr"], ["es", "ht"], 20),
        (["es"], [], ["es-MX"], 0),
        ([], ["ase"], ["ase"], 5),
        (["en"], [], [], 0),
        (["en"], [], None, 0),
    ],
)
def test_languages_spoken_and_interpreted(hub: Hub, spoken: list[str], interpreted: list[str], wanted: list[str] | None, minutes: float):
    add_listing(hub, languages=spoken, interpreted=interpreted)
    facts = {"home": HOME} if wanted is None else {"home": HOME, "languages": wanted}
    found = only(match(hub, facts=facts))
    assert sum(cost.minutes for cost in found.costs) == minutes
    if wanted:
        declined = only(match(hub, facts={**facts, "declined": ["languages"]}))
        assert declined.costs == []


def test_a_place_is_left_out_by_each_access_need_that_it_does_not_meet(hub: Hub):
    words = ("asl", "step_free", "wheelchair")
    sets = [set(some) for size in range(4) for some in combinations(words, size)]
    for offered in sets:
        add_listing(hub, "+".join(sorted(offered)) or "nothing", accessibility=sorted(offered))
    for needed in sets:
        expected = sorted("+".join(sorted(offered)) or "nothing" for offered in sets if needed <= offered)
        assert sorted(names(match(hub, facts={"home": HOME, "accessibility": sorted(needed)}))) == expected
    assert match(hub, facts={"home": HOME, "accessibility": ["wheelchair", "unheard_of"]}).total == 0


def place_in(hub: Hub, listing: Any, **area: Any) -> None:
    """One more row of service area for a listing."""
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(model.DirectoryRows(service_area=[model.ServiceArea(id=new_id(), service_at_location_id=listing, **area)]))


def test_an_extent_of_geojson_bounds_a_service_with_its_holes_and_borders(hub: Hub):
    outer = [[-76.7, 39.2], [-76.5, 39.2], [-76.5, 39.4], [-76.7, 39.4], [-76.7, 39.2]]
    hole = [[-76.64, 39.28], [-76.6, 39.28], [-76.6, 39.32], [-76.64, 39.32], [-76.64, 39.28]]
    place_in(hub, add_listing(hub), extent=json.dumps({"type": "Polygon", "coordinates": [outer, hole]}), extent_type="geojson")

    def found(latitude: float, longitude: float) -> bool:
        return bool(match(hub, facts={"home": {"latitude": latitude, "longitude": longitude}}).total)

    assert [found(*home) for home in ((39.25, -76.65), (39.3, -76.62), (39.28, -76.62), (39.2, -76.6), (39.19, -76.6))] == [
        True, False, True, True, False,
    ]  # fmt: skip


def test_several_areas_of_one_service_hold_whom_any_of_them_holds(hub: Hub):
    listing = add_listing(hub)
    for west in (-76.7, -76.5):
        ring = [[west, 39.2], [west + 0.1, 39.2], [west + 0.1, 39.4], [west, 39.4]]
        place_in(hub, listing, area={"polygon": ring})
    found = [match(hub, facts={"home": {"latitude": 39.3, "longitude": longitude}}).total for longitude in (-76.65, -76.55, -76.45)]
    assert found == [1, 0, 1]


@pytest.mark.parametrize(("home", "place"), [(-179.95, 179.95), (179.95, -179.95), (180.0, -179.9), (-180.0, 179.9), (180.0, -180.0)])
def test_across_the_antimeridian_near_is_near(hub: Hub, home: float, place: float):
    add_listing(hub, "Taveuni Pantry", point=(-16.8, place), area={"polygon": [(179, -18), (-179, -18), (-179, -16), (179, -16)]})
    add_listing(hub, "Elsewhere", point=(-16.8, 0.0))
    asked = {"home": {"latitude": -16.8, "longitude": home}}
    found = only(match(hub, facts=asked))
    assert found.service.name == "Taveuni Pantry"
    assert found.distance_m is not None
    assert found.distance_m == pytest.approx(distance_m(-16.8, 0.0, -16.8, (home - place) % 360), abs=0.002)
    assert match(hub, facts=asked, max_distance_m=found.distance_m).total == 1
    assert match(hub, facts=asked, max_distance_m=max(0.0, found.distance_m - 0.01)).total == (found.distance_m == 0)
    assert [one.service.name for one in search(hub, near=f"-16.8,{home}", within_m=16_000.0).items] == ["Taveuni Pantry"]
    assert not surely_beyond(-16.8, home, -16.8, place, found.distance_m)


def test_a_radius_holds_a_home_at_exactly_its_length_and_none_beyond(hub: Hub):
    add_listing(hub, "Just", area={"radius_m": AWAY})
    add_listing(hub, "Not", area={"radius_m": AWAY - 0.001})
    assert names(match(hub)) == ["Just"]


@pytest.mark.parametrize(
    ("hours", "window", "is_open"),
    [
        ({"byday": "SU", "opens_at": "09:00", "closes_at": "12:00"}, ("2026-11-01T11:00-05:00", "2026-11-01T13:00-05:00"), True),
        ({"byday": "SU", "opens_at": "09:00", "closes_at": "12:00"}, ("2026-11-01T12:00-05:00", "2026-11-01T13:00-05:00"), False),
        ({"byday": "SA", "opens_at": "20:00", "closes_at": "02:00"}, ("2026-11-01T01:30-05:00", "2026-11-01T01:45-05:00"), True),
        ({"byday": "SA", "opens_at": "20:00", "closes_at": "01:15"}, ("2026-11-01T01:30-05:00", "2026-11-01T01:45-05:00"), False),
        ({"byday": "SU", "opens_at": "02:00", "closes_at": "03:00"}, ("2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00"), False),
        ({"byday": "SU", "opens_at": "20:00", "closes_at": "07:00"}, ("2026-11-30T06:00-05:00", "2026-11-30T06:30-05:00"), True),
        ({"byday": "1TU"}, ("2026-12-01T08:00-05:00", "2026-12-01T10:00-05:00"), True),
        ({"byday": "1TU"}, ("2026-12-08T08:00-05:00", "2026-12-08T10:00-05:00"), False),
        ({}, ("2026-12-08T08:00-05:00", "2026-12-08T10:00-05:00"), False),
    ],
)
def test_not_being_open_when_the_patient_can_go_costs_twenty_minutes(
    hub: Hub, hours: dict[str, str], window: tuple[str, str], is_open: bool
):
    add_listing(hub, hours=[{"opens_at": "09:00", "closes_at": "12:00", **hours}])
    found = only(match(hub, windows=[{"start": window[0], "end": window[1]}]))
    assert (sum(cost.minutes for cost in found.costs), bool(found.open)) == (0 if is_open else 20, is_open)


def test_a_routing_server_puts_the_best_in_order_and_learns_no_confidential_place(hub: Hub):
    add_listing(hub, "Over the bridge", point=(39.30, -76.61))
    add_listing(hub, "Down the road", point=(39.31, -76.60))
    add_listing(hub, "Refuge", confidential=True, sealed=(39.2711, -76.6011), available=None)
    add_listing(hub, "Meals on wheels", reach=DELIVERED, point=(39.2722, -76.6022), available=0, waitlist=True)
    estimated = match(hub)
    assert {one.travel_is for one in estimated.matches} == {"estimate"}
    assert names(estimated).index("Over the bridge") < names(estimated).index("Down the road")
    with routing_server() as server:
        routed = Hub(Settings(data_dir=hub.settings.data_dir, now=NOW, routing=f"valhalla+{server.address}"))
        server.lie = lambda times: [time if time is None or place else time + 600 for place, time in enumerate(times)]
        answer = match(routed)
        ((mode, home, points),) = server.asked
        assert (mode, home, sorted(points)) == ("auto", (39.29, -76.62), [(39.30, -76.61), (39.31, -76.60)])
        by_name = {one.service.name: one for one in answer.matches}
        assert {name: one.travel_is for name, one in by_name.items()} == {
            "Over the bridge": "routed", "Down the road": "routed", "Refuge": "estimate", "Meals on wheels": "estimate",
        }  # fmt: skip
        assert by_name["Down the road"].travel_minutes == pytest.approx(seconds("auto", home, (39.31, -76.60)) / 60, abs=1e-6)
        assert names(answer).index("Down the road") < names(answer).index("Over the bridge")
        assert [one.minutes for one in answer.matches] == sorted(one.minutes for one in answer.matches)
        for one in answer.matches:
            assert one.minutes == pytest.approx(one.travel_minutes + sum(cost.minutes for cost in one.costs), abs=1e-9)
        assert by_name["Refuge"].travel_minutes == 0
        server.behave = MISBEHAVIOURS["answer_500"]
        down = match(routed)
        assert [(one.service.name, one.minutes, one.travel_is) for one in down.matches] == [
            (one.service.name, one.minutes, "estimate") for one in estimated.matches
        ]
        routed.close()
