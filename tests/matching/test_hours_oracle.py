"""Opening hours against a reckoning minute by minute that shares no calendar with the program."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from referral_hub.partners.hours import Interval, is_open_at, merge_windows, open_ahead, open_intervals
from referral_hub.partners.listing import OpenHours
from tests.matching import brute_hours

NEW_YORK, LORD_HOWE = "America/New_York", "Australia/Lord_Howe"
START = datetime(1970, 1, 1, tzinfo=UTC)
CLOCKS = st.sampled_from(["00:00", "01:15", "01:30", "02:00", "02:30", "03:00", "09:00", "12:00", "17:30", "20:00", "23:45", "24:00"])
DAYS = st.one_of(st.dates(date(2026, 3, 1), date(2026, 3, 15)), st.dates(date(2026, 10, 25), date(2026, 11, 8)))
EARLIER = st.dates(date(2025, 9, 1), date(2026, 3, 8))
NAMES = st.lists(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU", "SU"]), min_size=1, max_size=4, unique=True).map(",".join)
NTH = st.lists(st.sampled_from(["1SU", "2SU", "-1SA", "+1MO", "5SA", "-4SU", "SA"]), min_size=1, max_size=3, unique=True).map(",".join)
MONTHDAYS = st.lists(st.sampled_from(["1", "8", "9", "29", "30", "31", "-1", "-24"]), min_size=1, max_size=3, unique=True).map(",".join)
RULES = st.one_of(
    st.fixed_dictionaries({"byday": NAMES}),
    st.fixed_dictionaries({"byday": NTH}),
    st.fixed_dictionaries({"bymonthday": MONTHDAYS}),
    st.fixed_dictionaries({"freq": st.just("WEEKLY"), "byday": st.one_of(NAMES, NAMES, NTH)}),
    st.fixed_dictionaries({"freq": st.just("WEEKLY"), "dtstart": EARLIER}),
    st.fixed_dictionaries({"freq": st.just("MONTHLY"), "byday": st.one_of(NTH, NTH, NAMES)}),
    st.fixed_dictionaries({"freq": st.just("MONTHLY"), "bymonthday": MONTHDAYS}),
    st.fixed_dictionaries({"freq": st.just("MONTHLY"), "bymonthday": MONTHDAYS, "byday": NAMES}),
    st.fixed_dictionaries({"freq": st.just("MONTHLY"), "dtstart": EARLIER}),
    st.fixed_dictionaries({"freq": st.just("DAILY")}),
    st.fixed_dictionaries({"freq": st.just("DAILY"), "byday": NAMES}),
    st.fixed_dictionaries({"freq": st.sampled_from(["WEEKLY", "MONTHLY", "DAILY"])}),
    st.just({}),
)
BOUNDS = st.one_of(
    *[st.just({})] * 5,
    st.fixed_dictionaries({"dtstart": EARLIER, "interval": st.sampled_from([1, 2, 3])}),
    st.fixed_dictionaries({"dtstart": EARLIER, "count": st.sampled_from([1, 5, 30, 120])}),
    st.fixed_dictionaries({"valid_from": DAYS, "valid_to": DAYS}),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("dtstart", "until", "valid_from", "valid_to"), DAYS) | {"interval": st.just(2)}),
)


HOURS = st.one_of(st.just(("00:00", "24:00")), st.tuples(CLOCKS, CLOCKS), st.tuples(CLOCKS, CLOCKS))


def rows(hours: st.SearchStrategy[tuple[str | None, str | None]], *, closed: bool) -> st.SearchStrategy[OpenHours]:
    return st.builds(
        lambda hours, rule, bounds: OpenHours(**{"opens_at": hours[0], "closes_at": hours[1], "closed": closed, **rule, **bounds}),
        hours,
        RULES,
        BOUNDS,
    )


OPENINGS = st.lists(rows(HOURS, closed=False), min_size=1, max_size=3)
EXCEPTIONS = st.lists(rows(HOURS | st.just((None, None)), closed=True), max_size=1)
SCHEDULES = st.builds(lambda openings, exceptions: [*exceptions, *openings], OPENINGS, EXCEPTIONS)
NIGHT = OpenHours(opens_at="20:00", closes_at="03:00", byday="SA,SU")
CHANGES = st.sampled_from([date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1), date(2026, 4, 4), date(2026, 10, 3)])
WINDOWS = st.lists(
    st.tuples(st.one_of(CHANGES, DAYS), st.integers(0, 2879), st.one_of(st.just(1), st.integers(60, 3000), st.integers(1000, 3000))).map(
        lambda one: (brute_hours.number(one[0]) * 1440 + one[1], brute_hours.number(one[0]) * 1440 + one[1] + one[2])
    ),
    min_size=1,
    max_size=2,
)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@settings(max_examples=250, deadline=None)
@given(SCHEDULES, st.sampled_from([NEW_YORK, LORD_HOWE, "America/Phoenix", "UTC"]), WINDOWS)
@example([NIGHT], NEW_YORK, [(brute_hours.number(date(2026, 3, 8)) * 1440, brute_hours.number(date(2026, 3, 9)) * 1440)])
@example(
    [OpenHours(opens_at="01:30", closes_at="02:00", byday="SU")],
    NEW_YORK,
    [(brute_hours.number(date(2026, 11, 1)) * 1440, brute_hours.number(date(2026, 11, 2)) * 1440)],
)
@example([NIGHT], NEW_YORK, [(brute_hours.number(date(2026, 11, 1)) * 1440, brute_hours.number(date(2026, 11, 2)) * 1440)])
def test_open_intervals_are_the_minutes_that_are_open(schedule: list[OpenHours], timezone: str, windows: list[tuple[int, int]]):
    found = open_intervals(schedule, timezone, [Interval(at(start), at(end)) for start, end in windows])
    minutes = {
        minute for one in found for minute in range(*(int((moment - START) / timedelta(minutes=1)) for moment in (one.start, one.end)))
    }
    event("open" if minutes else "never open")
    assert minutes == brute_hours.open_minutes(schedule, timezone, windows)
    assert all(first.end.astimezone(UTC) < second.start.astimezone(UTC) for first, second in pairwise(found))


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, st.sampled_from([NEW_YORK, LORD_HOWE]), WINDOWS)
def test_open_at_a_moment_is_open_in_its_minute(schedule: list[OpenHours], timezone: str, windows: list[tuple[int, int]]):
    for minute, _ in windows:
        assert is_open_at(schedule, timezone, at(minute)) == bool(brute_hours.open_minutes(schedule, timezone, [(minute, minute + 1)]))


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1970, 1, 1), date(2100, 12, 31)))
def test_the_other_calendar_counts_days_as_everybody_does(day: date):
    assert brute_hours.number(day) == (day - date(1970, 1, 1)).days
    assert brute_hours.parts(brute_hours.number(day)) == (day.year, day.month, day.day)
    assert brute_hours.weekday(brute_hours.number(day)) == day.weekday()


@pytest.mark.parametrize(
    ("minutes", "start", "end", "expected"),
    [
        # Spring, 8 March 2026: two o'clock becomes three.
        (("01:00", "03:00"), "2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", 60),
        (("02:00", "03:00"), "2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", 0),
        (("02:00", "02:30"), "2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", 30),
        (("02:30", "04:00"), "2026-03-08T00:00-05:00", "2026-03-08T12:00-04:00", 30),
        (("00:00", "24:00"), "2026-03-08T00:00-05:00", "2026-03-09T00:00-04:00", 23 * 60),
        (("02:30", "02:30"), "2026-03-08T00:00-05:00", "2026-03-10T00:00-04:00", 23 * 60),
        # Autumn, 1 November 2026: two o'clock becomes one again, and a time that comes twice means the first.
        (("01:00", "02:00"), "2026-11-01T00:00-04:00", "2026-11-01T12:00-05:00", 120),
        (("01:30", "02:00"), "2026-11-01T00:00-04:00", "2026-11-01T12:00-05:00", 90),
        (("00:30", "01:30"), "2026-11-01T00:00-04:00", "2026-11-01T12:00-05:00", 60),
        (("00:00", "24:00"), "2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00", 25 * 60),
        # Windows that end in the changed hour itself.
        (("01:00", "02:00"), "2026-11-01T01:30-04:00", "2026-11-01T01:30-05:00", 60),
        (("00:00", "24:00"), "2026-03-08T01:30-05:00", "2026-03-08T03:30-04:00", 60),
    ],
)
def test_hours_on_the_days_when_the_clocks_are_changed(minutes: tuple[str, str], start: str, end: str, expected: int):
    schedule = [OpenHours(opens_at=minutes[0], closes_at=minutes[1], byday="SU")]
    window = Interval(datetime.fromisoformat(start), datetime.fromisoformat(end))
    found = open_intervals(schedule, NEW_YORK, [window])
    assert sum((one.end.astimezone(UTC) - one.start.astimezone(UTC)) / timedelta(minutes=1) for one in found) == expected


@settings(max_examples=200, deadline=None)
@given(SCHEDULES, st.sampled_from([NEW_YORK, LORD_HOWE]), WINDOWS)
def test_the_coming_days_are_cut_out_as_they_are_worked_out(schedule: list[OpenHours], zone: str, given_windows: list[tuple[int, int]]):
    windows = [Interval(at(start), at(end)) for start, end in given_windows]
    today = min(window.start for window in windows).astimezone(ZoneInfo(zone)).date()
    cut = open_ahead(msgspec.msgpack.encode(schedule), zone, merge_windows(windows), today)
    assert cut == open_intervals(schedule, zone, windows)
    assert [moment.isoformat() for span in cut for moment in (span.start, span.end)] == [
        moment.isoformat() for span in open_intervals(schedule, zone, windows) for moment in (span.start, span.end)
    ]
