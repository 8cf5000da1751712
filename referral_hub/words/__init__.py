"""Sentences in the reader's language: English in the code, the others beside this file as gettext `.po`.

The English sentence is the key. A language is written when its file is here and holds every sentence (a test
walks them); any other language is answered in English, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import cache
from importlib.resources import files

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

ENGLISH = "en"
LOCALES: dict[str, str] = {"en": "en_US", "es": "es_US"}
"""Languages that are fully written (ISO 639-1) and the locale of their dates and numbers."""

_DAY: dict[str, tuple[str, str]] = {
    "en": ("EEEE, MMMM\u00a0d", "MMMM\u00a0d"),
    "es": ("EEEE d\u00a0'de'\u00a0MMMM", "d\u00a0'de'\u00a0MMMM"),
}
"""Language -> the patterns of a day with its weekday, and without."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps"})


def mark(sentence: str) -> str:
    """The same sentence: says to the reader, and to the test of the catalogs, that it is to be translated."""
    return sentence


def written_language(language: str) -> str:
    """The language that somebody who asks for `language` is answered in: `es-MX` -> es; one not written -> en."""
    short = language.replace("_", "-").split("-", 1)[0].lower()
    return short if short in LOCALES else ENGLISH


@cache
def catalog(language: str) -> Mapping[str, str]:
    """English sentence -> sentence, of one written language; empty for English."""
    if language == ENGLISH:
        return {}
    with files(__package__).joinpath(f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in read if message.id and message.string}


class Words:
    """Everything that is said in one language."""

    def __init__(self, language: str) -> None:
        self.language = written_language(language)
        self.locale = Locale.parse(LOCALES[self.language])
        self._catalog = catalog(self.language)

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    def say(self, sentence: str, **facts: object) -> str:
        """The sentence with its `{facts}` filled in; facts are put in as they are, braces in them mean nothing."""
        said = self._catalog.get(sentence, sentence)
        return said.format(**facts) if facts else said

    def day(self, day: date) -> str:
        """`Tuesday, November 24`."""
        return format_date(day, _DAY[self.language][0], locale=self.locale)

    def short_day(self, day: date) -> str:
        """`November 24`."""
        return format_date(day, _DAY[self.language][1], locale=self.locale)

    def full_date(self, day: date) -> str:
        """`November 24, 2026`."""
        return format_date(day, "long", locale=self.locale)

    def weekday(self, number: int) -> str:
        """Monday is 0."""
        return str(self.locale.days["stand-alone"]["wide"][number])

    def clock(self, moment: time) -> str:
        """`9 am`, `9:30 am`; in Spanish `9:00 a. m.`."""
        if self.language == ENGLISH:
            if moment == time(12):
                return "noon"
            hour = moment.hour % 12 or 12
            minutes = f":{moment.minute:02}" if moment.minute else ""
            return f"{hour}{minutes} {'am' if moment.hour < 12 else 'pm'}"  # noon
        return format_time(moment, "short", locale=self.locale).replace("\u202f", "\u00a0")

    def listed(self, parts: Iterable[str]) -> str:
        """`a, b, and c`."""
        return format_list(list(parts), locale=self.locale)

    def number(self, value: float) -> str:
        """`1.5`."""
        return format_decimal(value, "#,##0.#", locale=self.locale)

    def language_name(self, code: str) -> str:
        """`Spanish` for `es`; an unknown code stays as it is."""
        return str(self.locale.languages.get(code, code))
