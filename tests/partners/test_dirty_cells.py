"""Single cells of a spreadsheet: truth tables of text, points, weekdays and contents."""

from __future__ import annotations

import math

import pytest

from referral_hub.partners.imports.spreadsheet.contents import TESTS, state_code
from referral_hub.partners.imports.spreadsheet.points import read_point, split_point
from referral_hub.partners.imports.spreadsheet.text import clean_text, is_clean
from referral_hub.partners.imports.spreadsheet.weekdays import read_day_hours, read_days, read_week

TEXTS: list[tuple[str, str, list[str]]] = [
    ("plain words", "plain words", []),
    ("  two   spaces ", "two spaces", []),
    ("Ages < 5 & up", "Ages < 5 & up", []),
    ("N/A", "", []), ("null", "", []), ("-", "", []), ("None", "", []), ("Nona", "Nona", []),
    ("Lorraine&#8217;s", "Lorraine’s", ["HTML in the cell"]),
    ("Tom &amp;amp; Co", "Tom & Co", ["HTML in the cell"]),
    ("&lt;b&gt;Bread&lt;/b&gt;", "Bread", ["HTML in the cell"]),
    ("<p>One</p><p>Two<br>Three</p>", "One\nTwo\nThree", ["HTML in the cell"]),
    ("<td>Monday</td><td>Closed</td>", "Monday Closed", ["HTML in the cell"]),
    ("<script>alert(1)</script>Bread", "Bread", ["HTML in the cell"]),
    ("CafÃ©", "Café", ["letters of a wrong encoding"]),
    ("weâ€™re", "we’re", ["letters of a wrong encoding"]),
    ("CafÃƒÂ©", "Café", ["letters of a wrong encoding"]),
    ("São Ângela", "São Ângela", []),
    ("ÃNGEL", "ÃNGEL", []),
    ("Pe\udcf1a", "Peña", ["bytes that are not UTF-8"]),
    ("North\u200b Semmes\ufeff", "North Semmes", ["letters that cannot be seen"]),
    ("###MON### 9-5 ###TUES### closed", "Monday: 9-5\nTuesday: closed", ["markers such as ###MON###"]),
    ("Food ###NOTE### by the door", "Food\nby the door", ["markers such as ###MON###"]),
    ("# 5 on the list", "# 5 on the list", []),
    ('="02134"', "02134", ["a formula"]),
    ('=HYPERLINK("https://example.org","Site")', "https://example.org", ["a formula"]),
    ("=A1+B2", "", ["a formula without its value"]),
    ("+1 410 555 0100", "+1 410 555 0100", []),
    ("-76.61", "-76.61", []),
    ("- bread and milk", "- bread and milk", []),
    ("@SUM(1)", "", ["a formula without its value"]),
    ("@harborpantry", "@harborpantry", []),
    ("#REF!", "", ["#REF! is an error of the spreadsheet"]),
    ("a\r\nb\rc", "a\nb\nc", []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted", "problems"), TEXTS, ids=[f"{given[:30]!r}" for given, _, _ in TEXTS])
def test_dirt_is_taken_out_of_a_text_and_named(given: str, wanted: str, problems: list[str]):
    text, remarks = clean_text(given)
    assert (text, [problem for problem, _ in remarks]) == (wanted, problems)
    assert clean_text(text) == (text, []), "cleaning twice changes nothing more"
    if is_clean(given):
        assert (text, remarks) == (given, [])


def mercator(latitude: float, longitude: float) -> tuple[str, str]:
    """Northing and easting by the textbook's formula with the radius of the sphere."""
    north = 6_378_137.0 * math.asinh(math.tan(math.radians(latitude)))
    return f"{north:.1f}", f"{6_378_137.0 * math.radians(longitude):.1f}"


NORTH, EAST = mercator(39.29, -76.61)
POINTS: list[tuple[str, str, tuple[float, float] | None, str]] = [
    ("39.29", "-76.61", (39.29, -76.61), ""),
    ("", "", None, ""),
    ("0", "0", None, "0, 0 lies"), ("0.0", "-76.61", None, "a coordinate of 0"), ("39.29", "0", None, "a coordinate of 0"),
    ("39.29", "", None, "blank"), ("", "-76.61", None, "blank"),
    ("-76.61", "39.29", (39.29, -76.61), "changed places"),
    ("39.29", "76.61", (39.29, -76.61), "sign"),
    (NORTH, EAST, (39.29, -76.61), "metres (Web Mercator) instead"),
    (EAST, NORTH, (39.29, -76.61), "metres (Web Mercator) in changed"),
    ("39.29N", "76.61W", (39.29, -76.61), ""),
    ("39,29", "-76,61", (39.29, -76.61), ""),
    ("18.4", "-66.1", (18.4, -66.1), ""), ("61.2", "-149.9", (61.2, -149.9), ""), ("21.3", "-157.8", (21.3, -157.8), ""), ("13.47", "144.8", (13.47, 144.8), ""),
    ("51.5", "-0.12", None, "outside the country"),
    ("999", "999", None, "no place on earth"), ("99999999", "99999999", None, "no place on earth"),
    ("west", "-76.61", None, "no coordinate"), ("nan", "-76.61", None, "no coordinate"), ("39.29", "inf", None, "no coordinate"),
]  # fmt: skip


@pytest.mark.parametrize(("latitude", "longitude", "at", "words"), POINTS)
def test_two_cells_are_a_point_or_are_told(latitude: str, longitude: str, at: tuple[float, float] | None, words: str):
    point = read_point(latitude, longitude)
    assert point.at == (pytest.approx(at, abs=1e-5) if at else None)
    assert (words in point.problem) if words else not point.problem
    assert bool(point.problem) == bool(point.done)


def test_a_point_abroad_is_left_where_it_is():
    assert read_point("51.5", "-0.12", country="GB").at == (51.5, -0.12)


def test_a_point_in_one_cell():
    assert split_point("39.29, -76.61") == ("39.29", "-76.61")
    assert split_point("POINT (-76.61 39.29)") == ("39.29", "-76.61")
    assert split_point("by the harbor") == ("", "")


DAYS: list[tuple[str, list[tuple[str, str]] | None]] = [
    ("9:00 AM - 5:00 PM", [("09:00", "17:00")]), ("9am-5pm", [("09:00", "17:00")]), ("9 a.m. to 5 p.m.", [("09:00", "17:00")]),
    ("08:30-17:00", [("08:30", "17:00")]), ("9am-12pm, 1pm-5pm", [("09:00", "12:00"), ("13:00", "17:00")]), ("9am-12pm and 1pm-5pm", [("09:00", "12:00"), ("13:00", "17:00")]),
    ("Closed", []), ("", []), ("24 hours", [("00:00", "00:00")]),
    ("9-5", None), ("1:00-4:00", None), ("9-5pm", None), ("after church", None), ("13:00 PM - 5 PM", None), ("9am", None), ("9am-5pm by appointment", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), DAYS)
def test_a_days_hours_are_read_only_where_they_are_certain(text: str, wanted: list[tuple[str, str]] | None):
    assert read_day_hours(text) == wanted


def test_a_week_is_read_only_where_every_line_is_a_day():
    assert read_week("Monday 9:00 AM - 5:00 PM\nTuesday Closed\nWed: 9am-1pm") == [("MO", "09:00", "17:00"), ("WE", "09:00", "13:00")]
    assert read_week("Monday 9:00 AM - 5:00 PM\nClosed on holidays") is None
    assert read_week("Monday") is None
    assert read_week("") is None


def test_weekdays_of_a_cell():
    assert read_days("Mon-Fri") == ["MO", "TU", "WE", "TH", "FR"]
    assert read_days("Saturday to Monday") == ["SA", "SU", "MO"]
    assert read_days("Mon, Wednesdays & Fri.") == ["MO", "WE", "FR"]
    assert read_days("T") is None
    assert read_days("Mon-Someday") is None
    assert read_days("1st Tuesday") is None


CONTENTS: list[tuple[str, str, str]] = [
    ("zip", "21201 21201-1234 212011234 2101", "410-555-0100 MD 212011 Baltimore"),
    ("state", "MD md Md. Maryland", "Marylandia 21201 XX"),
    ("phone", "410-555-0100 (410)555-0100 4105550100 1-800-555-0100x12 ring@example.org 211", "21201 39.29 2026 Baltimore 01/02/2026"),
    ("number", "39.29 -76.6 0", "west nan 1,2"),
    ("email", "a@example.org", "example.org a@b"),
    ("url", "https://example.org example.org www.example.org/x", "a@example.org words"),
    ("street", "1@Pier@Road P.O.@Box@5 100-A@Main@St", "Pier@Road 21201 Baltimore"),
    ("city", "Baltimore St.@Mary's Owings@Mills", "1@Pier@Road MD21201 21201"),
    ("date", "2026-01-31 1/31/2026 2026-01-31T09:00", "31/31/2026 soon"),
    ("time", "9am 9:00 17:30", "25:00 noon"),
    ("hours", "Mon@9am-5pm Tuesdays 9@a.m.", "food 21201 always"),
]


@pytest.mark.parametrize(("test", "yes", "no"), CONTENTS, ids=[test for test, _, _ in CONTENTS])
def test_what_a_cell_looks_like(test: str, yes: str, no: str):
    assert [word for word in yes.split() if not TESTS[test](word.replace("@", " ") if test not in ("email", "phone", "url") else word)] == []
    assert [word for word in no.split() if TESTS[test](word.replace("@", " ") if test not in ("email", "phone", "url") else word)] == []


def test_a_states_letters():
    assert [state_code(text) for text in ("Maryland", "md", "D.C", "new york", "Ohioo", "")] == ["MD", "MD", None, "NY", None, None]
