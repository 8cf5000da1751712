"""Change sets: what stood before is noted, shown and put back; what somebody changed since is not; on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Conflict, Denied, NotFound, Unauthenticated
from referral_hub.ids import new_id
from referral_hub.matching.suggestions import suggest_rules
from referral_hub.partners.actions import import_directory, seal_location
from referral_hub.partners.change_sets import get_change_set, list_change_sets, recorded, undo_change_set
from referral_hub.partners.history import ChangeCause, UndoSummary
from referral_hub.partners.model import DirectoryRows, Phone, Schedule, ServiceStatus
from referral_hub.partners.room import set_capacity
from referral_hub.referrals.actions import create_referral
from referral_hub.storage.tables import directory as tables
from referral_hub.storage.tables import history
from referral_hub.unit_of_work import Hub
from tests.cast import Cast, assemble_cast
from tests.partners.folders import changed, contents, import_ohana, read_ohana_folder, service_ids, write_ohana
from tests.shared import shared
from tests.storage.ready import check_ready

DIRECTORY = {table.name for table in tables.IN_ORDER} - {"taxonomy", "taxonomy_term", "unit"}


def directory_of(hub: Hub) -> dict[str, list[dict[str, Any]]]:
    """All records of the directory, the times of their last change aside."""
    with hub.database.read() as connection:
        return {
            table.name: sorted(
                ({name: value for name, value in row.items() if name != "last_modified"} for row in connection.execute(sa.select(table)).mappings()),
                key=lambda row: str(row["id"]),
            )
            for table in tables.IN_ORDER
            if table.name in DIRECTORY
        }


def undo(hub: Hub, change_set_id: UUID | None) -> UndoSummary:
    assert change_set_id is not None
    with hub.begin(COMMAND_LINE) as work:
        return undo_change_set(work, change_set_id)


def edit(hub: Hub, *, name: str | None = None, given: DirectoryRows | None = None, gone: dict[str, list[UUID]] | None = None) -> UUID:
    """Change the pantry's service, or anything, as one change set; its id."""
    with hub.begin(COMMAND_LINE) as work, recorded(work, ChangeCause.EDIT, "A change") as change_set:
        if name is not None:
            with hub.read(COMMAND_LINE) as reader:
                service = reader.directory.service_rows(service_ids(reader, "harbor")).service[0]
            work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, name=name)]))
        work.directory.save(given or DirectoryRows())
        for kind, ids in (gone or {}).items():
            work.directory.delete(kind, ids)
    return change_set.id


def harbor(hub: Hub) -> DirectoryRows:
    with hub.read(COMMAND_LINE) as work:
        return work.directory.service_rows(service_ids(work, "harbor"))


def test_an_undone_import_leaves_nothing_and_the_undo_of_the_undo_brings_all_of_it_back(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    empty = directory_of(hub)
    summary, _ = import_ohana(hub, write_ohana(tmp_path / "net"))
    full = directory_of(hub)
    undone = undo(hub, summary.change_set_id)
    assert directory_of(hub) == empty
    assert (undone.kept, undone.restored) == ([], 0)
    assert undone.removed == sum(len(full[kind]) for kind in full if kind != "sealed_location")
    again = undo(hub, undone.change_set_id)
    # Where a confidential place is stands in no note, so it does not come back.
    assert again.kept == []
    assert directory_of(hub) == full | {"sealed_location": []}
    check_ready(hub)


def test_a_suggestion_that_nobody_decided_does_not_hold_an_import(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    empty = directory_of(hub)
    summary, _ = import_ohana(hub, write_ohana(tmp_path / "net", services=changed("services", 0, eligibility="Adults 60 and over.")))
    with hub.begin(COMMAND_LINE) as work:
        assert suggest_rules(work).made == 1
    assert undo(hub, summary.change_set_id).kept == []
    assert directory_of(hub) == empty


def test_a_second_import_is_undone_to_what_the_first_one_made(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    first = directory_of(hub)
    write_ohana(folder, services=changed("services", 0, name="Harbor Kitchen", languages=""), phones=changed("phones", 0, number="410-555-0199"))
    summary, _ = import_ohana(hub, folder)
    assert directory_of(hub) != first
    assert undo(hub, summary.change_set_id).kept == []
    assert directory_of(hub) == first
    check_ready(hub)


def test_what_was_changed_after_an_import_stays(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    summary, _ = import_ohana(hub, write_ohana(tmp_path / "net"))
    edit(hub, name="Harbor Pantry at the Pier")
    undone = undo(hub, summary.change_set_id)
    (service,) = harbor(hub).service
    assert (service.name, service.status) == ("Harbor Pantry at the Pier", ServiceStatus.ACTIVE)
    why = {(kept.kind, kept.why) for kept in undone.kept}
    assert ("service", "it was changed again since") in why
    assert ("organization", "something else points to it") in why
    check_ready(hub)


def test_a_change_is_undone_only_while_its_record_is_as_it_left_it(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    first, second = edit(hub, name="Harbor One"), edit(hub, name="Harbor Two")
    assert [kept.why for kept in undo(hub, first).kept] == ["it was changed again since"]
    assert harbor(hub).service[0].name == "Harbor Two"
    undo(hub, second)
    assert harbor(hub).service[0].name == "Harbor One"


def test_undone_in_the_order_of_last_to_first_everything_is_as_it_was(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    before = directory_of(hub)
    rows = harbor(hub)
    hours = Schedule(id=new_id(), service_id=rows.service[0].id, freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="12:00")
    sets = [
        edit(hub, name="Harbor One"),
        edit(hub, given=DirectoryRows(schedule=[hours])),
        edit(hub, given=DirectoryRows(schedule=[msgspec.structs.replace(hours, byday="TU")])),
        edit(hub, gone={"schedule": [hours.id], "phone": [phone.id for phone in rows.phone]}),
    ]
    for one in reversed(sets):
        assert undo(hub, one).kept == []
    assert directory_of(hub) == before
    check_ready(hub)


def test_what_hung_on_a_record_that_is_gone_is_named_and_not_put_back(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    service = harbor(hub).service[0]
    hours = Phone(id=new_id(), service_id=service.id, number="410-555-0123")
    edit(hub, given=DirectoryRows(phone=[hours]))
    taken = edit(hub, gone={"phone": [hours.id]})
    rows = harbor(hub)
    listings = [listing.id for listing in rows.service_at_location]
    gone = {
        "schedule": [one.id for one in rows.schedule],
        "language": [one.id for one in rows.language],
        "phone": [one.id for one in rows.phone if one.service_id == service.id],
        "attribute": [one.id for one in rows.attribute],
        "service_at_location": listings,
        "service": [service.id],
    }
    edit(hub, gone=gone)
    undone = undo(hub, taken)
    assert [(kept.kind, kept.record_id, kept.why) for kept in undone.kept] == [
        ("phone", hours.id, "what it hung on is gone, or something has taken its place")
    ]


def test_a_service_with_referrals_becomes_inactive_when_its_import_is_undone(hub: Hub, tmp_path: Path):
    cast = assemble_cast(hub)
    summary, _ = import_ohana(hub, write_ohana(tmp_path / "net"))
    with hub.read(COMMAND_LINE) as work:
        imported = service_ids(work, "harbor food")
        (chosen,) = work.directory.children_of("service_at_location", "service_id", imported)
    with hub.begin(cast.ana) as work:
        create_referral(work, cast.need.id, chosen.id)
    undone = undo(hub, summary.change_set_id)
    with hub.read(COMMAND_LINE) as work:
        assert work.directory.records("service", [chosen.service_id])[chosen.service_id].status is ServiceStatus.INACTIVE
    assert {kept.why for kept in undone.kept} == {"something else points to it"}
    check_ready(hub)


def test_looking_needs_no_transaction_that_may_write(hub_on_both: Hub, tmp_path: Path):
    summary, _ = import_ohana(hub_on_both, write_ohana(tmp_path / "net"))
    with hub_on_both.read(COMMAND_LINE) as work:
        (one,) = list_change_sets(work, page=1, per_page=10).items
        assert one.id == summary.change_set_id
        assert get_change_set(work, one.id).added["service"] == 2


def test_twice_is_once(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    one = edit(hub, name="Harbor One")
    undo(hub, one)
    with pytest.raises(Conflict):
        undo(hub, one)
    with pytest.raises(NotFound):
        undo(hub, new_id())


def test_only_who_may_write_the_directory_may_undo(hub: Hub, cast: Cast):
    one = edit(hub, name="Harbor One")
    for actor in cast.everyone().values():
        if actor is cast.cora:
            continue
        with pytest.raises((Denied, Unauthenticated)), hub.begin(actor) as work:
            undo_change_set(work, one)
    with hub.begin(cast.cora) as work:
        undo_change_set(work, one)


def test_a_block_that_fails_leaves_no_set_and_no_recorder(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    before = contents(hub)
    with pytest.raises(RuntimeError), hub.begin(COMMAND_LINE) as work, recorded(work, ChangeCause.EDIT, "A change"):
        work.directory.delete("phone", [phone.id for phone in work.directory.service_rows(service_ids(work)).phone])
        raise RuntimeError
    assert contents(hub) == before
    with hub.begin(COMMAND_LINE) as work:
        with pytest.raises(RuntimeError), recorded(work, ChangeCause.EDIT, "A change"):
            raise RuntimeError
        assert work.directory.recorder is None


def test_a_set_within_a_set_is_the_outer_one(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net"))
    service = harbor(hub).service[0]
    with hub.begin(COMMAND_LINE) as work, recorded(work, ChangeCause.MERGE, "Outer") as outer:
        with recorded(work, ChangeCause.EDIT, "Inner") as inner:
            work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, name="Within")]))
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, name="After")]))
    assert inner.id == outer.id
    with hub.read(COMMAND_LINE) as work:
        (found,) = work.history.changes(outer.id)
        assert (found.before or {})["name"] == service.name
        assert (found.after or {})["name"] == "After"
        assert [one.title for one, _ in work.history.changes_of([service.id])] == ["Outer"]


def test_nothing_that_tells_a_confidential_place_is_kept(hub_on_both: Hub, tmp_path: Path):
    hub = hub_on_both
    folder = write_ohana(tmp_path / "net", locations=changed("locations", 1, confidential=""))
    import_ohana(hub, folder)
    with hub.read(COMMAND_LINE) as work:
        rows = work.directory.service_rows(service_ids(work, "refuge"))
    place = rows.location[0]
    assert place.latitude is not None
    moved = [msgspec.structs.replace(rows.address[0], address_2="Side door")]
    edit(hub, given=DirectoryRows(address=moved, service=[msgspec.structs.replace(rows.service[0], description="Ring at 12 North Rose St")]))
    edit(hub, gone={"address": [moved[0].id]})
    write_ohana(folder)
    import_ohana(hub, folder)
    with hub.begin(COMMAND_LINE) as work:
        seal_location(work, place.id)
    said = str([(row.before, row.after) for row in all_changes(hub)])
    for told in ("Rose", "39.3", "76.62", "Side door"):
        assert told not in said, told
    assert any(row.forgotten for row in all_changes(hub))


def test_what_is_forgotten_is_not_put_back(hub: Hub, tmp_path: Path):
    import_ohana(hub, write_ohana(tmp_path / "net", locations=changed("locations", 1, confidential="")))
    with hub.read(COMMAND_LINE) as work:
        rows = work.directory.service_rows(service_ids(work, "refuge"))
    one = edit(hub, given=DirectoryRows(service=[msgspec.structs.replace(rows.service[0], wait_time="none")]))
    with hub.begin(COMMAND_LINE) as work:
        seal_location(work, rows.location[0].id)
    after = directory_of(hub)
    assert {kept.why for kept in undo(hub, one).kept} == {"a place of its organization is confidential now, so what stood here was not kept"}
    assert directory_of(hub) == after


def all_changes(hub: Hub) -> list[sa.Row]:
    with hub.database.read() as connection:
        return list(connection.execute(sa.select(history.record_change)))


def test_a_large_import_notes_only_ids_and_is_undone_whole(hub: Hub):
    reading = read_ohana_folder(shared("data/baltimore"))
    with hub.begin(COMMAND_LINE) as work:
        summary = import_directory(work, reading)
    assert all_changes(hub) == []
    with hub.read(COMMAND_LINE) as work:
        assert summary.change_set_id is not None
        assert work.history.count_added(summary.change_set_id)["service"] == 1875
    undone = undo(hub, summary.change_set_id)
    assert undone.kept == []
    assert not any(directory_of(hub).values())


def test_room_is_not_lost_when_a_rename_is_undone(hub: Hub, cast: Cast):
    one = edit(hub, name="Harbor One")
    with hub.begin(cast.pia) as work:
        set_capacity(work, cast.pantry.id, available=3)
    undo(hub, one)
    with hub.read(COMMAND_LINE) as work:
        (room,) = work.directory.children_of("service_capacity", "service_at_location_id", [cast.pantry.id])
        assert room.available == 3
