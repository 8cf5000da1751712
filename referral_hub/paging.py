"""Which page of a list is asked for. Pure."""

from __future__ import annotations

MOST_PAGES = 1_000_000
"""More than any list has; beyond it no database is asked to skip."""


def page_of(text: str) -> int:
    """The page that a form was on; the first where it says none that can be."""
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    return min(max(int(text), 1), MOST_PAGES) if plain else 1
