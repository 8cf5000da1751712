"""The words of opening hours: text made plain, cut into statements and tokens, for `prose_hours`."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

_MERIDIEM = re.compile(r"(?<=[\d\s])([ap])\s?\.?\s?m\b(\.?)(?=(\s+[^\W\d_]+)?)", re.IGNORECASE)
_SHORT_HALF = re.compile(r"(?<=\d)\s?([ap])\b(?![.'])", re.IGNORECASE)
_DAY_DOT = re.compile(r"\b(mon|tues?|weds?|thurs?|thu|fri|sat|sun)\.(?=(\s+[^\W\d_]+)?)", re.IGNORECASE)
_DAY_NAME = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_STARTS_AS_DAY = re.compile(rf"(?:{_DAY_NAME})(?:'?s)?", re.IGNORECASE)
_DASHES = re.compile(r"[\u2010-\u2015\u2212~]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")
_BREAK = re.compile(r"[;\n|\u2022\u00b7!?]+|\.+(?=\s|$)")
_NOTE = re.compile(r"\(([^()]*)\)")
_BARE_TIMES = re.compile(r"(?=\D*\d)(?:[\s\d:.,&-]|am\b|pm\b|noon|to|and)+", re.IGNORECASE)

_TOKEN = re.compile(
    rf"""
    (?P<always>24\s?[/x-]\s?7(?:\s?/\s?365)?|around\sthe\sclock
        |24\s?(?:hours|hrs?)\s?(?:a|per|/)?\s?(?:day)?\s?(?:,|and|/|-|&)?\s?(?:7|seven)\s?days(?:\s?(?:a|per|/)?\s?week)?)
  | (?P<all_day>24\s?(?:hours|hrs?)(?:\s?(?:a|per|/)\s?day)?|all\sday\sand\snight)
  | (?P<daily>daily|every\s?day(?:\sof\sthe\sweek)?|(?:7|seven)\sdays(?:\s?(?:a|per|/|each)\s?week)?)
  | (?P<weekdays>weekdays?)
  | (?P<weekends>weekends?)
  | (?P<month>(?:of|in|per|a)?\s?(?:the|each|every|a)?\s?month\b|monthly)
  | (?P<nth>1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)\b(?!\s?[-/])
  | (?P<time>12(?::00)?\s?(?:pm\s)?noon|12(?::00)?\s?(?:am\s)?midnight|noon|midnight|12\s?n\b
        |\d{{1,2}}(?:[:.]\d{{2}})?\s?(?:am|pm)\b|\d{{1,2}}:\d{{2}}
        |\d{{4}}(?=\s?(?:-|to|hrs)|$)|(?<=-)\d{{4}}|(?<=-\s)\d{{4}}
        |\d{{1,2}}(?![\d:/]|st|nd|rd|th))
  | (?P<day>(?:{_DAY_NAME})(?:'?s)?)\b
  | (?P<letters>(?-i:M(?:TW(?:Th|R)F|WF|TW|TuWThF|W)|T(?:Th|R)|TuTh))\b
  | (?P<letter>(?-i:M|Tu|Th|T|W|F|Sa|Su))\b
  | (?P<holidays>(?:(?:on|for|and|all|major|federal|legal|bank|public|state|national|us|observed)\s)*holidays)\b
  | (?P<appointment>by\s(?:appointments?|appts?)\b\.?(?:\sonly)?|(?:appointments?|appts?)\s(?:only|required))
  | (?P<closed>closed|not\sopen)\b
  | (?P<every>every)\b
  | (?P<until>-+|\bto\b|through|thru|until|till|til\b)
  | (?P<also>,|&|\+|/|\band\b|\bplus\b)
  | (?P<colon>:|@|\bat\b|\bfrom\b|\bbetween\b|=)
  | (?P<plain>\b(?:open|opens|opened|hours?|hrs|of|operations?|operating|operates|business|regular|normal|current|usual|our|we|are|is
        |each|on|the|week|weekly|days?|public|only|doors|a|mornings?|afternoons?|evenings?|times?)\b)
  | (?P<label>\b(?:office|pantry|food|distributions?|distributes|pickup|walk-?ins?|clinic|center|centre|church|store|shop|thrift|clothing
        |closet|kitchen|soup|lunch|dinner|breakfast|supper|meals?|served|serves|serving|serve|mobile|market|shelter|library|site|program
        |services?|location|building|occurs|held|offered|available|welcome|accepted)\b)
  | (?P<blank>\s+)
  | (?P<unknown>[^\W\d_]+|.)
    """,
    re.IGNORECASE | re.VERBOSE,
)
LETTERS = {
    "MTWThF": "0 1 2 3 4", "MTWRF": "0 1 2 3 4", "MTuWThF": "0 1 2 3 4", "MWF": "0 2 4", "MTW": "0 1 2", "MW": "0 2", "TTh": "1 3",
    "TR": "1 3", "TuTh": "1 3", "M": "0", "Tu": "1", "T": "1", "W": "2", "Th": "3", "F": "4", "Sa": "5", "Su": "6",
}  # fmt: skip
"""Days by their first letters, Monday 0."""
NTH = {"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3, "4th": 4, "fourth": 4, "5th": 5, "fifth": 5, "last": -1}
_MONTHS = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|(?-i:May)"
)
DOUBT = re.compile(
    rf"""\b(?:except|exceptions?|exclud\w*|var(?:y|ies|iable|ying)|chang\w*|season\w*|summers?|winters?|spring|autumn|(?:in|the|during)\sfall
    |school|{_MONTHS}|temporar\w*|starting|starts|begin\w*|effective|ends?|ending|until|closed|closes|closing|closures?|covid\w*|pandemic
    |subject\sto|alternat\w*|every\sother|every\s\S+\sweeks?|other\s(?:{_DAY_NAME})|bi-?weekly|bi-?monthly|(?:19|20)\d\d|no\slonger|not\sopen|sometimes|usually
    |generally|typically|approximate\w*|about|unless|weather|hours\s(?:may|can|will)|holiday\shours|limited\shours|extended\shours|break|vacation
    |call\s(?:for|ahead\sfor|to\s(?:confirm|verify)).{{0,20}}(?:hours|times?|schedule|days?))\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What hints that other hours hold now and then, or that nobody is sure."""
SPEAKS_OF_TIME = re.compile(
    r"\d\s?(?:am|pm)\b|\b\d{1,2}:\d{2}\b|\b\d{1,2}\s?(?:-|to)\s?\d{1,2}\b(?!-)|\bnoon\b|\bmidnight\b", re.IGNORECASE
)
SPEAKS_OF_APPOINTMENT = re.compile(r"\bapp(?:oin)?t", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Text with one kind of dash, blank and meridiem; the dot of an abbreviation ends no sentence."""
    text = unicodedata.normalize("NFKC", html.unescape(text))
    text = _INVISIBLE.sub("", re.sub(r"</?\w[^<>]*>", "\n", text))
    text = _DASHES.sub("-", text).replace("\r", "\n").replace("\u2019", "'")
    text = _MERIDIEM.sub(lambda found: found[1].lower() + "m" + _end(found[2], found[3]), text)
    text = _SHORT_HALF.sub(lambda found: found[1].lower() + "m", text)
    return _DAY_DOT.sub(lambda found: found[1] + _end(".", found[2]), text)


def _end(dot: str, following: str | None) -> str:
    """A dot that ends a sentence as well as an abbreviation: the next word begins as a sentence does."""
    word = (following or "").strip()
    starts = bool(word) and word[0].isupper() and not _STARTS_AS_DAY.fullmatch(word) and word.lower() not in ("noon", "and", "to")
    return "." if dot and starts else ""


def split_statements(text: str) -> list[str]:
    """Sentences and lines; notes in brackets on their own; times that stand under their day are put beside it."""
    notes: list[str] = []

    def take(found: re.Match[str]) -> str:
        if _BARE_TIMES.fullmatch(found[1]):
            return f" {found[1]} "
        notes.append(found[1])
        return " "

    joined: list[str] = []
    plain = plain_text(text)
    for part in _BREAK.split(_NOTE.sub(take, plain)):
        words = " ".join(part.split()).strip(" ,-")
        if not words:
            continue
        kind, before = _shape(words), _shape(joined[-1]) if joined else ""
        goes_on = joined and joined[-1].lower().endswith((" and", " &", " from"))
        if goes_on or (before == "days" and kind in ("times", "closed")) or (before == "both" and kind == "times" and "\n" in plain):
            joined[-1] += ("," if before == "both" else "") + " " + words
        else:
            joined.append(words)
    return joined + [" ".join(note.split()) for note in notes if note.strip()]


_DAY_KINDS = frozenset({"day", "letters", "letter", "nth", "daily", "weekdays", "weekends", "month", "every"})
_TIME_KINDS = frozenset({"time", "all_day"})
_BETWEEN = frozenset({"until", "also", "colon", "plain", "blank"})


def _shape(words: str) -> str:
    """Of what a statement is made: `days`, `times`, `both`, `closed` (and nothing else), or ""."""
    kinds = {kind for kind, _ in split_tokens(words)} - _BETWEEN
    if kinds == {"closed"}:
        return "closed"
    if not kinds or kinds - _DAY_KINDS - _TIME_KINDS:
        return ""
    days, times = bool(kinds & _DAY_KINDS), bool(kinds & _TIME_KINDS)
    return "both" if days and times else "days" if days else "times"


def split_tokens(words: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of every word and sign of a statement; `unknown` is what has nothing to do with hours."""
    for found in _TOKEN.finditer(words):
        kind = found.lastgroup or "unknown"
        if kind != "blank":
            yield kind, found.group()
