"""Real directories as spreadsheets: three shapes of pantries, Baltimore and Ohana's sample flattened to one row a service."""

from __future__ import annotations

import csv
import json
import tracemalloc
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from referral_hub.partners.imports.report import NOT_STORED, Reading
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.imports.spreadsheet.mapping import Mapping, read_mapping
from referral_hub.partners.model import Precision, Reach
from referral_hub.unit_of_work import Hub
from tests.partners.folders import TODAY, service_ids
from tests.partners.spreadsheets import MAPPING, csv_line, import_sheet, of_cells, read, row, write_csv
from tests.shared import shared

AUGUST = date(2025, 8, 10)
"""Two days after the food banks published."""
GULF = "data/pantries/feeding_the_gulf_coast_al.ndjson"
MASSACHUSETTS = "data/pantries/food_bank_of_western_massachusetts_ma.ndjson"
FRESHTRAK = "data/pantries/freshtrak.ndjson"


def raw(path: Path) -> list[dict]:
    return [json.loads(line)["raw"] for line in path.read_text(encoding="utf-8").splitlines()]


def counts(reading: Reading) -> dict[str, int]:
    return {kind: len(found) for kind in reading.rows.__struct_fields__ if (found := getattr(reading.rows, kind))}


def test_the_gulf_coast_is_imported_by_a_guess():
    file = shared(GULF)
    reading = read(file, None, AUGUST)
    pantries = raw(file)
    assert [organization.name for organization in reading.rows.organization] == [one["name"].strip() for one in pantries]
    assert len(reading.rows.service_at_location) == len(pantries) == 341
    assert sum(location.latitude is not None for location in reading.rows.location) == 341
    prose = Counter(found.done for found in reading.report.findings if found.problem.startswith("hours in words"))
    assert prose["read"] > 100
    assert prose["kept as words"] > 50
    sundays = [schedule for schedule in reading.rows.schedule if "Sundays from 4:00 pm until 6:00 pm" in (schedule.description or "")]
    assert [(schedule.freq, schedule.byday, schedule.opens_at, schedule.closes_at) for schedule in sundays] == [("WEEKLY", "SU", "16:00", "18:00")]


def test_western_massachusetts_brings_hours_from_html_and_kinds_of_help():
    file = shared(MASSACHUSETTS)
    reading = read(file, None, AUGUST)
    pantries = raw(file)
    assert len(reading.rows.service) == len(pantries) == 243
    names = {organization.name for organization in reading.rows.organization}
    assert "Lorraine’s Soup Kitchen and Pantry Docs Place Mobile Pantry" in names
    assert not any("&#" in name or "<" in name for name in names)
    weekly = [schedule for schedule in reading.rows.schedule if schedule.freq == "WEEKLY"]
    assert len(weekly) > 100
    with_hours = sum(1 for one in pantries if one["hours"])
    assert len({schedule.service_at_location_id for schedule in weekly}) + sum("kept as words" in found.done for found in reading.report.findings) >= with_hours - 2
    assert all(address.postal_code.startswith("0") for address in reading.rows.address)


def test_freshtrak_brings_dated_slots_with_their_places():
    file = shared(FRESHTRAK)
    reading = read(file, None, AUGUST)
    events = [(one, event) for one in raw(file) for event in one["events"]]
    assert len(reading.rows.organization) == 500
    assert len(reading.rows.service) == len(events) == 656
    wanted = {(event["id"], slot["date"]) for _, event in events for slot in event["event_dates"] if date.fromisoformat(slot["date"]) >= AUGUST}
    sources = {record.record_id: record.source_id for record in reading.rows.source_record}
    found = {(int(sources[schedule.id].split("@")[0]), str(schedule.valid_from)) for schedule in reading.rows.schedule}
    assert found == wanted
    assert all(schedule.valid_from == schedule.valid_to == schedule.dtstart for schedule in reading.rows.schedule)
    capacity = {sources[figure.id].split("@")[0]: figure for figure in reading.rows.service_capacity}
    coming = [slot for _, event in events if event["id"] == 6 for slot in event["event_dates"] if date.fromisoformat(slot["date"]) >= AUGUST]
    soonest = min(coming, key=lambda slot: slot["date"])
    assert (soonest["date"], soonest["end_time"], soonest["capacity"]) == ("2025-08-11", "6 PM", 10)
    first = capacity["6"]
    assert (first.available, first.maximum, first.until) == (10, 10, datetime(2025, 8, 11, 22, 0, tzinfo=UTC)), "six in the evening in Columbus"
    atlantic = {found.row for found in reading.report.findings if "Atlantic" in found.problem}
    assert atlantic == {number for number, one in enumerate(raw(file), start=1) if any(event["latitude"] == 0 for event in one["events"])}
    assert all(location.latitude for location in reading.rows.location if location.precision is not Precision.NONE)


def test_dates_that_have_passed_are_not_stored_and_say_so():
    file = shared(FRESHTRAK)
    reading = read(file, None, TODAY)
    assert (reading.rows.schedule, reading.rows.service_capacity) == ([], [])
    passed = [found for found in reading.report.findings if "dates have passed" in found.problem]
    assert len(passed) == sum(bool(event["event_dates"]) for one in raw(file) for event in one["events"]) > 600


@pytest.mark.parametrize(("relative", "services"), [(GULF, 341), (MASSACHUSETTS, 243), (FRESHTRAK, 656)])
def test_a_second_import_changes_nothing(hub: Hub, relative: str, services: int):
    file = shared(relative)
    first, _ = import_sheet(hub, file, None, AUGUST)
    assert first.counts["service"].added == services
    again, _ = import_sheet(hub, file, None, AUGUST)
    assert {(count.added, count.changed, count.removed) for count in again.counts.values()} == {(0, 0, 0)}


def test_a_written_mapping_goes_before_the_guess():
    mapping = read_mapping(
        json.dumps({
            "network": "gulf coast",
            "fields": {"organization.name": "raw.name", "address.address_1": "raw.address", "address.city": "raw.city", "address.postal_code": "raw.zip",
                       "location.latitude": "raw.latitude", "location.longitude": "raw.longitude", "service.description": "raw.notes"},
            "constants": {"address.state_province": "AL", "service.name": "Food pantry", "service.terms": "food-pantry"},
        }).encode()
    )  # fmt: skip
    reading = read(shared(GULF), mapping, AUGUST)
    assert reading.network == "gulf coast"
    assert {service.name for service in reading.rows.service} == {"Food pantry"}
    assert {address.state_province for address in reading.rows.address} == {"AL"}
    assert counts(reading)["attribute"] == 341


# Baltimore and the sample of Ohana, flattened


def flatten(folder: Path, path: Path) -> list[dict[str, str]]:
    """The tables joined into one row a service, with the headers that a person would give."""
    tables = {file.stem: list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines(keepends=True))) for file in folder.glob("*.csv")}
    organizations = {one["id"]: one for one in tables["organizations"]}
    locations = {one["id"]: one for one in tables["locations"]}
    addresses = {one["location_id"]: one for one in tables.get("addresses", [])}
    phones = {one["service_id"] or one["location_id"]: one for one in reversed(tables.get("phones", []))}
    rows = []
    for service in tables["services"]:
        place = locations.get(service["location_id"], {})
        organization = organizations.get(place.get("organization_id", ""), {})
        address = addresses.get(service["location_id"], {})
        rows.append({
            "Organization ID": organization.get("id", ""), "Organization": organization.get("name", ""), "Service ID": service["id"], "Service name": service["name"],
            "Service description": service["description"], "Eligibility": service["eligibility"], "Fees": service["fees"], "Languages": service["languages"],
            "Application process": service["application_process"], "Website": service["website"], "Status": service["status"], "Location ID": place.get("id", ""),
            "Location name": place.get("name", ""), "Latitude": place.get("latitude", ""), "Longitude": place.get("longitude", ""), "Confidential": place.get("confidential", ""),
            "Street": address.get("address_1", ""), "Suite": address.get("address_2", ""), "City": address.get("city", ""), "State": address.get("state_province", ""),
            "Zip": address.get("postal_code", ""), "Phone": phones.get(service["id"], phones.get(service["location_id"], {})).get("number", ""),
        })  # fmt: skip
    write_csv(path, rows, list(rows[0]))
    return rows


def test_flattened_baltimore_is_imported_by_a_guess(tmp_path: Path):
    rows = flatten(shared("data/baltimore"), tmp_path / "flat.csv")
    reading = read(tmp_path / "flat.csv", None)
    stored = [one for one in rows if one["Organization"]]
    assert len(reading.rows.service) == len({one["Service ID"] for one in stored}) - sum(found.done == NOT_STORED and found.field is None for found in reading.report.findings)
    assert {organization.name for organization in reading.rows.organization} <= {" ".join(one["Organization"].split()) for one in stored}
    assert len({record.source_id for record in reading.rows.source_record if record.kind == "location"}) == len({one["Location ID"] for one in stored})
    missing = {number for number, one in enumerate(rows, start=2) if not one["Organization"]}
    assert missing
    assert {found.row for found in reading.report.findings if found.field == "Organization" and found.done == NOT_STORED} == missing
    secret = {one["Location ID"] for one in stored if one["Confidential"].lower() == "yes" or one["Street"].startswith("Confidential")}
    sealed = {record.source_id for record in reading.rows.source_record if record.kind == "location" and record.record_id in {place.id for place in reading.rows.sealed_location}}
    assert sealed == secret
    assert not [place for place in reading.rows.location if place.confidential and place.latitude is not None]


def test_flattened_ohana_sample_is_imported_by_a_guess(tmp_path: Path, hub: Hub):
    rows = flatten(shared("data/ohana-sample/data/sample-csv"), tmp_path / "flat.csv")
    reading = read(tmp_path / "flat.csv", None)
    assert {service.name for service in reading.rows.service} == {one["Service name"] for one in rows if one["Organization"]}
    summary, _ = import_sheet(hub, tmp_path / "flat.csv", None)
    assert summary.counts["service_at_location"].added == len(reading.rows.service_at_location)


# How rows come together


def test_organizations_and_places_are_shared_and_a_contradiction_is_told(tmp_path: Path):
    rows = [row(1, Agency="Pier", Program="Food"), row(2, Agency="PIER.", Program="Meals", Street="1 Pier Road", ZIP="21202"), row(3, Agency="Bay", Program="Food")]
    reading = read(write_csv(tmp_path / "a.csv", rows))
    assert counts(reading) | {"source_record": 0} == counts(reading) | {"organization": 2, "location": 2, "service": 3, "source_record": 0}
    assert [(found.row, found.field) for found in of_cells(reading.report)] == [(3, "Agency")]
    (told,) = of_cells(reading.report)
    assert told.problem == "row 2 says something else of the same organization"


def test_one_service_at_two_places_is_one_service_with_two_listings(tmp_path: Path):
    reading = read(write_csv(tmp_path / "a.csv", [row(1), row(1, Street="9 Bay Road", ZIP="21209")]))
    assert [len(getattr(reading.rows, kind)) for kind in ("organization", "service", "location", "service_at_location", "phone")] == [1, 1, 2, 2, 2]


def test_a_private_address_and_do_not_refer_stay_out_of_sight(tmp_path: Path, hub: Hub):
    import_sheet(hub, write_csv(tmp_path / "a.csv", [row(1, Private="yes", Status="active, but do not refer"), row(2)]))
    with hub.read(None) as work:
        rows = work.directory.service_rows(service_ids(work))
    hidden = next(location for location in rows.location if location.confidential)
    assert hidden.latitude is None
    assert not [address for address in rows.address if address.location_id == hidden.id]
    assert Counter(service.referrable for service in rows.service) == {True: 1, False: 1}


def test_fields_that_no_column_fills_are_left_as_the_hub_holds_them(tmp_path: Path, hub: Hub):
    file = tmp_path / "net.csv"
    import_sheet(hub, write_csv(file, [row(1)]))
    less = Mapping(fields={"service.id": "Record ID", "organization.name": "Agency", "service.name": "Program", "address.address_1": "Street", "address.city": "City", "address.postal_code": "ZIP"})
    import_sheet(hub, write_csv(file, [row(1, Program="New name")]), less)
    with hub.read(None) as work:
        (service,) = work.directory.service_rows(service_ids(work)).service
    assert (service.name, service.description, service.email, service.maximum_age) == ("New name", "Groceries on 1 shelves.", "hello1@example.org", 64)


def test_how_help_is_given_decides_whether_one_goes_there(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("Agency,Mode\nA,by phone\nB,Delivery\nC,in person\nD,by owl\nE,\n", encoding="utf-8")
    reading = read(file, Mapping(fields={"organization.name": "Agency", "listing.reach": "Mode"}))
    assert [listing.reach for listing in reading.rows.service_at_location] == [Reach.REMOTE, Reach.DELIVERED, Reach.VISIT, Reach.VISIT, Reach.VISIT]
    assert [(found.row, found.field) for found in of_cells(reading.report)] == [(5, "Mode")]


def test_hours_in_columns_and_an_address_in_one_cell(tmp_path: Path):
    file = tmp_path / "a.csv"
    cells = ["Pier", "12 Rose St, Bowie, MD 20715", "Mon-Wed", "9am", "5pm", "9-5", "410-555-0100 x12 or 410-555-0101"]
    file.write_text(csv_line(["Agency", "Where", "Days", "From", "To", "Sat", "Tel"]) + csv_line(cells), encoding="utf-8")
    fields: dict[str, str | list[str]] = {"organization.name": "Agency", "address.address_1": "Where", "schedule.days": "Days", "schedule.opens_at": "From", "schedule.closes_at": "To", "schedule.saturday": "Sat", "phone.number": "Tel"}
    reading = read(file, Mapping(fields=fields))
    (address,) = reading.rows.address
    assert (address.address_1, address.city, address.state_province, address.postal_code) == ("12 Rose St", "Bowie", "MD", "20715")
    assert [(schedule.byday, schedule.opens_at, schedule.closes_at, schedule.description) for schedule in reading.rows.schedule] == [
        ("SA", "09:00", "17:00", "Read from the text: Saturday: 9-5"), ("MO", "09:00", "17:00", None), ("TU", "09:00", "17:00", None), ("WE", "09:00", "17:00", None),
    ]  # fmt: skip
    assert [(phone.number, phone.extension) for phone in reading.rows.phone] == [("(410) 555-0100", 12), ("(410) 555-0101", None)]


# Parts


class Nothing:
    """A hub that has met nothing before."""

    def record(self, kind: str, source_id: str) -> None:
        del kind, source_id

    def confidential_places(self) -> set[str]:
        return set()


def scattered(count: int) -> list[dict[str, str]]:
    """Rows whose organizations come again and again, far apart."""
    return [row(number, Agency=f"Agency {number % 97}") for number in range(1, count + 1)]


def test_a_large_sheet_comes_in_parts_of_whole_organizations_and_says_the_same(tmp_path: Path):
    file = write_csv(tmp_path / "a.csv", scattered(5_000))
    whole = read(file)
    in_parts = read_source(file, "spreadsheet", None, TODAY, mapping=MAPPING)
    parts = list(in_parts.parts(Nothing()))
    assert len(parts) == 3
    owners = [{organization.name for organization in part.organization} for part in parts]
    assert sum(map(len, owners)) == len(set().union(*owners)) == 97
    for kind in ("organization", "service", "location", "service_at_location", "address", "phone", "schedule", "attribute", "service_capacity"):
        keys = sorted((record.kind, record.source_id, record.row) for part in parts for record in part.source_record if record.kind == kind)
        assert keys == sorted((record.kind, record.source_id, record.row) for record in whole.rows.source_record if record.kind == kind)
    assert [(found.row, found.field, found.problem) for found in in_parts.report.findings] == [(found.row, found.field, found.problem) for found in whole.report.findings]


def test_organizations_that_share_a_place_by_its_number_come_together(tmp_path: Path):
    file = tmp_path / "a.csv"
    names = ["Agency", "Program", "Site", "Street"]
    rows = [[f"Agency {number}", f"Food {number}", "S1" if number in (3, 4_700) else f"P{number}", f"{number} Pier Road"] for number in range(5_000)]
    file.write_text(csv_line(names) + "".join(map(csv_line, rows)), encoding="utf-8")
    mapping = Mapping(fields={"organization.name": "Agency", "service.name": "Program", "location.id": "Site", "address.address_1": "Street"})
    parts = list(read_source(file, "spreadsheet", None, TODAY, mapping=mapping).parts(Nothing()))
    assert [sum(organization.name in ("Agency 3", "Agency 4700") for organization in part.organization) for part in parts] == [2, 0, 0]
    shared_place = [record.record_id for part in parts for record in part.source_record if (record.kind, record.source_id) == ("location", "S1")]
    assert len(shared_place) == 1
    assert sum(listing.location_id == shared_place[0] for part in parts for listing in part.service_at_location) == 2


def test_an_import_in_parts_stores_all_of_it_once(tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("referral_hub.partners.imports.spreadsheet.reader.PART", 50)
    file = write_csv(tmp_path / "a.csv", scattered(400))
    first, _ = import_sheet(hub, file)
    assert {kind: count.added for kind, count in first.counts.items() if kind in ("organization", "service", "unit")} == {"organization": 97, "service": 400, "unit": 1}
    again, _ = import_sheet(hub, file)
    assert {(count.added, count.changed, count.removed) for count in again.counts.values()} == {(0, 0, 0)}


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path):
    """Three times the parts take little more than what is kept of each row: where it is, whose it is, and that it was there."""
    peaks = []
    for count in (8_000, 24_000):
        file = write_csv(tmp_path / "a.csv", (row(number) for number in range(1, count + 1)))
        tracemalloc.start()
        for part in read_source(file, "spreadsheet", None, TODAY, mapping=MAPPING).parts(Nothing()):
            assert part.service
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 16_000 * 300 + (4 << 20), f"{peaks} bytes"
