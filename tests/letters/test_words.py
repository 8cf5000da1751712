"""Each written language holds every sentence, with the same facts in it."""

from __future__ import annotations

import re
from datetime import date, time
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract
from jinja2.ext import babel_extract

from referral_hub.letters.sentences import NEXT
from referral_hub.partners.taxonomy import TERMS
from referral_hub.referrals.sentences import READERS, SAFE, SENTENCES
from referral_hub.words import LOCALES, Words, catalog, written_language

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [*(ROOT / "referral_hub" / "letters").glob("*.py"), *(ROOT / "web" / "pages").glob("letter*.py")]
PAGES = [*(ROOT / "web" / "templates" / "letter").glob("*.html")]
TRANSLATED = sorted(set(LOCALES) - {"en"})


def sentences() -> set[str]:
    """Everything that a patient may read."""
    marked = {
        str(message)
        for source in SOURCES
        for _, message, _, _ in extract("python", BytesIO(source.read_bytes()), keywords={"mark": None, "say": None})
        if message
    }
    for page in PAGES:
        for _, _, message, _ in babel_extract(BytesIO(page.read_bytes()), ["say"], [], {}):
            marked.add(str(message[0] if isinstance(message, tuple) else message))
    patient = READERS.index("patient")
    told = {SENTENCES[state][patient] for state in NEXT} | {SAFE[state] for state in NEXT}
    terms = {text for term in TERMS for text in (term.name, term.description)}
    return marked | told | terms


def test_the_sentences_are_found() -> None:
    assert {"What to bring", "We asked {partner} to help. You should hear by {date}.", "Food pantry"} <= sentences()


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_written(language: str) -> None:
    assert sentences() - catalog(language).keys() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_sentence_is_left_that_nobody_says(language: str) -> None:
    assert catalog(language).keys() - sentences() == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_facts_and_the_number_of_sentences_of_the_original(language: str) -> None:
    for english, other in catalog(language).items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", other)), english
        assert bool(re.search(r"[.?:,]$", english)) == bool(re.search(r"[.?:,]$", other)), english


@pytest.mark.parametrize(("asked", "answered"), [("en", "en"), ("es", "es"), ("es-MX", "es"), ("ES_us", "es"), ("vi", "en"), ("", "en")])
def test_a_language_that_is_not_written_is_answered_in_english(asked: str, answered: str) -> None:
    assert written_language(asked) == answered


@pytest.mark.parametrize(
    ("moment", "english", "spanish"),
    [
        (time(9), "9 am", "9:00 a.m."),
        (time(0), "12 am", "12:00 a.m."),
        (time(12), "noon", "12:00 p.m."),
        (time(13, 5), "1:05 pm", "1:05 p.m."),
    ],
)
def test_times_of_day(moment: time, english: str, spanish: str) -> None:
    assert Words("en").clock(moment) == english
    assert Words("es").clock(moment).replace("\u00a0", " ") == spanish


def test_days() -> None:
    day = date(2026, 12, 1)
    assert Words("en").day(day) == "Tuesday, December\u00a01"
    assert Words("es").day(day) == "martes 1\u00a0de\u00a0diciembre"
    assert Words("en").full_date(day) == "December 1, 2026"
    assert Words("es").full_date(day) == "1 de diciembre de 2026"
