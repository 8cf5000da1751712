"""A rule as people put one together: groups that must all fit, and in each group lines of which one is enough. Pure.

Every rule can be written so, but not every one is: what is nested deeper stays one line, said in words, which can be
taken away as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, to_builtins

from referral_hub.matching.criteria import All, AnyOf, Rule, parse_rule
from referral_hub.matching.eligibility import describe

MOST_LINES = 60

Draft = tuple[tuple[Rule, ...], ...]
"""Groups of lines."""


class DraftLine(Struct, frozen=True):
    """A line as it is read back; `group` and `line` are its place."""

    group: int
    line: int
    says: str


def draft_of(rule: Rule | None) -> Draft:
    """The groups and lines of a rule."""
    if rule is None:
        return ()
    return tuple(tuple(_flat([part], AnyOf)) for part in _flat([rule], All))


def _flat(parts: Sequence[Rule], kind: type[All | AnyOf]) -> list[Rule]:
    """The parts, with the parts of those that are of this kind in their place."""
    found: list[Rule] = []
    for part in map(_bare, parts):
        found += _flat(part.of, kind) if isinstance(part, kind) and part.of else [part]
    return found


def _bare(rule: Rule) -> Rule:
    """All of one, or any of one, is that one."""
    while isinstance(rule, All | AnyOf) and len(rule.of) == 1:
        rule = rule.of[0]
    return rule


def rule_of(draft: Draft) -> Rule | None:
    """The rule of a draft, as short as it can be written; None: open to all."""
    groups = [lines[0] if len(lines) == 1 else AnyOf(of=list(lines)) for lines in draft if lines]
    if not groups:
        return None
    return groups[0] if len(groups) == 1 else All(of=groups)


def with_line(draft: Draft, line: Rule, group: int | None = None) -> Draft:
    """The draft with one more line: a condition of its own, or another way to meet the one of `group`."""
    if group is None or not 0 <= group < len(draft):
        return (*draft, (line,))
    return tuple((*lines, line) if number == group and line not in lines else lines for number, lines in enumerate(draft))


def without_line(draft: Draft, group: int, line: int) -> Draft:
    """The draft without a line; a place that there is not is no fault."""
    kept = [
        tuple(one for place, one in enumerate(lines) if (number, place) != (group, line)) for number, lines in enumerate(draft)
    ]
    return tuple(lines for lines in kept if lines)


def lines_of(draft: Draft) -> list[list[DraftLine]]:
    """The draft read back, group by group."""
    return [[DraftLine(number, place, describe(one)) for place, one in enumerate(lines)] for number, lines in enumerate(draft)]


def count_lines(draft: Draft) -> int:
    return sum(len(lines) for lines in draft)


def plain_rule(draft: Draft) -> dict[str, object] | None:
    """The rule as it is stored; raises InvalidRule for one that cannot be."""
    rule = rule_of(draft)
    if rule is None:
        return None
    plain: dict[str, object] = to_builtins(rule)
    parse_rule(plain)
    return plain
