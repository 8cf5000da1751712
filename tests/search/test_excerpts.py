"""Excerpts: plain text and the ranges of what was looked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.ids import new_id
from referral_hub.matching.search.excerpts import LONGEST, excerpt, mark
from referral_hub.matching.search.model import SearchDocument, Words
from referral_hub.matching.search.segment import write_segment
from referral_hub.matching.search.text import TextIndex


def words(text: str, *said: str) -> Words:
    """What a text means where these texts are known."""
    documents = [SearchDocument(id=new_id(), name=one) for one in said]
    return TextIndex([write_segment(0, documents)], np.ones(len(documents), bool)).find(text).words


def marked(text: str, wanted: Words) -> list[str]:
    found = mark(text, wanted)
    return [found.text[first:last] for first, last in found.marks]


@pytest.mark.parametrize(
    ("typed", "text", "parts"),
    [
        ("pantry ", "Two Pantries, one pantry.", ["Pantries", "pantry"]),
        ("pnatry ", "One pantry.", ["pantry"]),
        ("pan", "One pantry, a pancake and a span.", ["pantry", "pancake"]),
        ("clinica ", "La Clínica, una CLINICA.", ["Clínica", "CLINICA"]),
        ("food stamps ", "SNAP and EBT; stamps for letters; food stamps.", ["SNAP", "EBT", "stamps", "food", "stamps"]),
        ("the pantry ", "The pantry of the house", ["pantry"]),
        ("x", "", []),
        ("", "One pantry.", []),
    ],
)
def test_the_words_that_were_looked_for_are_marked(typed: str, text: str, parts: list[str]):
    assert marked(text, words(typed, "pantry pancake", "clinica", "food stamps")) == parts


def test_accents_put_together_out_of_two_signs_are_one_word():
    assert marked("Cli\u0301nica", words("clinica ", "clinica")) == ["Cli\u0301nica"]


def test_a_long_text_is_cut_around_most_of_the_words():
    text = "pantry " + "and so on " * 60 + "the pantry has diapers on Fridays " + "and more " * 60
    found = excerpt(text, words("pantry diapers ", "pantry diapers"))
    assert [found.text[first:last] for first, last in found.marks] == ["pantry", "diapers"]
    assert found.text.startswith("…")
    assert found.text.endswith("…")
    assert len(found.text) <= LONGEST + 2


def test_a_long_text_without_the_words_is_its_beginning():
    found = excerpt("Open to all. " * 40, words("pantry ", "pantry"))
    assert (found.text[:12], found.marks) == ("Open to all.", [])


@given(text=st.text(max_size=600), typed=st.text(max_size=30))
def test_ranges_lie_in_the_text_in_order_and_never_overlap(text: str, typed: str):
    found = excerpt(text, words(typed, text[:100]))
    assert len(found.text) <= LONGEST + 2
    ends = [place for pair in found.marks for place in pair]
    assert ends == sorted(ends)
    assert not ends or (ends[0] >= 0 and ends[-1] <= len(found.text))
    assert all(first < last for first, last in found.marks)
