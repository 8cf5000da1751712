"""Reading a data package: whatever its tables say has a place or is named, and what would be half read is refused whole."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import ImportRefused, InvalidRule
from referral_hub.partners import taxonomy
from referral_hub.partners.actions import import_directory
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.model import DirectoryRows, Precision, ServiceStatus
from referral_hub.unit_of_work import Hub
from tests.partners.folders import TODAY, contents
from tests.partners.round_trips import export_csv
from tests.shared import shared

Table = list[dict[str, str]]
PACKAGE: dict[str, Table] = {
    "organizations": [{"id": "o1", "name": "Harbor Pantry", "description": "Food.", "website": "harbor.example.org", "parent_organization_id": "o2"},
                      {"id": "o2", "name": "Harbor Trust", "description": "", "website": "", "parent_organization_id": ""}],
    "services": [{"id": "s1", "organization_id": "o1", "name": "Food pantry", "description": "Operates a food pantry.", "status": "active", "minimum_age": "0.5",
                  "maximum_age": "999", "email": "Hello@Example.org", "last_modified": "2026-01-02T03:04:05Z"}],
    "locations": [{"id": "l1", "organization_id": "o1", "location_type": "physical", "name": "Pier", "latitude": "39.28", "longitude": "-76.6"}],
    "service_at_location": [{"id": "sl1", "service_id": "s1", "location_id": "l1"}],
    "addresses": [{"id": "a1", "location_id": "l1", "address_1": "1 Pier Road", "city": "Baltimore", "state_province": "MD", "postal_code": "21230",
                   "country": "US", "address_type": "physical"}],
    "phones": [{"id": "p1", "service_id": "s1", "number": "410-555-0100", "extension": "x12", "location_id": "l1"}],
    "schedules": [{"id": "h1", "service_id": "s1", "freq": "weekly", "byday": "MO,WE", "opens_at": "9:00", "closes_at": "17:00:00", "valid_from": "2026-01-05"}],
    "taxonomies": [{"id": "t1", "name": "City list", "description": ""}],
    "taxonomy_terms": [{"id": "x1", "code": "101-1", "name": "Pantries", "description": "", "parent_id": "x0", "taxonomy_id": "t1"},
                       {"id": "x0", "code": "101", "name": "Food", "description": "", "parent_id": "", "taxonomy_id": "t1"}],
    "attributes": [{"id": "y1", "link_id": "s1", "taxonomy_term_id": "x1", "link_entity": "service"}],
    "units": [{"id": "u1", "name": "beds"}],
    "service_capacity": [{"id": "c1", "service_id": "s1", "unit_id": "u1", "available": "4", "maximum": "10", "updated": "2026-11-20T09:00:00-05:00"}],
}  # fmt: skip


def table_text(rows: Table, columns: list[str] | None = None) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_package(folder: Path, **changes: Table | None) -> Path:
    """A small good package; `services=[...]` replaces a table, `phones=None` leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in {**PACKAGE, **changes}.items():
        if rows is not None:
            (folder / f"{name}.csv").write_text(table_text(rows), encoding="utf-8", newline="")
    return folder


def changed(table: str, place: int = 0, /, **cells: str) -> Table:
    rows = [dict(row) for row in PACKAGE[table]]
    rows[place].update(cells)
    for row in rows:
        for name in cells:
            row.setdefault(name, "")
    return rows


def read(path: Path) -> tuple[DirectoryRows, Report]:
    reading = read_source(path, "hsds-csv", "net", TODAY)
    return reading.rows, reading.report


def said(report: Report) -> set[tuple[str, Any, str | None, str]]:
    return {(found.file, found.row, found.field, found.done) for found in report.findings}


def refused(path: Path) -> list[str]:
    with pytest.raises(ImportRefused) as fault:
        read(path)
    return [f"{error.field}: {error.message}" for error in fault.value.errors]


def test_every_table_becomes_rows_tied_by_ids(tmp_path: Path):
    rows, report = read(write_package(tmp_path / "net"))
    child, parent = sorted(rows.organization, key=lambda one: one.name)
    assert (child.name, child.parent_organization_id, child.website) == ("Harbor Pantry", parent.id, "https://harbor.example.org")
    assert [one.name for one in rows.organization] == ["Harbor Trust", "Harbor Pantry"], "parents first: a database takes no other order"
    service, place, listing = rows.service[0], rows.location[0], rows.service_at_location[0]
    assert (service.organization_id, listing.service_id, listing.location_id) == (child.id, service.id, place.id)
    assert (service.minimum_age, service.maximum_age, service.email) == (0.5, None, "hello@example.org")
    assert service.last_modified is not None
    assert service.last_modified.isoformat() == "2026-01-02T03:04:05+00:00"
    assert (place.latitude, place.longitude, place.precision) == (39.28, -76.6, Precision.ROOFTOP)
    phone = rows.phone[0]
    assert (phone.number, phone.extension, phone.service_id, phone.location_id) == ("(410) 555-0100", 12, service.id, place.id)
    hours = rows.schedule[0]
    assert (hours.freq, hours.opens_at, hours.closes_at, hours.valid_from) == ("WEEKLY", "09:00", "17:00", date(2026, 1, 5))
    assert [(term.code, term.name) for term in rows.taxonomy_term] == [("net:101", "Food"), ("net:101-1", "Pantries")]
    assert rows.taxonomy_term[1].parent_id == rows.taxonomy_term[0].id
    foreign = [attribute for attribute in rows.attribute if attribute.label is None]
    assert [(one.link_id, one.taxonomy_term_id, one.link_entity) for one in foreign] == [(service.id, rows.taxonomy_term[1].id, "service")]
    assert [one.taxonomy_term_id for one in rows.attribute if one.label] == [taxonomy.TERM_IDS["food-pantry"]]
    capacity = rows.service_capacity[0]
    assert (capacity.available, capacity.maximum, capacity.updated.isoformat()) == (4, 10, "2026-11-20T09:00:00-05:00")
    assert said(report) == {
        ("organizations.csv", 2, "website", "mended"),
        ("services.csv", 2, "maximum_age", "stored as no limit"),
        ("services.csv", 2, None, "suggested from words: food-pantry"),
    }
    assert {total.file: (total.rows_in, total.stored) for total in report.totals()}["taxonomy_terms.csv"] == (2, 2)


def test_only_organizations_and_services_must_be_there(tmp_path: Path):
    alone = {name: None for name in PACKAGE if name not in ("organizations", "services")}
    rows, _ = read(write_package(tmp_path / "net", **alone))
    assert (len(rows.organization), len(rows.service)) == (2, 1)
    folder = write_package(tmp_path / "bad", services=None)
    assert refused(folder) == ["services.csv: the file is missing"]


def test_every_column_but_the_id_may_be_missing(tmp_path: Path):
    rows, report = read(write_package(tmp_path / "net", services=[{"id": "s1", "organization_id": "o1", "name": "Help"}], phones=[{"id": "p1", "number": "1"}]))
    assert rows.service[0].status is ServiceStatus.ACTIVE
    assert ("phones.csv", 2, None, "not stored") in said(report)
    assert refused(write_package(tmp_path / "bad", services=[{"name": "Help"}]))[0] == "services.csv, row 1, id: the column id is missing"


def test_a_package_is_read_from_a_folder_its_description_and_an_archive(tmp_path: Path):
    folder = write_package(tmp_path / "net")
    resources = [{"name": name, "path": f"{name}.csv"} for name in PACKAGE]
    (folder / "datapackage.json").write_text(json.dumps({"name": "net", "resources": resources}), encoding="utf-8")
    for name, base in (("top.zip", ""), ("deep.zip", "export/")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for item in folder.iterdir():
                archive.write(item, f"{base}{item.name}")
    counts = []
    for path in (folder, folder / "datapackage.json", tmp_path / "top.zip", tmp_path / "deep.zip"):
        rows, _ = read(path)
        counts.append({kind: len(getattr(rows, kind)) for kind in rows.__struct_fields__})
    assert counts == [counts[0]] * 4
    assert counts[0]["phone"] == 1


def test_a_description_may_name_other_files_dialects_and_encodings(tmp_path: Path):
    folder = write_package(tmp_path / "net", services=None)
    (folder / "data").mkdir()
    text = table_text(changed("services", name="Café Ñandú", description="Bread, soup")).replace(",", ";").replace("Bread; soup", "Bread, soup")
    (folder / "data" / "what-we-do.csv").write_bytes(text.encode("cp1252"))
    resources = [{"name": name, "path": f"{name}.csv"} for name in PACKAGE if name != "services"]
    resources.append({"name": "service", "path": "./data/what-we-do.csv", "dialect": {"delimiter": ";"}, "encoding": "windows-1252"})  # type: ignore[dict-item]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
    rows, _ = read(folder)
    assert (rows.service[0].name, rows.service[0].description) == ("Café Ñandú", "Bread, soup")


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ({"name": "service", "path": "../services.csv"}, "leads out of the package"),
        ({"name": "service", "path": "/etc/passwd"}, "leads out of the package"),
        ({"name": "service", "path": ["a.csv", "b.csv"]}, "names no single file"),
        ({"name": "service", "data": []}, "names no single file"),
        ({"name": "service", "path": "services.csv", "encoding": "utf-7"}, "this encoding is not read"),
        ({"name": "service", "path": "services.csv", "encoding": "zlib_codec"}, "this encoding is not read"),
        ({"name": "service", "path": "services.csv", "encoding": "no such"}, "this encoding is not read"),
        ({"name": "service", "path": "services.csv", "dialect": {"delimiter": "ab"}}, "the delimiter is none of"),
        ({"name": "organizations", "path": "organizations.csv"}, "the table organization is there twice"),
        ("services.csv", "names no single file"),
    ],
)
def test_a_description_that_cannot_be_followed_is_refused(tmp_path: Path, resource: object, says: str):
    folder = write_package(tmp_path / "net")
    resources = [{"name": "organization", "path": "organizations.csv"}, resource]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
    assert any(says in fault and fault.startswith("datapackage.json, resources[1]") for fault in refused(folder))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"resources": {}}', "\x00"])
def test_a_broken_description_is_refused(tmp_path: Path, text: str):
    folder = write_package(tmp_path / "net")
    (folder / "datapackage.json").write_text(text, encoding="utf-8")
    assert refused(folder)[0].startswith("datapackage.json")


def test_a_table_that_a_description_promises_may_be_missing_and_one_without_a_place_is_named(tmp_path: Path):
    folder = write_package(tmp_path / "net", phones=None, funding=[{"id": "f1", "source": "City"}])
    resources = [{"name": name, "path": f"{name}.csv"} for name in (*PACKAGE, "funding")]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}), encoding="utf-8")
    rows, report = read(folder)
    assert rows.phone == []
    assert ("datapackage.json", None, "resources[5].path", "read without it") in said(report)
    assert ("funding.csv", None, None, "not read") in said(report)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_marks_and_encodings_are_read(tmp_path: Path, encoding: str):
    folder = write_package(tmp_path / "net")
    text = table_text(changed("organizations", name="Café Ñandú"))
    data = text.encode(encoding)
    (folder / "organizations.csv").write_bytes(b"\xff\xfe" + data if encoding == "utf-16-le" else data)
    rows, report = read(folder)
    assert {one.name for one in rows.organization} == {"Café Ñandú", "Harbor Trust"}
    remarks = [found for found in report.findings if found.file == "organizations.csv" and found.field is None]
    assert [found.done for found in remarks] == (["read as Windows-1252"] if encoding == "cp1252" else [])


@pytest.mark.parametrize(
    ("table", "cells", "row", "field", "done"),
    [
        ("services", {"organization_id": "gone"}, 2, "organization_id", "not stored"),
        ("services", {"organization_id": ""}, 2, "organization_id", "not stored"),
        ("services", {"name": " "}, 2, "name", "not stored"),
        ("services", {"status": "closed"}, 2, "status", "stored as inactive"),
        ("services", {"email": "call us"}, 2, "email", "stored without it"),
        ("services", {"assured_date": "soon"}, 2, "assured_date", "stored without it"),
        ("services", {"minimum_age": "ten"}, 2, "minimum_age", "stored without it"),
        ("services", {"last_modified": "yesterday"}, 2, "last_modified", "stored without it"),
        ("services", {"program_id": "gone"}, 2, "program_id", "stored without it"),
        ("services", {"colour": "blue"}, 2, "colour", "stored without it"),
        ("services", {"x_rule": "{}"}, 2, "x_rule", "stored without it"),
        ("locations", {"latitude": "100"}, 2, "latitude", "stored without a point"),
        ("locations", {"latitude": "-8527000", "longitude": "4760000"}, 2, "longitude", "stored without a point"),
        ("locations", {"latitude": "0", "longitude": "0"}, 2, "latitude", "stored without a point"),
        ("locations", {"location_type": "house"}, 2, "location_type", "stored without it"),
        ("phones", {"number": "hello@example.org"}, 2, "number", "not stored"),
        ("phones", {"service_id": "gone"}, 2, "service_id", "stored without it"),
        ("phones", {"service_id": "", "location_id": ""}, 2, None, "not stored"),
        ("schedules", {"count": "2.5"}, 2, "count", "stored without it"),
        ("service_at_location", {"location_id": "gone"}, 2, "location_id", "not stored"),
        ("attributes", {"link_id": "gone"}, 2, "link_id", "not stored"),
        ("attributes", {"taxonomy_term_id": "gone"}, 2, "taxonomy_term_id", "not stored"),
        ("service_capacity", {"unit_id": ""}, 2, "unit_id", "not stored"),
        ("service_capacity", {"available": "some"}, 2, "available", "not stored"),
        ("taxonomy_terms", {"code": "101"}, 3, "code", "stored with its id"),
        ("organizations", {"parent_organization_id": "gone"}, 2, "parent_organization_id", "stored without it"),
    ],
)
def test_dirt_is_survived_and_named_by_row_and_field(
    hub: Hub, tmp_path: Path, table: str, cells: dict[str, str], row: int, field: str | None, done: str
):
    reading = read_source(write_package(tmp_path / "net", **{table: changed(table, 0, **cells)}), "hsds-csv", "net", TODAY)
    assert (f"{table}.csv", row, field, done) in said(reading.report)
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading)


def test_parents_that_go_round_in_a_circle_are_let_go(hub: Hub, tmp_path: Path):
    folder = write_package(tmp_path / "net", organizations=changed("organizations", 1, parent_organization_id="o1"))
    reading = read_source(folder, "hsds-csv", "net", TODAY)
    assert {one.parent_organization_id for one in reading.rows.organization} == {None}
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading)


@pytest.mark.parametrize(
    ("table", "text", "says"),
    [
        ("services", table_text([*PACKAGE["services"], *PACKAGE["services"]]), "services.csv, row 3, id: the id s1 is there twice"),
        ("services", table_text(changed("services", id="")), "services.csv, row 2, id: the row has no id"),
        ("services", "id,name,organization_id\ns1,Help\n", "services.csv, row 2: the row is cut off: 2 cells under 3 columns"),
        ("services", "id,name,name\ns1,Help,x\n", "services.csv: the column name is there twice"),
        ("services", 'id,name\ns1,"Help\n', "services.csv, row 2: the file ends inside a quoted cell"),
        ("services", "", "services.csv, row 1, id: the column id is missing"),
        ("services", "id,name\ns1,He\0lp\n", "services.csv: line 2 holds zero bytes"),
        ("services", f"id,name\ns1,{'x' * (5 << 20)}\n", "services.csv, row 2: a cell is larger than 4,096 KB"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused_whole(tmp_path: Path, table: str, text: str, says: str):
    folder = write_package(tmp_path / "net")
    (folder / f"{table}.csv").write_text(text, encoding="utf-8", newline="")
    assert any(fault.startswith(says) for fault in refused(folder))


def test_a_second_import_changes_nothing(hub: Hub, tmp_path: Path):
    folder = write_package(tmp_path / "net")
    before: list[dict[str, list[tuple[Any, ...]]]] = []
    for _ in range(2):
        with hub.begin(COMMAND_LINE) as work:
            import_directory(work, read_source(folder, "hsds-csv", "net", TODAY))
        before.append({name: rows for name, rows in contents(hub).items() if name not in ("change_number", "change_set")})
    assert before[1] == before[0]


def test_what_a_source_has_no_column_for_stays_as_the_hub_holds_it(hub: Hub, tmp_path: Path):
    folder = write_package(tmp_path / "net")
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(folder, "hsds-csv", "net", TODAY))
    with hub.begin(COMMAND_LINE) as work:
        stored = next(iter(work.directory.every("service")))
        rule = {"type": "age", "min": 60, "max": None}
        work.directory.save(DirectoryRows(service=[type(stored)(**{name: getattr(stored, name) for name in stored.__struct_fields__} | {"rule": rule})]))
    write_package(folder, services=[{"id": "s1", "organization_id": "o1", "name": "Pantry"}])
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(folder, "hsds-csv", "net", TODAY))
    with hub.read(COMMAND_LINE) as work:
        after = next(iter(work.directory.every("service")))
    assert (after.name, after.rule, after.description, after.minimum_age) == ("Pantry", rule, stored.description, 0.5)


def test_a_rule_that_does_not_parse_refuses_the_export_by_row(hub: Hub, tmp_path: Path):
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, read_source(write_package(tmp_path / "net"), "hsds-csv", "net", TODAY))
    export_csv(hub, tmp_path / "out")
    services = tmp_path / "out" / "services.csv"
    text = services.read_bytes().decode()
    head, _, row = text.partition("\r\n")
    cells = next(csv.reader([row]))
    cells[head.split(",").index("x_rule")] = '{"type": "moon"}'
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    services.write_text(f"{head}\r\n{out.getvalue()}", encoding="utf-8", newline="")

    def check(rule: dict[str, Any]) -> None:
        raise InvalidRule("No.", errors=())

    with hub.begin(COMMAND_LINE) as work, pytest.raises(ImportRefused) as fault:
        import_directory(work, read_source(tmp_path / "out", "hsds-csv", "copy", TODAY), check_rule=check)
    assert fault.value.errors[0].field == "services.csv, row 2, rule"
    cells[head.split(",").index("x_rule")] = "moon"
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells)
    services.write_text(f"{head}\r\n{out.getvalue()}", encoding="utf-8", newline="")
    assert refused(tmp_path / "out")[0].startswith("services.csv, row 2, x_rule: the cell is not JSON")


def test_an_archive_that_could_do_harm_is_refused_by_the_same_door(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../services.csv", "id")
    with pytest.raises(ImportRefused, match="leads out"):
        read(tmp_path / "bad.zip")
    (tmp_path / "plain.csv").write_text("id", encoding="utf-8")
    with pytest.raises(ImportRefused, match="no zip archive"):
        read(tmp_path / "plain.csv")


def test_the_official_example_is_read(hub: Hub):
    reading = read_source(shared("standards/hsds/examples/csv"), "hsds-csv", None, TODAY)
    rows = reading.rows
    assert [(one.name, one.description is not None) for one in rows.service] == [("Community Counselling", True)]
    counted = {kind: len(getattr(rows, kind)) for kind in rows.__struct_fields__ if kind != "source_record"}
    assert counted == dict.fromkeys(counted, 1) | {"sealed_location": 0, "taxonomy_term": 1, "attribute": counted["attribute"]}
    told = said(reading.report)
    assert ("locations.csv", 2, "latitude", "stored without a point") in told
    assert ("organizations.csv", 2, "parent_organization_id", "stored without it") in told
    assert ("funding.csv", None, None, "not read") in told
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading)
