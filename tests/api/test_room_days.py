"""How many days a figure of room is believed: read by partners, set by the coordinator, gone by from the next match on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient

from referral_hub.partners.freshness import ROOM_DAYS
from referral_hub.partners.room import set_capacity
from referral_hub.unit_of_work import Hub
from tests.cast import Cast

PATH = "/api/room-days"
Bearer = Callable[[str], dict[str, str]]


def availability(client: TestClient, bearer: Bearer, cast: Cast) -> str:
    every = client.get("/api/service-at-locations", headers=bearer("cora")).json()["items"]
    return next(str(one["availability"]) for one in every if one["id"] == str(cast.pantry.id))


def test_the_next_match_goes_by_the_days_that_were_set(client: TestClient, bearer: Bearer, hub: Hub, cast: Cast) -> None:
    with hub.begin(cast.pia) as work:
        set_capacity(work.acting_as(cast.pia, hub.now() - timedelta(days=10)), cast.pantry.id, available=4, unit="food box")
    assert client.get(PATH, headers=bearer("pia")).json() == {"version": 0, "days": ROOM_DAYS}
    assert availability(client, bearer, cast) == "open"
    days = {"places": 30, "Food box": 9}
    stored = client.put(PATH, json={"version": 0, "days": days}, headers=bearer("cora"))
    assert (stored.status_code, stored.json()) == (200, {"version": 1, "days": {"food boxes": 9, "places": 30}})
    assert client.get(PATH, headers=bearer("lee")).json() == stored.json()
    assert availability(client, bearer, cast) == "unknown"
    assert client.put(PATH, json={"version": 1, "days": {"places": 10}}, headers=bearer("cora")).json()["version"] == 2
    assert availability(client, bearer, cast) == "open"
    late = client.put(PATH, json={"version": 1, "days": {"places": 11}}, headers=bearer("cora"))
    assert (late.status_code, late.json()["code"]) == (409, "stale_version")
    same = client.put(PATH, json={"version": 2, "days": {"places": 10}}, headers=bearer("cora"))
    assert (same.status_code, same.json()["version"]) == (200, 2)


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"beds": 7}, "days.places"),
        ({"places": 0}, "days.places"),
        ({"places": 366}, "days.places"),
        ({"places": 30, "bed": 3, "beds": 4}, "days.beds"),
        ({"places": 30, " ": 3}, "days"),
    ],
)
def test_days_that_cannot_be_are_refused(client: TestClient, bearer: Bearer, days: dict[str, Any], field: str) -> None:
    answer = client.put(PATH, json={"version": 0, "days": days}, headers=bearer("cora"))
    assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (400, [field])
    assert client.get(PATH, headers=bearer("cora")).json() == {"version": 0, "days": ROOM_DAYS}
