"""Hours compiled to minutes of a week: what they say is what the exact way says, or they say nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.partners.hours import Interval, open_intervals
from referral_hub.partners.listing import OpenHours
from referral_hub.partners.weekly import local_spans, overlaps, weekly_spans

BALTIMORE = "America/New_York"
HOUR = 60
SUNDAY = 6 * 24 * HOUR


def row(**parts: Any) -> OpenHours:
    return OpenHours(**{"opens_at": "09:00", "closes_at": "12:00", **parts})


def window(start: str, end: str) -> Interval:
    return Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([row()], []),
        ([row(freq="WEEKLY")], []),
        ([row(byday="XX")], []),
        ([row(byday="MO", opens_at="nine")], []),
        ([row(byday="MO")], [(540, 720)]),
        ([row(freq="weekly", byday="monday; TU")], [(540, 720), (1980, 2160)]),
        ([row(byday="MO"), row(byday="MO", opens_at="12:00", closes_at="13:00")], [(540, 780)]),
        ([row(byday="MO"), row(byday="MO", opens_at="10:00", closes_at="11:00")], [(540, 720)]),
        ([row(byday="MO", interval=1)], [(540, 720)]),
        # Over midnight, and from Sunday into Monday: two pieces of one week.
        ([row(byday="MO", opens_at="20:00", closes_at="07:00")], [(1200, 1860)]),
        ([row(byday="SU", opens_at="20:00", closes_at="07:00")], [(0, 420), (SUNDAY + 1200, 10080)]),
        ([row(byday="SU", opens_at="20:00", closes_at="24:00")], [(SUNDAY + 1200, 10080)]),
        ([row(byday="SU", opens_at="24:00", closes_at="02:00")], [(0, 120)]),
        ([row(byday="MO,TU,WE,TH,FR,SA,SU", opens_at="00:00", closes_at="00:00")], [(0, 10080)]),
        # Where weeks differ, or a date is near, there is no plain week.
        ([row(byday="1MO")], None),
        ([row(freq="MONTHLY", byday="MO")], None),
        ([row(freq="DAILY")], None),
        ([row(bymonthday="1")], None),
        ([row(byday="MO", interval=2)], None),
        ([row(byday="MO", count=3)], None),
        ([row(byday="MO", dtstart=date(2026, 1, 1))], None),
        ([row(byday="MO", until=date(2026, 1, 1))], None),
        ([row(byday="MO", valid_from=date(2026, 1, 1))], None),
        ([row(byday="MO", valid_to=date(2026, 1, 1))], None),
        ([row(byday="MO"), OpenHours(valid_from=date(2026, 11, 26), closed=True)], None),
        ([row(byday="MO"), row(byday="MO", closed=True)], None),
    ],
)
def test_a_schedule_as_minutes_of_a_week(rows: list[OpenHours], expected: list[tuple[int, int]] | None):
    assert weekly_spans(rows) == expected


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([], []),
        ([window("2026-11-23T09:00-05:00", "2026-11-23T12:00-05:00")], [(540.0, 720.0)]),
        ([window("2026-11-23T14:00+00:00", "2026-11-23T17:00+00:00")], [(540.0, 720.0)]),
        ([window("2026-11-23T09:00:30-05:00", "2026-11-23T12:00-05:00")], [(540.5, 720.0)]),
        ([window("2026-11-29T22:00-05:00", "2026-11-30T01:00-05:00")], [(0.0, 60.0), (SUNDAY + 1320.0, 10080.0)]),
        ([window("2026-11-29T22:00-05:00", "2026-11-30T00:00-05:00")], [(SUNDAY + 1320.0, 10080.0)]),
        ([window("2026-11-23T09:00-05:00", "2026-11-30T09:00-05:00")], [(0.0, 10080.0)]),
        ([window("2026-11-23T09:00-05:00", "2026-11-30T08:59-05:00")], [(0.0, 539.0), (540.0, 10080.0)]),
        # Two Mondays are one.
        (
            [window("2026-11-23T09:00-05:00", "2026-11-23T10:00-05:00"), window("2026-11-30T10:00-05:00", "2026-11-30T11:00-05:00")],
            [(540.0, 660.0)],
        ),
        # The clocks are changed in the night to 1 November 2026 and to 8 March.
        ([window("2026-11-01T00:00-04:00", "2026-11-01T05:00-05:00")], None),
        ([window("2026-10-31T09:00-04:00", "2026-10-31T12:00-04:00")], None),
        ([window("2026-11-02T09:00-05:00", "2026-11-02T12:00-05:00")], None),
        ([window("2026-03-01T09:00-05:00", "2026-03-30T12:00-04:00")], None),
        ([window("2026-11-23T09:00-05:00", "2026-11-23T12:00-05:00"), window("2026-03-08T09:00-04:00", "2026-03-08T12:00-04:00")], None),
    ],
)
def test_windows_as_minutes_of_a_week(windows: list[Interval], expected: list[tuple[float, float]] | None):
    assert local_spans(windows, BALTIMORE) == expected


def test_where_the_clocks_are_never_changed_every_window_has_its_minutes():
    assert local_spans([window("2026-11-01T00:00-04:00", "2026-11-01T05:00-05:00")], "America/Phoenix") is not None


def test_touching_is_not_being_open():
    assert not overlaps([(540, 720)], [(720.0, 780.0), (0.0, 540.0)])
    assert overlaps([(540, 720)], [(719.5, 780.0)])


CLOCKS = st.sampled_from(["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "09:00", "12:00", "20:00", "23:30", "24:00"])
WEEKDAYS = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), max_size=7).map(",".join)
ROWS = st.builds(
    OpenHours,
    opens_at=st.one_of(CLOCKS, st.none()),
    closes_at=CLOCKS,
    freq=st.sampled_from([None, "WEEKLY", "DAILY"]),
    byday=WEEKDAYS,
    interval=st.sampled_from([None, 1, 2]),
    closed=st.sampled_from([False, False, False, True]),
)
ZONES = st.sampled_from([BALTIMORE, "America/Phoenix", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "UTC"])
CHANGES = [datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)]
STARTS = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis gives the zone
    st.builds(lambda change, minutes: change + timedelta(minutes=30 * minutes), st.sampled_from(CHANGES), st.integers(-240, 240)),
)
WINDOWS = st.lists(
    st.builds(
        lambda start, minutes: Interval(start, start + timedelta(minutes=minutes)),
        STARTS,
        st.one_of(st.integers(1, 600), st.integers(1, 31 * 24 * 60)),
    ),
    max_size=3,
)


@settings(max_examples=600, deadline=None)
@given(st.lists(ROWS, max_size=3), ZONES, WINDOWS)
def test_compiled_hours_say_what_the_exact_way_says(rows: list[OpenHours], timezone: str, windows: list[Interval]):
    spans, local = weekly_spans(rows), local_spans(windows, timezone)
    if spans is not None and local is not None:
        assert overlaps(spans, local) == bool(open_intervals(rows, timezone, windows))


@settings(max_examples=100, deadline=None)
@given(ZONES, WINDOWS)
def test_minutes_of_a_week_are_in_order_apart_and_within_it(timezone: str, windows: list[Interval]):
    local = local_spans(windows, timezone)
    if local is None:
        zone = ZoneInfo(timezone)
        offsets = {
            (one.start + timedelta(hours=n)).astimezone(zone).utcoffset()
            for one in windows
            for n in range(-48, 49 + int((one.end - one.start) / timedelta(hours=1)))
        }
        assert len(offsets) > 1
        return
    ends = [end for span in local for end in span]
    assert ends == sorted(ends)
    assert all(0 <= start < end <= 10080 for start, end in local)
    assert all(first[1] < second[0] for first, second in pairwise(local))
