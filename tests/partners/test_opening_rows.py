"""Hours compiled for the match index say the same as the exact ones, wherever they say anything."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referral_hub.matching import kernel
from referral_hub.matching.columns import Columns
from referral_hub.partners.hours import Interval, open_intervals
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.opening_rows import clock_ahead, minute_of, opening_rows

ZONES = ("America/New_York", "Pacific/Honolulu", "Europe/London", "Asia/Kathmandu")
CLOCKS = st.sampled_from(["00:00", "08:30", "12:00", "17:15", "22:00", "24:00", None, "noon"])
DAYS = st.sampled_from(["MO", "TU,TH", "SA,SU", "1MO", "-1FR", "2TU,4TH", "1MO,FR", "5WE", "XX", None])
SOME_DAYS = st.dates(date(2026, 10, 1), date(2027, 1, 31)) | st.none()
ROWS = st.builds(
    OpenHours,
    opens_at=CLOCKS,
    closes_at=CLOCKS,
    freq=st.sampled_from(["WEEKLY", "MONTHLY", "weekly", None, "DAILY", "SOMETIMES"]),
    interval=st.sampled_from([None, 1, 2, 3]),
    byday=DAYS,
    bymonthday=st.sampled_from([None, None, None, "15", "1,31", "-1"]),
    dtstart=SOME_DAYS,
    until=SOME_DAYS,
    count=st.sampled_from([None, None, None, 3]),
    valid_from=SOME_DAYS,
    valid_to=SOME_DAYS,
    closed=st.booleans(),
)
MOMENTS = st.datetimes(datetime(2026, 10, 5), datetime(2027, 1, 20), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds the zone
WINDOWS = st.builds(lambda start, minutes: Interval(start, start + timedelta(minutes=minutes)), MOMENTS, st.integers(1, 12_000))


def is_open(schedule: list[OpenHours], zone: str, windows: list[Interval]) -> int:
    """What the kernel says of one schedule."""
    columns = Columns({})
    number = columns._make_schedule(msgspec.msgpack.encode((schedule, zone)))
    span = [day.toordinal() for window in windows for day in (window.start.date(), window.end.date())]
    ahead = clock_ahead(zone, min(span), max(span))
    nothing: dict[str, Any] = dict.fromkeys(kernel.Asker._fields, np.zeros(1))
    asker = kernel.Asker(**nothing)._replace(
        clocks=np.array([kernel.NO_CLOCK if ahead is None else ahead]),
        windows=np.array([(minute_of(window.start), minute_of(window.end)) for window in windows]),
    )
    judge_week = getattr(kernel._week_verdict, "py_func", kernel._week_verdict)
    return int(judge_week(number, columns.views().tables, asker))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS, min_size=1, max_size=4), st.sampled_from(ZONES), st.lists(WINDOWS, min_size=1, max_size=2))
def test_compiled_hours_are_the_exact_ones(schedule: list[OpenHours], zone: str, windows: list[Interval]):
    said = is_open(schedule, zone, windows)
    if said != kernel.UNSETTLED:
        assert bool(said) == bool(open_intervals(schedule, zone, windows))


@pytest.mark.parametrize(
    "row",
    [
        OpenHours("09:00", "17:00", byday="1MO"),
        OpenHours("09:00", "17:00", "MONTHLY", byday="1MO,FR"),
        OpenHours("09:00", "17:00", "WEEKLY", interval=2, valid_from=date(2026, 11, 2)),
        OpenHours("09:00", "17:00", "WEEKLY", interval=2, dtstart=date(2026, 11, 2)),
        OpenHours("09:00", "17:00", "WEEKLY", valid_from=date(2026, 11, 2)),
    ],
)
def test_rows_that_leave_something_out_are_read_alike(row: OpenHours):
    for days in range(40):
        start = datetime(2026, 11, 4, tzinfo=UTC) + timedelta(days=days)
        window = Interval(start, start + timedelta(days=1))
        assert bool(is_open([row], "Pacific/Honolulu", [window])) == bool(open_intervals([row], "Pacific/Honolulu", [window]))


@pytest.mark.parametrize(
    ("row", "is_said"),
    [
        (OpenHours("09:00", "17:00", "WEEKLY", byday="MO"), True),
        (OpenHours("09:00", "17:00", "WEEKLY", interval=2, byday="MO", dtstart=date(2026, 11, 2)), True),
        (OpenHours("22:00", "06:00", "WEEKLY", byday="FR"), True),
        (OpenHours("09:00", "17:00", "MONTHLY", byday="-1MO"), True),
        (OpenHours(closed=True, valid_from=date(2026, 11, 26)), True),
        (OpenHours("09:00", "17:00", "MONTHLY", bymonthday="15,-1"), True),
        (OpenHours("09:00", "17:00", "MONTHLY", byday="FR", bymonthday="13"), False),
        (OpenHours("09:00", "17:00", "WEEKLY", byday="MO", count=3, dtstart=date(2026, 11, 2)), False),
    ],
)
def test_what_is_compiled_and_what_is_left_to_the_exact_way(row: OpenHours, is_said: bool):
    assert (opening_rows([row]) is not None) is is_said


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1), date(2024, 2, 29), date(2025, 2, 28), date(2000, 2, 29), date(2100, 2, 28), date(2026, 12, 31)]
)
def test_the_place_of_a_day_in_its_month(day: date):
    following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    expected = (day.day - 1, (following - day.replace(day=1)).days)
    assert getattr(kernel.month_of, "py_func", kernel.month_of)(day.toordinal()) == expected


@pytest.mark.parametrize(("days", "minutes"), [(-5, -240), (-2, None), (0, None), (2, None), (5, -300)])
def test_a_change_of_the_clocks_near_a_window_is_left_to_the_exact_way(days: int, minutes: int | None):
    change = date(2026, 11, 1).toordinal()
    assert clock_ahead("America/New_York", change + days, change + days) == minutes
