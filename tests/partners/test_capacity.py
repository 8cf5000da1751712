"""How much room there is: partners say it for their own listings."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from referral_hub.errors import Denied, Invalid, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.freshness import ROOM_DAYS, room_days
from referral_hub.partners.imports.plan import keep_said
from referral_hub.partners.model import DirectoryRows, Reservation, ServiceCapacity
from referral_hub.partners.room import confirm_capacity, note_refusal, pause_service, set_capacity
from referral_hub.storage.tables import history
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, Place
from tests.conftest import NOW


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
        ({"available": 1, "unit": "b" * 101}, "unit"),
        ({"available": 1, "unit": "beds\x00"}, "unit"),
        ({"available": 1, "unit": "beds\ncots"}, "unit"),
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


# What is kept, and what a new figure makes of it


def keep(hub: Hub, place: Place, *, is_answered: bool = False) -> UUID:
    kept = Reservation(
        id=new_id(), service_id=place.service_id, service_at_location_id=place.id, since=hub.now(), is_answered=is_answered
    )
    with hub.begin(None) as work:
        work.room.keep_place(kept, work.now)
    return kept.id


def give_back(hub: Hub, *kept: UUID) -> None:
    with hub.begin(None) as work:
        for one in kept:
            work.room.give_back(one, work.now)


def second_place(hub: Hub, cast: Cast) -> Place:
    """Another place of the hot lunch."""
    with hub.begin(None) as work:
        (location,) = work.directory.records("location", [cast.kitchen.location_id]).values()
        (listing,) = work.directory.records("service_at_location", [cast.kitchen.id]).values()
        annex = replace(location, id=new_id(), name="Annex")
        there = replace(listing, id=new_id(), location_id=annex.id)
        work.directory.save(DirectoryRows(location=[annex], service_at_location=[there]))
    return Place(there.id, cast.kitchen.service_id, annex.id)


def seen(hub: Hub, place: Place, days: float = 0) -> tuple[int | None, str]:
    """(available, availability) as the next match has it, in so many days."""
    with hub.read(None) as work:
        listing = work.acting_as(None, hub.now() + timedelta(days=days)).listings.get(place.id)
    return None if listing.capacity is None else listing.capacity.available, listing.availability


def test_a_place_is_kept_once_and_given_back_once(hub: Hub, cast: Cast):
    kept = keep(hub, cast.pantry)
    with hub.begin(None) as work:
        (row,) = work.room.reservations()
        work.room.keep_place(row, work.now)
    assert seen(hub, cast.pantry) == (4, "open")
    give_back(hub, kept, kept)
    assert seen(hub, cast.pantry) == (5, "open")


def test_a_reservation_leaves_the_date_on_which_the_figure_was_said(hub: Hub, cast: Cast):
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=5)
    with hub.begin(None) as work:
        later = work.acting_as(None, hub.now() + timedelta(hours=5))
        later.room.keep_place(
            Reservation(
                id=new_id(), service_id=cast.pantry.service_id, service_at_location_id=cast.pantry.id, since=later.now, is_answered=False
            ),
            later.now,
        )
    with hub.read(None) as work:
        capacity = work.listings.get(cast.pantry.id).capacity
        assert capacity is not None
        assert (capacity.available, capacity.updated) == (4, hub.now())
        assert work.listings.changed_since(hub.now() + timedelta(hours=1)) == {cast.pantry.id}


def test_a_new_figure_counts_who_was_accepted_and_not_who_still_waits(hub: Hub, cast: Cast):
    waiting, accepted = keep(hub, cast.pantry), keep(hub, cast.pantry, is_answered=True)
    assert seen(hub, cast.pantry) == (3, "open")
    with hub.begin(cast.pia) as work:
        said = set_capacity(work, cast.pantry.id, available=5)
    assert (said.available, said.stated) == (4, 5)
    give_back(hub, accepted)
    assert seen(hub, cast.pantry) == (4, "open")
    give_back(hub, waiting)
    assert seen(hub, cast.pantry) == (5, "open")


def test_the_same_figure_confirmed_keeps_what_is_kept(hub: Hub, cast: Cast):
    keep(hub, cast.pantry, is_answered=True)
    with hub.begin(cast.pia) as work:
        later = work.acting_as(cast.pia, hub.now() + timedelta(days=6))
        said = confirm_capacity(later, cast.pantry.id)
    assert (said.available, said.stated, said.said_at, said.said_by) == (4, 5, hub.now() + timedelta(days=6), cast.pia.account_id)


def test_who_said_nothing_yet_has_nothing_to_confirm(hub: Hub, cast: Cast):
    with pytest.raises(Invalid), hub.begin(cast.pia) as work:
        confirm_capacity(work, cast.kitchen.id)
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.kitchen.id, available=0, until=hub.now() + timedelta(days=1))
    with pytest.raises(Invalid), hub.begin(cast.pia) as work:
        confirm_capacity(work.acting_as(cast.pia, hub.now() + timedelta(days=2)), cast.kitchen.id)
    with pytest.raises(NotFound), hub.begin(cast.zoe) as work:
        confirm_capacity(work, cast.pantry.id)
    with pytest.raises(Denied), hub.begin(cast.ana) as work:
        confirm_capacity(work, cast.pantry.id)


def test_more_requests_than_places_leave_none_until_all_of_them_fit(hub: Hub, cast: Cast):
    kept = [keep(hub, cast.pantry) for _ in range(7)]
    assert seen(hub, cast.pantry) == (0, "full")
    give_back(hub, *kept[:2])
    assert seen(hub, cast.pantry) == (0, "full")
    give_back(hub, kept[2])
    assert seen(hub, cast.pantry) == (1, "open")


def test_who_turns_people_away_has_no_room_until_they_say_so_again(hub: Hub, cast: Cast):
    kept = keep(hub, cast.pantry)
    for _ in range(2):
        with hub.begin(None) as work:
            note_refusal(work, cast.pantry.id, cast.pantry.service_id)
    give_back(hub, kept)
    assert seen(hub, cast.pantry, days=400) == (0, "full")
    assert stored(hub, cast.pantry.id)[0].refusals == 2
    with hub.begin(cast.pia) as work:
        confirm_capacity(work, cast.pantry.id)
    assert seen(hub, cast.pantry) == (5, "open")
    assert stored(hub, cast.pantry.id)[0].refusals == 0


def test_a_refusal_where_no_figure_was_said_makes_one(hub: Hub, cast: Cast):
    assert seen(hub, cast.kitchen) == (None, "unknown")
    with hub.begin(None) as work:
        note_refusal(work, cast.kitchen.id, cast.kitchen.service_id)
    assert seen(hub, cast.kitchen) == (0, "full")
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.kitchen.id, available=2, unit="meals")
    assert seen(hub, cast.kitchen) == (2, "open")


def test_a_figure_that_is_too_old_is_unknown_and_its_own_date_comes_first(hub: Hub, cast: Cast):
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=3, unit="bed")
        set_capacity(work, cast.kitchen.id, available=0, unit="meals", until=hub.now() + timedelta(days=2))
    assert [seen(hub, cast.pantry, days)[1] for days in (0, 7.4, 7.5)] == ["open", "open", "unknown"]
    assert [seen(hub, cast.kitchen, days)[1] for days in (0, 1.9, 2.1)] == ["full", "full", "unknown"]


@pytest.mark.parametrize(("unit", "days"), [("beds", 7), ("Bed", 7), ("ride", 7), ("food box", 30), ("places", 30), ("meals", 14)])
def test_how_long_a_figure_is_believed_goes_by_what_is_counted(unit: str, days: int):
    assert room_days(unit, ROOM_DAYS) == days


def test_places_of_a_service_share_one_figure_save_those_with_their_own(hub: Hub, cast: Cast):
    annex = second_place(hub, cast)
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.kitchen.id, available=3, unit="meals", whole_service=True)
    here, there = keep(hub, cast.kitchen), keep(hub, annex)
    assert (seen(hub, cast.kitchen), seen(hub, annex)) == ((1, "open"), (1, "open"))
    with hub.begin(cast.pia) as work:
        set_capacity(work, annex.id, available=2, unit="meals")
    assert (seen(hub, cast.kitchen), seen(hub, annex)) == ((2, "open"), (1, "open"))
    give_back(hub, here, there)
    assert (seen(hub, cast.kitchen), seen(hub, annex)) == ((3, "open"), (2, "open"))
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.kitchen.id, available=9, unit="meals", whole_service=True)
    assert (seen(hub, cast.kitchen), seen(hub, annex)) == ((9, "open"), (2, "open"))


# What imports may say


@pytest.mark.parametrize(
    ("held", "given", "becomes"),
    [
        ({"available": 5}, {"available": 3}, {"available": 3, "stated": None}),
        ({"available": 4, "stated": 5}, {"available": 5}, {"available": 4, "stated": 5}),
        ({"available": 4, "stated": 5}, {"available": 8}, {"available": 8, "stated": None}),
        ({"available": 4, "stated": 5, "said_at": NOW}, {"available": 8}, {"available": 4, "stated": 5}),
        ({"available": 4, "stated": 5, "said_at": NOW}, {"available": 8, "updated": NOW + timedelta(days=1)}, {"available": 8, "stated": None}),
        ({"available": 0, "stated": 5, "refusals": 1}, {"available": 8, "updated": NOW + timedelta(days=1)}, {"available": 0, "refusals": 1}),
    ],
)
def test_an_import_takes_back_neither_what_was_said_since_nor_what_is_kept(held: dict, given: dict, becomes: dict):
    common = {"id": new_id(), "service_id": new_id(), "unit_id": new_id(), "updated": NOW}
    kept = keep_said(ServiceCapacity(**{**common, **given}), ServiceCapacity(**{**common, **held}))
    assert {name: getattr(kept, name) for name in becomes} == becomes


# What else a refusal says, and who is told


def test_a_service_without_money_takes_nothing_more_and_one_that_has_ended_is_inactive(hub: Hub, cast: Cast):
    with hub.begin(cast.pia) as work:
        pause_service(work, cast.kitchen.service_id)
        pause_service(work, cast.pantry.service_id, is_closed=True)
    with hub.read(None) as work:
        kitchen, pantry = work.listings.get(cast.kitchen.id), work.listings.get(cast.pantry.id)
    assert ((kitchen.active, kitchen.referrable), (pantry.active, pantry.referrable)) == ((True, False), (False, False))


def test_whatever_is_said_of_room_is_kept_with_who_and_when(hub: Hub, cast: Cast):
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=2)
    with hub.begin(cast.lee) as work:
        confirm_capacity(work, cast.pantry.id)
    with hub.begin(cast.pia) as work:
        note_refusal(work, cast.pantry.id, cast.pantry.service_id)
        pause_service(work, cast.pantry.service_id)
    with hub.database.read() as connection:
        kept = connection.execute(sa.select(history.change_set).order_by(history.change_set.c.id)).all()
    assert [(one.cause, one.account_id) for one in kept] == [
        ("room", cast.pia.account_id),
        ("room", cast.lee.account_id),
        ("room", cast.pia.account_id),
        ("room", cast.pia.account_id),
    ]
    assert {one.made_at for one in kept} == {hub.now()}
    with hub.read(None) as work:
        name = work.listings.get(cast.pantry.id).service.name
    assert [one.title for one in kept if not one.title.endswith(f": {name}")] == []
