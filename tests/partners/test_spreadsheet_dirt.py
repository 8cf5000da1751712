"""A file of 10,000 rows with faults of every kind: each is reported at exactly its row and field, and one that cannot be survived stops all."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from referral_hub.errors import ImportRefused
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.imports.report import NOT_STORED, Report
from referral_hub.unit_of_work import Hub
from tests.partners.folders import contents
from tests.partners.spreadsheets import COLUMNS, MAPPING, csv_line, import_sheet, of_cells, read, row, said, write_csv

ROWS = 10_000
DUPLICATES = 870
NAMES = list(COLUMNS)
Row = dict[str, str]


def metres(one: Row) -> Row:
    latitude, longitude = math.radians(float(one["Lat"])), math.radians(float(one["Lon"]))
    x, y = 6_378_137 * longitude, 6_378_137 * math.log(math.tan(math.pi / 4 + latitude / 2))
    return one | {"Lat": f"{y:.2f}", "Lon": f"{x:.2f}"}


def change(**cells: str) -> Callable[[Row], Row]:
    return lambda one: one | {name.replace("_", " "): value for name, value in cells.items()}


SURVIVED: dict[str, tuple[Callable[[Row], Row], tuple[str, ...], str]] = {
    "no organization": (change(Agency="  "), ("Agency",), NOT_STORED),
    "hours in prose": (change(Hours="First Tuesdays, after the service, until we run out"), ("Hours",), "kept as words"),
    "hours in words that are certain": (change(Hours="Open Mondays and Wednesdays from 9am to 5pm"), ("Hours",), "hours in words (read)"),
    "metres": (metres, ("Lat",), "stored as 39."),
    "zero": (change(Lat="0.0", Lon="0"), ("Lat",), "without a point"),
    "half a point": (change(Lon=""), ("Lon",), "without a point"),
    "no coordinate": (change(Lon="west"), ("Lon",), "without a point"),
    "swapped": (lambda one: one | {"Lat": one["Lon"], "Lon": one["Lat"]}, ("Lat",), "stored as 39."),
    "lost sign": (lambda one: one | {"Lon": one["Lon"].removeprefix("-")}, ("Lat",), "stored as 39."),
    "nowhere": (change(Lat="51.5", Lon="-0.12"), ("Lat",), "without a point"),
    "marker": (change(Hours="###MON###9:00 AM - 5:00 PM###TUES###9:00 AM - 1:00 PM"), ("Hours",), "read as days"),
    "no scheme": (lambda one: one | {"Website": one["Website"].removeprefix("https://")}, ("Website",), "stored as https://"),
    "no address of the web": (change(Website="see our page"), ("Website",), "without it"),
    "age 200": (change(Max_age="200"), ("Max age",), "without a limit"),
    "age 999": (change(Max_age="999 years"), ("Max age",), "without a limit"),
    "ages crossed": (change(Min_age="70"), ("Min age",), "without ages"),
    "no age": (change(Min_age="grown up"), ("Min age",), "without it"),
    "mail in the phone": (lambda one: one | {"Phone": "ring@example.org", "E-mail": ""}, ("Phone",), "as the e-mail"),
    "mail in the phone beside another": (change(Phone="ring@example.org"), ("Phone",), "stored without it"),
    "no phone": (change(Phone="555-01"), ("Phone",), "without it"),
    "vanity phone": (change(Phone="410-555-FOOD"), ("Phone",), "stored as (410) 555-3663"),
    "no mail": (lambda one: one | {"E-mail": "at the desk"}, ("E-mail",), "without it"),
    "entity": (lambda one: one | {"Program": f"{one['Program']} &#8217;s &amp; more"}, ("Program",), "its text"),
    "tags": (change(Description="<p>Bread</p><script>alert(1)</script>"), ("Description",), "its text"),
    "private": (change(Private="yes"), ("Private", "confidential", "address_1"), "kept out of sight"),
    "address withheld": (lambda one: one | {"Street": "Address withheld, call for location", "Agency": one["Program"]}, ("Street", "confidential", "address_1"), "kept out of sight"),
    "do not refer": (change(Status="Active, but do not refer"), ("Status",), "takes no referrals"),
    "no status": (change(Status="blue"), ("Status",), "stored as active"),
    "mojibake": (change(Description="CafÃ© and maÃ±ana"), ("Description",), "put right"),
    "formula": (change(Description="=SUM(A1:A9)"), ("Description",), "stored blank"),
    "command in a formula": (change(Description="@SUM(1+1)*cmd|' /C calc'!A0"), ("Description",), "stored blank"),
    "text as a formula": (lambda one: one | {"ZIP": f'="{one["ZIP"]}"'}, ("ZIP",), "its text"),
    "error of a spreadsheet": (change(Beds_free="#REF!"), ("Beds free",), "stored blank"),
    "no number of places": (change(Beds_free="some"), ("Beds free",), "without it"),
    "lost zero": (change(ZIP="2101"), ("ZIP",), "stored as 02101"),
    "phone for a ZIP": (change(ZIP="(410) 555-0100", Phone=""), ("ZIP",), "stored blank"),
    "state written out": (change(State="Maryland"), ("State",), "stored as MD"),
    "unknown word": (change(Category="Zeppelins"), ("Category",), "without it"),
    "day to come": (change(Verified="2031-01-01"), ("Verified",), "without it"),
    "no day": (change(Verified="last spring"), ("Verified",), "without it"),
    "unseen letters": (change(City="Balti\u200bmore"), ("City",), "taken out"),
}  # fmt: skip
"""Kind -> how a row gets it, the fields that the report must name, and words of what was done about it."""


class Planted:
    """A dirty file and what must be said of it, row by row."""

    def __init__(self, path: Path, count: int = ROWS, each: int = 20, duplicates: int = DUPLICATES) -> None:
        chance = random.Random(7)
        self.each, self.duplicates = each, duplicates
        rows = [row(number) for number in range(1, count + 1)]
        self.path = path
        self.places: set[tuple[int | str | None, str | None]] = set()
        self.words: list[tuple[int, str, str, str]] = []
        free = list(range(count))
        chance.shuffle(free)
        for kind, (spoil, fields, done) in SURVIVED.items():
            for _ in range(self.each):
                place = free.pop()
                rows[place] = spoil(rows[place])
                self.places |= {(place + 2, field) for field in fields}
                self.words.append((place + 2, fields[0], done, kind))
        lines = [csv_line([one[name] for name in NAMES]).encode() for one in rows]
        self._shift(lines, rows, free)
        self._spoil_bytes(lines, free)
        self._repeat(lines, rows, free)
        path.write_bytes(b"\xef\xbb\xbf" + csv_line(NAMES).encode() + b"".join(lines))

    def _shift(self, lines: list[bytes], rows: list[Row], free: list[int]) -> None:
        for _ in range(self.each):
            lost, cut, more, less = (free.pop() for _ in range(4))
            cells = [rows[lost][name] for name in NAMES]
            lines[lost] = csv_line([*cells[:4], *cells[5:], ""]).encode()  # the street is missing: all behind it moved left
            cells = [rows[cut][name] for name in NAMES]
            lines[cut] = csv_line([*cells[:4], "1 Pier Road", "Suite 5", *cells[5:]]).encode()  # a comma without quotes
            lines[more] = lines[more].removesuffix(b"\r\n") + b",,beyond\r\n"
            lines[less] = csv_line([rows[less][name] for name in NAMES[:-2]]).encode()
            self.places |= {(lost + 2, "State"), (cut + 2, "State"), (more + 2, None), (less + 2, None)}
            self.words += [(cut + 2, "State", "moved back", "cut in two")]

    def _spoil_bytes(self, lines: list[bytes], free: list[int]) -> None:
        for _ in range(self.each):
            place = free.pop()
            lines[place] = lines[place].replace(b"shelves", b"caf\xe9s")
            self.places.add((place + 2, "Description"))
            self.words.append((place + 2, "Description", "read as Windows-1252", "mixed encodings"))

    def _repeat(self, lines: list[bytes], rows: list[Row], free: list[int]) -> None:
        """870 rows once more at the end, half of them under another id."""
        for number in range(self.duplicates):
            one = dict(rows[free.pop()])
            if number % 2:
                one["Record ID"] += "-copy"
            lines.append(csv_line([one[name] for name in NAMES]).encode())
            self.places.add((len(lines) + 1, None))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return Planted(tmp_path_factory.mktemp("dirt") / "dirty.csv")


@pytest.fixture(scope="module")
def report(planted: Planted) -> Report:
    return read(planted.path).report


def test_every_planted_fault_is_reported_at_its_row_and_field_and_nothing_else_is(planted: Planted, report: Report):
    found = {(finding.row, finding.field) for finding in of_cells(report)}
    assert sorted(map(str, planted.places - found)) == []
    assert sorted(map(str, found - planted.places)) == []


def test_the_report_says_what_was_done_about_each(planted: Planted, report: Report):
    told: dict[tuple[int | str | None, str | None], str] = {}
    for finding in report.findings:
        told[finding.row, finding.field] = told.get((finding.row, finding.field), "") + f" {finding.problem} ({finding.done})"
    wrong = [(kind, number, field, told.get((number, field))) for number, field, done, kind in planted.words if done not in told.get((number, field), "")]
    assert wrong == []


def test_duplicates_are_collapsed_and_counted(planted: Planted, report: Report):
    twins = [found for found in report.findings if found.problem.startswith("the same as row ")]
    assert len(twins) == DUPLICATES
    (total,) = report.totals()
    assert total.rows_in == ROWS + DUPLICATES
    refused = [found for found in report.findings if found.done == NOT_STORED]
    assert total.not_stored == len({found.row for found in refused})


def test_a_dirty_file_is_imported_and_a_second_time_changes_nothing(hub: Hub, tmp_path: Path):
    planted = Planted(tmp_path / "dirty.csv", count=600, each=3, duplicates=40)
    summary, report = import_sheet(hub, planted.path)
    stored = summary.counts["service"].added
    assert stored == 600 - sum(found.done == NOT_STORED for found in report.findings) + 40
    again, _ = import_sheet(hub, planted.path)
    assert {(count.added, count.changed, count.removed) for count in again.counts.values()} == {(0, 0, 0)}
    assert again.counts["service"].unchanged == stored


# What cannot be survived


def stray_quote(cells: list[str]) -> bytes:
    return csv_line(cells).encode().replace(b"Groceries on", b'"Groceries" on')


def huge_cell(cells: list[str]) -> bytes:
    return csv_line([*cells[:3], "x" * 140_000, *cells[4:]]).encode()


def other_owner(cells: list[str]) -> bytes:
    return csv_line(["R1", "Somebody else", *cells[2:]]).encode()


FATAL: tuple[tuple[Callable[[list[str]], bytes], str | None, str], ...] = (
    (stray_quote, None, "a quote is out of place"),
    (huge_cell, None, "a cell is larger than 128 KB"),
    (other_owner, "Record ID", "the id R1 is also that of row 2, of another organization"),
)


def test_faults_that_cannot_be_survived_refuse_all_and_each_is_named(hub: Hub, tmp_path: Path):
    good = write_csv(tmp_path / "net.csv", [row(number) for number in range(1, 30)])
    import_sheet(hub, good)
    before = contents(hub)
    chance = random.Random(3)
    rows = [row(number) for number in range(1, ROWS + 1)]
    lines = [csv_line([one[name] for name in NAMES]).encode() for one in rows]
    wanted: set[tuple[int, str | None, str]] = set()
    for place in chance.sample(range(1, ROWS), 60):
        spoil, field, problem = FATAL[place % len(FATAL)]
        lines[place] = spoil([rows[place][name] for name in NAMES])
        wanted.add((place + 2, field, problem))
    good.write_bytes(csv_line(NAMES).encode() + b"".join(lines))
    file = tmp_path / "report.jsonl"
    with pytest.raises(ImportRefused, match="60 faults") as refused:
        run_import(hub, good, "spreadsheet", mapping=MAPPING, report_file=file, tell=lambda _line: None)
    assert contents(hub) == before
    found = [msgspec.json.decode(line) for line in file.read_bytes().splitlines()]
    assert {(one["row"], one["field"], one["problem"]) for one in found if one.get("done") == "nothing was imported"} == wanted
    assert len(refused.value.errors) == 50
    assert all(error.field.startswith("net.csv, row ") for error in refused.value.errors)


def test_a_shift_that_two_ways_could_explain_is_refused(tmp_path: Path):
    names = ["Agency", "Program", "Description", "State", "ZIP", "Phone", "Verified"]
    file = tmp_path / "a.csv"
    file.write_text(
        csv_line(names) + csv_line(["Harbor", "Food", " for all", "Bread", "MD", "21201", "4105550100", "2026-10-01"]) + csv_line(["Pier", "Food", "", "MD", "21201", "4105550100", ""])
    )
    mapping = msgspec.structs.replace(MAPPING, fields={COLUMNS[name]: name for name in names})
    reading = read(file, mapping)
    assert said(reading.report, 2, "State") == [f"the cells slid into neighbouring columns, and no single way leads back ({NOT_STORED})"]
    assert [organization.name for organization in reading.rows.organization] == ["Pier"]
