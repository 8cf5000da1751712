"""Reading HSDS documents: everything nested becomes rows, the sidecar gives what HSDS has no field for."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners import taxonomy
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.model import DirectoryRows, Precision, Reach
from referral_hub.unit_of_work import Hub
from tests.partners.documents import KEPT_ID, documents, write_documents
from tests.partners.folders import TODAY, contents
from tests.shared import shared


def read(folder: Path) -> DirectoryRows:
    return read_source(folder, "hsds-json", "sample", TODAY).rows


def test_everything_nested_becomes_a_row(tmp_path: Path):
    rows = read(write_documents(tmp_path / "net"))
    assert {kind: len(getattr(rows, kind)) for kind in rows.__struct_fields__ if kind != "source_record"} == {
        "organization": 3, "program": 1, "service": 3, "location": 2, "sealed_location": 1, "service_at_location": 3, "address": 1, "contact": 2, "phone": 6,
        "schedule": 1, "language": 3, "cost_option": 1, "required_document": 1, "service_area": 1, "unit": 1, "service_capacity": 1, "accessibility": 1,
        "taxonomy": 1, "taxonomy_term": 1, "attribute": 3,
    }  # fmt: skip
    schedule = rows.schedule[0]
    assert (schedule.byday, schedule.opens_at, schedule.closes_at) == ("MO,WE", "09:00", "12:30")
    assert rows.service[0].url == "https://harbor.example.org/food"


def test_a_phone_that_is_nested_twice_is_one_row_of_both(tmp_path: Path):
    rows = read(write_documents(tmp_path / "net"))
    phone = next(phone for phone in rows.phone if phone.number.endswith("0101"))
    assert (phone.service_id, phone.location_id) == (rows.service[0].id, rows.location[0].id)


def test_our_codes_are_our_terms_and_others_stay_foreign(tmp_path: Path):
    rows = read(write_documents(tmp_path / "net"))
    assert rows.attribute[0].taxonomy_term_id == taxonomy.TERM_IDS["food-pantry"]
    assert [(term.code, term.name) for term in rows.taxonomy_term] == [("sample:101", "Food")]
    suggested = [attribute for attribute in rows.attribute if attribute.label]
    assert [(str(attribute.link_id), attribute.taxonomy_term_id) for attribute in suggested] == [(KEPT_ID, taxonomy.TERM_IDS["hot-meals"])]


def test_the_sidecar_gives_the_fields_of_ours(tmp_path: Path):
    rows = read(write_documents(tmp_path / "net"))
    service = rows.service[0]
    assert (service.rule, service.usual_ack_days) == ({"type": "age", "min": 60, "max": None}, 1.5)
    harbor = next(organization for organization in rows.organization if organization.name == "Harbor Pantry")
    assert (harbor.sends, harbor.timezone) == (True, "America/Chicago")
    assert [listing.reach for listing in rows.service_at_location] == [Reach.VISIT, Reach.DELIVERED, Reach.VISIT]
    assert (rows.required_document[0].code, rows.required_document[0].alternatives) == ("photo_id", ["birth_certificate"])
    capacity = rows.service_capacity[0]
    assert (capacity.service_at_location_id, capacity.waitlist) == (rows.service_at_location[0].id, True)
    assert rows.service_area[0].area == {"postal_codes": ["21230"]}
    house = next(location for location in rows.location if location.confidential)
    assert (house.latitude, house.precision) == (None, Precision.NONE)
    assert rows.sealed_location[0].latitude == 39.3
    assert next(service for service in rows.service if service.name == "Refuge").description == "Rooms. [kept confidential]"


def test_a_uuid7_is_kept_and_another_id_is_not_needed_to_be_one(tmp_path: Path):
    rows = read(write_documents(tmp_path / "net"))
    assert rows.service[1].id == UUID(KEPT_ID)
    assert {service.id.version for service in rows.service} == {7}


def test_differences_and_foreign_fields_are_reported(tmp_path: Path):
    report = read_source(write_documents(tmp_path / "net"), "hsds-json", None, TODAY).report
    said = {(found.field, found.done) for found in report.findings}
    assert ("service.funding", "stored without it") in said
    assert ("service_at_locations[0].location.name", "the first is stored") in said
    assert {(total.file, total.rows_in, total.stored) for total in report.totals()} == {
        ("services.json", 3, 3),
        ("organizations.json", 1, 1),
    }


def test_an_extent_that_cannot_be_drawn_is_reported_and_stored(tmp_path: Path):
    square = json.dumps({"type": "Polygon", "coordinates": [[[-77, 39], [-76, 39], [-76, 40]]]})
    areas = [
        {"id": "sa-1", "extent": square, "extent_type": "geojson"},
        {"id": "sa-2", "extent": "<kml/>", "extent_type": "kml"},
        {"id": "sa-3", "extent": '{"type": "Point"}', "extent_type": "geojson"},
        {"id": "sa-4", "extent": "The whole of Canton", "extent_type": "text"},
    ]

    reading = read_source(write_documents(tmp_path / "net", lambda docs, _: docs[0].update(service_areas=areas)), "hsds-json", None, TODAY)

    said = [(found.field, found.done) for found in reading.report.findings if "extent" in (found.field or "")]
    assert said == [("service_areas[1].extent", "stored; it bounds nobody"), ("service_areas[2].extent", "stored; it bounds nobody")]
    assert [area.extent for area in reading.rows.service_area] == [area["extent"] for area in areas]


def test_a_second_import_changes_nothing_and_an_id_of_another_source_is_left_alone(hub: Hub, tmp_path: Path):
    folder = write_documents(tmp_path / "net")
    for _ in range(2):
        with hub.begin(COMMAND_LINE) as work:
            import_directory(work, read_source(folder, "hsds-json", "one", TODAY))
        before = {name: rows for name, rows in contents(hub).items() if name not in ("change_number", "change_set")}
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(folder, "hsds-json", "one", TODAY))
    assert {name: rows for name, rows in contents(hub).items() if name not in ("change_number", "change_set")} == before
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(folder, "hsds-json", "two", TODAY))
    assert len(contents(hub)["service"]) == 6


def test_one_document_a_line_and_a_single_document_are_read(tmp_path: Path):
    lines = tmp_path / "lines.ndjson"
    lines.write_text("\n".join(json.dumps(document) for document in documents()), encoding="utf-8")
    assert len(read(lines).service) == 3
    single = tmp_path / "single.json"
    single.write_text(json.dumps(documents()[0]), encoding="utf-8")
    assert len(read(single).service) == 1


def test_the_official_example_is_refused_for_its_impossible_point_and_read_without_it(tmp_path: Path):
    text = (shared("standards/hsds/examples") / "service_full.json").read_text(encoding="utf-8")
    file = tmp_path / "service.json"
    file.write_text(text.replace('"latitude": 100', '"latitude": 51.5').replace('"longitude": 101', '"longitude": -0.1'), encoding="utf-8")
    rows = read(file)
    assert [service.name for service in rows.service] == ["Community Counselling"]
    assert len(rows.service_capacity) == len(rows.cost_option) == len(rows.required_document) == 1
