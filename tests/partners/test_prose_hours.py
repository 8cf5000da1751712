"""Opening hours in prose: invented phrases in the manner of real ones, labelled by what they mean, and texts of the real directories."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from referral_hub.ids import new_id
from referral_hub.partners import prose_clock, prose_hours
from referral_hub.partners.hours import is_open_at
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.prose_clock import Doubtful, read_clock_words, read_span
from referral_hub.partners.prose_hours import DAYS, find_hours, read_hours, schedules_of
from referral_hub.partners.recurrence import read_byday, read_clock
from tests.shared import shared

Rows = frozenset[tuple[str, str, str]]
"""(day or n-th day, opens, closes): what a person notes down of a text."""

PRECISION, RECALL = 0.97, 0.85


class Phrase(NamedTuple):
    text: str
    meant: Rows


def _days(text: str) -> list[str]:
    first, dash, last = text.partition("-")
    if dash and first in DAYS and last in DAYS:
        return list(DAYS[DAYS.index(first) : DAYS.index(last) + 1])
    return text.split(",")


def _phrases() -> list[Phrase]:
    found = []
    for line in (Path(__file__).parent / "hours_phrases.tsv").read_text(encoding="utf-8").splitlines():
        text, label = line.split("\t")
        meant = set()
        for part in filter(None, label.split(" | ")):
            days, span = part.split(" ")
            opens, closes = span.split("-")
            meant |= {(day, opens, closes) for day in _days(days)}
        found.append(Phrase(text.replace("\\n", "\n"), frozenset(meant)))
    return found


PHRASES = _phrases()


def said(text: str) -> Rows:
    return frozenset((day, row.opens_at, row.closes_at) for row in read_hours(text).rows for day in row.byday.split(","))


def test_there_are_at_least_150_phrases_and_none_is_there_twice():
    assert len({phrase.text for phrase in PHRASES}) == len(PHRASES) >= 150


def test_of_what_is_read_97_in_100_is_right_and_most_of_what_is_meant_is_read():
    right = sum(len(said(phrase.text) & phrase.meant) for phrase in PHRASES)
    wrong = {phrase.text: said(phrase.text) - phrase.meant for phrase in PHRASES if said(phrase.text) - phrase.meant}
    missed = {phrase.text: phrase.meant - said(phrase.text) for phrase in PHRASES if phrase.meant - said(phrase.text)}
    read = right + sum(map(len, wrong.values()))
    assert right / read >= PRECISION, wrong
    assert right / (right + sum(map(len, missed.values()))) >= RECALL, missed


@pytest.mark.parametrize("phrase", [phrase for phrase in PHRASES if said(phrase.text)], ids=lambda phrase: phrase.text[:40])
def test_a_phrase_is_read_as_a_whole_or_not_at_all(phrase):
    assert said(phrase.text) == phrase.meant


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text[:40])
def test_what_is_not_read_is_handed_back_with_its_reason(phrase):
    reading = read_hours(phrase.text)
    assert reading.rows or reading.left or reading.closed
    assert all(left.words and left.reason for left in reading.left)
    for row in reading.rows:
        days = read_byday(row.byday)
        assert days and read_clock(row.opens_at) is not None and read_clock(row.closes_at) is not None
        assert (row.freq == "MONTHLY") == any(nth for nth, _ in days)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Sat 6-8", prose_clock.AMBIGUOUS),
        ("9am-5pm", prose_hours.NO_DAYS),
        ("Mondays", prose_hours.NO_HOURS),
        ("Mondays 9am", prose_hours.NO_CLOSING),
        ("by appointment", prose_hours.APPOINTMENT),
        ("Every third Friday 10am-11am", prose_hours.WHICH_DAYS),
        ("Mon-Fri 9-5; closed in August", prose_hours.EXCEPTIONS),
        ("Pantry: Tue 10-12; Soup kitchen: Fri 5pm-6pm", prose_hours.OTHER_HOURS),
        ("Mon-Fri 9-5; Fri 9-12", prose_hours.CONTRADICTION),
        ("Ask Rosa on Mondays", prose_hours.UNKNOWN_WORDS),
        ("Mon-Fri 9-5 " * 400, prose_hours.TOO_LONG),
    ],
)
def test_the_reason_says_why(text, reason):
    reading = read_hours(text)
    assert reading.rows == ()
    assert reason in {left.reason for left in reading.left}


@pytest.mark.parametrize(
    ("text", "by_appointment", "not_on_holidays", "closed"),
    [
        ("Mon-Fri 9-5", False, False, ()),
        ("Mon-Fri 9-5, Sat by appointment", True, False, ()),
        ("Mon-Fri 9-5. Appointments preferred.", True, False, ()),
        ("Mon-Fri 9-5, closed holidays", False, True, ()),
        ("Mon-Fri 9-5, closed Sat and Sun", False, False, ("SA", "SU")),
        ("Closed Sundays and holidays. Mon-Sat 9-5", False, True, ("SU",)),
    ],
)
def test_notes_are_flagged(text, by_appointment, not_on_holidays, closed):
    reading = read_hours(text)
    assert len(reading.rows) == 1
    assert (reading.by_appointment, reading.not_on_holidays, reading.closed) == (by_appointment, not_on_holidays, closed)


SPANS = [
    ("9", "5", "09:00-17:00"), ("8:30", "4:30", "08:30-16:30"), ("7", "3", "07:00-15:00"), ("9", "12", "09:00-12:00"), ("12", "4", "12:00-16:00"),
    ("1", "4", "13:00-16:00"), ("11", "1", "11:00-13:00"), ("6", "8", None), ("9", "11", None), ("11", "7", None), ("8", "8", None), ("4", "6", None),
    ("5", "2", None), ("6", "2", None), ("9am", "5", "09:00-17:00"), ("8am", "11", "08:00-11:00"), ("1pm", "3", "13:00-15:00"), ("8pm", "1", None),
    ("9", "5pm", "09:00-17:00"), ("9", "11:30am", "09:00-11:30"), ("1", "4pm", "13:00-16:00"), ("6", "8pm", "18:00-20:00"), ("10", "2pm", "10:00-14:00"),
    ("11", "12pm", "11:00-12:00"), ("12", "1pm", "12:00-13:00"), ("11", "7am", None), ("9am", "5pm", "09:00-17:00"), ("7pm", "7am", "19:00-07:00"),
    ("9am", "5am", None), ("9am", "midnight", None), ("6pm", "midnight", "18:00-00:00"), ("midnight", "9am", None), ("midnight", "midnight", "00:00-00:00"),
    ("noon", "2pm", "12:00-14:00"), ("09:00", "17:00", "09:00-17:00"), ("9:00", "17:00", "09:00-17:00"), ("0900", "1700", "09:00-17:00"),
    ("9am", "9am", None), ("1pm", "3am", None), ("8pm", "1pm", None), ("3pm", "6am", "15:00-06:00"), ("4am", "11pm", None), ("9", "25", None), ("9:60", "10", None), ("14am", "15", None), ("0", "5", None),
]  # fmt: skip


@pytest.mark.parametrize(("opens", "closes", "span"), SPANS)
def test_the_half_of_the_day_is_filled_in_only_where_one_reading_is_left(opens, closes, span):
    try:
        found = "-".join(read_span(read_clock_words(opens), read_clock_words(closes)))
    except Doubtful:
        found = None
    assert found == span


def test_a_row_says_in_its_description_what_it_was_read_from_and_opens_the_place():
    service = new_id()
    rows = schedules_of(read_hours("2nd Saturday, 9 a.m. to noon; Mon 7pm-7am"), new_id, service_id=service)
    assert [row.description for row in rows] == ["Read from the text: 2nd Saturday, 9 am to noon", "Read from the text: Mon 7pm-7am"]
    assert {row.service_id for row in rows} == {service}
    opening = [OpenHours(opens_at=row.opens_at, closes_at=row.closes_at, freq=row.freq, byday=row.byday) for row in rows]
    moments = {"2026-11-14T10:00-05:00": True, "2026-11-21T10:00-05:00": False, "2026-11-24T06:00-05:00": True, "2026-11-24T08:00-05:00": False}
    assert {moment: is_open_at(opening, "America/New_York", datetime.fromisoformat(moment)) for moment in moments} == moments


@pytest.mark.parametrize(
    ("prose", "rows"),
    [
        ("Gives groceries. Open Tues and Fri, 10AM-12PM. Bring a bag.", {("TU", "10:00", "12:00"), ("FR", "10:00", "12:00")}),
        ("Gives groceries.\nHours: 2nd Sat, 9-11am", {("2SA", "09:00", "11:00")}),
        ("The pantry is open Mondays from 9 a.m. to 1 p.m. Call first.", {("MO", "09:00", "13:00")}),
        ("Gives groceries on Tuesdays 10AM-12PM.", set()),
        ("Open Tues 10AM-12PM. A class meets Fri, 1-2PM.", set()),
        ("1) PANTRY: food\n2) KITCHEN: meals\nOpen Tues 10AM-12PM.", set()),
        ("Open Tues 10AM-12PM. Not open in summer.", set()),
        ("A place to rest.", set()),
    ],
)
def test_in_longer_prose_only_one_plain_sentence_of_hours_counts(prose, rows):
    found = find_hours(prose)
    assert {(day, row.opens_at, row.closes_at) for row in found.rows for day in row.byday.split(",")} == rows


@pytest.mark.parametrize("text", ["", " ", "\0", ":::", "((((", "-" * 3999, "and " * 900, "12" * 1500, "Mon" * 900, "&#0;&#xffff;", "1st " * 900, "closed " * 500])
def test_nothing_that_is_typed_is_an_error(text):
    assert read_hours(text).rows == ()
    assert find_hours(text).rows == ()


def test_the_notes_of_a_real_food_bank_are_mostly_read():
    lines = shared("data/pantries/feeding_the_gulf_coast_al.ndjson").read_text(encoding="utf-8").splitlines()
    notes = [note for line in lines if (note := json.loads(line)["raw"].get("notes"))]
    readings = [read_hours(note) for note in notes]
    assert sum(bool(reading.rows) for reading in readings) / len(notes) >= 0.5
    assert all(reading.rows or reading.left for reading in readings)


def test_the_tables_of_hours_of_another_are_read():
    lines = shared("data/pantries/food_bank_of_western_massachusetts_ma.ndjson").read_text(encoding="utf-8").splitlines()
    tables = [table for line in lines if (table := json.loads(line)["raw"].get("hours"))]
    assert sum(bool(read_hours(table).rows) for table in tables) / len(tables) >= 0.98


def test_the_descriptions_of_baltimore_list_hours_of_many_programs_and_stay_text():
    with shared("data/baltimore/services.csv").open(encoding="utf-8-sig", newline="") as file:
        readings = [find_hours(row["description"]) for row in csv.DictReader(file)]
    assert sum(bool(reading.left) for reading in readings) > 250
    assert not any(reading.rows for reading in readings)
