"""Opening hours as a partner says them and as rows say them are the same hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.ids import new_id
from referral_hub.partners.hours import Interval, open_intervals
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.listing_sections import (
    DAYS,
    Closure,
    EditHours,
    OpeningTime,
    faults_of_hours,
    hours_of,
    replace_rows,
    schedule_of,
)
from referral_hub.partners.model import Phone, Schedule

FIRST = date(2026, 11, 1)
CLOCKS = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30]))
WEEKS = st.lists(st.sampled_from([1, 2, 3, 4, -1]), unique=True, max_size=3).map(lambda weeks: sorted(weeks, key=lambda week: (week < 0, week)))
DAY_LISTS = st.lists(st.sampled_from(DAYS), unique=True, min_size=1).map(lambda days: [day for day in DAYS if day in days])
SEASON = st.one_of(st.none(), st.dates(FIRST, FIRST + timedelta(days=40)))
TIMES = st.builds(
    OpeningTime, days=DAY_LISTS, weeks=WEEKS, opens_at=CLOCKS, closes_at=CLOCKS, first=SEASON, last=SEASON, note=st.one_of(st.none(), st.just("Side door"))
)
CLOSURES = st.builds(lambda first, days, note: Closure(first=first, last=first + timedelta(days=days), note=note), st.dates(FIRST, FIRST + timedelta(days=60)), st.integers(0, 5), st.none())


def rows_of(edit: EditHours) -> list[Schedule]:
    return [Schedule(id=new_id(), **fields) for fields in schedule_of(edit)]


@given(st.lists(TIMES, max_size=4), st.lists(CLOSURES, max_size=3))
def test_hours_come_back_as_they_were_given(times: list[OpeningTime], closures: list[Closure]):
    edit, other = hours_of(rows_of(EditHours(times=times, closures=closures)))
    assert other == []
    assert edit.times == times
    assert sorted(edit.closures, key=str) == sorted(closures, key=str)


@settings(deadline=None)
@given(TIMES, st.lists(CLOSURES, max_size=2))
def test_the_rows_open_on_exactly_the_days_that_the_words_name(given_time: OpeningTime, closures: list[Closure]):
    rows = rows_of(EditHours(times=[given_time], closures=closures))
    hours = [OpenHours(**{name: getattr(row, name) for name in OpenHours.__struct_fields__}) for row in rows]
    start = datetime(2026, 11, 1, tzinfo=UTC)
    opens = open_intervals(hours, "UTC", [Interval(start, start + timedelta(days=50))])
    found = {interval.start.date() for interval in opens if interval.start.strftime("%H:%M") == given_time.opens_at}
    expected = {day for day in (FIRST + timedelta(days=n) for n in range(49)) if is_open(day, given_time) and not any(one.first <= day <= one.last for one in closures)}
    if given_time.closes_at > given_time.opens_at:
        assert {day for day in found if day < FIRST + timedelta(days=49)} == expected
    elif not closures:
        # Over midnight two nights in a row may meet: then the second one's start is not to be seen.
        assert found <= {day for day in (FIRST + timedelta(days=n) for n in range(51)) if is_open(day, given_time)}


def is_open(day: date, when: OpeningTime) -> bool:
    """By counting, without any rule of the calendar's libraries."""
    if (when.first and day < when.first) or (when.last and day > when.last) or DAYS[day.weekday()] not in when.days:
        return False
    nth = (day.day - 1) // 7 + 1
    is_last = (day + timedelta(days=7)).month != day.month
    return not when.weeks or nth in when.weeks or (-1 in when.weeks and is_last)


@pytest.mark.parametrize(
    "fields",
    [
        {"freq": "WEEKLY", "interval": 2, "byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "valid_from": date(2026, 1, 5)},
        {"freq": "MONTHLY", "bymonthday": "1,15", "opens_at": "09:00", "closes_at": "12:00"},
        {"freq": "MONTHLY", "byday": "1MO,2TU", "opens_at": "09:00", "closes_at": "12:00"},
        {"freq": "MONTHLY", "byday": "1MO,FR", "opens_at": "09:00", "closes_at": "12:00"},
        {"freq": "DAILY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "count": 3},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "09:00", "closes_at": "12:00", "dtstart": date(2026, 1, 5)},
        {"freq": "WEEKLY", "byday": "XX", "opens_at": "09:00", "closes_at": "12:00"},
        {"freq": "WEEKLY", "byday": "MO", "opens_at": "nine", "closes_at": "12:00"},
        {"freq": "WEEKLY", "byday": "MO"},
        {"description": "Call for hours"},
        {"closed": True, "freq": "WEEKLY", "byday": "MO"},
        {"closed": True, "description": "Closed at times"},
    ],
)  # fmt: skip
def test_a_rhythm_that_the_form_cannot_say_is_left_alone(fields: dict[str, Any]):
    row = Schedule(id=new_id(), **fields)
    assert hours_of([row]) == (EditHours(), [row])


@pytest.mark.parametrize(
    ("fields", "days", "weeks"),
    [
        ({"freq": "WEEKLY", "byday": "MO,WE", "opens_at": "9:00", "closes_at": "12:00:00"}, ["MO", "WE"], []),
        ({"byday": "fr, mo", "opens_at": "09:00", "closes_at": "12:00"}, ["MO", "FR"], []),
        ({"freq": "MONTHLY", "byday": "1TU,3TU", "opens_at": "09:00", "closes_at": "12:00"}, ["TU"], [1, 3]),
        ({"byday": "+2SA,4SA", "opens_at": "09:00", "closes_at": "12:00"}, ["SA"], [2, 4]),
        ({"freq": "MONTHLY", "byday": "-1FR", "opens_at": "09:00", "closes_at": "12:00"}, ["FR"], [-1]),
        ({"freq": "MONTHLY", "byday": "1MO,1TU,3MO,3TU", "opens_at": "09:00", "closes_at": "12:00"}, ["MO", "TU"], [1, 3]),
    ],
)  # fmt: skip
def test_rows_as_directories_write_them_fill_the_form(fields: dict[str, Any], days: list[str], weeks: list[int]):
    edit, other = hours_of([Schedule(id=new_id(), **fields)])
    assert other == []
    assert (edit.times[0].days, edit.times[0].weeks, edit.times[0].opens_at, edit.times[0].closes_at) == (days, weeks, "09:00", "12:00")


def test_days_in_the_wrong_order_are_named_by_their_line():
    edit = EditHours(
        times=[
            OpeningTime(days=["MO"], opens_at="09:00", closes_at="12:00", first=date(2026, 5, 1), last=date(2026, 4, 1)),
            OpeningTime(days=["MO"], weeks=[5, -1], opens_at="09:00", closes_at="12:00"),
        ],
        closures=[Closure(first=date(2026, 5, 2), last=date(2026, 5, 1))],
    )
    assert [fault.field for fault in faults_of_hours(edit)] == ["times[0].last", "times[1].weeks", "closures[0].last"]


@pytest.mark.parametrize("opens_at", ["24:00", "9", "9:60", "09:00:00", "", "09:00\n"])
def test_a_time_that_no_clock_shows_is_refused(opens_at: str):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"times": [{"days": ["MO"], "opens_at": opens_at, "closes_at": "12:00"}]}, EditHours)


def test_a_row_that_is_there_already_stays_and_each_stands_for_one():
    first, second, third = (Phone(id=new_id(), number=number) for number in ("1", "1", "2"))
    wanted = [Phone(id=new_id(), number=number) for number in ("1", "3")]
    assert replace_rows([first, second, third], wanted) == ([wanted[1]], [second.id, third.id])


def test_midnight_closings_are_over_midnight():
    row = Schedule(id=new_id(), freq="WEEKLY", byday="MO", opens_at="22:00", closes_at="06:00")
    (night,) = hours_of([row])[0].times
    hours = [OpenHours(freq="WEEKLY", byday="MO", opens_at=night.opens_at, closes_at=night.closes_at)]
    zone = ZoneInfo("America/New_York")
    week = Interval(datetime.combine(date(2026, 11, 23), time(), zone), datetime.combine(date(2026, 11, 30), time(), zone))
    (interval,) = open_intervals(hours, "America/New_York", [week])
    assert (interval.end - interval.start) == timedelta(hours=8)
