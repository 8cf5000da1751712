"""What a search of the directory can be narrowed by: each choice a link with its count, a chosen one leads back."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from markupsafe import Markup, escape
from msgspec import Struct

from referral_hub.matching.answers import Facet, SearchAnswer

MOST_CHOICES = 8
_GROUPS = (
    ("", "open", "open", {"now": "1"}),
    ("", "cost", "free", {"free": "1"}),
    ("", "documents", "papers", {"none": "1"}),
    ("Kind of help", "taxonomy", "taxonomy", None),
    ("Distance", "distance", "within", {"1609": "1", "3219": "2", "8047": "5", "16093": "10", "40234": "25"}),
    ("Language", "language", "language", None),
)
"""The group's name, its facet, the field of the page, and the field's value for each of the facet's (None: the same)."""


class Choice(Struct, frozen=True):
    """One link."""

    name: str
    count: int
    href: str
    is_chosen: bool


class Group(Struct, frozen=True):
    """Choices of one kind; those without a name stand first, together."""

    name: str
    choices: list[Choice]


def choices_of(found: SearchAnswer, values: Mapping[str, str]) -> list[Group]:
    """The links that lead to narrower and to wider searches; `values` are the fields of the page as they are."""
    groups: list[Group] = []
    for name, facet, field, known in _GROUPS:
        every = (_choice(one, field, known[one.value] if known else one.value, values) for one in found.facets.get(facet, []))
        choices = [one for one in every if one.count or one.is_chosen]
        chosen = [one for one in choices if one.is_chosen]
        shown = choices if facet == "distance" else [*chosen, *(one for one in choices if not one.is_chosen)][:MOST_CHOICES]
        if shown and groups and groups[-1].name == name:
            groups[-1] = Group(name, [*groups[-1].choices, *shown])
        elif shown:
            groups.append(Group(name, shown))
    return groups


def _choice(facet: Facet, field: str, value: str, values: Mapping[str, str]) -> Choice:
    is_chosen = values.get(field) == value
    kept = {name: given for name, given in values.items() if given and name != field}
    query = urlencode(kept if is_chosen else kept | {field: value})
    return Choice(facet.name, facet.count, f"/directory?{query}" if query else "/directory", is_chosen)


def marked(text: str, marks: list[tuple[int, int]]) -> Markup:
    """A text, escaped, with the parts that were looked for marked."""
    pieces, last = [], 0
    for start, end in marks:
        pieces += [escape(text[last:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        last = end
    return Markup().join([*pieces, escape(text[last:])])
