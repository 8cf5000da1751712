"""What room is counted in is said in the right number."""

from __future__ import annotations

import pytest

from referral_hub.partners.units import say_count


@pytest.mark.parametrize(
    ("unit", "one", "many"),
    [
        ("beds", "1 bed", "2 beds"),
        ("bed", "1 bed", "2 beds"),
        ("household", "1 household", "2 households"),
        ("food boxes", "1 food box", "2 food boxes"),
        ("food box", "1 food box", "2 food boxes"),
        ("families", "1 family", "2 families"),
        ("people", "1 person", "2 people"),
        ("children", "1 child", "2 children"),
        ("rides", "1 ride", "2 rides"),
        ("places", "1 place", "2 places"),
        ("days", "1 day", "2 days"),
        ("classes", "1 class", "2 classes"),
        ("courses", "1 course", "2 courses"),
        ("lunches", "1 lunch", "2 lunches"),
        ("ties", "1 tie", "2 ties"),
        ("  ", "1 place", "2 places"),
    ],
)
def test_a_unit_is_said_as_one_and_as_many(unit: str, one: str, many: str):
    assert (say_count(1, unit), say_count(2, unit), say_count(0, unit)) == (one, many, many.replace("2", "0"))


def test_thousands_are_grouped():
    assert say_count(12000, "meals") == "12,000 meals"
