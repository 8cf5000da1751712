"""What may be one and the same is found by what it shares, merged with a way back, and never by itself; on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Conflict, Denied, Invalid, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.duplicates import ENOUGH, MOST_SHARING, Duplicate, DuplicateState, Kind, Sketch, find_pairs
from referral_hub.partners.merging import (
    DuplicateCount,
    MergeDuplicate,
    find_duplicates,
    get_duplicate,
    keep_apart,
    list_duplicates,
    merge_duplicate,
    store_duplicates,
)
from referral_hub.partners.model import Address, DirectoryRows, Location, Organization, Phone, Schedule, Service, ServiceAtLocation
from referral_hub.referrals.actions import create_referral
from referral_hub.storage.tables import directory as tables
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.folders import OHANA, import_ohana, write_ohana
from tests.partners.test_change_sets import directory_of
from tests.storage.ready import check_ready

HERE = (39.2850, -76.6000)


def sketch(number: int, name: str = "", point: tuple[float, float] | None = None, units: tuple[str, ...] = (), **keys: str) -> Sketch:
    return Sketch(id=UUID(int=number), name=name, point=point, units=frozenset(units), keys={what: frozenset({key}) for what, key in keys.items()})


@pytest.mark.parametrize(
    ("kind", "one", "other", "points"),
    [
        # organizations
        ("organization", {"name": "harbor pantry"}, {"name": "harbor pantry"}, None),
        ("organization", {"name": "harbor pantry", "city": "baltimore md"}, {"name": "harbor pantry", "city": "baltimore md"}, 5),
        ("organization", {"name": "harbor pantry", "city": "baltimore md"}, {"name": "harbor pantry", "city": "towson md"}, None),
        ("organization", {"name": "harbor pantry", "phone": "1"}, {"name": "harbor pantry", "phone": "1"}, 6),
        ("organization", {"name": "harbor pantry", "phone": "1"}, {"name": "harbor pantrys", "phone": "1"}, 5),
        ("organization", {"name": "harbor pantry", "email": "1"}, {"name": "harbor pantry", "email": "1"}, 5),
        ("organization", {"name": "harbor pantry", "email": "1"}, {"name": "harbor pantrys", "email": "1"}, None),
        ("organization", {"name": "harbor pantry", "phone": "1", "website": "w"}, {"name": "legal aid society", "phone": "1", "website": "w"}, None),
        ("organization", {"name": "harbor pantry", "phone": "1", "website": "w"}, {"name": "harbor pantry east", "phone": "1", "website": "w"}, 5),
        ("organization", {"phone": "1", "website": "w"}, {"name": "legal aid society", "phone": "1", "website": "w"}, 5),
        ("organization", {"name": "abc", "phone": "1", "website": "w", "address": "2"}, {"name": "xyz", "phone": "1", "website": "w", "address": "2"}, 5),
        ("organization", {"name": "abc", "phone": "1", "email": "w", "address": "2", "city": "c"}, {"name": "xyz", "phone": "1", "email": "w", "address": "2", "city": "c"}, None),
        ("organization", {"name": "", "phone": ""}, {"name": "", "phone": ""}, None),
        # places
        ("location", {"address": "1 pier", "organization": "o", "phone": "1"}, {"address": "1 pier", "organization": "o", "phone": "1"}, 5),
        ("location", {"address": "1 pier", "organization": "o"}, {"address": "1 pier", "organization": "o"}, None),
        ("location", {"name": "hall", "address": "1 pier", "organization": "o"}, {"name": "hall", "address": "1 pier", "organization": "p"}, 5),
        ("location", {"name": "hall", "address": "1", "organization": "o", "phone": "1"}, {"name": "annex two", "address": "1", "organization": "o", "phone": "1"}, None),
        ("location", {"name": "h", "address": "1", "organization": "o", "units": ("1|2",)}, {"name": "h", "address": "1", "organization": "o", "units": ("1|3",)}, None),
        ("location", {"name": "h", "address": "1", "organization": "o", "units": ("1|2",)}, {"name": "h", "address": "1", "organization": "o", "units": ("1|2",)}, 6),
        ("location", {"name": "h", "address": "1", "organization": "o", "units": ("1|2",)}, {"name": "h", "address": "1", "organization": "o"}, 6),
        ("location", {"point": HERE, "organization": "o"}, {"point": HERE, "organization": "o"}, None),
        ("location", {"name": "hall", "point": HERE, "organization": "o"}, {"name": "hall", "point": (39.2851, -76.6001), "organization": "o"}, 5),
        ("location", {"name": "hall", "point": HERE, "organization": "o"}, {"name": "hall", "point": (39.2870, -76.6001), "organization": "o"}, None),
        ("location", {"name": "hall", "point": HERE, "address": "1", "organization": "o"}, {"name": "hall", "point": HERE, "address": "1", "organization": "p"}, 5),
    ],
)  # fmt: skip
def test_what_two_share_decides_whether_they_are_shown(kind: Kind, one: dict[str, Any], other: dict[str, Any], points: int | None):
    found = find_pairs(kind, [sketch(2, **other), sketch(1, **one)])
    assert [(pair.first.int, pair.second.int, pair.points) for pair in found] == ([(1, 2, points)] if points else [])
    assert all(pair.points >= ENOUGH for pair in found)


@pytest.mark.parametrize("away", [0.0, 0.0003, 0.0006, 0.0009, 0.0013])
@pytest.mark.parametrize("start", [39.0, 39.00099, 39.001, 39.00101, -39.00099])
def test_near_places_of_one_organization_are_met_on_every_side_of_a_cell(start: float, away: float):
    """150 m are 0.00135 degrees of latitude; the names share no block, so only the grid brings the two together."""
    one = sketch(1, "harbor community hall and pantry", (start, -76.6), organization="o", phone="1")
    other = sketch(2, "harbor community hall and pantrys", (start + away, -76.6), organization="o", phone="1")
    third = [sketch(number, f"{number}", phone="1") for number in range(3, 3 + MOST_SHARING)]
    assert [(pair.first.int, pair.second.int) for pair in find_pairs("location", [one, other, *third])] == [(1, 2)]


def test_a_switchboard_tells_nothing():
    many = [sketch(number, f"name {number}", phone="1", website="w", address="a") for number in range(1, MOST_SHARING + 2)]
    assert find_pairs("organization", many) == []
    assert len(find_pairs("organization", many[:3])) == 3


# In the directory


def look(hub: Hub) -> DuplicateCount:
    with hub.read(COMMAND_LINE) as work:
        found = find_duplicates(work)
    with hub.begin(COMMAND_LINE) as work:
        return store_duplicates(work, found)


def pairs(hub: Hub, kind: Kind, state: DuplicateState = DuplicateState.OPEN) -> list[Duplicate]:
    with hub.read(COMMAND_LINE) as work:
        return list_duplicates(work, kind, state, per_page=100).items


def put(hub: Hub, rows: DirectoryRows) -> None:
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)


class Twice:
    """Two organizations of one name with a place each at one door, and a service each."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.a, self.b = (Organization(id=new_id(), name=name, website="pier.example.org") for name in ("Pier Kitchen, Inc.", "The Pier Kitchen"))
        self.at_a, self.at_b = (Location(id=new_id(), organization_id=one.id, name="Pier hall", latitude=39.28, longitude=-76.6) for one in (self.a, self.b))
        self.service_a, self.service_b = (Service(id=new_id(), organization_id=one.id, name=f"Meals {n}") for n, one in enumerate((self.a, self.b)))
        self.listing_a, self.listing_b = (
            ServiceAtLocation(id=new_id(), service_id=service.id, location_id=place.id)
            for service, place in ((self.service_a, self.at_a), (self.service_b, self.at_b))
        )
        rows = DirectoryRows(
            organization=[self.a, self.b],
            location=[self.at_a, self.at_b],
            service=[self.service_a, self.service_b],
            service_at_location=[self.listing_a, self.listing_b],
            address=[
                Address(id=new_id(), location_id=place.id, address_1=street, city="Baltimore", state_province="MD", postal_code="21230")
                for place, street in ((self.at_a, "1 Pier Road"), (self.at_b, "1 Pier Rd."))
            ],
            phone=[
                Phone(id=new_id(), organization_id=self.a.id, number="410-555-0150"),
                Phone(id=new_id(), organization_id=self.b.id, number="(410) 555-0150"),
                Phone(id=new_id(), organization_id=self.b.id, number="410-555-0151"),
            ],
            schedule=[Schedule(id=new_id(), location_id=self.at_b.id, freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="12:00")],
        )  # fmt: skip
        put(hub, rows)

    def merge(self, kind: Kind, keep: UUID, *take: str) -> Duplicate:
        look(self.hub)
        ids = {self.a.id, self.b.id, self.at_a.id, self.at_b.id}
        (pair,) = (one for one in pairs(self.hub, kind) if {one.first_id, one.second_id} <= ids)
        with self.hub.begin(COMMAND_LINE) as work:
            return merge_duplicate(work, pair.id, MergeDuplicate(keep=keep, take=list(take)))


def test_merging_takes_everything_over_once_and_is_undone(hub_on_both: Hub):
    hub, twice = hub_on_both, Twice(hub_on_both)
    before = directory_of(hub)
    merged = twice.merge("organization", twice.a.id, "name")
    with hub.read(COMMAND_LINE) as work:
        rows = work.directory.organization_rows(twice.a.id)
        assert work.directory.records("organization", [twice.b.id]) == {}
    assert rows.organization[0].name == "The Pier Kitchen"
    assert {one.id for one in rows.service} == {twice.service_a.id, twice.service_b.id}
    assert {one.id for one in rows.location} == {twice.at_a.id, twice.at_b.id}
    assert sorted(one.number for one in rows.phone) == ["410-555-0150", "410-555-0151"]
    check_ready(hub)
    place = twice.merge("location", twice.at_b.id)
    with hub.read(COMMAND_LINE) as work:
        rows = work.directory.organization_rows(twice.a.id)
    assert [one.id for one in rows.location] == [twice.at_b.id]
    assert {(one.service_id, one.location_id) for one in rows.service_at_location} == {(twice.service_a.id, twice.at_b.id), (twice.service_b.id, twice.at_b.id)}
    assert [one.address_1 for one in rows.address] == ["1 Pier Rd."]
    assert len(rows.schedule) == 1
    check_ready(hub)
    for one in (place, merged):
        with hub.begin(COMMAND_LINE) as work:
            assert one.change_set_id is not None
            assert undo_change_set(work, one.change_set_id).kept == []
    assert directory_of(hub) == before
    check_ready(hub)


def test_looking_needs_no_transaction_that_may_write(hub_on_both: Hub):
    Twice(hub_on_both)
    look(hub_on_both)
    with hub_on_both.read(COMMAND_LINE) as work:
        listed = list_duplicates(work, "organization")
        assert get_duplicate(work, listed.items[0].id).differs == ["name"]


def test_what_was_decided_is_not_asked_again_and_what_was_undone_is(hub: Hub):
    twice = Twice(hub)
    assert look(hub).new == 2
    assert look(hub) == DuplicateCount(0, 0, 2)
    place = pairs(hub, "location")[0]
    with hub.begin(COMMAND_LINE) as work:
        keep_apart(work, place.id)
    merged = twice.merge("organization", twice.b.id)
    assert look(hub) == DuplicateCount(0, 0, 0)
    with hub.begin(COMMAND_LINE) as work:
        assert merged.change_set_id is not None
        undo_change_set(work, merged.change_set_id)
    assert look(hub).new == 1
    assert [one.id for one in pairs(hub, "organization")] == [merged.id]
    assert pairs(hub, "location", DuplicateState.DIFFERENT)[0].id == place.id


def test_a_pair_that_shares_nothing_any_more_is_put_away(hub: Hub):
    twice = Twice(hub)
    look(hub)
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(DirectoryRows(organization=[replace(twice.b, name="Something else", website=None)]))
        for kind in ("address", "phone"):
            rows = work.directory.children_of(kind, "location_id", [twice.at_b.id]) + work.directory.children_of("phone", "organization_id", [twice.b.id])
            work.directory.delete(kind, [row.id for row in rows if type(row).__name__.lower() == kind])
    assert look(hub).gone == 2
    assert pairs(hub, "organization") == []


def test_the_next_import_brings_nothing_back_and_still_brings_what_hangs_on_it(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    double = [*OHANA["organizations.csv"], {"id": "3", "name": "Harbor Pantry Inc", "description": "The same.", "email": "hello@example.org", "website": "harbor.example.org"}]
    places = [*OHANA["locations.csv"], {"id": "30", "organization_id": "3", "name": "Pier annex", "latitude": "39.31", "longitude": "-76.6", "confidential": "", "description": ""}]
    folder = write_ohana(tmp_path / "net", organizations=double, locations=places)
    import_ohana(hub, folder)
    look(hub)
    (pair,) = pairs(hub, "organization")
    with hub.begin(COMMAND_LINE) as work:
        records = work.directory.records("organization", [pair.first_id, pair.second_id])
        keep = next(one for one in records.values() if one.name == "Harbor Pantry")
        merge_duplicate(work, pair.id, MergeDuplicate(keep=keep.id))
    merged = directory_of(hub)
    import_ohana(hub, folder)
    assert directory_of(hub) == merged
    places[-1]["name"] = "Pier annex, second floor"
    double[-1]["description"] = "Other words."
    summary, _ = import_ohana(hub, write_ohana(folder, organizations=double, locations=places))
    assert {kind: count.changed for kind, count in summary.counts.items() if count.changed} == {"location": 1}
    write_ohana(folder)
    import_ohana(hub, folder)
    with hub.read(COMMAND_LINE) as work:
        assert work.directory.organization(keep.id).name == "Harbor Pantry"
    check_ready(hub)


def test_who_has_people_or_referrals_stays(hub: Hub, cast: Cast):
    harbor = cast.pia.organization_id
    assert harbor is not None
    with hub.begin(COMMAND_LINE) as work:
        own = work.directory.organization(harbor)
        work.directory.save(DirectoryRows(organization=[other := replace(own, id=new_id(), sends=False)], phone=[
            Phone(id=new_id(), organization_id=one, number="410-555-0160") for one in (harbor, other.id)
        ]))  # fmt: skip
    look(hub)
    (pair,) = (one for one in pairs(hub, "organization") if {one.first_id, one.second_id} == {harbor, other.id})
    with pytest.raises(Conflict, match="people who sign in"), hub.begin(cast.cora) as work:
        merge_duplicate(work, pair.id, MergeDuplicate(keep=other.id))
    with hub.begin(cast.cora) as work:
        merge_duplicate(work, pair.id, MergeDuplicate(keep=harbor))


def test_two_listings_of_one_service_become_one_unless_a_referral_points_to_it(hub: Hub, cast: Cast):
    with hub.begin(COMMAND_LINE) as work:
        also = ServiceAtLocation(id=new_id(), service_id=cast.pantry.service_id, location_id=cast.kitchen.location_id)
        hours = Schedule(id=new_id(), service_at_location_id=also.id, freq="WEEKLY", byday="SU", opens_at="09:00", closes_at="12:00")
        places = work.directory.records("location", [cast.pantry.location_id, cast.kitchen.location_id]).values()
        same = [replace(place, name="Harbor Pantry") for place in places]
        work.directory.save(DirectoryRows(service_at_location=[also], schedule=[hours], location=same))
    look(hub)
    wanted = {cast.pantry.location_id, cast.kitchen.location_id}
    (pair,) = (one for one in pairs(hub, "location") if {one.first_id, one.second_id} == wanted)
    with hub.begin(cast.ana) as work:
        create_referral(work, cast.need.id, cast.pantry.id)
    with pytest.raises(Conflict, match="referrals point to"), hub.begin(cast.cora) as work:
        merge_duplicate(work, pair.id, MergeDuplicate(keep=cast.kitchen.location_id))
    with hub.begin(cast.cora) as work:
        merge_duplicate(work, pair.id, MergeDuplicate(keep=cast.pantry.location_id))
    with hub.read(COMMAND_LINE) as work:
        assert work.directory.records("service_at_location", [also.id]) == {}
        assert work.directory.records("schedule", [hours.id]) == {}
        assert work.listings.get(cast.kitchen.id).location.id == cast.pantry.location_id
    check_ready(hub)


def test_a_confidential_place_is_compared_with_nothing(hub: Hub, cast: Cast):
    twin = Location(id=new_id(), organization_id=cast.zoe.organization_id, name="Hillcrest refuge", latitude=39.2711, longitude=-76.6011)  # type: ignore[arg-type]
    put(hub, DirectoryRows(location=[twin], address=[
        Address(id=new_id(), location_id=twin.id, address_1="9 Sealed Lane", city="Baltimore", state_province="MD", postal_code="21230")
    ]))  # fmt: skip
    look(hub)
    assert [one for one in pairs(hub, "location") if twin.id in (one.first_id, one.second_id)] == []
    with hub.read(COMMAND_LINE) as work:
        assert cast.refuge.location_id not in {one.id for one in work.duplicates.sketches("location")}


def test_a_place_that_became_confidential_cannot_be_merged_or_seen(hub: Hub):
    twice = Twice(hub)
    look(hub)
    (pair,) = pairs(hub, "location")
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(DirectoryRows(location=[replace(twice.at_b, confidential=True, latitude=None, longitude=None)]))
    for act in (lambda work: get_duplicate(work, pair.id), lambda work: merge_duplicate(work, pair.id, MergeDuplicate(keep=twice.at_a.id))):
        with pytest.raises(Conflict), hub.begin(COMMAND_LINE) as work:
            act(work)
    with hub.read(COMMAND_LINE) as work:
        assert twice.at_b.id not in list_duplicates(work, "location").names
    assert look(hub).gone == 1


def test_only_coordinators_see_and_decide_them(hub: Hub, cast: Cast):
    twice = Twice(hub)
    look(hub)
    (pair,) = (one for one in pairs(hub, "organization") if {one.first_id, one.second_id} == {twice.a.id, twice.b.id})
    for actor in cast.everyone().values():
        if actor is cast.cora:
            continue
        for act in (
            find_duplicates,
            lambda work: store_duplicates(work, {}),
            lambda work: list_duplicates(work, "organization"),
            lambda work: get_duplicate(work, pair.id),
            lambda work: merge_duplicate(work, pair.id, MergeDuplicate(keep=pair.first_id)),
            lambda work: keep_apart(work, pair.id),
        ):
            with pytest.raises((Denied, Unauthenticated)), hub.begin(actor) as work:
                act(work)
    with hub.begin(cast.cora) as work:
        keep_apart(work, pair.id)


def test_what_cannot_be_is_refused(hub: Hub):
    twice = Twice(hub)
    look(hub)
    (pair,) = pairs(hub, "organization")
    before = directory_of(hub)
    for merge in (MergeDuplicate(keep=new_id()), MergeDuplicate(keep=twice.a.id, take=["id"]), MergeDuplicate(keep=twice.a.id, take=["source"])):
        with pytest.raises(Invalid), hub.begin(COMMAND_LINE) as work:
            merge_duplicate(work, pair.id, merge)
    with pytest.raises(NotFound), hub.begin(COMMAND_LINE) as work:
        keep_apart(work, new_id())
    assert directory_of(hub) == before
    twice.merge("organization", twice.a.id)
    with pytest.raises(Conflict), hub.begin(COMMAND_LINE) as work:
        merge_duplicate(work, pair.id, MergeDuplicate(keep=twice.a.id))
    with pytest.raises(Conflict), hub.begin(COMMAND_LINE) as work:
        keep_apart(work, pair.id)


def test_daughters_find_their_mother(hub: Hub):
    twice = Twice(hub)
    child = Organization(id=new_id(), name="Pier Kitchen East", parent_organization_id=twice.b.id)
    put(hub, DirectoryRows(organization=[child]))
    twice.merge("organization", twice.a.id)
    with hub.database.read() as connection:
        assert connection.execute(sa.select(tables.organization.c.parent_organization_id).where(tables.organization.c.id == child.id)).scalar_one() == twice.a.id
