"""Nothing that stays readable tells where a confidential place is."""

from __future__ import annotations

import pytest

from referral_hub.partners.imports.confidential import HIDDEN, hide_place


@pytest.mark.parametrize(
    "sentence",
    [
        "Ring at 12 Rose Street.",
        "We are at 12 N. Rose St, second floor.",
        "Find us: 12 ROSE STREET.",
        "Our house (12 north rose st.) is yellow.",
    ],
)
def test_the_street_is_hidden_in_every_spelling(sentence: str):
    text, taken = hide_place(f"Rooms for families. {sentence} Call first.", ["12 N Rose Street"], every_place=False)
    assert text is not None
    assert "ose" not in text.lower().replace("rooms", "")
    assert text.startswith("Rooms for families.")
    assert text.endswith("Call first.")
    assert HIDDEN in text
    assert taken


@pytest.mark.parametrize(
    "sentence",
    [
        "Frostburg bus line stops 2 blocks away at Baltimore and Center Streets.",
        "Runs on bus line #33.",
        "The office is located at the old mill.",
        "Write to P.O. Box 12, 21201.",
        "Across from the library.",
    ],
)
def test_at_a_confidential_place_no_sentence_tells_the_way(sentence: str):
    assert hide_place(sentence, [], every_place=True)[0] == HIDDEN
    assert hide_place(sentence, [], every_place=False)[0] == sentence


def test_other_prose_stays_as_it_was():
    text = "Provides 24-hour shelter for 12 families.\r\n\r\nVOLUNTEERS: Ages 18 and older. Home visits: No"
    assert hide_place(text, ["12 N Rose Street"], every_place=True) == (text, [])
    assert hide_place(None, ["12 N Rose Street"], every_place=True) == (None, [])
