"""Opening hours: each kind of row, across midnight, holidays and the change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.partners.hours import Interval, is_open_at, open_intervals
from referral_hub.partners.listing import OpenHours

BALTIMORE = "America/New_York"


def row(**parts: Any) -> OpenHours:
    return OpenHours(**{"opens_at": "09:00", "closes_at": "12:00", **parts})


def opened(rows: list[OpenHours], start: str, end: str, timezone: str = BALTIMORE) -> list[str]:
    """Intervals as `start/end` in local time with offset, without seconds."""
    window = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    found = open_intervals(rows, timezone, [window])
    return [f"{one.start.isoformat(timespec='minutes')}/{one.end.isoformat(timespec='minutes')}" for one in found]


WEEK = ("2026-11-23T00:00-05:00", "2026-11-30T00:00-05:00")
MONTH = ("2026-11-01T00:00-05:00", "2026-12-01T00:00-05:00")
CLOSED_THURSDAY = OpenHours(valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26), closed=True)


def days(found: list[str]) -> list[str]:
    return [one[5:10] for one in found]


@pytest.mark.parametrize(
    ("rows", "window", "expected"),
    [
        ([row(freq="WEEKLY", byday="MO,WE")], WEEK, ["11-23", "11-25"]),
        ([row(byday="MO,WE")], WEEK, ["11-23", "11-25"]),
        ([row(freq="weekly", byday="monday; fr")], WEEK, ["11-23", "11-27"]),
        ([row(freq="WEEKLY", byday="MO,TU,WE,TH,FR"), CLOSED_THURSDAY], WEEK, ["11-23", "11-24", "11-25", "11-27"]),
        ([row(freq="WEEKLY", byday="TH"), OpenHours(valid_from=date(2026, 11, 26), closed=True)], WEEK, []),
        ([row(freq="MONTHLY", byday="1TU,3TU")], MONTH, ["11-03", "11-17"]),
        ([row(freq="MONTHLY", byday="-1FR")], MONTH, ["11-27"]),
        ([row(freq="MONTHLY", byday="5MO")], MONTH, ["11-30"]),
        ([row(freq="MONTHLY", byday="5TU")], MONTH, []),
        ([row(freq="MONTHLY", bymonthday="1,15")], MONTH, ["11-01", "11-15"]),
        ([row(freq="MONTHLY", bymonthday="-1")], MONTH, ["11-30"]),
        ([row(freq="MONTHLY", bymonthday="01,+15")], MONTH, ["11-01", "11-15"]),
        # A numbered day is one of the month, even where the row does not say how often; beside it a plain day is every one.
        ([row(byday="1TU")], MONTH, ["11-03"]),
        ([row(freq=" monthly ", byday="1MO,FR")], MONTH, ["11-02", "11-06", "11-13", "11-20", "11-27"]),
        ([row(freq="WEEKLY", byday="1TU")], MONTH, ["11-03", "11-10", "11-17", "11-24"]),
        # An exception of one day names it by its start, whichever field that is.
        ([row(byday="TH,FR"), OpenHours(dtstart=date(2026, 11, 26), closed=True)], WEEK, ["11-27"]),
        ([row(byday="TH,FR"), OpenHours(dtstart=date(2026, 11, 26), until=date(2026, 11, 27), closed=True)], WEEK, []),
        ([row(byday="TH,FR"), row(byday="4TH", freq="MONTHLY", closed=True)], WEEK, ["11-27"]),
        ([row(freq="WEEKLY", byday="TU", interval=2, dtstart=date(2026, 11, 3))], MONTH, ["11-03", "11-17"]),
        ([row(freq="WEEKLY", byday="TU", interval=2, valid_from=date(2026, 11, 10))], MONTH, ["11-10", "11-24"]),
        ([row(freq="WEEKLY", byday="TU", interval=2)], MONTH, []),
        ([row(freq="WEEKLY", byday="TU", count=2, dtstart=date(2026, 11, 3))], MONTH, ["11-03", "11-10"]),
        ([row(freq="WEEKLY", byday="TU", dtstart=date(2026, 11, 17))], MONTH, ["11-17", "11-24"]),
        ([row(freq="WEEKLY", byday="TU", until=date(2026, 11, 10))], MONTH, ["11-03", "11-10"]),
        ([row(freq="WEEKLY", byday="TU", valid_from=date(2026, 11, 4), valid_to=date(2026, 11, 17))], MONTH, ["11-10", "11-17"]),
        ([row(freq="WEEKLY", dtstart=date(2026, 11, 4))], MONTH, ["11-04", "11-11", "11-18", "11-25"]),
        ([row(valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 27))], WEEK, ["11-26", "11-27"]),
        ([row(dtstart=date(2026, 11, 26))], WEEK, ["11-26"]),
        ([row()], WEEK, []),
        ([row(freq="WEEKLY")], WEEK, []),
        ([row(freq="WEEKLY", byday="XX")], WEEK, []),
        ([row(freq="HOURLY", byday="MO")], WEEK, []),
        ([row(freq="WEEKLY", byday="MO", opens_at=None)], WEEK, []),
        ([row(freq="WEEKLY", byday="MO", opens_at="nine")], WEEK, []),
        ([row(freq="WEEKLY", byday="MO", opens_at="25:00")], WEEK, []),
        ([], WEEK, []),
    ],
)
def test_the_days_on_which_each_kind_of_row_opens(rows: list[OpenHours], window: tuple[str, str], expected: list[str]):
    assert days(opened(rows, *window)) == expected


@pytest.mark.parametrize(
    ("rows", "start", "end", "expected"),
    [
        # Over midnight, seen from the next morning.
        (
            [row(byday="MO", opens_at="20:00", closes_at="07:00")],
            "2026-11-24T06:00-05:00",
            "2026-11-24T12:00-05:00",
            ["2026-11-24T06:00-05:00/2026-11-24T07:00-05:00"],
        ),
        # Round the clock: nights join.
        (
            [row(byday="MO,TU", opens_at="00:00", closes_at="00:00")],
            *WEEK,
            ["2026-11-23T00:00-05:00/2026-11-25T00:00-05:00"],
        ),
        ([row(byday="MO", opens_at="18:00", closes_at="24:00")], *WEEK, ["2026-11-23T18:00-05:00/2026-11-24T00:00-05:00"]),
        # A night shelter on a holiday: the hours of that day are gone, those around it stay.
        (
            [row(byday="WE,TH", opens_at="20:00", closes_at="07:00"), CLOSED_THURSDAY],
            *WEEK,
            ["2026-11-25T20:00-05:00/2026-11-26T00:00-05:00", "2026-11-27T00:00-05:00/2026-11-27T07:00-05:00"],
        ),
        # Closed only over lunch.
        (
            [row(byday="MO", closes_at="17:00"), row(byday="MO", opens_at="12:00", closes_at="13:00", closed=True)],
            *WEEK,
            ["2026-11-23T09:00-05:00/2026-11-23T12:00-05:00", "2026-11-23T13:00-05:00/2026-11-23T17:00-05:00"],
        ),
        # Summer time ends on 1 November 2026, begins on 8 March: nine stays nine.
        (
            [row(byday="SA,SU")],
            "2026-10-31T00:00-04:00",
            "2026-11-02T00:00-05:00",
            ["2026-10-31T09:00-04:00/2026-10-31T12:00-04:00", "2026-11-01T09:00-05:00/2026-11-01T12:00-05:00"],
        ),
        # The night of the change is an hour longer, or shorter.
        (
            [row(byday="SA", opens_at="20:00", closes_at="07:00")],
            "2026-10-31T00:00-04:00",
            "2026-11-02T00:00-05:00",
            ["2026-10-31T20:00-04:00/2026-11-01T07:00-05:00"],
        ),
        (
            [row(byday="SA", opens_at="20:00", closes_at="07:00")],
            "2026-03-07T00:00-05:00",
            "2026-03-09T00:00-04:00",
            ["2026-03-07T20:00-05:00/2026-03-08T07:00-04:00"],
        ),
        # Rows that overlap are one interval; a window in another zone is the same time.
        ([row(byday="MO"), row(byday="MO", opens_at="11:00", closes_at="15:00")], *WEEK, ["2026-11-23T09:00-05:00/2026-11-23T15:00-05:00"]),
        ([row(byday="MO")], "2026-11-23T16:30+00:00", "2026-11-23T20:00+00:00", ["2026-11-23T11:30-05:00/2026-11-23T12:00-05:00"]),
        # Touching the window's end is not being open in it.
        ([row(byday="MO")], "2026-11-23T12:00-05:00", "2026-11-23T13:00-05:00", []),
    ],
)
def test_the_exact_times(rows: list[OpenHours], start: str, end: str, expected: list[str]):
    assert opened(rows, start, end) == expected


def test_the_night_of_the_change_has_eleven_real_hours_and_twelve_in_autumn():
    night = [row(byday="SA", opens_at="20:00", closes_at="07:00")]
    for start, hours in (("2026-03-07T12:00-05:00", 10), ("2026-10-31T12:00-04:00", 12), ("2026-11-21T12:00-05:00", 11)):
        begin = datetime.fromisoformat(start)
        (found,) = open_intervals(night, BALTIMORE, [Interval(begin, begin + timedelta(days=1))])
        assert found.end.astimezone(UTC) - found.start.astimezone(UTC) == timedelta(hours=hours)


def test_several_windows_each_have_their_part():
    windows = [
        Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
        for start, end in (("2026-11-25T11:00-05:00", "2026-11-25T13:00-05:00"), ("2026-11-23T08:00-05:00", "2026-11-23T10:00-05:00"))
    ]
    found = open_intervals([row(byday="MO,WE")], BALTIMORE, windows)
    assert [(one.start.hour, one.end.hour, one.start.day) for one in found] == [(9, 10, 23), (11, 12, 25)]


def test_open_at_one_moment_includes_the_opening_and_not_the_closing():
    rows = [row(byday="MO")]
    at = datetime.fromisoformat
    assert is_open_at(rows, BALTIMORE, at("2026-11-23T09:00-05:00"))
    assert is_open_at(rows, BALTIMORE, at("2026-11-23T11:59:59-05:00"))
    assert not is_open_at(rows, BALTIMORE, at("2026-11-23T12:00-05:00"))
    assert is_open_at(rows, "America/Los_Angeles", at("2026-11-23T12:00-05:00"))
    assert is_open_at(rows, "Mars/Olympus", at("2026-11-23T09:00-05:00"))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), min_size=1, unique=True),
    st.dates(date(2026, 1, 1), date(2026, 12, 1)),
    st.integers(0, 40),
)
def test_plain_weekly_rows_open_as_rfc_5545_has_it(weekdays: list[str], first: date, length: int):
    start = datetime(first.year, first.month, first.day, 5, tzinfo=UTC)
    found = open_intervals([row(freq="WEEKLY", byday=",".join(weekdays))], "UTC", [Interval(start, start + timedelta(days=length))])
    naive = start.replace(tzinfo=None)
    rule = rrulestr(f"FREQ=WEEKLY;BYDAY={','.join(weekdays)};BYHOUR=9", dtstart=datetime(2025, 12, 29, 9))  # noqa: DTZ001  # wall clock
    assert [one.start.replace(tzinfo=None) for one in found] == rule.between(naive, naive + timedelta(days=length))
