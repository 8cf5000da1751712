"""The public directory as a data package: valid for others, whole for us, silent about confidential places."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import ExportRefused
from referral_hub.ids import new_id
from referral_hub.partners import tabular
from referral_hub.partners.exports.targets import open_file, open_target
from referral_hub.partners.foreign_taxonomy import TAXONOMY_211
from referral_hub.partners.model import Attribute, DirectoryRows, TaxonomyTerm
from referral_hub.storage.tables import directory as tables
from referral_hub.unit_of_work import Hub
from tests.partners.drawn_directory import draw_directory
from tests.partners.round_trips import (
    assert_same_directory,
    export_csv,
    export_json,
    files_of,
    flaws_of,
    fresh_hub,
    import_into,
    records_of,
)
from tests.shared import shared

SEEDS = range(12)


def store(hub: Hub, seed: int) -> None:
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(draw_directory(seed))


def cells(folder: Path, file: str) -> list[dict[str, str]]:
    with (folder / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_field_of_the_directory_leaves_or_is_named_as_staying():
    kinds = {table.name for table in tables.IN_ORDER} - {"sealed_location", "source_record"}
    assert set(tabular.TABLES) == kinds
    for kind, struct in tabular.STRUCTS.items():
        told = {column.field for column in tabular.TABLES[kind].columns}
        assert told | tabular.LEFT_OUT.get(kind, frozenset()) == set(struct.__struct_fields__)
        assert not told & tabular.LEFT_OUT.get(kind, frozenset())


def test_the_foreign_keys_are_those_of_the_database():
    for table in tables.IN_ORDER:
        if table.name in tabular.TABLES:
            told = {column.field: column.reference for column in tabular.TABLES[table.name].columns if column.reference}
            assert told == {key.parent.name: key.column.table.name for key in table.foreign_keys}


def test_columns_files_types_formats_and_constraints_are_those_of_the_official_package():
    official = json.loads((shared("standards/hsds/examples/csv") / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in official["resources"]}
    for kind, table in tabular.TABLES.items():
        assert resources[kind]["path"] == table.file
        fields = {field["name"]: field for field in resources[kind]["schema"]["fields"]}
        for column in table.columns:
            assert (column.name in fields) is not column.is_ours
            if not column.is_ours:
                field = fields[column.name]
                told = (column.type, column.format, column.required, list(column.choices))
                assert told == (field["type"], field.get("format"), field["constraints"]["required"], field["constraints"].get("enum", []))
        keys = {(key["fields"], key["reference"]["resource"]) for key in resources[kind]["schema"].get("foreignKeys", [])}
        assert keys <= {(column.name, column.reference) for column in table.columns}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_directory_comes_back_the_same(hub: Hub, migrated: Path, tmp_path: Path, seed: int):
    store(hub, seed)
    export_csv(hub, tmp_path / "one")
    copy = fresh_hub(tmp_path / "copy", migrated)
    import_into(copy, tmp_path / "one")
    export_csv(copy, tmp_path / "two")
    assert files_of(tmp_path / "two") == files_of(tmp_path / "one")
    assert_same_directory(records_of(hub), records_of(copy))
    copy.close()


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_a_stranger_s_validator_accepts_it_with_its_keys(hub: Hub, tmp_path: Path, seed: int):
    store(hub, seed)
    export_csv(hub, tmp_path / "out")
    assert flaws_of(tmp_path / "out" / "datapackage.json") == []


@pytest.mark.parametrize(
    ("file", "column", "cell", "kind"),
    [("services.csv", "organization_id", "01900000-0000-7000-8000-000000000000", "foreign-key"), ("services.csv", "status", "open", "constraint-error"),
     ("phones.csv", "number", "", "constraint-error"), ("service_capacity.csv", "available", "many", "type-error"),
     ("locations.csv", "id", "7", "type-error")],
)  # fmt: skip
def test_the_validator_would_have_noticed(hub: Hub, tmp_path: Path, file: str, column: str, cell: str, kind: str):
    store(hub, 1)
    export_csv(hub, tmp_path / "out")
    rows = cells(tmp_path / "out", file)
    rows[0][column] = cell
    with (tmp_path / "out" / file).open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert (2, kind) in {(row, flaw) for _, row, flaw, _ in flaws_of(tmp_path / "out" / "datapackage.json")}


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_tells_of_a_confidential_place(hub: Hub, tmp_path: Path, seed: int):
    store(hub, seed)
    summary = export_csv(hub, tmp_path / "out")
    assert summary.confidential == 2
    everything = b"".join(files_of(tmp_path / "out").values())
    for secret in (b"Secret Rose", b"39.30117", b"-76.61544"):
        assert secret not in everything
    places = {row["id"]: row for row in cells(tmp_path / "out", "locations.csv") if row["x_confidential"] == "true"}
    told = {"id", "organization_id", "location_type", "name", "x_confidential", "x_precision"}
    assert {name for row in places.values() for name, cell in row.items() if cell} == told
    for file in tabular.FILES.values():
        if file not in ("service_at_location.csv", "locations.csv"):
            assert not [row for row in cells(tmp_path / "out", file) if row.get("location_id") in places]


@pytest.mark.parametrize("export", [export_csv, export_json])
def test_a_licensed_taxonomy_stays(hub: Hub, tmp_path: Path, export: Callable[..., object]):
    store(hub, 3)
    with hub.begin(COMMAND_LINE) as work:
        service = work.directory.records("service", [UUID(str(next(iter(records_of(hub)["service"]))))]).popitem()[1]
        term = TaxonomyTerm(id=new_id(), code="211:BD-1800", name="Licensed words", taxonomy_id=TAXONOMY_211.id)
        tag = Attribute(id=new_id(), link_id=service.id, taxonomy_term_id=term.id, link_entity="service")
        work.directory.save(DirectoryRows(taxonomy=[TAXONOMY_211], taxonomy_term=[term], attribute=[tag]))
    export(hub, tmp_path / "out")
    everything = b"".join(files_of(tmp_path / "out").values())
    for held in (b"Licensed words", str(tag.id).encode(), str(TAXONOMY_211.id).encode()):
        assert held not in everything
    assert str(service.id).encode() in everything


def test_a_public_record_is_told_with_every_owner_but_the_secret_one(hub: Hub, tmp_path: Path):
    store(hub, 3)
    export_csv(hub, tmp_path / "out")
    before = records_of(hub)
    secret = {key for key, row in before["location"].items() if row["confidential"]}
    listings = {key for key, row in before["service_at_location"].items() if row["location_id"] in secret}
    told = {row["id"]: row for row in cells(tmp_path / "out", "schedules.csv")}
    assert before["schedule"]
    for key, row in before["schedule"].items():
        owners = [row["service_id"], row["location_id"] if row["location_id"] not in secret else None]
        owners.append(row["service_at_location_id"] if row["service_at_location_id"] not in listings else None)
        assert (str(key) in told) is any(owners)


@pytest.mark.parametrize(("export", "source_format"), [(export_csv, "hsds-csv"), (export_json, "hsds-json")])
def test_a_hub_that_has_the_terms_already_takes_them_for_the_same(
    hub: Hub, tmp_path: Path, export: Callable[[Hub, Path], object], source_format: str
):
    store(hub, 6)
    before = records_of(hub)
    export(hub, tmp_path / "out")
    import_into(hub, tmp_path / "out", source_format)
    import_into(hub, tmp_path / "out", source_format)
    after = records_of(hub)
    assert after["taxonomy_term"] == before["taxonomy_term"]
    assert len(after["service"]) == 2 * len(before["service"])
    assert {row["taxonomy_term_id"] for row in after["attribute"].values()} == {row["taxonomy_term_id"] for row in before["attribute"].values()}
    assert {key: after["sealed_location"][key] for key in before["sealed_location"]} == before["sealed_location"]


def test_cells_are_values_and_are_not_neutralized(hub: Hub, tmp_path: Path):
    rows = draw_directory(1)
    rows.service[0] = msgspec.structs.replace(rows.service[0], name="=HYPERLINK(1)", description="-5 degrees")
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)
    export_csv(hub, tmp_path / "out")
    row = next(row for row in cells(tmp_path / "out", "services.csv") if row["id"] == str(rows.service[0].id))
    assert (row["name"], row["description"]) == ("=HYPERLINK(1)", "-5 degrees")


def test_fields_of_ours_are_marked_and_no_others(hub: Hub, tmp_path: Path):
    export_csv(hub, tmp_path / "out")
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        for field in resource["schema"]["fields"]:
            assert field["name"].startswith("x_") is field.get("referral_hub", False)


def test_a_promise_that_the_rows_break_is_not_made_and_said(hub: Hub, tmp_path: Path):
    rows = draw_directory(2)
    rows.address[0] = msgspec.structs.replace(rows.address[0], address_1="")
    rows.service[:] = [msgspec.structs.replace(one, email="hello@example.org", url=None) for one in rows.service]
    rows.service[0] = msgspec.structs.replace(rows.service[0], email="call us", url="example.org")
    rows.schedule[:] = [msgspec.structs.replace(one, opens_at="noon") for one in rows.schedule]
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(rows)
    summary = export_csv(hub, tmp_path / "out")
    assert flaws_of(tmp_path / "out" / "datapackage.json") == []
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    fields = {(resource["name"], field["name"]): field for resource in package["resources"] for field in resource["schema"]["fields"]}
    assert fields["address", "address_1"]["constraints"]["required"] is False
    assert fields["address", "city"]["constraints"]["required"] is True
    assert "format" not in fields["service", "email"]
    assert "format" not in fields["service", "url"]
    assert fields["schedule", "opens_at"]["type"] == "string"
    assert fields["schedule", "closes_at"]["type"] == "time"
    assert "addresses.csv, address_1: in 1 row nothing stands; the package does not promise it." in summary.broken
    assert "services.csv, email: in 1 row what stands is no email; the package does not promise it." in summary.broken


def test_an_archive_holds_the_same_files_and_is_the_same_twice(hub: Hub, tmp_path: Path):
    store(hub, 4)
    export_csv(hub, tmp_path / "out")
    for name in ("one.zip", "two.ZIP"):
        export_csv(hub, tmp_path / name)
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files_of(tmp_path / "out")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.ZIP").read_bytes()


def test_an_archive_is_replaced_and_a_folder_in_use_is_not(hub: Hub, tmp_path: Path):
    (tmp_path / "old.zip").write_bytes(b"old")
    export_csv(hub, tmp_path / "old.zip")
    assert zipfile.is_zipfile(tmp_path / "old.zip")
    (tmp_path / "empty").mkdir()
    export_csv(hub, tmp_path / "empty")
    with pytest.raises(ExportRefused, match="no empty folder"):
        export_csv(hub, tmp_path / "empty")
    (tmp_path / "plain").write_bytes(b"mine")
    with pytest.raises(ExportRefused, match="no empty folder"):
        export_csv(hub, tmp_path / "plain")
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(ExportRefused, match="is a folder"):
        export_csv(hub, tmp_path / "folder.zip")


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_fault_in_the_middle_leaves_nothing_behind(tmp_path: Path, name: str):
    def fail() -> None:
        with open_target(tmp_path / name) as target:
            with target.open("services.csv") as file:
                file.write(b"id\r\n")
            raise RuntimeError("the disk is gone")

    with pytest.raises(RuntimeError, match="the disk is gone"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path):
    with pytest.raises(ExportRefused, match="cannot be written"), open_file(tmp_path / "missing" / "out.ndjson"):
        pass


def test_the_directory_is_read_in_parts_on_both_databases(hub_on_both: Hub, monkeypatch: pytest.MonkeyPatch):
    rows = draw_directory(5)
    with hub_on_both.begin(COMMAND_LINE) as work:
        work.directory.save(rows)
    monkeypatch.setattr("referral_hub.storage.directory.PORTION", 3)
    with hub_on_both.read(COMMAND_LINE) as work:
        assert list(work.directory.every("phone")) == sorted(rows.phone, key=lambda phone: phone.id)
        assert list(work.directory.every("program"))
        assert work.directory.confidential_locations() == {place.id for place in rows.location if place.confidential}
