"""What one sentence puts in doubt of what another one says."""

from __future__ import annotations

import re
from collections.abc import Callable

from referral_hub.matching.rule_text import people
from referral_hub.matching.rule_text.clauses import Clause, Found, find_phrases

STANDS_ALONE = frozenset({"income", "lives_in", "visits"})
"""Hold beside any other sentence."""


def drop_doubtful(clauses: list[Clause], state: str | None) -> None:
    """Take out what several sentences together put in doubt: two ages, two groups of people, a part of a service open to all."""
    texts = [clause.sentence.text for clause in clauses]
    if any(re.search(r"\b(?:exceptions?|acception|flexible)\b", text, re.IGNORECASE) for text in texts):
        _drop(clauses, lambda _one: True)
        return
    aged = [text for text in texts if any(one.kind == "age" and one.criterion.get("min") != 0 for one in find_phrases(text, state))]
    if len(aged) > 1 or any(people.ELSEWHERE.search(clause.sentence.text) and not clause.found for clause in clauses):
        _drop(clauses, lambda one: one.kind == "age")
    if any(people.UNIVERSAL.search(text) for text in texts):
        _drop(clauses, lambda one: one.kind not in STANDS_ALONE, but=r"\bmust\b")
    groups = [clause for clause in clauses if _names_people(clause)]
    if len(groups) > 1:
        _drop(clauses, lambda one: one.kind not in STANDS_ALONE, but=r"\bmust\b")


def _names_people(clause: Clause) -> bool:
    """A sentence that describes a group of people, rather than a condition on the group of another one."""
    text = clause.sentence.text
    if people.ASIDE.match(text) or people.BESIDE.search(text) or re.search(r"\bmust\b", text, re.IGNORECASE):
        return False
    if clause.found and all(one.kind in STANDS_ALONE for _, found in clause.found for one in found):
        return False
    if clause.found:
        return True
    return bool(people.HEADS.search(text) or people.PAIRS.search(text))


def _drop(clauses: list[Clause], is_doubtful: Callable[[Found], bool], *, but: str | None = None) -> None:
    for clause in clauses:
        if but and re.search(but, clause.sentence.text, re.IGNORECASE):
            continue
        clause.found = [(criterion, found) for criterion, found in clause.found if not any(is_doubtful(one) for one in found)]
        clause.is_whole = clause.is_whole and bool(clause.found)
