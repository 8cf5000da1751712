"""The search words of a listing: plain, stemmed, with the other words for what it offers; nothing of a hidden place."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec.structs import replace

from referral_hub.ids import new_id
from referral_hub.partners.listing import Listing, Named
from referral_hub.partners.words import other_words, split_words, stem_of, words_of

LISTING = Listing(
    id=new_id(),
    service=Named(new_id(), "Canton Pantry"),
    organization=Named(new_id(), "Harbor House"),
    location=Named(new_id(), "Zoë's hall"),
    terms=["food-pantry"],
    point=None,
    confidential=False,
    delivered=False,
    remote=False,
    service_area=None,
    rule=None,
    documents=[],
    schedule=[],
    timezone="America/New_York",
    languages=[],
    interpreted_languages=[],
    accessibility=[],
    availability="unknown",
    capacity=None,
    assured_date=None,
    usual_ack_days=None,
    active=True,
    referrable=True,
)


def test_words_come_from_every_text_once_and_sorted():
    words = words_of(LISTING, "The Boxes", "Boxes for families", ["Food pantries"])

    assert words == sorted(set(words))
    assert {"canton", "pantri", "harbor", "hous", "zoe", "hall", "the", "box", "famili"} <= set(words)


def test_the_other_words_for_what_it_offers_are_among_them():
    by_term = words_of(LISTING, "", "", [])
    by_meaning = words_of(replace(LISTING, terms=[]), "", "help with food stamps", [])
    of_neither = words_of(replace(LISTING, terms=[], service=Named(new_id(), "Canton")), "", "", [])

    assert {"groceri", "bank"} <= set(by_term)
    assert {"snap", "ebt"} <= set(by_meaning)
    assert of_neither == ["canton", "hall", "harbor", "hous", "s", "zoe"]


def test_a_phrase_counts_only_within_one_text():
    assert "section 8" in other_words([["housing", "voucher"]])
    assert other_words([["housing"], ["voucher"]]) == []


def test_a_confidential_place_lends_no_word():
    hidden = replace(LISTING, confidential=True)

    assert set(words_of(LISTING, "", "", [])) - set(words_of(hidden, "", "", [])) == {"zoe", "s", "hall"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Zoë’s CAFÉ_no.2", ["zoe", "s", "cafe", "no", "2"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("plain_ASCII-text", ["plain", "ascii", "text"]),
        ("免费 食物", ["免费", "食物"]),
        ("", []),
    ],
)
def test_text_is_split_into_plain_words(text, words):
    assert split_words(text) == words


def test_threads_that_stem_at_once_get_what_one_alone_gets():
    endings = ("ies", "ing", "ed", "s", "fulness", "izations")
    words = [f"{stem}{ending}{letter}" for letter in "aeiouy" for stem in ("pantr", "famil", "hous", "gener") for ending in endings]
    alone = [stem_of(word) for word in words]
    stem_of.cache_clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(lambda start: [stem_of(word) for word in words[start:] + words[:start]], range(0, 144, 18)))
    finally:
        sys.setswitchinterval(interval)

    assert together == [alone[start:] + alone[:start] for start in range(0, 144, 18)]
