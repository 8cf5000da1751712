"""Whether a service costs the patient nothing, read from amounts and from what partners write."""

from __future__ import annotations

import re
from collections.abc import Iterable

FREE_OF_CHARGE = frozenset(
    {"free", "free of charge", "none", "no fee", "no fees", "no cost", "no charge", "$0", "0", "gratis", "sin costo"}
)
_FREE = re.compile(r"(?:services? (?:are|is) )?(?:free|no (?:fees?|costs?|charges?)|gratis|sin costo)\b", re.IGNORECASE)
_BUT = re.compile(
    r"[1-9]|\b(?:but|except|some|most|slid\w*|reduced|low|if|unless|insur\w*|trial|members\w*|for those|donation\w*)\b", re.IGNORECASE
)
_PRICE = re.compile(r"\$\s?(?:[1-9]|0?\.\d*[1-9])")


def is_free(amounts: Iterable[float | None], texts: Iterable[str | None]) -> bool | None:
    """True: nothing is asked for; False: something is; None: nobody says, or it depends.

    `amounts` are US dollars. A text counts as free only if it says so and nothing else.
    """
    known = [amount for amount in amounts if amount is not None]
    if any(amount > 0 for amount in known):
        return False
    said = [verdict for text in texts if text and text.strip() and (verdict := _read(text)) is not None]
    if False in said:
        return False
    return True if known or True in said else None


def _read(text: str) -> bool | None:
    first = text.strip().splitlines()[0].strip()
    if first.rstrip(".").casefold() in FREE_OF_CHARGE:
        return True
    if _FREE.match(first) and not _BUT.search(first):
        return True
    return False if _PRICE.search(first) else None
