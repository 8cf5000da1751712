"""Two times of day in words as opening and closing on a wall clock; the half of the day is filled in only where one reading is left."""

from __future__ import annotations

import re

from msgspec import Struct

NOON, DAY = 12 * 60, 24 * 60
LONGEST = 18 * 60
"""Minutes: a span that is longer, and is not the whole day, is more likely a slip of the pen."""
_EVENING = 15 * 60
_CLOCK = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(am|pm)?")

AMBIGUOUS = "morning or evening is not said"
IMPOSSIBLE = "the times cannot be right"


class Doubtful(Exception):
    """Why a text cannot be read with certainty, as the end of a sentence about it."""


class Clock(Struct, frozen=True):
    """One time as written: `hour` 0 to 24; `half` is am, pm, 24 (a clock of 24 hours) or "" (not said)."""

    hour: int
    minute: int
    half: str

    def at(self, half: str) -> int:
        """Minutes after midnight, read with this half of the day."""
        return (self.hour % 12 + (12 if half == "pm" else 0)) * 60 + self.minute

    @property
    def known(self) -> int | None:
        """Minutes after midnight, where the text says them."""
        if self.half == "24":
            return self.hour * 60 + self.minute
        return self.at(self.half) if self.half else None


def read_clock_words(text: str) -> Clock:
    """`9`, `9:30am`, `0900`, `17:00`, `noon`, `midnight`; raises Doubtful."""
    if text.endswith("noon"):
        return Clock(12, 0, "pm")
    if text.endswith("midnight"):
        return Clock(12, 0, "am")
    found = _CLOCK.fullmatch(text.replace(" ", ""))
    if found is None:
        raise Doubtful(IMPOSSIBLE)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3] or ""
    if minute >= 60 or hour > 24 or (hour == 24 and minute):
        raise Doubtful(IMPOSSIBLE)
    if hour > 12 or (not half and found[1][0] == "0"):
        if half and hour > 12:
            half = "" if half == "pm" else "wrong"
        if half == "wrong":
            raise Doubtful(IMPOSSIBLE)
        return Clock(hour, minute, "24")
    if hour == 0:
        raise Doubtful(IMPOSSIBLE)
    return Clock(hour, minute, half)


def read_span(opens: Clock, closes: Clock) -> tuple[str, str]:
    """(`HH:MM`, `HH:MM`); the second at or before the first: over midnight. Raises Doubtful."""
    if "24" in (opens.half, closes.half):
        opens, closes = _on_24(opens), _on_24(closes)
    start, end = opens.known, closes.known
    if start is None and end is None:
        start, end = _bare(opens, closes)
    elif start is None and end is not None:
        start = _opening_before(opens, closes)
    elif end is None and start is not None:
        end = _closing_after(start, closes)
    if start is None or end is None:
        raise Doubtful(AMBIGUOUS)
    _check(start, end)
    return f"{start // 60 % 24:02}:{start % 60:02}", f"{end // 60 % 24:02}:{end % 60:02}"


def _on_24(clock: Clock) -> Clock:
    """Beside a clock of 24 hours a bare time is one too."""
    return Clock(clock.hour, clock.minute, "24") if not clock.half else clock


def _bare(opens: Clock, closes: Clock) -> tuple[int, int]:
    """`9-5`, `9-12`, `12-3`, `1-4`: what only one working day can mean; `6-8`, `9-11` and `11-7` are left."""
    first, last = opens.at("am"), closes.at("am")
    morning, after = 7 * 60 <= first < NOON, 60 <= last <= 6 * 60
    if morning and after and last + 5 < first:
        return first, last + NOON
    if morning and closes.hour == 12:
        return first, NOON + closes.minute
    if (opens.hour == 12 or 60 <= first < 4 * 60) and after and first < last:
        return first + NOON, last + NOON
    raise Doubtful(AMBIGUOUS)


def _opening_before(opens: Clock, closes: Clock) -> int:
    """`1-4pm` and `9-11:30am` share their half; `9-5pm` and `11-12pm` cannot, and begin in the morning."""
    end = closes.at(closes.half)
    same = opens.at(closes.half)
    if same < end:
        return same
    if closes.half == "pm" and opens.at("am") < end:
        return opens.at("am")
    raise Doubtful(AMBIGUOUS)


def _closing_after(start: int, closes: Clock) -> int:
    """`9am-5`: the next time that a clock shows 5; over midnight is not guessed."""
    later = [end for end in (closes.at("am"), closes.at("pm")) if end > start]
    if not later:
        raise Doubtful(AMBIGUOUS)
    return min(later)


def _check(start: int, end: int) -> None:
    if start % DAY == 0 and end % DAY in (0, DAY - 1):
        return  # from midnight to midnight
    if start % DAY == 0 or (end % DAY == 0 and start < NOON):
        raise Doubtful("midnight may stand for noon")
    length = (end - start) % DAY
    if length == 0 or length > LONGEST:
        raise Doubtful(IMPOSSIBLE)
    if end < start and end % DAY != 0 and (start < _EVENING or end > NOON):
        raise Doubtful(IMPOSSIBLE)
