"""The tree of kinds of help: which codes lie below and above a code, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from referral_hub.partners import taxonomy
from referral_hub.partners.model import TaxonomyTerm


class Kinds(Struct, frozen=True):
    """Every known code; the hub's own taxonomy is known even before it is stored."""

    below: Mapping[str, frozenset[str]]
    """A code -> itself and the codes below it."""
    above: Mapping[str, tuple[str, ...]]
    """A code -> the codes above it."""
    names: Mapping[str, str]


def kinds_of(terms: Iterable[TaxonomyTerm]) -> Kinds:
    """The tree out of stored terms; a ring of parents ends where it began."""
    known = list(terms)
    code_of = {term.id: term.code for term in known}
    parents: dict[str, str | None] = {term.code: term.parent for term in taxonomy.TERMS}
    parents |= {term.code: code_of.get(term.parent_id) if term.parent_id else None for term in known}
    below: dict[str, set[str]] = {code: {code} for code in parents}
    above: dict[str, tuple[str, ...]] = {}
    for code in parents:
        line = [code]
        parent = parents[code]
        while parent is not None and parent in below and parent not in line:
            below[parent].add(code)
            line.append(parent)
            parent = parents[parent]
        above[code] = tuple(line[1:])
    return Kinds({code: frozenset(codes) for code, codes in below.items()}, above, {term.code: term.name for term in known})
