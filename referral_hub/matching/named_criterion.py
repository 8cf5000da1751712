"""Which criterion of a rule somebody means who names it in their own words. Pure."""

from __future__ import annotations

import re
from typing import Any

from referral_hub.matching.criteria import All, AnyMember, AnyOf, Not, Rule, Text, read_stored_rule
from referral_hub.matching.sentences import describe

_WORD = re.compile(r"[a-z]{3,}|\d+")
_EMPTY = frozenset("the and any not for who are over under rule must only people patient does fit".split())
_ABOUT: dict[str, str] = {
    "Age": "age ages old older young younger year years senior seniors adult adults child children",
    "Household": "household family size",
    "Income": "income money poverty earns earnings wage wages limit",
    "LivesIn": "lives live home area zip code county city state resident residents address",
    "Insured": "insurance insured medicaid medicare plan",
    "Enrolled": "enrolled benefits program snap wic ssi tanf",
    "Speaks": "language speaks speak english spanish",
    "Visits": "visits visit times month already",
    "ReferredBy": "referred referral referrer doctor agency",
}
"""Words by which people mean a kind of criterion, beside those of its own sentence."""


def criterion_meant(rule: dict[str, Any] | None, said: str | None) -> str:
    """The criterion of a stored rule that shares most words with what was said, in the hub's own words.

    Empty where nothing was said, no rule is stored, or two criteria are meant as well as each other. A criterion that is
    text is never told: it stands in the rule anyway.
    """
    known = read_stored_rule(rule)
    words = _words(said or "")
    if known is None or not words:
        return ""
    scored = sorted(((len(words & _words_of(leaf)), describe(leaf)) for leaf in _leaves(known)), reverse=True)
    if not scored or scored[0][0] == 0 or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return ""
    return scored[0][1]


def _leaves(rule: Rule) -> list[Rule]:
    if isinstance(rule, All | AnyOf):
        return [leaf for part in rule.of for leaf in _leaves(part)]
    if isinstance(rule, Not):
        return _leaves(rule.of)
    return [] if isinstance(rule, Text) else [rule]


def _words_of(leaf: Rule) -> set[str]:
    about = " ".join(_ABOUT.get(type(part).__name__, "") for part in ((leaf, leaf.who) if isinstance(leaf, AnyMember) else (leaf,)))
    return _words(f"{describe(leaf)} {about}")


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _EMPTY
