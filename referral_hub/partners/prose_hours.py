"""Opening hours in prose (`Mon-Fri 9-5; 2nd Sat 10am-noon`) as schedule rows, where only one reading is possible.

Careful rather than complete: a statement is read only if every word of it is understood, and a text that hints
at exceptions, seasons or hours of something else gives no rows at all. What was not read is handed back as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from uuid import UUID

from msgspec import Struct

from referral_hub.partners.model import Schedule
from referral_hub.partners.prose_clock import AMBIGUOUS, Doubtful, read_clock_words, read_span
from referral_hub.partners.prose_words import (
    DOUBT,
    LETTERS,
    NTH,
    SPEAKS_OF_APPOINTMENT,
    SPEAKS_OF_TIME,
    plain_text,
    split_statements,
    split_tokens,
)

READ_FROM = "Read from the text: "
"""How the description of a schedule row begins that was read here; the words follow."""
LONGEST_TEXT = 4_000
"""Characters; a longer text is no statement of hours and is left."""

UNKNOWN_WORDS = "it holds words that are not about hours"
NO_DAYS, NO_HOURS, NO_CLOSING = "no day is named", "no hours are named", "no closing time is named"
WHICH_DAYS = "the days are not certain"
APPOINTMENT = "by appointment"
EXCEPTIONS = "there are exceptions, seasons or changes"
OTHER_HOURS = "there are hours of more than one thing"
CONTRADICTION = "the hours of a day are given twice"
TOO_LONG = "the text is too long"

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class OpenRow(Struct, frozen=True):
    """One rhythm with its hours, as a schedule row has them; `words` is the statement that it was read from."""

    freq: str
    byday: str
    opens_at: str
    closes_at: str
    words: str

    def schedule(
        self, row_id: UUID, *, service_id: UUID | None = None, location_id: UUID | None = None, service_at_location_id: UUID | None = None
    ) -> Schedule:
        """The row to store; its description says what text it was read from."""
        return Schedule(
            id=row_id,
            freq=self.freq,
            byday=self.byday,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            description=READ_FROM + self.words,
            service_id=service_id,
            location_id=location_id,
            service_at_location_id=service_at_location_id,
        )


class Left(Struct, frozen=True):
    """A part of the text that gave no rows; `reason` is a phrase that completes `left as text: `."""

    words: str
    reason: str


class HoursReading(Struct, frozen=True):
    """What a text says of opening hours: `rows` that are certain, `left` for what must stay text.

    A row is certain by the words alone; nothing in `left` takes it back. `closed` are the days said to be closed.
    """

    rows: tuple[OpenRow, ...] = ()
    left: tuple[Left, ...] = ()
    closed: tuple[str, ...] = ()
    by_appointment: bool = False
    """An appointment is spoken of somewhere."""
    not_on_holidays: bool = False


_SOFT = frozenset({AMBIGUOUS, NO_CLOSING, APPOINTMENT})
"""Reasons that leave one statement and say nothing against the others."""


def read_hours(text: str) -> HoursReading:
    """What a cell or sentence about opening hours says; never an error, whatever is in it.

    Weekly hours, n-th weekdays of the month, several spans a day, over midnight, around the clock and `closed` are
    read. Without am and pm a time is read only where a working day leaves one meaning (`9-5`, not `6-8`).
    """
    if len(text) > LONGEST_TEXT:
        return HoursReading(left=(Left(text[:200], TOO_LONG),))
    read = [_Statement(words) for words in split_statements(text)]
    left = [Left(each.words, each.reason) for each in read if each.reason]
    by_appointment = bool(SPEAKS_OF_APPOINTMENT.search(text))
    not_on_holidays = any(each.not_on_holidays for each in read)
    closed = tuple(sorted({day for each in read for day in each.closed}, key=DAYS.index))
    rows = [row for each in read for row in each.rows]
    if against := _reason_against_all(read, rows, closed):
        left += [Left(each.words, against) for each in read if each.rows]
        closed = () if against == CONTRADICTION else closed
        return HoursReading((), tuple(left), closed, by_appointment, not_on_holidays)
    kept = tuple(kept_row for row in rows if (kept_row := _without(row, closed)))
    return HoursReading(kept, tuple(left), closed, by_appointment, not_on_holidays)


def _reason_against_all(read: list[_Statement], rows: list[OpenRow], closed: tuple[str, ...]) -> str | None:
    """Why even the statements that can be read are not to be trusted; None where they are."""
    for each in read:
        if not each.reason:
            continue
        if DOUBT.search(each.words):
            return EXCEPTIONS
        if each.reason not in _SOFT and SPEAKS_OF_TIME.search(each.words):
            return OTHER_HOURS
    labels = [each.label for each in read if each.rows]
    if any(label and label != labels[0] for label in labels):
        return OTHER_HOURS
    return CONTRADICTION if _contradicts(rows, closed) else None


def _contradicts(rows: list[OpenRow], closed: tuple[str, ...]) -> bool:
    """Whether two rows open a day at overlapping times, or a day that is named alone is closed as well."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (row.opens_at, row.closes_at))
        days = row.byday.split(",")
        if len(days) == 1 and row.byday in closed:
            return True
        for day in days:
            spans.setdefault(day, []).append((start, end if end > start else end + 24 * 60))
    # The first Saturday is a Saturday.
    together = [held if day in DAYS else held + spans.get(day[-2:], []) for day, held in spans.items()]
    return any(later[0] < earlier[1] for held in together for earlier, later in pairwise(sorted(held)))


def _without(row: OpenRow, closed: tuple[str, ...]) -> OpenRow | None:
    days = [day for day in row.byday.split(",") if day not in closed]
    return OpenRow(row.freq, ",".join(days), row.opens_at, row.closes_at, row.words) if days else None


class _Statement:
    """One statement, parsed: `rows` and `closed` days, or the `reason` why it is left."""

    def __init__(self, words: str) -> None:
        self.words = words
        self.rows: list[OpenRow] = []
        self.closed: list[str] = []
        self.reason = ""
        self.not_on_holidays = False
        tokens = list(split_tokens(words))
        self.label = " ".join(sorted({text.lower() for kind, text in tokens if kind == "label"}))
        self._has_month = any(kind == "month" for kind, _ in tokens)
        self._left = [(kind, text) for kind, text in tokens if kind not in ("plain", "label", "month")]
        try:
            self._parse()
        except Doubtful as fault:
            self.rows, self.closed, self.reason = [], [], str(fault)

    # Tokens

    def _next(self, ahead: int = 0) -> str:
        return self._left[ahead][0] if ahead < len(self._left) else ""

    def _take(self) -> str:
        return self._left.pop(0)[1]

    def _pass(self, *kinds: str) -> None:
        while self._next() in kinds:
            self._left.pop(0)

    # Groups

    def _parse(self) -> None:
        if any(kind == "unknown" for kind, _ in self._left):
            raise Doubtful(UNKNOWN_WORDS)
        if not self._left:
            raise Doubtful(NO_HOURS)
        days_first: bool | None = None
        while self._left:
            self._pass("also", "colon")
            kind = self._next()
            if kind == "":
                return
            if kind == "always":
                self._take()
                self._open(list(DAYS), [("00:00", "00:00")])
            elif kind == "closed":
                self._closed_first()
            elif kind in ("time", "all_day"):
                if days_first:
                    raise Doubtful(WHICH_DAYS)
                days_first = False
                self._times_first()
            elif kind in ("day", "letters", "letter", "nth", "daily", "weekdays", "weekends", "every"):
                days_first = self._days_first(days_first)
            else:
                raise Doubtful(APPOINTMENT if kind == "appointment" else WHICH_DAYS)

    def _closed_first(self) -> None:
        self._take()
        self._pass("colon")
        if self._next() == "holidays":
            self._take()
            self.not_on_holidays = True
            return
        self._close(self._days())
        if self._next() == "also" and self._next(1) == "holidays":
            self._pass("also")
        if self._next() == "holidays":
            self._take()
            self.not_on_holidays = True

    def _times_first(self) -> None:
        times = self._times()
        self._pass("also", "colon", "until")
        if self._next() not in ("day", "letters", "letter", "nth", "daily", "weekdays", "weekends", "every"):
            if times == [("00:00", "00:00")] and not self._left:
                self._open(list(DAYS), times)
                return
            raise Doubtful(NO_DAYS)
        self._open(self._days(), times)

    def _days_first(self, days_first: bool | None) -> bool | None:
        days = self._days()
        self._pass("also", "colon", "until")
        kind = self._next()
        if kind == "closed":
            self._take()
            self._close(days)
            return days_first
        if kind == "appointment":
            self._take()
            return days_first
        if kind not in ("time", "all_day"):
            raise Doubtful(NO_HOURS)
        if days_first is False:
            raise Doubtful(WHICH_DAYS)
        self._open(days, self._times())
        return True

    def _open(self, days: list[str], times: list[tuple[str, str]]) -> None:
        weekly = [day for day in DAYS if day in days]
        monthly = [day for day in days if day not in DAYS]
        if self._has_month and not monthly:
            raise Doubtful(WHICH_DAYS)
        for freq, chosen in (("WEEKLY", weekly), ("MONTHLY", monthly)):
            if chosen:
                self.rows += [OpenRow(freq, ",".join(dict.fromkeys(chosen)), opens, closes, self.words) for opens, closes in times]

    def _close(self, days: list[str]) -> None:
        if any(day not in DAYS for day in days) or self._next() in ("time", "all_day"):
            raise Doubtful(EXCEPTIONS)
        self.closed += days

    # Days

    def _days(self) -> list[str]:
        """`MO`, or `2SA` for an n-th one of the month."""
        found = self._day_item()
        while self._next() == "also":
            ahead = 1
            while self._next(ahead) == "also":
                ahead += 1
            if self._next(ahead) not in ("day", "letters", "letter", "nth", "daily", "weekdays", "weekends", "every"):
                break
            self._pass("also")
            item = self._day_item()
            if item[0] in DAYS and any(day not in DAYS for day in found):
                raise Doubtful(WHICH_DAYS)  # the first Monday and Friday: each Friday, or the first?
            found += item
        return found

    def _day_item(self) -> list[str]:
        is_every = False
        while self._next() == "every":
            self._take()
            is_every = True
        kind = self._next()
        if kind == "nth":
            return self._nth_days(is_every=is_every)
        text = self._take() if self._left else ""
        if kind in ("daily", "weekdays", "weekends"):
            return list({"daily": DAYS, "weekdays": DAYS[:5], "weekends": DAYS[5:]}[kind])
        days = _weekdays(kind, text)
        if len(days) == 1 and self._next() == "until" and self._next(1) in ("day", "letter"):
            self._take()
            kind = self._next()
            last = _weekdays(kind, self._take())[0]
            if last == days[0]:
                raise Doubtful(WHICH_DAYS)
            days = [(days[0] + step) % 7 for step in range((last - days[0]) % 7 + 1)]
        return [DAYS[day] for day in days]

    def _nth_days(self, *, is_every: bool) -> list[str]:
        numbers = [NTH[self._take().lower()]]
        while self._next() == "also" and (self._next(1) == "nth" or (self._next(1) == "also" and self._next(2) == "nth")):
            self._pass("also")
            numbers.append(NTH[self._take().lower()])
        if is_every and not self._has_month and len(numbers) == 1 and numbers[0] not in (1, -1):
            raise Doubtful(WHICH_DAYS)  # every third Friday: of the month, or each three weeks?
        if self._next() != "day":
            raise Doubtful(WHICH_DAYS)
        days = _weekdays("day", self._take())
        if self._next() == "until" and self._next(1) in ("day", "letter"):
            raise Doubtful(WHICH_DAYS)
        return [f"{number}{DAYS[day]}" for number in numbers for day in days]

    # Times

    def _times(self) -> list[tuple[str, str]]:
        found = [self._span()]
        while self._next() == "also":
            ahead = 1
            while self._next(ahead) == "also":
                ahead += 1
            if self._next(ahead) != "time" or not self._is_span(ahead):
                break
            self._pass("also")
            found.append(self._span())
        return found

    def _is_span(self, ahead: int) -> bool:
        return self._next(ahead + 1) == "until" and self._next(ahead + 2) == "time"

    def _span(self) -> tuple[str, str]:
        if self._next() == "all_day":
            self._take()
            return "00:00", "00:00"
        opens = read_clock_words(self._take().lower())
        if self._next() == "also" and self._next(1) == "time" and "between" in self.words.lower():
            self._left[0] = ("until", "-")
        if self._next() != "until" or self._next(1) != "time":
            raise Doubtful(NO_CLOSING)
        self._take()
        return read_span(opens, read_clock_words(self._take().lower()))


def _weekdays(kind: str, text: str) -> list[int]:
    if kind in ("letters", "letter"):
        return [int(day) for day in LETTERS[text].split()]
    if kind != "day":
        raise Doubtful(WHICH_DAYS)
    return [next(index for index, code in enumerate(("mo", "tu", "we", "th", "fr", "sa", "su")) if text.lower().startswith(code))]


# Hours inside longer prose

_OPENING = re.compile(
    r"(?:(?:office|business|regular|walk-?in|pantry|store|clinic|center|service|operating)\s+)*"
    r"(?:hours?(?:\s+of\s+operation)?\b|open\b|(?:the\s+|we\s+|it\s+)?(?:\w+\s+)?(?:is|are)\s+open(?:ed)?\b)",
    re.IGNORECASE,
)
_SECTION = re.compile(r"(?m)^\s*(?:\d+\)|[*o\u2022-]\s|\*\*)")
_MAY_SPEAK = re.compile(r"\d\s?[ap]\b|\d\s?[ap]\.?\s?m|\d:\d|\d\s?(?:[-\u2010-\u2015~]|to)\s?\d|noon|midnight|24 h|24/7", re.IGNORECASE)
"""A glance before the whole prose is taken apart: most descriptions hold no time."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])|\n+")


def find_hours(prose: str) -> HoursReading:
    """The opening hours in a longer description; rows only where it speaks of one thing and names its hours once.

    That is: one sentence holds times, it begins as hours do (`Open ...`, `Hours: ...`), and the description is no
    list of programs. Otherwise the sentences with times come back in `left`.
    """
    if not _MAY_SPEAK.search(prose):
        return HoursReading()
    sentences = [" ".join(part.split()) for part in _SENTENCE_END.split(plain_text(prose)) if part.strip()]
    spoken = [sentence for sentence in sentences if SPEAKS_OF_TIME.search(sentence) or re.search(r"\b24 h|24/7", sentence)]
    if not spoken:
        return HoursReading()
    if len(spoken) > 1 or _SECTION.search(prose):
        return HoursReading(left=tuple(Left(sentence, OTHER_HOURS) for sentence in spoken))
    sentence = spoken[0]
    if not _OPENING.match(sentence):
        return HoursReading(left=(Left(sentence, OTHER_HOURS),))
    reading = read_hours(sentence)
    others = [other for other in sentences if other != sentence]
    if reading.rows and any(DOUBT.search(other) and re.search(r"\b(?:open|hours|closed)\b", other, re.IGNORECASE) for other in others):
        return HoursReading(left=(Left(sentence, EXCEPTIONS),))
    return reading


def schedules_of(
    reading: HoursReading,
    make_id: Callable[[], UUID],
    *,
    service_id: UUID | None = None,
    location_id: UUID | None = None,
    service_at_location_id: UUID | None = None,
) -> list[Schedule]:
    """The rows of a reading to store under a service, a place or a listing; each says in its description where it was read."""
    return [
        row.schedule(make_id(), service_id=service_id, location_id=location_id, service_at_location_id=service_at_location_id)
        for row in reading.rows
    ]
