"""Rules as nodes in arrays: what the match's inner loop evaluates instead of trees of Structs.

A node stands before its parts; `end` is the place behind the last of them. A rule that arrays cannot say becomes
one INTRICATE node and is judged by matching.eligibility.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import inf

from msgspec import Struct

from referral_hub.matching import kernel
from referral_hub.matching.criteria import (
    NO_LIMIT_FROM,
    Age,
    All,
    AnyMember,
    AnyOf,
    Enrolled,
    Household,
    Income,
    Insured,
    LivesIn,
    Not,
    ReferredBy,
    Rule,
    Speaks,
    Status,
    Text,
    Visits,
)
from referral_hub.matching.eligibility import same_place
from referral_hub.matching.referrers import is_organization
from referral_hub.matching.verdicts import fixed_income_limit

KINDS = ("postal_code", "county", "city", "state")
"""Parts of a home, by their number in a node's items."""
KNOWN: dict[type[Struct], tuple[str, ...]] = {
    All: ("of",),
    AnyOf: ("of",),
    Not: ("of",),
    Age: ("min", "max"),
    Household: ("min", "max"),
    AnyMember: ("who",),
    Income: ("max_percent_of_poverty", "max_annual"),
    Enrolled: ("any_of",),
    Status: ("any_of",),
    Insured: ("any_of",),
    LivesIn: ("postal_codes", "counties", "cities", "states"),
    Speaks: ("any_of",),
    Visits: ("max", "days"),
    ReferredBy: ("any_of",),
    Text: ("text",),
}
"""What of each criterion the nodes can say; a rule with anything more is intricate."""
_MAPS = {Enrolled: "enrolled", Status: "statuses", Insured: "insurance", ReferredBy: "referred_by"}


class Node(Struct):
    op: int
    end: int = 0
    low: float = -inf
    high: float = inf
    items: list[int] = []


Number = Callable[[str, str], int]
"""(kind, name) -> its number: kinds are place, fact, language."""


def nodes_of(rule: Rule, number: Number) -> list[Node]:
    """The nodes of a rule, in order."""
    if _is_intricate(rule, inside_member=False):
        return [Node(kernel.INTRICATE, 1)]
    nodes: list[Node] = []
    _append(rule, nodes, number)
    return nodes


def place_number(kind: int, name: str, number: Number) -> int:
    """A part of a home with its kind above it: the same number in rules, areas and requests."""
    return (kind << kernel.BUCKET_BITS) | number("place", place_key(kind, name))


def place_key(kind: int, name: str) -> str:
    """What a part of a home is numbered by."""
    return f"{KINDS[kind]}:{same_place(KINDS[kind], name)}"


def language_of(code: str) -> str:
    """The language without its region, as eligibility.same_language compares."""
    return code.casefold().partition("-")[0]


def _is_intricate(rule: Rule, *, inside_member: bool) -> bool:
    known = KNOWN.get(type(rule), ())
    beyond = [name for name in rule.__struct_fields__ if name not in known]
    if beyond and any(getattr(rule, name) not in (None, []) for name in beyond):
        return True
    if isinstance(rule, All | AnyOf):
        return any(_is_intricate(part, inside_member=inside_member) for part in rule.of)
    if isinstance(rule, Not):
        return _is_intricate(rule.of, inside_member=inside_member)
    if isinstance(rule, AnyMember):
        return inside_member or _is_intricate(rule.who, inside_member=True)
    if isinstance(rule, ReferredBy):
        return any(is_organization(name) for name in rule.any_of)  # that one organization is no other is not in the answers
    return type(rule) not in KNOWN


def _append(rule: Rule, nodes: list[Node], number: Number) -> None:
    place = len(nodes)
    nodes.append(_node(rule, number))
    for part in _parts(rule):
        _append(part, nodes, number)
    nodes[place].end = len(nodes)


def _parts(rule: Rule) -> Iterable[Rule]:
    if isinstance(rule, All | AnyOf):
        return rule.of
    if isinstance(rule, Not):
        return (rule.of,)
    return (rule.who,) if isinstance(rule, AnyMember) else ()


def _node(rule: Rule, number: Number) -> Node:  # noqa: C901, PLR0912  # one line a criterion
    match rule:
        case All():
            return Node(kernel.ALL)
        case AnyOf():
            return Node(kernel.ANY)
        case Not():
            return Node(kernel.NOT)
        case AnyMember():
            return Node(kernel.MEMBER)
        case Age():
            high = inf if rule.max is None or rule.max >= NO_LIMIT_FROM else rule.max
            return Node(kernel.AGE, low=-inf if rule.min is None else rule.min, high=high)
        case Household():
            return Node(kernel.HOUSEHOLD, low=-inf if rule.min is None else rule.min, high=inf if rule.max is None else rule.max)
        case Income():
            dollars = fixed_income_limit(rule)
            if dollars is not None:
                return Node(kernel.INCOME_ANNUAL, low=dollars)
            return Node(kernel.INCOME_PERCENT, low=rule.max_percent_of_poverty or 0.0)
        case Enrolled() | Status() | Insured() | ReferredBy():
            return Node(kernel.ANSWERS, items=[number("fact", f"{_MAPS[type(rule)]}.{name}") for name in dict.fromkeys(rule.any_of)])
        case LivesIn():
            lists = (rule.postal_codes, rule.counties, rule.cities, rule.states)
            return Node(kernel.LIVES_IN, items=[place_number(kind, name, number) for kind, names in enumerate(lists) for name in names])
        case Speaks():
            return Node(kernel.SPEAKS, items=sorted({number("language", language_of(code)) for code in rule.any_of}))
        case Visits():
            return Node(kernel.VISITS, low=rule.max, high=rule.days)
        case _:
            return Node(kernel.TEXT)
