"""Single cells of foreign tables, by truth table."""

from __future__ import annotations

import pytest

from referral_hub.partners.imports import cells
from referral_hub.partners.imports.documents import guess_document
from referral_hub.partners.imports.languages import read_languages


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(410) 555-0100", "(410) 555-0100"),
        ("410.555.0100", "(410) 555-0100"),
        ("1-410-555-0100", "(410) 555-0100"),
        ("(800) 555-FOOD", "(800) 555-3663"),
        ("(311)    -", "311"),
        ("(   ) 911-", "911"),
        ("988", "988"),
        ("(410) 555-010", None),
        ("(3  )    -", None),
        ("123-555-0100", None),
        ("desk@example.org", None),
        ("", None),
    ],
)
def test_telephone_numbers(text: str, number: str | None):
    assert cells.clean_phone(text)[0] == number


@pytest.mark.parametrize(
    ("text", "address", "is_remarked"),
    [
        ("http://example.org/a?b=c", "http://example.org/a?b=c", False),
        ("example.org", "https://example.org", True),
        ("www.example.org/food", "https://www.example.org/food", True),
        ("http://www.example.org      `", "http://www.example.org", True),
        ("javascript:alert(1)", None, True),
        ("info@example.org", None, True),
        ("none", None, True),
        ("", None, False),
    ],
)
def test_web_addresses(text: str, address: str | None, *, is_remarked: bool):
    found, remark = cells.clean_url(text)
    assert (found, remark is not None) == (address, is_remarked)


@pytest.mark.parametrize(
    ("text", "time"),
    [("9am", "09:00"), ("4:00 PM", "16:00"), ("12pm", "12:00"), ("12:30 am", "00:30"), ("08:00", "08:00"), ("17:30:00", "17:30"),
     ("13pm", None), ("24:00", None), ("9:60", None), ("noon", None), ("", None)],
)  # fmt: skip
def test_times(text: str, time: str | None):
    assert cells.read_time(text) == time


@pytest.mark.parametrize(
    ("text", "day"),
    [("January 01, 0001", (1, 1, 1)), ("12/24/2015", (2015, 12, 24)), ("12/24/15", (2015, 12, 24)), ("2015-12-24", (2015, 12, 24)), ("Sep 3, 2026", (2026, 9, 3)),
     ("February 29, 0001", (1, 2, 29)), ("02/30/2015", None), ("Christmas", None), ("24.12.2015", None)],
)  # fmt: skip
def test_days(text: str, day: tuple[int, int, int] | None):
    assert cells.read_day(text) == day


@pytest.mark.parametrize(
    ("text", "spoken", "interpreted", "keeps_text"),
    [
        ("Spanish.", {"es"}, set(), False),
        ("Spanish and Korean.", {"es", "ko"}, set(), False),
        ("ASL.", {"ase"}, set(), False),
        ("Accommodations possible.", set(), set(), True),
        ("Spanish. Accommodations possible for other languages.", {"es"}, set(), True),
        ("Spanish & Korean Interpreters; Language Line.", set(), {"es", "ko"}, True),
        ("Offers brochures in Spanish.", set(), set(), True),
        ("Chinese (Cantonese), Tagalog", {"zh", "yue", "tl"}, set(), False),
        ("ASL with one week's advance notice.", set(), {"ase"}, True),
        ("", set(), set(), False),
    ],
)
def test_languages_in_free_text(text: str, spoken: set[str], interpreted: set[str], *, keeps_text: bool):
    found, rest = read_languages(text)
    assert {language.code for language in found if not language.interpreted} == spoken
    assert {language.code for language in found if language.interpreted} == interpreted
    assert (rest is not None) == keeps_text


def test_documents_by_their_words():
    assert guess_document("Government-issued picture identification") == "photo_id"
    assert guess_document("Proof of Maryland residency") == "proof_of_address"
    assert guess_document("A smile") is None
