"""Files of every make: CSV of any encoding and delimiter, workbooks, ndjson; too large or broken ones are refused early."""

from __future__ import annotations

import codecs
import time as clock
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from referral_hub.errors import ImportRefused
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.reader import open_sheet
from referral_hub.partners.imports.spreadsheet.sheet import Broken, Look, SheetRow, find_header, letters, name_columns
from referral_hub.partners.imports.spreadsheet.xlsx_sheet import write_cell
from tests.partners.spreadsheets import MAPPING, read, row, said, write_csv, write_ndjson, write_xlsx

TEXT = "Agency,Program,City\r\nPeña Center,Café,México\r\nPier,Food,Bowie\r\n"
SMALL = Mapping(fields={"organization.name": "Agency", "service.name": "Program", "address.city": "City"})


def cells(path: Path, look: Look | None = None) -> list[dict[str, str]]:
    return [one.cells for one in open_sheet(path, look or Look(), Report()).rows() if isinstance(one, SheetRow)]


def refusal(path: Path, mapping: Mapping | None = SMALL) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(path, mapping)
    return f"{refused.value.errors[0].field}: {refused.value.errors[0].message}"


ENCODINGS: list[tuple[str, bytes]] = [
    ("utf-8", TEXT.encode()),
    ("utf-8 with a mark", codecs.BOM_UTF8 + TEXT.encode()),
    ("utf-16 with a mark", TEXT.encode("utf-16")),
    ("utf-16 little without a mark", TEXT.encode("utf-16-le")),
    ("utf-16 big without a mark", TEXT.encode("utf-16-be")),
    ("utf-32", TEXT.encode("utf-32")),
    ("windows-1252", TEXT.encode("cp1252")),
    ("latin 1", TEXT.encode("latin-1")),
]


@pytest.mark.parametrize(("name", "data"), ENCODINGS, ids=[name for name, _ in ENCODINGS])
def test_the_encoding_is_found_out(tmp_path: Path, name: str, data: bytes):
    (tmp_path / "a.csv").write_bytes(data)
    assert cells(tmp_path / "a.csv")[0] == {"Agency": "Peña Center", "Program": "Café", "City": "México"}


def test_a_file_that_is_not_utf8_says_so_once_and_a_mixed_one_at_each_cell(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.encode("cp1252"))
    assert [(found.row, found.problem, found.done) for found in read(file, SMALL).report.findings] == [(None, "the file is not UTF-8", "read as Windows-1252")]
    file.write_bytes(TEXT.encode() + "Nuñez,Niño,Bowie\r\n".encode("cp1252"))
    reading = read(file, SMALL)
    assert reading.rows.organization[2].name == "Nuñez"
    assert said(reading.report, 4, "Agency") == said(reading.report, 4, "Program") == ["bytes that are not UTF-8 (read as Windows-1252)"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out_also_with_commas_in_the_text(tmp_path: Path, delimiter: str):
    rows = [["Agency", "Program", "City"], ["Pier, Harbor, and Bay", "Food", "Bowie"], ["A", "B, C", "D"]]
    text = "\n".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in one) for one in rows)
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert cells(tmp_path / "a.csv")[0] == dict(zip(*rows[:2], strict=True))


def test_a_delimiter_parts_every_row_alike_however_often_another_sign_stands_in_some(tmp_path: Path):
    (tmp_path / "a.csv").write_text("Agency\tNotes\nPier\tbread; milk; eggs; rice; oil\nBay\tbread; milk; eggs; rice; oil\nCove\tnone\n", encoding="utf-8")
    assert open_sheet(tmp_path / "a.csv", Look(), Report()).columns == ("Agency", "Notes")


def test_excels_word_for_the_delimiter_is_no_row(tmp_path: Path):
    (tmp_path / "a.csv").write_text("sep=;\nAgency;Program\nPier;Food\n", encoding="utf-8")
    sheet = open_sheet(tmp_path / "a.csv", Look(), Report())
    assert (sheet.columns, sheet.header_row) == (("Agency", "Program"), 1)


def test_titles_above_the_header_are_passed_over_and_rows_are_counted_as_a_spreadsheet_does(tmp_path: Path):
    (tmp_path / "a.csv").write_text('Directory of 2026,,\n,,\nAgency,Program,City\n"Pier\nHarbor",Food,Bowie\n,,\nBay,Meals,Bowie\n', encoding="utf-8")
    sheet = open_sheet(tmp_path / "a.csv", Look(), Report())
    assert sheet.header_row == 3
    assert [(one.number, one.cells["Agency"]) for one in sheet.rows() if isinstance(one, SheetRow)] == [(4, "Pier\nHarbor"), (6, "Bay")]


def test_columns_without_a_name_get_their_letters_and_doubled_ones_a_number():
    assert name_columns(["Phone", "", "Phone", " Phone "]) == ("Phone", "column B", "Phone (2)", "Phone (3)")
    assert [letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_the_header_is_the_first_row_of_words_as_full_as_the_rest():
    assert find_header([(1, ["Report", "", ""]), (2, ["Name", "City", "ZIP"]), (3, ["Pier", "Bowie", "20715"])]) == 1
    assert find_header([(1, ["21201", "", ""])]) == 0


# Workbooks


def test_a_workbook_comes_as_people_write_it(tmp_path: Path):
    file = write_xlsx(
        tmp_path / "a.xlsx",
        [
            ["Directory"], [],
            ["Agency", "Program", "City", "ZIP", "Day", "Opens", "Both", "Yes", "Half"],
            ["Pier", "Food", "Bowie", 21201, date(2026, 3, 1), time(9, 0), datetime.fromisoformat("2026-03-01T09:30"), True, 0.5],
        ],
    )  # fmt: skip
    sheet = open_sheet(file, Look(), Report())
    assert sheet.header_row == 3
    (one,) = [one for one in sheet.rows() if isinstance(one, SheetRow)]
    assert one.number == 4
    assert list(one.cells.values()) == ["Pier", "Food", "Bowie", "21201", "2026-03-01", "09:00", "2026-03-01 09:30", "yes", "0.5"]
    assert write_cell(None) == ""


def test_a_formula_gives_what_it_came_to_and_is_told(tmp_path: Path):
    file = write_xlsx(tmp_path / "a.xlsx", [["Agency", "Program", "City"], ["Pier", "=B9", "=C9"]])
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'<c r="B2"><f>B9</f><v />', b'<c r="B2" t="str"><f>B9</f><v>Food</v>').replace(b'<c r="B2"><f>B9</f><v></v>', b'<c r="B2" t="str"><f>B9</f><v>Food</v>')
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    reading = read(file, SMALL)
    assert reading.rows.service[0].name == "Food"
    assert said(reading.report, 2, "Program") == ["a formula (what it came to is stored)"]
    assert said(reading.report, 2, "City") == ["a formula without its value (stored blank)"]


def test_hidden_sheets_are_passed_over_and_a_named_one_is_taken(tmp_path: Path):
    book = openpyxl.Workbook()
    book.worksheets[0].sheet_state = "hidden"
    for name in ("One", "Two"):
        sheet = book.create_sheet(name)
        sheet.append(["Agency", "Program", "City"])
        sheet.append([name, "Food", "Bowie"])
    book.save(tmp_path / "a.xlsx")
    reading = read(tmp_path / "a.xlsx", SMALL)
    assert [organization.name for organization in reading.rows.organization] == ["One"]
    assert any("2 more sheets" in found.problem for found in reading.report.findings)
    assert cells(tmp_path / "a.xlsx", Look(sheet="Two"))[0]["Agency"] == "Two"
    with pytest.raises(ImportRefused, match="there is no sheet Three; there are Sheet, One, Two"):
        open_sheet(tmp_path / "a.xlsx", Look(sheet="Three"), Report())


def test_merged_cells_are_filled_down_where_the_mapping_says_so(tmp_path: Path):
    book = openpyxl.Workbook()
    for cells_ in (["Agency", "Program", "City"], ["Pier", "Food", "Bowie"], [None, "Meals", "Bowie"], ["Bay", "Rides", "Bowie"]):
        book.worksheets[0].append(cells_)
    book.worksheets[0].merge_cells("A2:A3")
    book.save(tmp_path / "a.xlsx")
    mapping = Mapping(fields=SMALL.fields, fill_down=["Agency"])
    services = read(tmp_path / "a.xlsx", mapping).rows
    owners = {organization.id: organization.name for organization in services.organization}
    assert [(owners[service.organization_id], service.name) for service in services.service] == [("Pier", "Food"), ("Pier", "Meals"), ("Bay", "Rides")]


def test_one_workbook_and_one_csv_say_the_same(tmp_path: Path):
    rows = [row(number) for number in range(1, 40)]
    csv_file = write_csv(tmp_path / "a.csv", rows)
    book = write_xlsx(tmp_path / "a.xlsx", [list(rows[0]), *(list(one.values()) for one in rows)])
    left, right = read(csv_file), read(book)
    assert [service.name for service in left.rows.service] == [service.name for service in right.rows.service]
    assert {(record.kind, record.source_id, record.row) for record in left.rows.source_record} == {(record.kind, record.source_id, record.row) for record in right.rows.source_record}


# ndjson


def test_nested_keys_are_columns_and_lists_are_lines(tmp_path: Path):
    file = write_ndjson(tmp_path / "a.ndjson", [{"a": {"b": 1, "c": None}, "tags": ["x", "y"], "days": [{"on": "Mo"}, {"on": "Tu", "at": "9"}]}, {"new": 2.0}])
    assert cells(file) == [{"a.b": "1", "a.c": "", "tags": "x\ny", "days.on": "Mo\nTu", "days.at": "\n9"}, {"new": "2"}]
    assert open_sheet(file, Look(), Report()).columns == ("a.b", "a.c", "tags", "days.on", "days.at", "new")


def test_each_item_of_a_list_can_be_a_row_and_an_empty_list_is_one_too(tmp_path: Path):
    file = write_ndjson(tmp_path / "a.ndjson", [{"org": "Pier", "sites": [{"name": "A"}, {"name": "B"}]}, {"org": "Bay", "sites": []}])
    assert cells(file, Look(each="sites")) == [{"org": "Pier", "sites.name": "A"}, {"org": "Pier", "sites.name": "B"}, {"org": "Bay"}]


def test_each_line_that_is_no_object_is_a_fault_of_its_line(tmp_path: Path):
    (tmp_path / "a.ndjson").write_text('{"Agency": "Pier"}\nnot json\n\n[1]\n{"Agency": "Bay"}\n', encoding="utf-8")
    with pytest.raises(ImportRefused) as refused:
        read(tmp_path / "a.ndjson", Mapping(fields={"organization.name": "Agency"}))
    assert [error.field for error in refused.value.errors] == ["a.ndjson, row 2", "a.ndjson, row 4"]


# What is refused


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            for _ in range(600):
                out.write(b"\0" * (1 << 20))


def _billion_laughs(path: Path) -> None:
    write_xlsx(path, [["Agency"], ["Pier"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + parts["xl/worksheets/sheet1.xml"].replace(b"<sheetData>", b"<sheetData>&b;")
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


REFUSED: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty.csv", lambda path: path.write_bytes(b""), "empty.csv: the file is empty"),
    ("blank.csv", lambda path: path.write_bytes(b"\n\n,,\n"), "the file holds no rows"),
    ("header.csv", lambda path: path.write_text("Agency,Program,City\n"), "names columns, but holds no rows"),
    ("zero.csv", lambda path: path.write_bytes(b"Agency,Program,City\nPier,\0,x\n" * 9), "zero bytes"),
    ("quote.csv", lambda path: path.write_text('Agency,Program,City\nA,B,C\nPier,"Food,x'), "quote.csv, row 3: the file ends inside a quoted cell"),
    ("long.csv", lambda path: path.write_text("Agency,Program,City\n" + "x" * 2_000_000), "longer than 1 MB"),
    ("wide.csv", lambda path: path.write_text(",".join(f"c{number}" for number in range(501))), "501 columns; at most 500"),
    ("no.csv", lambda path: path.write_text("Agency,Service\nPier,Food\n"), "no.csv, row 1, Program: there is no such column"),
    ("old.xls", lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0" + b"x" * 99), "Excel 97 to 2003"),
    ("a.pdf", lambda path: path.write_bytes(b"%PDF-1.7"), "this is a PDF"),
    ("a.html", lambda path: path.write_bytes(b"<!DOCTYPE html><p>"), "this is a web page"),
    ("list.json", lambda path: path.write_text('[{"a": 1}]'), "one JSON list"),
    ("bomb.xlsx", _bomb, "unpacks to more than"),
    ("laughs.xlsx", _billion_laughs, "damaged"),
    ("zip.xlsx", lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "x"), "damaged"),
    ("cut.xlsx", lambda path: path.write_bytes(b"PK\x03\x04" + b"x" * 500), "not taken"),
]


@pytest.mark.parametrize(("name", "spoil", "words"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_a_bad_file_is_refused_in_words(tmp_path: Path, name: str, spoil: Callable[[Path], object], words: str):
    spoil(tmp_path / name)
    assert words in refusal(tmp_path / name)


def test_two_gigabytes_are_refused_before_they_are_read(tmp_path: Path):
    file = tmp_path / "huge.csv"
    with file.open("wb") as out:
        out.truncate(2 << 30)
    tracemalloc.start()
    started = clock.perf_counter()
    assert refusal(file) == "huge.csv: the file has 2,048 MB; at most 256 MB are taken. Split it"
    assert clock.perf_counter() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_a_zip_bomb_is_refused_without_being_unpacked(tmp_path: Path):
    _bomb(tmp_path / "a.xlsx")
    tracemalloc.start()
    refusal(tmp_path / "a.xlsx")
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


def test_rows_are_read_one_by_one(tmp_path: Path):
    """Going through 20,000 rows holds no more than a few of them."""
    sheet = open_sheet(write_csv(tmp_path / "a.csv", (row(number) for number in range(20_000))), Look(), Report())
    tracemalloc.start()
    assert sum(1 for one in sheet.rows() if not isinstance(one, Broken)) == 20_000
    assert tracemalloc.get_traced_memory()[1] < 2 << 20
    tracemalloc.stop()


def test_the_mapping_of_most_tests_takes_every_column():
    assert set(MAPPING.columns()) == set(row(1))
