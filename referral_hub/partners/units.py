"""What room is counted in, said with its number: `1 bed`, `5 food boxes`. Pure."""

from __future__ import annotations

PLACES = "places"
"""Counted where nobody said what."""

_IRREGULAR = {"person": "people", "child": "children"}
_SINGULARS = {plural: one for one, plural in _IRREGULAR.items()}
_VOWELS = "aeiou"
_HISSING = ("s", "x", "z", "ch", "sh")


def say_count(number: int, unit: str) -> str:
    """`1 bed`, `0 beds`, `5 food boxes`, whichever form the unit was written in."""
    return f"{number:,} {name_unit(number, unit)}"


def name_unit(number: int, unit: str) -> str:
    """The unit's words for this number; the last word carries it."""
    words = unit.split() or [PLACES]
    last = _to_singular(words[-1])
    return " ".join([*words[:-1], last if number == 1 else _to_plural(last)])


def _to_singular(word: str) -> str:
    small = word.lower()
    if small in _SINGULARS:
        return _SINGULARS[small]
    if small.endswith("ies") and len(small) > len("ties"):
        return word[:-3] + "y"
    if small.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if small.endswith("s") and not small.endswith(("ss", "us", "is")) else word


def _to_plural(word: str) -> str:
    small = word.lower()
    if small in _IRREGULAR:
        return _IRREGULAR[small]
    if small.endswith("y") and small[-2:-1] not in _VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if small.endswith(_HISSING) else "s")
