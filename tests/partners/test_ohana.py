"""Reading Ohana folders: the two real ones whole, and each kind of row in a small one."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from referral_hub.partners.imports.report import NOT_STORED, Reading
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.model import Precision, Reach, ServiceStatus
from referral_hub.partners.prose_hours import READ_FROM
from tests.partners.folders import TODAY, changed, read_ohana_folder, said_of, write_ohana
from tests.shared import shared

KIND_OF_FILE = {
    "organizations.csv": ("organization", ""),
    "locations.csv": ("location", ""),
    "services.csv": ("service", ""),
    "programs.csv": ("program", ""),
    "addresses.csv": ("address", "addresses:"),
    "mail_addresses.csv": ("address", "mail_addresses:"),
    "contacts.csv": ("contact", ""),
    "phones.csv": ("phone", ""),
    "regular_schedules.csv": ("schedule", "regular:"),
    "holiday_schedules.csv": ("schedule", "holiday:"),
    "taxonomy.csv": ("taxonomy_term", ""),
}


def stored_rows(reading: Reading, file: str) -> set[int | None]:
    """Row numbers of a file that became a record; each record is really among the rows."""
    kind, prefix = KIND_OF_FILE[file]
    kinds = {kind, "sealed_location"} if kind == "address" else {kind}
    ids = {record.id for name in kinds for record in getattr(reading.rows, name)}
    found = [record for record in reading.rows.source_record if record.kind in kinds and record.source_id.startswith(prefix)]
    assert {record.record_id for record in found} <= ids
    return {record.row for record in found}


@pytest.mark.parametrize("folder", ["data/baltimore", "data/ohana-sample/data/sample-csv"])
def test_every_row_of_a_real_directory_is_stored_or_reported(folder: str):
    path = shared(folder)
    reading = read_source(path, "ohana-csv", None, TODAY)
    totals = {total.file: total for total in reading.report.totals()}
    assert set(totals) == {file.name for file in path.glob("*.csv")}
    for file, total in totals.items():
        with (path / file).open(encoding="utf-8-sig", newline="") as source:
            rows_in = sum(1 for _ in csv.DictReader(source))
        left = {found.row for found in said_of(reading.report, file) if found.done == NOT_STORED}
        stored = stored_rows(reading, file)
        assert total.rows_in == rows_in == len(stored) + len(left), file
        assert not stored & left, file
        assert (total.stored, total.not_stored) == (len(stored), len(left)), file


def test_baltimore_has_the_size_that_it_should_have():
    rows = read_source(shared("data/baltimore"), "ohana-csv", None, TODAY).rows
    assert (len(rows.organization), len(rows.location), len(rows.service)) == (748, 1482, 1875)
    assert len(rows.sealed_location) == 17
    assert {location.precision for location in rows.location if location.confidential} == {Precision.NONE}
    assert not {location.id for location in rows.location if location.confidential} & {address.location_id for address in rows.address}


def test_the_sample_has_hours_holidays_languages_and_accessibility():
    rows = read_source(shared("data/ohana-sample/data/sample-csv"), "ohana-csv", None, TODAY).rows
    weekly = {(schedule.byday, schedule.opens_at, schedule.closes_at) for schedule in rows.schedule if schedule.freq == "WEEKLY"}
    assert ("MO", "08:00", "17:00") in weekly
    closed = {(schedule.valid_from, schedule.valid_to) for schedule in rows.schedule if schedule.closed}
    assert {(date(2026, 1, 1), date(2026, 1, 1)), (date(2027, 1, 1), date(2027, 1, 1)), (date(2026, 6, 1), date(2026, 9, 1))} <= closed
    christmas = [schedule for schedule in rows.schedule if schedule.valid_from == date(2015, 12, 24)]
    assert [(schedule.closed, schedule.opens_at, schedule.closes_at) for schedule in christmas] == [(False, "10:00", "16:00")]
    assert {"wheelchair", "step_free"} <= {item.code for item in rows.accessibility}
    assert {service.status for service in rows.service} == {ServiceStatus.ACTIVE, ServiceStatus.INACTIVE, ServiceStatus.DEFUNCT}
    assert {organization.timezone for organization in rows.organization} == {"America/Los_Angeles"}
    assert {"physical", "postal"} == {address.address_type for address in rows.address}
    assert [document.code for document in rows.required_document] == ["photo_id"]
    assert Reach.REMOTE in {listing.reach for listing in rows.service_at_location}


def test_a_confidential_place_is_sealed_with_all_that_tells_of_it(tmp_path: Path):
    reading = read_ohana_folder(write_ohana(tmp_path / "net"))
    rows = reading.rows
    house = next(location for location in rows.location if location.name == "The house")
    assert (house.latitude, house.longitude, house.confidential) == (None, None, True)
    sealed = rows.sealed_location
    assert [(place.id, place.latitude, place.address["physical"]["address_1"]) for place in sealed] == [
        (house.id, 39.3, "12 North Rose St")
    ]
    rows.sealed_location = []
    readable = " ".join(str(getattr(rows, kind)) for kind in rows.__struct_fields__) + b"".join(reading.report.lines()).decode()
    assert "Rose St" not in readable
    assert "bus line" not in readable
    assert "39.3," not in readable
    assert "Rooms for survivors." in readable


def test_the_street_is_hidden_in_the_whole_organization(tmp_path: Path):
    organizations = changed("organizations", 1, description="Founded in 1980 at 12 Rose Street. We care.")
    rows = read_ohana_folder(write_ohana(tmp_path / "net", organizations=organizations)).rows
    assert [organization.description for organization in rows.organization] == ["Food for the harbor.", "[kept confidential] We care."]


def test_a_service_without_a_location_is_reported_not_stored(tmp_path: Path):
    reading = read_ohana_folder(write_ohana(tmp_path / "net", services=changed("services", 0, location_id="")))
    assert [service.name for service in reading.rows.service] == ["Refuge"]
    left = [found for found in said_of(reading.report, "services.csv") if found.done == NOT_STORED]
    assert [(found.row, found.field) for found in left] == [(2, "location_id")]
    assert "without a location" in left[0].problem


def test_a_point_at_zero_zero_is_no_point(tmp_path: Path):
    reading = read_ohana_folder(write_ohana(tmp_path / "net", locations=changed("locations", 0, latitude="0", longitude="0.0")))
    pier = reading.rows.location[0]
    assert (pier.latitude, pier.longitude, pier.precision) == (None, None, Precision.NONE)
    assert any(found.field == "latitude" and found.row == 2 for found in said_of(reading.report, "locations.csv"))


def test_small_faults_are_mended_and_reported(tmp_path: Path):
    phones = changed("phones", 0, number="desk@example.org")
    organizations = changed("organizations", 0, email="call us")
    reading = read_ohana_folder(write_ohana(tmp_path / "net", phones=phones, organizations=organizations))
    assert [phone.number for phone in reading.rows.phone] == ["(410) 555-0101"]
    assert reading.rows.organization[0].email is None
    assert reading.rows.organization[0].website == "https://harbor.example.org"
    said = {(found.file, found.row, found.field, found.done) for found in reading.report.findings}
    assert ("phones.csv", 2, "number", NOT_STORED) in said
    assert ("organizations.csv", 2, "email", "stored without it") in said
    assert ("organizations.csv", 2, "website", "stored as https://harbor.example.org") in said


def test_a_phone_of_a_service_and_its_place_stays_one_row(tmp_path: Path):
    phone = read_ohana_folder(write_ohana(tmp_path / "net")).rows.phone[0]
    assert None not in (phone.service_id, phone.location_id, phone.organization_id)


def test_html_in_a_cell_is_read_as_its_text_and_reported(tmp_path: Path):
    words = "The pantry&#39;s food &amp; drinks.<br>Come <b>early</b>."
    reading = read_ohana_folder(write_ohana(tmp_path / "net", organizations=changed("organizations", 0, description=words)))
    assert reading.rows.organization[0].description == "The pantry's food & drinks.\nCome early."
    said = {(found.row, found.field, found.problem) for found in said_of(reading.report, "organizations.csv")}
    assert (2, "description", "HTML in the cell") in said


def test_a_byte_order_mark_and_windows_characters_are_read(tmp_path: Path):
    folder = write_ohana(tmp_path / "net")
    file = folder / "organizations.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"Harbor Pantry", b"Harbor Caf\xe9"))
    reading = read_ohana_folder(folder)
    assert reading.rows.organization[0].name == "Harbor Café"
    assert any("line 2 is not UTF-8" in found.problem for found in said_of(reading.report, "organizations.csv"))


def test_files_and_columns_without_a_place_are_named(tmp_path: Path):
    folder = write_ohana(
        tmp_path / "net", organizations=[changed("organizations", 0, tax_id="52-0000000")[0], changed("organizations", 1, tax_id="")[1]]
    )
    (folder / "photos.csv").write_text("id,file\n1,a.jpg\n", encoding="utf-8")
    report = read_ohana_folder(folder).report
    assert any(found.field == "tax_id" and found.done == "stored without it" for found in said_of(report, "organizations.csv"))
    assert [found.done for found in said_of(report, "photos.csv")] == ["not read"]


def test_hours_that_stand_in_a_description_are_read_where_they_are_certain_and_say_so(tmp_path: Path):
    services = changed("services", 0, description="OVERVIEW: Operates a food pantry. Open Mon and Wed, 9AM-12PM; 2nd Sat, 10AM-noon.")
    services[1]["description"] = "Rooms. A group meets on Mondays 6-8PM."
    reading = read_ohana_folder(write_ohana(tmp_path / "net", services=services))
    pantry = next(service for service in reading.rows.service if service.name == "Harbor Food Pantry")
    assert [(row.service_id, row.freq, row.byday, row.opens_at, row.closes_at) for row in reading.rows.schedule] == [
        (pantry.id, "WEEKLY", "MO,WE", "09:00", "12:00"),
        (pantry.id, "MONTHLY", "2SA", "10:00", "12:00"),
    ]
    assert all(row.description and row.description.startswith(READ_FROM) for row in reading.rows.schedule)
    said = [(found.row, found.done) for found in said_of(reading.report, "services.csv") if found.problem.startswith("hours in prose")]
    assert said == [(2, "read as MO,WE 09:00-12:00; 2SA 10:00-12:00; the text is kept"), (3, "left as text")]


def test_hours_in_a_description_do_not_add_to_a_schedule(tmp_path: Path):
    folder = write_ohana(tmp_path / "net", services=changed("services", 0, description="Open Mon, 9AM-12PM."))
    (folder / "regular_schedules.csv").write_text("id,location_id,service_id,weekday,opens_at,closes_at\n1,10,,Tuesday,9am,1pm\n", encoding="utf-8")
    assert [row.byday for row in read_ohana_folder(folder).rows.schedule] == ["TU"]


def test_states_and_zip_codes_are_stored_as_the_post_writes_them_and_said(tmp_path: Path):
    addresses = changed("addresses", 0, state_province="Maryland", postal_code="212300001")
    reading = read_ohana_folder(write_ohana(tmp_path / "net", addresses=addresses))
    assert [(address.state_province, address.postal_code) for address in reading.rows.address] == [("MD", "21230-0001")]
    said = {(found.row, found.field, found.done) for found in said_of(reading.report, "addresses.csv") if found.done.startswith("stored as")}
    assert said == {(2, "state_province", "stored as MD"), (2, "postal_code", "stored as 21230-0001")}


def test_what_is_no_zip_code_stays_and_is_said(tmp_path: Path):
    reading = read_ohana_folder(write_ohana(tmp_path / "net", addresses=changed("addresses", 0, postal_code="Pier 5")))
    assert [address.postal_code for address in reading.rows.address] == ["Pier 5"]
    assert ("this is no ZIP code", "stored as it is") in {(found.problem, found.done) for found in said_of(reading.report, "addresses.csv")}


def test_an_extension_behind_a_number_is_kept_apart(tmp_path: Path):
    reading = read_ohana_folder(write_ohana(tmp_path / "net", phones=changed("phones", 0, number="410-555-0100 ext. 12")))
    assert ("(410) 555-0100", 12) in {(phone.number, phone.extension) for phone in reading.rows.phone}
    assert ("an extension behind the number", "stored as (410) 555-0100") in {
        (found.problem, found.done) for found in said_of(reading.report, "phones.csv")
    }
