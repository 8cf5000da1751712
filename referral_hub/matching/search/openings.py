"""Which of many schedules are open at a moment: all of them in one look at arrays."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import numpy.typing as npt

from referral_hub.matching.search.numbering import Numbering
from referral_hub.partners.hours import Interval, is_open_at, open_intervals
from referral_hub.partners.listing import OpenHours

DAYS_BEFORE, DAYS_AHEAD = timedelta(days=1), timedelta(days=9)
"""Around today; another moment is looked up schedule by schedule."""
Mask = npt.NDArray[np.bool_]
_read_hours = msgspec.msgpack.Decoder(list[OpenHours]).decode


class Openings:
    """Schedules (packed hours, zone) by number, and when each is open in the days around today."""

    def __init__(self) -> None:
        self.schedules: Numbering[tuple[bytes, str]] = Numbering()
        self._lock = threading.Lock()
        self._first = self._last = 0.0
        self._done = 0
        self._spans: list[tuple[int, float, float]] = []
        self._columns = (np.zeros(0, np.int32), np.zeros(0), np.zeros(0))

    def number(self, hours: bytes, timezone: str) -> int:
        """The number of a schedule in a zone."""
        return self.schedules.number((hours, timezone))

    def open_at(self, moment: datetime, now: datetime) -> Mask:
        """Of each schedule whether it is open at a moment; `now` says which day is today."""
        second = moment.timestamp()
        with self._lock:
            self._follow(now)
            owner, starts, ends = self._columns
            count, is_known = self._done, self._first <= second < self._last - 1
        opened = np.zeros(count, bool)
        if is_known:
            opened[owner[(starts < second + 1) & (ends > second)]] = True
            return opened
        for number, (hours, timezone) in enumerate(self.schedules.values[:count]):
            opened[number] = is_open_at(_read_hours(hours), timezone, moment)
        return opened

    def _follow(self, now: datetime) -> None:
        """Work out what is new, and all of it anew when the day has changed."""
        today = datetime(now.year, now.month, now.day, tzinfo=UTC)
        days = Interval(today - DAYS_BEFORE, today + DAYS_AHEAD)
        if self._first != days.start.timestamp():
            self._first, self._last = days.start.timestamp(), days.end.timestamp()
            self._done, self._spans = 0, []
        if self._done == len(self.schedules):
            return
        for number in range(self._done, len(self.schedules)):
            hours, timezone = self.schedules.values[number]
            spans = open_intervals(_read_hours(hours), timezone, [days]) if hours else []
            self._spans += [(number, span.start.timestamp(), span.end.timestamp()) for span in spans]
            self._done = number + 1
        owner, starts, ends = zip(*self._spans, strict=True) if self._spans else ((), (), ())
        self._columns = (np.array(owner, np.int32), np.array(starts, float), np.array(ends, float))
