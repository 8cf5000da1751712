"""How much room there is: partners say it for their own listings."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from referral_hub.errors import Denied, Invalid, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.actions import set_capacity
from referral_hub.unit_of_work import Hub
from tests.cast import Cast


def stored(hub: Hub, listing_id: UUID) -> list:
    with hub.read(None) as work:
        return work.directory.children_of("service_capacity", "service_at_location_id", [listing_id])


@pytest.mark.parametrize("name", ["pia", "lee", "cora"])
def test_a_partner_and_the_coordinator_say_how_much_room_there_is(hub: Hub, cast: Cast, name: str):
    until = hub.now() + timedelta(days=2)
    with hub.begin(cast.everyone()[name]) as work:
        said = set_capacity(work, cast.pantry.id, available=3, maximum=8, unit="boxes", until=until)
    assert stored(hub, cast.pantry.id) == [said]
    assert (said.available, said.maximum, said.until, said.updated) == (3, 8, until, hub.now())
    with hub.begin(cast.everyone()[name]) as work:
        again = set_capacity(work, cast.pantry.id, available=0, unit="boxes")
    assert stored(hub, cast.pantry.id) == [again]
    assert (again.id, again.available, again.maximum, again.unit_id) == (said.id, 0, None, said.unit_id)


def test_a_strangers_listing_is_not_found_as_one_that_does_not_exist(hub: Hub, cast: Cast):
    before = stored(hub, cast.pantry.id)
    words = []
    for listing_id in (cast.pantry.id, new_id()):
        with pytest.raises(NotFound) as refused, hub.begin(cast.zoe) as work:
            set_capacity(work, listing_id, available=0)
        words.append(refused.value.detail)
    assert words[0] == words[1]
    assert stored(hub, cast.pantry.id) == before


def test_who_does_not_run_the_service_may_not_say(hub: Hub, cast: Cast):
    for asker in (cast.ana, cast.ben, cast.hana, cast.alma):
        with pytest.raises(Denied), hub.begin(asker) as work:
            set_capacity(work, cast.pantry.id, available=0)
    with pytest.raises(Unauthenticated), hub.begin(None) as work:
        set_capacity(work, cast.pantry.id, available=0)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"available": -1}, "available"),
        ({"available": 5, "maximum": 4}, "maximum"),
        ({"available": 1, "unit": " "}, "unit"),
        ({"available": 1, "days": 0}, "until"),
    ],
)
def test_figures_that_cannot_be_are_refused(hub: Hub, cast: Cast, values: dict, field: str):
    before = stored(hub, cast.pantry.id)
    if "days" in values:
        values = {"available": 1, "until": hub.now()}
    with pytest.raises(Invalid) as refused, hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, **values)
    assert [fault.field for fault in refused.value.errors] == [field]
    assert stored(hub, cast.pantry.id) == before
