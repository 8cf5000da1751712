"""Eligibility prose -> a suggested rule: what is clearly a requirement becomes a criterion, the rest stays as text.

In doubt nothing is read: a phrase counts only where its whole sentence is of a known kind. A suggestion
excludes nobody; a person confirms it first.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from referral_hub.matching.rule_text import people
from referral_hub.matching.rule_text.clauses import HEADED, MASK, Clause, Found, find_phrases, is_of_adults, is_plain, mask, split_groups
from referral_hub.matching.rule_text.doubts import STANDS_ALONE, drop_doubtful
from referral_hub.matching.rule_text.phrases import ADULT, status
from referral_hub.matching.rule_text.sentences import Sentence, split_sentences

LONGEST = 4_000
"""Characters; a longer text is no sentence about who can come, and is left to people."""
_STRICT_HEADS = re.compile(r"\b(?:famil(?:y|ies)|parents?|friends?|relatives?|caregivers?|spouses?|mentors?|volunteers?|agenc(?:y|ies)|organizations?|groups?|providers?|siblings?|dependents?)\b", re.IGNORECASE)  # fmt: skip
_LIVING = re.compile(r"(?:who\s+)?(?:resid(?:e|es|ing)|live|lives|living)\b|.*\bresidency$", re.IGNORECASE)
_WORDED_JOINT = re.compile(r"\b(?:and|or)\b|&|/", re.IGNORECASE)
_DISABLED = status("disabled")
_NAMED = re.compile(f"[{MASK}{HEADED}\x01]")
_BOUND = re.compile(r"(?<!\bwho )\b(?:must|should)\b", re.IGNORECASE)
"""Right of a phrase: it only names those who must do something."""
_LONGEST_DESCRIPTION = 10
_VISITING = re.compile(r"\b(?:visit|come|help|assist|receive|request|apply|use|household|famil|limit|shop)", re.IGNORECASE)
_OFFERED = re.compile(r"\b(?:open|offered|held|meets?|available|clinics?|screenings?|class(?:es)?|distribut\w+)\b", re.IGNORECASE)
"""Once a month, the service is there: no limit to visits."""


class ReadPhrase(Struct, frozen=True):
    """Where in the text a criterion was read: characters, `end` excluded."""

    start: int
    end: int
    criterion: dict[str, Any]


class RuleReading(Struct, frozen=True):
    """What a text says: criteria that must all hold, where they stand, and the sentences that say more than was understood."""

    criteria: list[dict[str, Any]]
    phrases: list[ReadPhrase]
    rest: list[str]

    @property
    def rule(self) -> dict[str, Any] | None:
        """The suggested rule, with the rest as text; None where nothing was understood."""
        if not self.criteria:
            return None
        parts = [*self.criteria, *({"type": "text", "text": words} for words in self.rest)]
        return parts[0] if len(parts) == 1 else {"type": "all", "of": parts}


def read_rule(text: str, *, state: str | None = None) -> RuleReading:
    """Read a text; `state` (two letters) is where the service is, and tells which Montgomery County is meant."""
    sentences = split_sentences(text) if len(text) <= LONGEST else []
    clauses = [_read_sentence(sentence, state) for sentence in dict.fromkeys(sentences)]
    drop_doubtful(clauses, state)
    criteria: dict[str, dict[str, Any]] = {}
    phrases = []
    for clause in clauses:
        for criterion, found in clause.found:
            criteria.setdefault(repr(criterion), criterion)
            phrases += [ReadPhrase(clause.sentence.start + one.start, clause.sentence.start + one.end, one.criterion) for one in found]
    whole = {clause.sentence for clause in clauses if clause.is_whole and clause.found}
    rest = [sentence.text for sentence in sentences if sentence not in whole]
    return RuleReading(list(criteria.values()), sorted(phrases, key=lambda phrase: phrase.start), list(dict.fromkeys(rest)))


def _read_sentence(sentence: Sentence, state: str | None) -> Clause:
    clause = Clause(sentence)
    illustration = people.ILLUSTRATION.search(sentence.text)
    words = sentence.text[: illustration.start()] if illustration else sentence.text
    if people.VETO.search(people.MAY_VISIT.sub("", sentence.text)) or people.OTHER_SUBJECT.search(words):
        return clause
    found = find_phrases(words, state)
    if people.VETO.search(sentence.text):
        found = [one for one in found if one.kind == "visits"]
    if not found or _has_strange_numbers(mask(words, found)):
        return clause
    masked = mask(words, found)
    groups = split_groups(masked)
    described = len(groups) > 1 and _only_describe(masked, groups)
    if described:
        groups = [(0, len(masked))]
    if len(groups) > 1 and not (len(groups) == 2 and people.FAMILY_TAIL.match(masked[groups[1][0] :])):
        clause.found = _read_choice(words, masked, found, groups)
        clause.is_whole = bool(clause.found) and illustration is None
        return clause
    kept = [one for one in found if _is_required(words, masked, one)]
    if described and _WORDED_JOINT.search(masked):
        # "Low income and homeless people" may be both or either; an age holds for all whom it follows.
        kept = [one for one in kept if one.kind == "age"]
    of_household = _is_of_household(masked)
    # A choice within the one group (an "or" of two criteria) was split above; what is left must all hold.
    if of_household and any(one.kind not in ("age", "status") for one in kept):
        return clause
    clause.found = [(_of_whom(words, one, of_household=of_household), [one]) for one in kept]
    clause.is_whole = len(kept) == len(found) and illustration is None and is_plain(masked, has_age=any(one.kind == "age" for one in found))
    return clause


def _only_describe(masked: str, groups: list[tuple[int, int]]) -> bool:
    """`Abused and neglected children, ages 6-18` is one group: what stands before the people only describes them."""
    return all(not _NAMED.search(masked[start:end]) and not people.HEADS.search(masked[start:end]) for start, end in groups[:-1])


def _of_whom(words: str, one: Found, *, of_household: bool) -> dict[str, Any]:
    """The criterion, of somebody in the household where the words say so."""
    if of_household or (one.kind == "age" and people.CHILDREN.search(words[: one.start])):
        return {"type": "member", "who": one.criterion}
    return one.criterion


def _is_of_household(masked: str) -> bool:
    tail = re.search(r"(?:,\s*|\(|\band\s+|\bor\s+|&\s*)+\btheir\s+(?:families|family|parents?|children)\b\W*$", masked, re.IGNORECASE)
    return tail is not None and bool(re.search(f"[{MASK}{HEADED}]", masked[: tail.start()]))


def _has_strange_numbers(masked: str) -> bool:
    return bool(re.search(r"\d", people.DURATION.sub(" ", masked)))


def _read_choice(words: str, masked: str, found: list[Found], groups: list[tuple[int, int]]) -> list[tuple[dict[str, Any], list[Found]]]:
    """`Children up to 19 and pregnant women`: one way is enough. Nothing unless each group is understood to the last word."""
    ways: list[dict[str, Any]] = []
    for start, end in groups:
        inside = [one for one in found if start <= one.start and one.end <= end]
        if not inside or not is_plain(masked[start:end], has_age=any(one.kind == "age" for one in inside)):
            return []
        if not all(one.clear or _stands_by_people(masked[start : one.start]) for one in inside):
            return []
        if any(people.NEGATION.search(words[start : one.start]) for one in inside):
            return []
        parts = [_of_whom(words[start:end], one._replace(start=one.start - start), of_household=False) for one in inside]
        if is_of_adults(words[start:end]) and not any(one.kind == "age" for one in inside):
            parts.append(ADULT)
        ways.append(parts[0] if len(parts) == 1 else {"type": "all", "of": parts})
    if any(part["type"] in STANDS_ALONE for way in ways for part in (way.get("of") or [way])):
        return []
    return [({"type": "any", "of": ways}, found)]


def _stands_by_people(left: str) -> bool:
    return bool(re.search(rf"(?:{people.HEADS.pattern}|[\x01{MASK}{HEADED}])\W*$", left, re.IGNORECASE))


def _is_required(words: str, masked: str, one: Found) -> bool:
    """Whether a phrase in a sentence about one group is a requirement on whoever comes."""
    left, right = words[: one.start], words[one.end :]
    opener = people.OPENER.match(left)
    if one.kind != "income" and people.NEGATION.search(left):
        return False
    if _BOUND.search(right):
        return False
    if one.kind == "age":
        return _is_required_age(words, masked, one, opener.end() if opener else 0)
    if one.kind == "visits":
        return bool(_VISITING.search(words)) and not _OFFERED.search(words)
    if one.kind == "income":
        return True
    if one.kind == "lives_in" and not re.search(r"\bor\b|\bwork", words) and _LIVING.match(words[one.start : one.end]):
        return not _STRICT_HEADS.search(left)
    if one.criterion == _DISABLED and re.search(r"\bor\b", right, re.IGNORECASE):
        return False
    if one.kind == "status" and people.AFTER_JOINT.match(masked[one.end :]):
        return False
    return _is_plain_left(masked, one, opener.end() if opener else 0)


def _is_required_age(words: str, masked: str, one: Found, start: int) -> bool:
    left, before = words[: one.start], words[start : one.start]
    if re.search(r"\b(?:all|any)\s+ages?\b", words, re.IGNORECASE):
        return False
    if words[one.start : one.end].lower().startswith("adult"):
        return _is_plain_left(masked, one, start)
    if people.CHILDREN.search(left):
        return not re.search(r"\b(?:of|for|program|services?)\b", people.CHILDREN.sub("", before), re.IGNORECASE)
    if (
        people.PROGRAM.search(masked[start : one.start])
        or people.TO_DO.search(words[one.end :])
        or len(before.split()) > _LONGEST_DESCRIPTION
    ):
        return False
    return one.clear or _stands_by_people(masked[: one.start]) or not before.strip(" ,")


def _is_plain_left(masked: str, one: Found, start: int) -> bool:
    """Whether only people, plain words and phrases that were understood stand before a phrase."""
    left = masked[start : one.start]
    if _STRICT_HEADS.search(left):
        return False
    left = people.PLAIN.sub(" ", people.HEADS.sub(" ", left))
    return not re.search(r"[A-Za-z0-9]", left) and not re.search(r"[;]", left)
