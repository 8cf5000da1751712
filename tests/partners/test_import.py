"""Importing a source: all of it, once; again, without doubles; on both databases."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import Denied
from referral_hub.partners import taxonomy
from referral_hub.partners.actions import import_directory, seal_location
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.model import DirectoryRows, ServiceStatus
from referral_hub.storage.tables import directory as tables
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub
from tests.cast import Cast
from tests.partners.folders import OHANA, TODAY, changed, contents, import_ohana, said_of, write_ohana
from tests.shared import shared
from tests.storage.ready import check_ready, number_of, rows_in

SECONDS_ALLOWED = 15


def counts(hub: Hub) -> dict[str, int]:
    with hub.database.read() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables
        }


def one(hub: Hub, table: sa.Table, **values: object) -> sa.Row:
    with hub.database.read() as connection:
        return connection.execute(sa.select(table).filter_by(**values)).one()


def test_baltimore_comes_in_quickly_once_and_not_twice(hub_on_both: Hub):
    started = time.monotonic()
    first, _ = import_ohana(hub_on_both, shared("data/baltimore"))
    assert time.monotonic() - started < SECONDS_ALLOWED
    stored = counts(hub_on_both)
    assert (stored["organization"], stored["location"], stored["service"], stored["sealed_location"]) == (748, 1482, 1875, 17)
    assert first.counts["service"].added == 1875
    before = contents(hub_on_both)
    second, _ = import_ohana(hub_on_both, shared("data/baltimore"))
    after = contents(hub_on_both)
    assert {name for name in before if before[name] != after[name]} == {"change_set"}  # that somebody imported is noted
    assert {(count.added, count.changed, count.removed) for count in second.counts.values()} == {(0, 0, 0)}


def test_two_sources_with_the_same_ids_stay_apart(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder, "north")
    import_ohana(hub, folder, "south")
    assert counts(hub)["organization"] == 4
    assert counts(hub)["taxonomy_term"] == len(taxonomy.TERMS)


def test_a_changed_row_updates_its_record_and_no_other(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    before = one(hub, tables.service, name="Harbor Food Pantry")
    write_ohana(folder, services=changed("services", 0, name="Harbor Pantry and Kitchen"))
    summary, _ = import_ohana(hub, folder)
    after = one(hub, tables.service, name="Harbor Pantry and Kitchen")
    assert after.id == before.id
    assert summary.counts["service"] == msgspec.convert(
        {"added": 0, "changed": 1, "unchanged": 1, "removed": 0}, type(summary.counts["service"])
    )
    assert summary.counts["organization"].changed == 0


def test_what_people_entered_in_the_hub_survives_an_import(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    found = one(hub, tables.service, name="Harbor Food Pantry")
    with hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [found.id])[found.id]
        rule = {"type": "age", "min": 60, "max": None}
        work.directory.save(DirectoryRows(service=[msgspec.structs.replace(service, rule=rule, assured_date=date(2026, 11, 1))]))
    write_ohana(folder, services=changed("services", 0, description="Groceries."))
    import_ohana(hub, folder)
    after = one(hub, tables.service, name="Harbor Food Pantry")
    assert (after.description, after.rule, after.assured_date) == ("Groceries.", rule, date(2026, 11, 1))


def test_a_service_that_vanished_becomes_inactive_and_is_named(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    write_ohana(folder, services=OHANA["services.csv"][1:], phones=OHANA["phones.csv"][1:])
    summary, report = import_ohana(hub, folder)
    assert one(hub, tables.service, name="Harbor Food Pantry").status == ServiceStatus.INACTIVE
    assert one(hub, tables.service, name="Refuge").status == ServiceStatus.ACTIVE
    assert summary.inactivated == 1
    assert [(found.row, found.done) for found in said_of(report, "services")] == [("1000", "set inactive")]
    assert counts(hub)["phone"] == 2
    import_ohana(hub, folder)
    write_ohana(folder)
    import_ohana(hub, folder)
    assert one(hub, tables.service, name="Harbor Food Pantry").status == ServiceStatus.ACTIVE
    assert counts(hub)["service"] == 2


def test_a_phone_that_vanished_goes_and_is_named(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    write_ohana(folder, phones=OHANA["phones.csv"][1:])
    _, report = import_ohana(hub, folder)
    assert counts(hub)["phone"] == 1
    assert [(found.row, found.done) for found in said_of(report, "phone")] == [("5", "removed")]


def test_a_service_that_moved_has_one_listing(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    locations = [*OHANA["locations.csv"], {**OHANA["locations.csv"][0], "id": "11", "name": "Second pier"}]
    write_ohana(folder, locations=locations)
    import_ohana(hub, folder)
    write_ohana(folder, locations=locations, services=changed("services", 0, location_id="11"))
    import_ohana(hub, folder)
    service, place = one(hub, tables.service, name="Harbor Food Pantry"), one(hub, tables.location, name="Second pier")
    assert one(hub, tables.service_at_location, service_id=service.id).location_id == place.id


def test_a_listing_that_a_referral_points_to_is_kept(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    locations = [*OHANA["locations.csv"], {**OHANA["locations.csv"][0], "id": "11", "name": "Second pier"}]
    write_ohana(folder, locations=locations)
    import_ohana(hub, folder)
    service = one(hub, tables.service, name="Harbor Food Pantry")
    listing = one(hub, tables.service_at_location, service_id=service.id)
    with hub.database.write() as connection:  # a row that points to the listing, as a referral does
        connection.execute(sa.insert(tables.service_area).values(id=taxonomy.TAXONOMY_ID, service_at_location_id=listing.id, name="here"))
    write_ohana(folder, locations=locations, services=changed("services", 0, location_id="11"))
    _, report = import_ohana(hub, folder)
    assert one(hub, tables.service_at_location, id=listing.id).service_id == service.id
    assert any(found.done == "kept" for found in report.findings)


def test_a_place_that_was_sealed_here_stays_sealed(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    pier = one(hub, tables.location, name="Pier")
    with hub.begin(COMMAND_LINE) as work:
        seal_location(work, pier.id)
    assert _is_sealed(hub, pier.id)
    write_ohana(folder, locations=changed("locations", 0, description="By the water, at 1 Pier Road."))
    import_ohana(hub, folder)
    before = {name: rows for name, rows in contents(hub).items() if name not in ("change_number", "change_set")}
    for _ in range(2):
        import_ohana(hub, folder)
    assert {name: rows for name, rows in contents(hub).items() if name not in ("change_number", "change_set")} == before
    assert _is_sealed(hub, pier.id)
    assert "Road" not in one(hub, tables.location, id=pier.id).description
    sealed = one(hub, tables.sealed_location, id=pier.id)
    assert (sealed.latitude, sealed.address["physical"]["address_1"]) == (39.28, "1 Pier Road")


def _is_sealed(hub: Hub, location_id: object) -> bool:
    place = one(hub, tables.location, id=location_id)
    with hub.database.read() as connection:
        addresses = connection.execute(sa.select(tables.address).filter_by(location_id=location_id)).all()
    return place.confidential and place.latitude is None and place.longitude is None and not addresses


def test_a_confidential_place_that_moved_changes_nothing_that_matching_reads_and_no_number(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    import_ohana(hub, folder)
    before, number = rows_in(hub), number_of(hub)
    moved = changed("locations", 1, latitude="39.36", longitude="-76.55", description="Quiet rooms. Ring twice at 9 Mill Road.")
    street = changed("addresses", 1, address_1="9 Mill Road", postal_code="21206")
    import_ohana(hub, write_ohana(folder, locations=moved, addresses=street))
    (sealed,) = contents(hub)["sealed_location"]

    assert "39.36" in str(sealed)
    assert (rows_in(hub), number_of(hub)) == (before, number)
    assert len(before) == 2


def test_an_import_writes_each_listing_once_under_one_number(hub: Hub, tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    written: list[int] = []

    def count(_connection: object, _cursor: object, statement: str, parameters: list[object], *_rest: object) -> None:
        if statement.startswith("INSERT INTO listing "):
            written.append(len(parameters) if isinstance(parameters[0], tuple) else 1)

    sa.event.listen(hub.database.engine, "before_cursor_execute", count)
    import_ohana(hub, folder)

    assert sum(written) == len(rows_in(hub)) == 2
    assert {row.number for row in rows_in(hub).values()} == {number_of(hub)} == {1}
    check_ready(hub)


def test_a_dry_run_reports_and_stores_nothing(hub: Hub, tmp_path: Path):
    folder, report = write_ohana(tmp_path / "net"), tmp_path / "report.jsonl"
    said: list[str] = []
    before = contents(hub)
    summary = run_import(hub, folder, "ohana-csv", dry_run=True, report_file=report, tell=said.append)
    assert contents(hub) == before
    assert summary.counts["service"].added == 2
    assert said[0].startswith("Nothing was stored (dry run).")
    lines = [msgspec.json.decode(line) for line in report.read_bytes().splitlines()]
    assert {"file": "services.csv", "rows_in": 2, "stored": 2, "not_stored": 0} in lines
    assert all(set(line) in ({"file", "row", "field", "problem", "done"}, {"file", "rows_in", "stored", "not_stored"}) for line in lines)


def test_the_summary_is_in_words(hub: Hub, tmp_path: Path):
    said: list[str] = []
    run_import(hub, write_ohana(tmp_path / "net", services=changed("services", 0, location_id="")), "ohana-csv", tell=said.append)
    assert "services.csv: 2 rows read, 1 stored, 1 not stored (see the report)" in said
    assert "organization: 2 added" in said
    assert any("without a location" in line for line in said)


def test_only_who_may_change_the_directory_imports(hub: Hub, cast: Cast, tmp_path: Path):
    reading = read_source(write_ohana(tmp_path / "net"), "ohana-csv", None, TODAY)
    before = contents(hub)
    for asker in (cast.ana, cast.pia, cast.lee, cast.alma):
        with pytest.raises(Denied), hub.begin(asker) as work:
            import_directory(work, reading)
    assert contents(hub) == before
    with hub.begin(cast.cora) as work:
        import_directory(work, reading)
    assert contents(hub) != before


def test_a_fault_halfway_leaves_everything_as_it_was(hub: Hub, tmp_path: Path):
    reading = read_source(write_ohana(tmp_path / "net"), "ohana-csv", None, TODAY)
    before = contents(hub)

    def stumble(_done: int, _total: int, what: str) -> None:
        if what == "phone":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading, progress=stumble)
    assert contents(hub) == before
