"""Listings ready for matching: true in the transaction of every change, numbered where they changed, silent where they did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE, Actor, Role
from referral_hub.errors import NotFound
from referral_hub.ids import new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.listing import decode_listing
from referral_hub.partners.model import DirectoryRows, ServiceStatus
from referral_hub.partners.room import note_refusal, pause_service, set_capacity
from referral_hub.settings import Settings
from referral_hub.storage.listings import FEW
from referral_hub.unit_of_work import Hub, Work
from tests.conftest import NOW
from tests.matching.network import add_listing
from tests.postgres import BOTH, fresh_url
from tests.storage.ready import check_ready, number_of, rows_in, shown, stored, truth

COORDINATOR = Actor(account_id=new_id(), organization_id=new_id(), role=Role.COORDINATOR, name="Cora")
HOURS = [{"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"}]


class Network:
    """One listing with a row of every kind that matching sees, and two more that a change of it does not concern."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.id = add_listing(
            hub,
            hours=HOURS,
            languages=["es"],
            interpreted=["ar"],
            accessibility=["wheelchair"],
            documents=[("Photo ID", "photo_id", [])],
            area={"states": ["MD"]},
            description="Boxes.",
        )
        self.other = add_listing(hub, "Night shelter", term="emergency-shelter", hours=HOURS, organization="Hill House", available=2)
        self.hidden = add_listing(hub, "Refuge", term="domestic-violence-shelter", confidential=True, sealed=(39.27, -76.60), organization="Hidden House", available=None)
        with hub.read(COMMAND_LINE) as work:
            self.listing = work.listings.get(self.id)
            self.others = work.listings.get(self.other)
            self.refuge = work.listings.get(self.hidden)

    def record(self, work: Work, kind: str, owner: str = "service_id", of: UUID | None = None) -> Any:
        """The one record of a kind that belongs to the first listing."""
        (found,) = work.directory.children_of(kind, owner, [of or self.listing.service.id])
        return found

    def head(self, work: Work, kind: str, record_id: UUID) -> Any:
        return work.directory.records(kind, [record_id])[record_id]


@pytest.fixture(scope="module", params=BOTH)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network for every test that takes back what it does."""
    folder = tmp_path_factory.mktemp("ready")
    with fresh_url(request.param, folder, request) as url:
        hub = Hub(Settings(data_dir=folder, database_url=url, now=NOW))
        yield Network(hub)
        hub.close()


@pytest.fixture
def network(hub_on_both: Hub) -> Network:
    return Network(hub_on_both)


class Undo(Exception):
    """Takes a transaction back."""


def save(work: Work, **rows: Any) -> None:
    work.directory.save(DirectoryRows(**{kind: [row] for kind, row in rows.items()}))


Change = Callable[[Work, Network], object]


def change_of(kind: str, **values: Any) -> Change:
    """The organization, service, location or listing itself."""

    def change(work: Work, network: Network) -> None:
        ids = {"service_at_location": network.id} | {name: getattr(network.listing, name).id for name in ("organization", "service", "location")}
        save(work, **{kind: replace(network.head(work, kind, ids[kind]), **values)})

    return change


def change_child(kind: str, owner: str = "service_id", **values: Any) -> Change:
    def change(work: Work, network: Network) -> None:
        of = network.listing.location.id if owner == "location_id" else None
        save(work, **{kind: replace(network.record(work, kind, owner, of), **values)})

    return change


def remove_child(kind: str, owner: str = "service_id") -> Change:
    def change(work: Work, network: Network) -> None:
        of = network.listing.location.id if owner == "location_id" else None
        work.directory.delete(kind, [network.record(work, kind, owner, of).id])

    return change


def add_child(kind: str, make: Callable[[Network], Any]) -> Change:
    return lambda work, network: save(work, **{kind: make(network)})


def rename_unit(work: Work, network: Network) -> None:
    save(work, unit=replace(network.head(work, "unit", network.record(work, "service_capacity").unit_id), name="boxes"))


def rename_term(work: Work, network: Network) -> None:
    term = taxonomy.TERM_IDS["food-pantry"]
    save(work, taxonomy_term=replace(network.head(work, "taxonomy_term", term), name="Larders"))


def move_tag_to_listing(work: Work, network: Network) -> None:
    save(work, attribute=replace(network.record(work, "attribute", "link_id"), link_id=network.id, link_entity="service_at_location", taxonomy_term_id=taxonomy.TERM_IDS["hot-meals"]))


def room(call: Callable[[Work, Any], object]) -> Change:
    return lambda work, network: call(work, work.referrals.places([network.id])[network.id])


def keep_place(work: Work, place: Any) -> UUID:
    kept = model.Reservation(id=new_id(), service_id=place.service_id, service_at_location_id=place.id, since=work.now, is_answered=False)
    work.room.keep_place(kept, work.now)
    return kept.id


def keep_two_and_give_one_back(work: Work, place: Any) -> None:
    first, _ = keep_place(work, place), keep_place(work, place)
    work.settle()
    work.room.give_back(first, work.now)


CHANGES: dict[str, Change] = {
    "organization renamed": change_of("organization", name="Bay House"),
    "organization's other name": change_of("organization", alternate_name="The Bay"),
    "organization's time zone": change_of("organization", timezone="America/Denver"),
    "service renamed": change_of("service", name="Larder"),
    "service's other name": change_of("service", alternate_name="The larder"),
    "service described": change_of("service", description="Bags of groceries."),
    "service's rule": change_of("service", rule={"type": "age", "min": 61}),
    "service closed": change_of("service", status=ServiceStatus.INACTIVE),
    "service paused": change_of("service", referrable=False),
    "service's days to answer": change_of("service", usual_ack_days=3.5),
    "place renamed": change_of("location", name="Pier 9"),
    "place moved": change_of("location", latitude=39.1, longitude=-76.5),
    "place better known": change_of("location", precision=model.Precision.STREET),
    "listing delivers": change_of("service_at_location", reach=model.Reach.DELIVERED),
    "listing described": change_of("service_at_location", description="Ring the bell."),
    "hours changed": change_child("schedule", closes_at="13:00"),
    "hours gone": remove_child("schedule"),
    "hours of the place": add_child("schedule", lambda network: model.Schedule(id=new_id(), service_at_location_id=network.id, byday="FR")),
    "area changed": change_child("service_area", area={"states": ["VA"]}),
    "area gone": remove_child("service_area"),
    "area of the place": add_child("service_area", lambda network: model.ServiceArea(id=new_id(), service_at_location_id=network.id, area={"counties": ["24510"]})),
    "language changed": change_child("language", code="fr"),
    "language of the place": change_child("language", "location_id", code="zh"),
    "language gone": remove_child("language", "location_id"),
    "ramp gone": remove_child("accessibility", "location_id"),
    "ramp changed": change_child("accessibility", "location_id", code="hearing_loop"),
    "document changed": change_child("required_document", document="Passport"),
    "document gone": remove_child("required_document"),
    "fee known": lambda work, network: save(work, cost_option=model.CostOption(id=new_id(), service_id=network.listing.service.id, amount=5.0)),
    "tag changed": change_child("attribute", "link_id", taxonomy_term_id=taxonomy.TERM_IDS["hot-meals"]),
    "tag of the listing": move_tag_to_listing,
    "tag gone": remove_child("attribute", "link_id"),
    "term renamed": rename_term,
    "room of the service": change_child("service_capacity", available=0, waitlist=True),
    "room gone": remove_child("service_capacity"),
    "room counted otherwise": rename_unit,
    "room said": lambda work, network: set_capacity(work.acting_as(COORDINATOR, NOW), network.id, available=2, until=NOW + timedelta(days=1)),
    "place kept": room(keep_place),
    "place given back": room(keep_two_and_give_one_back),
    "turned away": room(lambda work, place: note_refusal(work, place.id, place.service_id)),
    "partner pauses": room(lambda work, place: pause_service(work, place.service_id)),
    "partner closes": room(lambda work, place: pause_service(work, place.service_id, is_closed=True)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_reaches_the_row_in_its_transaction_and_no_other_row(kept: Network, name: str):
    with pytest.raises(Undo), kept.hub.begin(COMMAND_LINE) as work:
        before, number = stored(work), work.changes.number("directory")
        CHANGES[name](work, kept)
        at_once = work.listings.get(kept.id)
        (row,) = work.listings.changed_after(number)
        after = stored(work)
        assert (row.id, row.number, work.changes.number("directory")) == (kept.id, number + 1, number + 1)
        assert after[kept.id] == row
        assert shown(work) == truth(work)
        assert at_once == work.listings.get(kept.id)
        others = (kept.other, kept.hidden)
        assert [after[one] for one in others] == [before[one] for one in others]
        raise Undo


def test_a_change_is_there_for_everybody_after_the_commit(network: Network):
    number = number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        CHANGES["service renamed"](work, network)

    assert number_of(network.hub) == rows_in(network.hub)[network.id].number == number + 1
    check_ready(network.hub)


def test_what_moves_from_one_listing_to_another_changes_both(network: Network):
    with network.hub.begin(COMMAND_LINE) as work:
        save(work, schedule=replace(network.record(work, "schedule"), service_id=network.others.service.id))

    rows = rows_in(network.hub)
    check_ready(network.hub)
    assert rows[network.id].number == rows[network.other].number == number_of(network.hub)


def test_a_place_and_an_organization_change_every_listing_that_they_have(network: Network):
    second = model.Service(id=new_id(), organization_id=network.listing.organization.id, name="Second")
    listing = model.ServiceAtLocation(id=new_id(), service_id=second.id, location_id=network.listing.location.id)
    with network.hub.begin(COMMAND_LINE) as work:
        save(work, service=second, service_at_location=listing)
    for change in (CHANGES["place renamed"], CHANGES["organization renamed"]):
        with network.hub.begin(COMMAND_LINE) as work:
            change(work, network)
        rows, number = rows_in(network.hub), number_of(network.hub)
        assert {one for one, row in rows.items() if row.number == number} == {network.id, listing.id}
        check_ready(network.hub)


def unseen(work: Work, network: Network) -> None:
    """Rows that pages show and matching does not see; a hidden place somewhere else; what is saved as it was."""
    listing, refuge = network.listing, network.refuge
    save(work, phone=model.Phone(id=new_id(), number="410-555-0100", service_id=listing.service.id))
    save(work, contact=model.Contact(id=new_id(), name="Pia", organization_id=listing.organization.id))
    save(work, address=model.Address(id=new_id(), location_id=listing.location.id, address_1="1 Pier", city="Baltimore", state_province="MD", postal_code="21201"))
    (sealed,) = work.directory.records("sealed_location", [refuge.location.id]).values()
    save(work, sealed_location=replace(sealed, latitude=39.35, longitude=-76.70, address={"address_1": "1 Other Lane"}))
    work.directory.save(work.directory.organization_rows(listing.organization.id))
    work.directory.save(work.directory.organization_rows(refuge.organization.id))
    work.directory.save(taxonomy.rows())
    work.directory.delete("schedule", [new_id()])


def test_what_matching_cannot_see_moves_no_byte_and_no_number(network: Network):
    before, number = rows_in(network.hub), number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        unseen(work, network)

    assert rows_in(network.hub) == before
    assert (number_of(network.hub), number_of(network.hub, "taxonomy")) == (number, 1)


def test_a_point_left_on_a_confidential_place_is_in_no_row(network: Network):
    before, number = rows_in(network.hub), number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        place = network.head(work, "location", network.refuge.location.id)
        save(work, location=replace(place, name="Behind the mill", latitude=39.35, longitude=-76.7))
        listing = network.head(work, "service_at_location", network.hidden)
        save(work, service_at_location=replace(listing, description="Behind the mill."))

    assert (rows_in(network.hub), number_of(network.hub)) == (before, number)


def test_a_change_that_is_taken_back_leaves_nothing(network: Network):
    before, number = rows_in(network.hub), number_of(network.hub)
    with pytest.raises(Undo), network.hub.begin(COMMAND_LINE) as work:
        for name in ("service renamed", "place kept", "term renamed"):
            CHANGES[name](work, network)
        assert len(list(work.listings.changed_after(number))) == 1
        raise Undo

    assert (rows_in(network.hub), number_of(network.hub)) == (before, number)


def test_a_transaction_has_one_number_however_often_it_is_looked_at(network: Network):
    number = number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        for name in ("service renamed", "place kept", "hours changed"):
            CHANGES[name](work, network)
            assert work.changes.number("directory") == number + 1
        same = work.acting_as(None, work.now)
        save(same, service=replace(network.head(work, "service", network.others.service.id), name="Day shelter"))

    assert {rows_in(network.hub)[one].number for one in (network.id, network.other)} == {number + 1} == {number_of(network.hub)}
    check_ready(network.hub)


def test_a_listing_that_goes_leaves_its_number_and_comes_back_under_a_new_one(network: Network):
    hub, number = network.hub, number_of(network.hub)
    with hub.begin(COMMAND_LINE) as work:
        listing = network.head(work, "service_at_location", network.id)
        work.directory.delete("service_at_location", [network.id])
        with pytest.raises(NotFound):
            work.listings.get(network.id)
    gone = rows_in(hub)[network.id]
    with hub.read(COMMAND_LINE) as work:
        assert not work.listings.some([network.id])
        assert not work.listings.words([network.id])
        assert [row.id for row in work.listings.changed_after(number)] == [network.id]
        assert network.id not in {row.id for row in work.listings.rows()}
    with hub.begin(COMMAND_LINE) as work:
        save(work, service_at_location=listing)

    assert (gone.number, gone.record, gone.words, gone.other_names, gone.description) == (number + 1, None, "", "", "")
    assert rows_in(hub)[network.id].number == number + 2
    check_ready(hub)


def test_a_listing_that_never_lasted_to_a_commit_leaves_nothing(network: Network):
    before, number = rows_in(network.hub), number_of(network.hub)
    place = model.Location(id=new_id(), organization_id=network.listing.organization.id, name="Annex")
    passing = model.ServiceAtLocation(id=new_id(), service_id=network.listing.service.id, location_id=place.id)
    with network.hub.begin(COMMAND_LINE) as work:
        save(work, location=place, service_at_location=passing)
        work.directory.delete("service_at_location", [passing.id])

    assert (rows_in(network.hub), number_of(network.hub)) == (before, number)


@pytest.mark.parametrize("count", [FEW - 1, FEW, FEW + 1])
def test_many_changes_come_like_few(network: Network, count: int):
    number = number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        (row,) = [one for one in work.listings.rows() if one.id == network.id]
        made = [replace(row, id=new_id()) for _ in range(count)]
        work.listings.put(made)
    with network.hub.read(COMMAND_LINE) as work:
        changed = list(work.listings.changed_after(number))
    assert [one.id for one in changed] == sorted(one.id for one in made)
    assert {one.record for one in changed} == {row.record}


def test_what_changed_comes_in_the_order_of_numbers_then_ids(network: Network):
    for name in ("service renamed", "place kept"):
        with network.hub.begin(COMMAND_LINE) as work:
            CHANGES[name](work, network)
    with network.hub.read(COMMAND_LINE) as work:
        everything = list(work.listings.changed_after(0))
        assert [row.id for row in work.listings.changed_after(number_of(network.hub) - 1)] == [network.id]
        assert list(work.listings.changed_after(number_of(network.hub))) == []
        assert {row.id for row in work.listings.rows()} == {network.id, network.other, network.hidden}
    assert [(row.number, row.id) for row in everything] == sorted((row.number, row.id) for row in everything)
    assert everything[-1].id == network.id


def test_a_place_is_kept_without_reading_the_listing_anew(network: Network):
    statements: list[str] = []
    place: list[Any] = []
    with network.hub.read(COMMAND_LINE) as work:
        place.append(work.referrals.places([network.id])[network.id])
    sa.event.listen(network.hub.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with network.hub.begin(COMMAND_LINE) as work:
        keep_place(work, place[0])

    assert len([one for one in statements if not one.startswith("BEGIN")]) <= 19, statements
    assert not any("required_document" in one or "schedule" in one for one in statements)


def test_a_place_kept_where_none_is_left_changes_nothing_that_others_see(network: Network):
    for _ in range(5):
        with network.hub.begin(COMMAND_LINE) as work:
            CHANGES["place kept"](work, network)
    before = rows_in(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        CHANGES["place kept"](work, network)
    capacity = decode_listing(before[network.id].record or b"").capacity
    assert capacity is not None
    assert capacity.available == 0
    assert rows_in(network.hub) == before


def test_availability_is_as_of_the_moment_of_reading(network: Network):
    with network.hub.begin(COMMAND_LINE) as work:
        set_capacity(work.acting_as(COORDINATOR, NOW), network.id, available=3, until=NOW + timedelta(hours=1))
        assert work.listings.get(network.id).availability == "open"
        late = work.acting_as(COMMAND_LINE, NOW + timedelta(hours=2))
        assert late.listings.get(network.id).availability == "unknown"
    with network.hub.read(COMMAND_LINE) as work:
        assert work.listings.get(network.id).availability == "open"
        assert work.acting_as(COMMAND_LINE, NOW + timedelta(hours=2)).listings.get(network.id).availability == "unknown"


def test_rows_can_be_put_without_a_directory_and_are_buried_when_all_are_made_anew(network: Network):
    row = rows_in(network.hub)[network.id]
    made_up = [replace(row, id=new_id(), number=77) for _ in range(3)]
    number = number_of(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        work.listings.put(made_up)
    put = rows_in(network.hub)
    with network.hub.begin(COMMAND_LINE) as work:
        assert work.listings.rebuild() == 3
    after = rows_in(network.hub)

    assert [put[one.id] for one in made_up] == [replace(one, number=number + 1) for one in made_up]
    assert {row.number for row in after.values()} == {number + 2}
    assert [after[one.id].record for one in made_up] == [None] * 3
    check_ready(network.hub)


def test_making_all_anew_mends_a_row_that_somebody_spoiled(network: Network):
    with network.hub.database.write() as connection:
        connection.execute(sa.text("UPDATE listing SET words = 'nonsense', record = NULL"))
        connection.execute(sa.text("DELETE FROM listing WHERE description <> ''"))
    with network.hub.begin(COMMAND_LINE) as work:
        assert shown(work) != truth(work)
        work.listings.rebuild()

    check_ready(network.hub)


def test_the_identity_is_made_with_the_first_change_and_stays(hub_on_both: Hub):
    with hub_on_both.read(COMMAND_LINE) as work:
        assert work.changes.identity() == 0
    add_listing(hub_on_both)
    with hub_on_both.read(COMMAND_LINE) as work:
        first = work.changes.identity()
    add_listing(hub_on_both, "Second")
    with hub_on_both.read(COMMAND_LINE) as work:
        assert work.changes.identity() == first > 0
