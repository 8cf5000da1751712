"""A mapping is read strictly, and guessed from headers and contents where nobody wrote one."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from referral_hub.errors import Invalid
from referral_hub.partners import taxonomy
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.spreadsheet.contents import TESTS
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
from referral_hub.partners.imports.spreadsheet.guess import guess_columns, guess_mapping
from referral_hub.partners.imports.spreadsheet.mapping import Mapping, read_mapping, write_mapping
from referral_hub.partners.imports.spreadsheet.reader import look_of, open_sheet
from referral_hub.partners.imports.spreadsheet.sheet import Look
from tests.partners.spreadsheets import COLUMNS, MAPPING, csv_line, read, row, said, write_csv

BAD: list[tuple[bytes, str, str]] = [
    (b"not json", "mapping", "This is not JSON"),
    (b"[]", "mapping", "Expected `object`"),
    (b"\xff\xfe", "mapping", "This is not JSON"),
    (b"{}", "mapping", "missing required field `fields`"),
    (b'{"fields": {"organization.name": "Agency"}, "colour": 1}', "mapping", "unknown field `colour`"),
    (b'{"fields": {"organization.name": 7}}', "fields[...]", "Expected"),
    (b'{"fields": {"organisation.name": "Agency"}}', "fields.organisation.name", "Did you mean organization.name?"),
    (b'{"fields": {"organization.name": []}}', "fields.organization.name", "Name a column"),
    (b'{"fields": {"service.url": "Web"}}', "fields.organization.name", "Say which column"),
    (b'{"fields": {"organization.name": "A"}, "constants": {"state": "MD"}}', "constants.state", "There is no such field."),
    (b'{"fields": {"organization.name": "A"}, "terms": {"Food": "food-pantri"}}', "terms.Food", "Did you mean food-pantry?"),
    (b'{"fields": {"organization.name": "A"}, "header_row": 0}', "header_row", "counted from 1"),
    (b'{"fields": {"organization.name": "A"}, "delimiter": "x"}', "delimiter", "a comma"),
    (b'{"fields": {"organization.name": "A"}, "encoding": "klingon"}', "encoding", "no such encoding"),
    (b'{"fields": {"organization.name": "A"}, "network": " "}', "network", "1 to 100"),
]


@pytest.mark.parametrize(("data", "field", "words"), BAD, ids=[field + str(number) for number, (_, field, _) in enumerate(BAD)])
def test_a_bad_mapping_names_its_fault(data: bytes, field: str, words: str):
    with pytest.raises(Invalid) as refused:
        read_mapping(data)
    assert (refused.value.errors[0].field, words in refused.value.errors[0].message) == (field, True), refused.value.errors


def test_a_mapping_survives_being_written():
    mapping = Mapping(fields={"organization.name": "Agency", "service.id": ["A", "B"]}, constants={"address.state_province": "MD"}, terms={"Food": ["food-pantry"]}, each="x")
    assert read_mapping(write_mapping(mapping)) == mapping


def test_every_fault_of_a_mapping_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        read_mapping(b'{"fields": {"x": "A", "y": "B"}, "header_row": -1}')
    assert [error.field for error in refused.value.errors] == ["fields.x", "fields.y", "fields.organization.name", "header_row"]


def test_constants_stand_where_a_cell_is_blank_and_a_word_has_our_codes(tmp_path: Path):
    mapping = msgspec.structs.replace(MAPPING, constants={"address.state_province": "VA", "capacity.unit": "beds"}, terms={"groceries": ["food-pantry", "clothing"]})
    reading = read(write_csv(tmp_path / "a.csv", [row(1), row(2, State="")]), mapping)
    assert [address.state_province for address in reading.rows.address] == ["MD", "VA"]
    assert [unit.name for unit in reading.rows.unit] == ["beds"]
    found = {attribute.taxonomy_term_id for attribute in reading.rows.attribute}
    assert found == {taxonomy.TERM_IDS["food-pantry"], taxonomy.TERM_IDS["clothing"]}


def test_several_columns_make_a_key_join_a_text_or_stand_in_for_each_other(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("Agency,No,Site,About,More,Tel,Cell\nPier,7,2,Bread,Milk,,410-555-0100\n", encoding="utf-8")
    mapping = Mapping(fields={"organization.name": "Agency", "service.id": ["No", "Site"], "service.description": ["About", "More"], "phone.number": ["Tel", "Cell"]})
    reading = read(file, mapping)
    (service,) = reading.rows.service
    assert service.description == "Bread\nMilk"
    assert ("service", "7:2") in {(record.kind, record.source_id) for record in reading.rows.source_record}
    assert [phone.number for phone in reading.rows.phone] == ["(410) 555-0100"]


# The guess


def guessed(path: Path) -> Mapping:
    sheet = open_sheet(path, Look(), Report())
    mapping = guess_mapping(sheet)
    return guess_mapping(open_sheet(path, look_of(mapping), Report())) if mapping.each else mapping


def test_the_sheet_of_most_tests_is_guessed_as_it_is(tmp_path: Path):
    mapping = guessed(write_csv(tmp_path / "a.csv", [row(number) for number in range(1, 60)]))
    assert {mapping.columns_of(field)[0]: field for field in mapping.fields} == COLUMNS


HEADERS: list[tuple[str, str]] = [
    # one line: `Header=field` of every column that must be guessed; `-` where no field may be
    ("Name=organization.name,Address=address.address_1,City=address.city,State=address.state_province,Zip=address.postal_code,Phone=phone.number", "Pier,1 Pier Rd,Bowie,MD,20715,410-555-0100"),
    ("Agency Name=organization.name,Name=service.name,Site Name=location.name", "Pier,Food,Annex"),
    ("Organization=organization.name,Program Name=service.name,Hours of Operation=schedule.text", "Pier,Food,Mon 9am-5pm"),
    ("agencyName=organization.name,programName=service.name,lat=location.latitude,lng=location.longitude", "Pier,Food,39.2,-76.6"),
    ("Provider=organization.name,Service=service.name,X=location.longitude,Y=location.latitude,OBJECTID=-", "Pier,Food,-76.6,39.2,4"),
    ("Agency=organization.name,Contact Email=service.email,Web Site=service.url,Toll-Free=phone.second,Fax=phone.fax", "Pier,a@example.org,example.org,800-555-0100,410-555-0101"),
    ("Agency=organization.name,Monday=schedule.monday,Tue=schedule.tuesday,Hours (Wed)=schedule.wednesday", "Pier,9am-5pm,Closed,9am-5pm"),
    ("Agency=organization.name,Eligibility=service.eligibility,Fees=service.fees,Languages=service.languages,Service Area=service.areas,Documents Required=service.documents", "Pier,Adults,None,Spanish,Baltimore,ID"),
    ("Agency=organization.name,State=-", "Pier,Wonderful"),
    ("Agency=organization.name,ZIP=-", "Pier,not a number"),
    ("Agency=organization.name,Whatever=service.email", "Pier,a@example.org"),
    ("Agency=organization.name,Total Beds=capacity.maximum,Beds Available=capacity.available", "Pier,40,3"),
    ("org_id=organization.id,org_name=organization.name,site_id=location.id,service_id=service.id", "1,Pier,2,3"),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "cells"), HEADERS, ids=[wanted[:40] for wanted, _ in HEADERS])
def test_headers_of_all_sorts_are_understood(tmp_path: Path, wanted: str, cells: str):
    pairs = [part.split("=") for part in wanted.split(",")]
    file = tmp_path / "a.csv"
    file.write_text(",".join(header for header, _ in pairs) + "\n" + f"{cells}\n" * 3, encoding="utf-8")
    sheet = open_sheet(file, Look(), Report())
    assert {column.name: column.field or "-" for column in guess_columns(sheet)} == dict(pairs)


def test_every_field_is_guessed_from_its_own_surest_header(tmp_path: Path):
    """A column called as the first header says, with cells that pass the field's test, goes to that field."""
    cells = {"zip": "21201", "state": "MD", "phone": "410-555-0100", "email": "a@example.org", "url": "https://example.org", "number": "39.5", "date": "2026-01-01",
             "time": "9:00 AM", "hours": "Mon 9am-5pm", "street": "1 Pier Road", "city": "Bowie", "whole": "5", "words": "Words", "": "words"}  # fmt: skip
    assert all(TESTS[test](cell) for test, cell in cells.items() if test)
    fields = {known.headers[0]: (field, cells[known.test]) for field, known in FIELDS.items()}
    assert len(fields) == len(FIELDS), "two fields have the same surest header"
    file = tmp_path / "a.csv"
    file.write_text(csv_line(list(fields)) + csv_line([cell for _, cell in fields.values()]) * 2, encoding="utf-8")
    found = {column.name: column.field for column in guess_columns(open_sheet(file, Look(), Report()))}
    assert found == {header: field for header, (field, _) in fields.items()}


def test_a_file_that_is_imported_by_a_guess_says_what_was_guessed(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("Agency,Program,Nonsense\nPier,Food,7\n", encoding="utf-8")
    reading = read(file, None)
    assert said(reading.report, 1, "Agency") == ["no mapping says what this column holds (guessed: Organization: name)"]
    assert said(reading.report, 1, "Nonsense") == ["no field takes this column (not read)"]


# The command line


def test_the_command_imports_by_a_mapping_or_a_guess_and_refuses_neither(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from referral_hub.cli import hub_command

    monkeypatch.setenv("REFERRAL_HUB_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    assert run(hub_command, ["migrate"]).exit_code == 0
    file = write_csv(tmp_path / "net.csv", [row(number) for number in range(1, 9)])
    (tmp_path / "map.json").write_bytes(write_mapping(MAPPING))
    base = ["import", str(file), "--format", "spreadsheet"]
    assert run(hub_command, base).exit_code == 2
    assert run(hub_command, [*base, "--mapping", str(tmp_path / "absent.json")]).exit_code == 2
    assert run(hub_command, ["import", str(tmp_path), "--format", "ohana-csv", "--mapping", "guess"]).exit_code == 2
    (tmp_path / "bad.json").write_text('{"fields": {"x": "y"}}')
    assert isinstance(run(hub_command, [*base, "--mapping", str(tmp_path / "bad.json")]).exception, Invalid)
    dry = run(hub_command, [*base, "--mapping", "guess", "--dry-run"])
    assert (dry.exit_code, "net.csv: 8 rows read, 8 to store" in dry.output) == (0, True), dry.output
    done = run(hub_command, [*base, "--mapping", str(tmp_path / "map.json"), "--report", str(tmp_path / "report.jsonl")])
    assert (done.exit_code, "service: 8 added" in done.output) == (0, True), done.output
    again = run(hub_command, [*base, "--mapping", "guess"])
    assert "service: 8 unchanged" in again.output, again.output
    assert list(csv.reader((tmp_path / "report.jsonl").read_text().splitlines()))


def test_the_size_limit_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from referral_hub.cli import hub_command
    from referral_hub.errors import BadSettings, ImportRefused

    monkeypatch.setenv("REFERRAL_HUB_DATA_DIR", str(tmp_path / "data"))
    run = CliRunner().invoke
    assert run(hub_command, ["migrate"]).exit_code == 0
    monkeypatch.setenv("REFERRAL_HUB_IMPORT_LIMIT_MB", "1")
    file = tmp_path / "a.csv"
    file.write_text("Agency,Program\n" + "Pier,Food\n" * 110_000)
    refused = run(hub_command, ["import", str(file), "--format", "spreadsheet", "--mapping", "guess"]).exception
    assert isinstance(refused, ImportRefused)
    assert "at most 1 MB" in refused.detail
    for wrong in ("0", "-1", "many", "99999"):
        monkeypatch.setenv("REFERRAL_HUB_IMPORT_LIMIT_MB", wrong)
        assert isinstance(run(hub_command, ["migrate"]).exception, BadSettings)
