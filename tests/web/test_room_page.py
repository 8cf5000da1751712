"""A partner says how much room there is, in one tap."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from referral_hub.partners.model import ServiceCapacity
from referral_hub.partners.room import set_capacity
from referral_hub.referrals.actions import move_referral
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, Place
from tests.partners.test_capacity import second_place
from tests.web.conftest import Browser, everything
from tests.web.test_referral_page import words

BALTIMORE = ZoneInfo("America/New_York")
Opener = Callable[[str], Browser]


def test_a_partner_sees_its_own_services_only(as_member: Opener) -> None:
    page = words(as_member("pia").get("/listings").text)
    assert "Harbor Pantry food boxes" in page
    assert "Room for 5 of 10 food boxes" in page
    assert "Hillcrest" not in page


def test_one_tap_changes_the_figure_that_care_managers_see(as_member: Opener, cast: Cast) -> None:
    pia = as_member("pia")
    assert pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", available="4", maximum="10", unit="food box").status_code == 303
    assert "Room for 4 of 10 food boxes · said just now" in words(as_member("ana").get(f"/directory/{cast.pantry.id}").text)


def test_a_figure_that_cannot_be_is_said_at_its_field(as_member: Opener, hub: Hub, cast: Cast) -> None:
    pia = as_member("pia")
    before = everything(hub)
    for fields, says in (({"available": "some"}, "Give a whole number."), ({"available": "9", "maximum": "3"}, "maximum cannot be less")):
        answer = pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", **fields)
        assert answer.status_code == 400
        assert says in words(answer.text)
    assert everything(hub) == before


def test_the_coordinator_sees_everybodys_room(as_member: Opener, cast: Cast) -> None:
    cora = as_member("cora")
    page = words(cora.get("/listings").text)
    assert "Harbor Pantry food boxes" in page
    assert "Hillcrest night shelter" in page
    assert cora.post(f"/listings/{cast.shelter.id}/capacity", "/listings", available="3").status_code == 303


def tap(member: Browser, place: Place, value: str, **fields: str) -> int:
    return int(member.post(f"/listings/{place.id}/capacity", "/listings", tap=value, unit="food box", maximum="10", **fields).status_code)


def figure(hub: Hub, place: Place) -> ServiceCapacity:
    with hub.read(None) as work:
        found = work.room.figure_of(place.id, place.service_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("value", "available", "until"),
    [
        ("0", 0, None),
        ("3", 3, None),
        ("10", 10, None),
        ("monday", 0, datetime(2026, 11, 30, tzinfo=BALTIMORE)),
        ("month", 0, datetime(2026, 12, 1, tzinfo=BALTIMORE)),
    ],
)
def test_one_tap_says_it_and_keeps_what_is_counted(
    as_member: Opener, hub: Hub, cast: Cast, value: str, available: int, until: datetime | None
) -> None:
    pia = as_member("pia")
    for _ in range(2):
        assert tap(pia, cast.pantry, value) == 303
        said = figure(hub, cast.pantry)
        assert (said.available, said.maximum, said.until, said.said_by) == (available, 10, until, cast.pia.account_id)
    with hub.read(None) as work:
        assert work.listings.get(cast.pantry.id).availability == ("open" if available else "full")
        (unit,) = work.directory.records("unit", [said.unit_id]).values()
    assert unit.name == "food box"


def test_the_same_as_before_is_one_tap_and_says_who_confirmed_it(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    pia = as_member("pia")
    page = words(pia.get("/listings").text)
    assert "You said 5 food boxes; 1 is kept for requests, so others see 4." in page
    assert "Still 5 food boxes" in page
    assert tap(pia, cast.pantry, "same") == 303
    assert (figure(hub, cast.pantry).available, figure(hub, cast.pantry).stated) == (4, 5)
    assert "Last confirmed just now by Pia P." in words(pia.get("/listings").text)


def test_who_turned_people_away_is_asked_whether_there_is_room_again(as_member: Opener, hub: Hub, cast: Cast, sent: UUID) -> None:
    pia = as_member("pia")
    with hub.begin(cast.pia) as work:
        move_referral(work, sent, "decline", 2, {"side": "partner", "reason": "no_capacity"})
    page = words(pia.get("/listings").text)
    assert "You told us that there is no room: 1 request was turned away. Are there food boxes again?" in page
    assert "Yes, 5 food boxes again" in page
    assert "No room now" in words(as_member("ana").get(f"/directory/{cast.pantry.id}").text)
    assert tap(pia, cast.pantry, "same") == 303
    assert "Room for 5 of 10 food boxes" in words(as_member("ana").get(f"/directory/{cast.pantry.id}").text)
    assert "turned away" not in words(pia.get("/listings").text)


def test_a_figure_that_is_too_old_says_when_it_was_last_confirmed(as_member: Opener, hub: Hub, cast: Cast) -> None:
    old = hub.now() - timedelta(days=40)
    with hub.begin(cast.pia) as work:
        set_capacity(work.acting_as(cast.pia, old), cast.pantry.id, available=4, unit="food box")
    page = words(as_member("pia").get("/listings").text)
    assert "Room not known: call first" in page
    assert re.search(r"Last confirmed Oct 14, .* by Pia P.; it counted until Nov 13", page), page
    assert "Still 4 food boxes" in page


def test_one_figure_of_a_whole_service_is_changed_for_all_its_places(as_member: Opener, hub: Hub, cast: Cast) -> None:
    annex = second_place(hub, cast)
    with hub.begin(cast.lee) as work:
        set_capacity(work, annex.id, available=3, unit="meals", whole_service=True)
    pia = as_member("pia")
    assert words(pia.get("/listings").text).count("one figure for all places of this service") == 2
    assert tap(pia, cast.kitchen, "2", whole_service="yes") == 303
    with hub.read(None) as work:
        rooms = [work.listings.get(place.id).capacity for place in (cast.kitchen, annex)]
    assert [room.available for room in rooms if room] == [2, 2]


@pytest.mark.parametrize("value", ["soon", "-1", "²", "1e3", "1234567890", "same"])
def test_a_button_that_is_none_changes_nothing(as_member: Opener, hub: Hub, cast: Cast, value: str) -> None:
    pia = as_member("pia")
    before = everything(hub)
    assert pia.post(f"/listings/{cast.kitchen.id}/capacity", "/listings", tap=value, unit="meals").status_code == 400
    assert everything(hub) == before


def test_a_number_with_a_date_counts_until_the_end_of_that_day(as_member: Opener, hub: Hub, cast: Cast) -> None:
    pia = as_member("pia")
    answer = pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", available="7", unit="rides", until="2026-11-27")
    assert answer.status_code == 303
    said = figure(hub, cast.pantry)
    assert (said.available, said.until) == (7, datetime(2026, 11, 28, tzinfo=BALTIMORE))
    before = everything(hub)
    for until in ("2026-11-01", "friday", "9999-12-31"):
        assert pia.post(f"/listings/{cast.pantry.id}/capacity", "/listings", available="7", until=until).status_code == 400
    assert everything(hub) == before
