"""Whether something is free: amounts and words, and no guess where it depends."""

from __future__ import annotations

import pytest

from referral_hub.partners.fees import is_free


@pytest.mark.parametrize(
    ("amounts", "texts", "free"),
    [
        ([], [], None),
        ([], ["", None, "  "], None),
        ([0.0], [], True),
        ([None], [], None),
        ([0.0, 5.0], [], False),
        ([], ["Free"], True),
        ([], ["free of charge."], True),
        ([], ["No fees\nPayment: none"], True),
        ([], ["There is no telling"], None),
        ([], ["Services are free"], True),
        ([], ["Free for members"], None),
        ([], ["Free with insurance"], None),
        ([], ["Free first visit, then $20"], False),
        ([], ["$0"], True),
        ([], ["$5 a visit"], False),
        ([], ["Sliding scale"], None),
        ([], ["Freedom fund"], None),
        ([], ["Gratis"], True),
        ([0.0], ["$5 a visit"], False),
        ([], ["Free", "$5 for a copy"], False),
    ],
)
def test_what_amounts_and_words_say(amounts: list[float | None], texts: list[str | None], free: bool | None):
    assert is_free(amounts, texts) is free
