"""Travel times: one suite over the estimate and both routing servers, and what a server may do wrong without harm."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from referral_hub.adapters.routing_server import REST_SECONDS, RoutingServer
from referral_hub.adapters.travel_estimate import EstimatedTravel
from referral_hub.adapters.travel_osrm import OsrmTravel
from referral_hub.adapters.travel_valhalla import ValhallaTravel
from referral_hub.errors import BadSettings
from referral_hub.matching.ranking import Cost
from referral_hub.matching.reach import distance_m, travel_minutes
from referral_hub.matching.travel import ESTIMATE, ROUTED, SAYS, Stop, Travelled, is_possible, reroute, routed_minutes, travel_of
from referral_hub.partners.listing import Point
from referral_hub.partners.model import Precision
from referral_hub.ports import Place, TravelTime
from referral_hub.settings import Settings, read_settings
from referral_hub.unit_of_work import Hub
from tests.matching.routing import MISBEHAVIOURS, RoutingFake, answer_well, dead_address, routing_server, seconds

HOME = (39.29, -76.62)
NEAR, FAR, NORTH = (39.30, -76.61), (39.35, -76.40), (39.40, -76.62)
PLACES = [FAR, NEAR, NORTH]
POINTS = [Point(latitude, longitude, Precision.ROOFTOP) for latitude, longitude in PLACES]
KINDS: dict[str, Callable[[RoutingServer], TravelTime]] = {"valhalla": ValhallaTravel, "osrm": OsrmTravel}
COSTING = {("valhalla", "car"): "auto", ("valhalla", "walk"): "pedestrian", ("osrm", "car"): "car", ("osrm", "walk"): "foot"}


@pytest.fixture
def server() -> Iterator[RoutingFake]:
    with routing_server() as running:
        yield running


@pytest.fixture(params=["estimate", *KINDS])
def travel(request: pytest.FixtureRequest, server: RoutingFake) -> TravelTime:
    return EstimatedTravel() if request.param == "estimate" else KINDS[request.param](RoutingServer(server.address))


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def estimates(mode: str = "car") -> list[Travelled]:
    return [Travelled(travel_minutes(mode, distance_m(*HOME, *place)), ESTIMATE) for place in PLACES]


# What every implementation keeps to


def test_there_is_one_answer_for_each_point_in_their_order(travel: TravelTime):
    far, near, north = travel.minutes(HOME, PLACES, "car")
    assert far is not None
    assert near is not None
    assert north is not None
    assert 0 < near < north < far
    assert travel.minutes(HOME, PLACES[::-1], "car") == [north, near, far]


def test_walking_takes_longer_than_going_by_car(travel: TravelTime):
    for by_car, on_foot in zip(travel.minutes(HOME, PLACES, "car"), travel.minutes(HOME, PLACES, "walk"), strict=True):
        assert by_car is not None
        assert on_foot is not None
        assert by_car < on_foot


@pytest.mark.parametrize("mode", ["car", "transit", "walk", "none", "balloon"])
def test_every_mode_gives_minutes_or_nothing_and_no_point_gives_none(travel: TravelTime, mode: str):
    assert travel.minutes(HOME, [], mode) == []
    found = travel.minutes(HOME, [*PLACES, HOME], mode)
    assert len(found) == 4
    assert all(minutes is None or 0 <= minutes < 1000 for minutes in found)


def test_as_many_points_as_a_match_may_have_are_answered(travel: TravelTime):
    places = [(39.29 + n / 1000, -76.62) for n in range(130)]
    found = travel.minutes(HOME, places, "car")
    assert len(found) == 130
    assert [minutes for minutes in found if minutes is not None] == sorted(minutes for minutes in found if minutes is not None)
    assert None not in found


def test_it_says_where_its_numbers_come_from(travel: TravelTime):
    assert travel.source in SAYS
    assert {one.source for one in routed_minutes(travel, HOME, POINTS, "car")} == {travel.source}


# A routing server


@pytest.mark.parametrize("mode", ["car", "walk"])
def test_a_server_is_asked_in_its_own_words_and_its_minutes_are_taken(kind: str, server: RoutingFake, mode: str):
    found = routed_minutes(KINDS[kind](RoutingServer(server.address)), HOME, POINTS, mode)
    expected = [seconds(COSTING[kind, mode], HOME, place) / 60 for place in PLACES]
    assert [one.minutes for one in found] == pytest.approx(expected)
    assert [one.source for one in found] == [ROUTED] * 3
    assert server.asked == [(COSTING[kind, mode], HOME, PLACES)]


@pytest.mark.parametrize("mode", ["transit", "none"])
def test_a_mode_that_a_server_of_roads_does_not_know_is_estimated_and_nothing_is_sent(kind: str, server: RoutingFake, mode: str):
    assert routed_minutes(KINDS[kind](RoutingServer(server.address)), HOME, POINTS, mode) == estimates(mode)
    assert server.asked == []


def test_only_points_that_are_given_are_sent_each_once_to_the_metre(kind: str, server: RoutingFake):
    points = [None, POINTS[0], POINTS[0], Point(39.300000049, -76.61, Precision.ROOFTOP), None]
    found = routed_minutes(KINDS[kind](RoutingServer(server.address)), (39.290000001, -76.62), points, "car")
    assert [one.source for one in found] == [ESTIMATE, ROUTED, ROUTED, ROUTED, ESTIMATE]
    assert [one.minutes for one in found if one.source == ESTIMATE] == [0, 0]
    assert [(home, points) for _, home, points in server.asked] == [(HOME, [FAR, NEAR])]


def test_without_a_home_nothing_is_sent(kind: str, server: RoutingFake):
    assert routed_minutes(KINDS[kind](RoutingServer(server.address)), None, POINTS, "car") == [Travelled(0, ESTIMATE)] * 3
    assert server.asked == []


def test_at_most_a_hundred_places_are_sent_and_the_rest_is_estimated(kind: str, server: RoutingFake):
    points = [Point(39.29 + n / 1000, -76.62, Precision.ROOFTOP) for n in range(120)]
    found = routed_minutes(KINDS[kind](RoutingServer(server.address)), HOME, points, "car")
    assert [one.source for one in found] == [ROUTED] * 100 + [ESTIMATE] * 20
    assert sum(len(points) for _, _, points in server.asked) == 100


@pytest.mark.parametrize(
    ("lie", "sources"),
    [
        (lambda times: [None, *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: [None for _ in times], [ESTIMATE, ESTIMATE, ESTIMATE]),
        (lambda times: [-times[0], *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: ["soon", *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: [True, *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: [1e300, *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: [2.0, *times[1:]], [ESTIMATE, ROUTED, ROUTED]),
        (lambda times: [float("nan"), *times[1:]], [ESTIMATE, ESTIMATE, ESTIMATE]),
        (lambda times: [float("inf"), *times[1:]], [ESTIMATE, ESTIMATE, ESTIMATE]),
        (lambda times: times[1:], [ESTIMATE, ESTIMATE, ESTIMATE]),
        (lambda times: [*times, 60.0], [ESTIMATE, ESTIMATE, ESTIMATE]),
        (lambda _times: [], [ESTIMATE, ESTIMATE, ESTIMATE]),
    ],
)
def test_a_number_that_cannot_be_true_is_estimated(
    kind: str, server: RoutingFake, lie: Callable[[list[float | None]], list[Any]], sources: list[str]
):
    server.lie = lie
    found = routed_minutes(KINDS[kind](RoutingServer(server.address)), HOME, POINTS, "car")
    assert [one.source for one in found] == sources
    for one, estimate in zip(found, estimates(), strict=True):
        assert one.source == ROUTED or one == estimate


@pytest.mark.parametrize("name", MISBEHAVIOURS)
def test_a_server_that_misbehaves_costs_little_time_and_no_match(kind: str, server: RoutingFake, name: str):
    server.behave = MISBEHAVIOURS[name]
    started = time.monotonic()
    assert routed_minutes(KINDS[kind](RoutingServer(server.address, total_seconds=0.3)), HOME, POINTS, "car") == estimates()
    assert time.monotonic() - started < 0.8
    assert len(server.asked) == 1


def test_a_server_that_hangs_costs_a_second_and_a_half_at_most(server: RoutingFake):
    server.behave = MISBEHAVIOURS["answer_nothing"]
    started = time.monotonic()
    assert OsrmTravel(RoutingServer(server.address)).minutes(HOME, PLACES, "car") == [None] * 3
    assert 1.4 < time.monotonic() - started < 2.2


def test_a_dead_server_costs_next_to_nothing(kind: str):
    started = time.monotonic()
    assert routed_minutes(KINDS[kind](RoutingServer(dead_address())), HOME, POINTS, "car") == estimates()
    assert time.monotonic() - started < 0.8


def test_a_server_that_failed_rests_for_half_a_minute_and_is_then_asked_again(kind: str, server: RoutingFake):
    now = [1000.0]
    travel = KINDS[kind](RoutingServer(server.address, clock=lambda: now[0]))
    server.behave = MISBEHAVIOURS["answer_500"]
    for _ in range(3):
        assert routed_minutes(travel, HOME, POINTS, "car") == estimates()
    assert len(server.asked) == 1
    now[0] += REST_SECONDS - 0.1
    assert routed_minutes(travel, HOME, POINTS, "car") == estimates()
    assert len(server.asked) == 1
    now[0] += 0.1
    assert routed_minutes(travel, HOME, POINTS, "car") == estimates()
    assert len(server.asked) == 2
    server.behave = answer_well
    now[0] += REST_SECONDS
    for _ in range(2):
        assert [one.source for one in routed_minutes(travel, HOME, POINTS, "car")] == [ROUTED] * 3
    assert len(server.asked) == 4


def test_after_a_rest_one_match_tries_and_the_others_do_not_wait(server: RoutingFake):
    now = [1000.0]
    routing = RoutingServer(server.address, total_seconds=0.3, clock=lambda: now[0])
    server.behave = MISBEHAVIOURS["answer_500"]
    OsrmTravel(routing).minutes(HOME, PLACES, "car")
    now[0] += REST_SECONDS
    inner: list[list[float | None]] = []
    routing.ask(lambda _: inner.append(OsrmTravel(routing).minutes(HOME, PLACES, "car")))
    assert inner == [[None, None, None]]
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["answer_well", "answer_500", "answer_garbage", "send_elsewhere"])
def test_neither_logs_nor_errors_say_where_somebody_lives(
    kind: str, server: RoutingFake, name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    if name in MISBEHAVIOURS:
        server.behave = MISBEHAVIOURS[name]
    KINDS[kind](RoutingServer(server.address)).minutes((39.28765, -76.61234), PLACES, "car")
    assert server.asked[0][1] == (39.28765, -76.61234)
    out, err = capfd.readouterr()
    assert "28765" not in caplog.text + out + err
    assert "61234" not in caplog.text + out + err


def test_a_proxy_of_the_environment_is_not_told(kind: str, server: RoutingFake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", dead_address())
    monkeypatch.setenv("ALL_PROXY", dead_address())
    assert None not in KINDS[kind](RoutingServer(server.address)).minutes(HOME, PLACES, "car")


@pytest.mark.parametrize(
    ("minutes", "metres", "mode", "possible"),
    [
        (0.0, 0.0, "car", True),
        (0.0, 900.0, "car", True),
        (0.1, 10_000.0, "car", False),
        (2.7, 10_000.0, "car", True),
        (20.0, 10_000.0, "walk", False),
        (45.0, 10_000.0, "walk", True),
        (1500.0, 10_000.0, "car", True),
        (20_000.0, 10_000.0, "car", False),
        (2900.0, 4_000_000.0, "car", True),
        (10.0, 1000.0, "transit", False),
        (float("nan"), 1000.0, "car", False),
    ],
)
def test_what_is_possible(minutes: float, metres: float, mode: str, possible: bool):
    assert is_possible(minutes, metres, mode) is possible


# The order


def test_the_order_follows_the_new_minutes_with_their_costs_and_ties_by_name_and_id():
    ids = [UUID(int=number) for number in range(4)]
    waits = [Cost("There is a waitlist", 30.0, "waitlist")]
    stops = [Stop(waits, "Canton", ids[3]), Stop([], "Canton", ids[2]), Stop([], "Canton", ids[1]), Stop([], "Arlington", ids[0])]
    times = [Travelled(3.0, ROUTED), Travelled(33.0, ROUTED), Travelled(33.0000000001, ESTIMATE), Travelled(33.0, ROUTED)]
    placed = reroute(stops, times)
    assert [(one.number, one.score.minutes, one.travel_is) for one in placed] == [
        (3, 33.0, ROUTED), (2, 33.0, ESTIMATE), (1, 33.0, ROUTED), (0, 33.0, ROUTED),
    ]  # fmt: skip
    for one in placed:
        assert one.score.minutes == one.score.travel_minutes + sum(cost.minutes for cost in one.score.costs)


# The setting


@pytest.mark.parametrize(
    ("value", "source"),
    [("estimate", ESTIMATE), ("valhalla+http://127.0.0.1:8002", ROUTED), ("osrm+https://routes.example.org/baltimore", ROUTED)],
)
def test_the_setting_names_the_travel_times(tmp_path: Path, value: str, source: str):
    hub = Hub(Settings(data_dir=tmp_path, routing=read_settings({"REFERRAL_HUB_ROUTING": value}).routing))
    assert travel_of(hub).source == source
    assert travel_of(hub) is travel_of(hub)
    hub.close()


@pytest.mark.parametrize(
    "value", ["google", "valhalla", "http://127.0.0.1", "osrm+ftp://127.0.0.1", "osrm+http://", "osrm+http://[", "osrm+http://a:b"]
)
def test_another_word_stops_the_program_and_is_not_repeated(value: str):
    with pytest.raises(BadSettings) as refused:
        read_settings({"REFERRAL_HUB_ROUTING": value})
    assert "REFERRAL_HUB_ROUTING is" in str(refused.value)


def test_a_hub_asks_the_server_of_its_setting(tmp_path: Path, kind: str, server: RoutingFake):
    hub = Hub(Settings(data_dir=tmp_path, routing=f"{kind}+{server.address}"))
    places: list[Place] = [NEAR]
    assert travel_of(hub).minutes(HOME, places, "car") == pytest.approx([seconds(COSTING[kind, "car"], HOME, NEAR) / 60])
    hub.close()
