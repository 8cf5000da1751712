"""The phrases of one sentence, and the groups of people between which it chooses."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from msgspec import Struct

from referral_hub.matching.rule_text import people
from referral_hub.matching.rule_text.ages import find_ages
from referral_hub.matching.rule_text.phrases import ADULT, ADULTS, ENROLLED, SIMPLE, read_programs
from referral_hub.matching.rule_text.places import find_places
from referral_hub.matching.rule_text.sentences import Sentence

MASK = "\x00"
"""Stands for each letter of a phrase that was understood."""
HEADED = "\x02"
"""As MASK, for a phrase that names people itself, such as "veterans"."""
_PAIR = "\x01"
_UNDERSTOOD = MASK + HEADED
_JOINT = re.compile(
    r"\s*(?:[,;]\s*(?:and/or\b|and\b|or\b|&)?|\band/or\b|\band\b|\bor\b|&|(?<=[A-Za-z\x00\x02])/(?=[A-Za-z\x00\x02])|\bplus\b)\s*",
    re.IGNORECASE,
)
_OR = re.compile(r"or\b|/", re.IGNORECASE)
_DETERMINER = r"(?:an?\s+|the\s+|any\s+|have\s+|be\s+|is\s+|are\s+|who\s+are\s+|who\s+is\s+|at\s+least\s+)*"
_ENROLLED = tuple(re.compile(pattern, re.IGNORECASE) for pattern in ENROLLED)
_ADULTS = re.compile(ADULTS, re.IGNORECASE)


class Found(NamedTuple):
    """A phrase of a sentence and its criterion; `start` and `end` count in the sentence."""

    start: int
    end: int
    criterion: dict[str, Any]
    clear: bool = True
    """A number that only stands beside people is not clearly an age."""

    @property
    def kind(self) -> str:
        """The criterion's type."""
        return str(self.criterion["type"])


class Clause(Struct):
    """What one sentence gives: criteria with their phrases, and whether nothing of it is left."""

    sentence: Sentence
    found: list[tuple[dict[str, Any], list[Found]]] = []
    is_whole: bool = False


def find_phrases(sentence: str, state: str | None) -> list[Found]:
    """Every phrase that names a criterion, in order; of two that overlap the longer one."""
    found = [Found(*age) for age in find_ages(sentence)]
    found += [Found(place.start, place.end, place.criterion) for place in find_places(sentence, state)]
    for pattern, build in SIMPLE:
        for match in pattern.finditer(sentence):
            criterion = build(match)
            if criterion:
                found.append(Found(match.start(), match.end(), criterion))
    for pattern in _ENROLLED:
        for match in pattern.finditer(sentence):
            criteria = read_programs(match)
            one = criteria[0] if len(criteria) == 1 else {"type": "any", "of": criteria}
            found.append(Found(match.start(), match.end(), one))
    kept = _without_overlaps(found)
    if not any(one.kind == "age" for one in kept):
        kept = _without_overlaps(kept + [Found(match.start(), match.end(), ADULT) for match in _ADULTS.finditer(sentence)])
    return kept


def _without_overlaps(found: list[Found]) -> list[Found]:
    kept: list[Found] = []
    for one in sorted(found, key=lambda each: (each.start - each.end, each.start)):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept)


def mask(sentence: str, found: list[Found]) -> str:
    """The sentence with what was understood, and pairs such as "men and women", made unreadable at the same length."""
    masked = sentence
    for one in found:
        sign = HEADED if one.kind != "lives_in" and people.HEADS.search(sentence[one.start : one.end]) else MASK
        masked = masked[: one.start] + sign * (one.end - one.start) + masked[one.end :]
    return people.PAIRS.sub(lambda pair: _PAIR * len(pair[0]), masked)


def split_groups(masked: str) -> list[tuple[int, int]]:
    """Where each of the groups begins and ends between which a sentence chooses; one group for most sentences."""
    joints = list(_JOINT.finditer(masked))
    starts = [0]
    ends: list[int] = []
    for number, joint in enumerate(joints):
        following = masked[joint.end() : joints[number + 1].start() if number + 1 < len(joints) else len(masked)]
        if _begins_group(joint[0], following):
            ends.append(joint.start())
            starts.append(joint.end())
    return list(zip(starts, [*ends, len(masked)], strict=True))


def _begins_group(joint: str, following: str) -> bool:
    """Whether a new group begins after a joint: it names people before anything that narrows, or an "or" offers a criterion."""
    is_choice = bool(_OR.search(joint))
    if is_choice and re.match(_DETERMINER + f"[{_UNDERSTOOD}{_PAIR}]", following, re.IGNORECASE):
        return True
    head = people.HEADS.search(following) or re.search(f"[{HEADED}{_PAIR}]", following)
    if head is None:
        return False
    narrowing = people.QUALIFIER.search(following)
    return is_choice or narrowing is None or head.start() < narrowing.start()


def is_plain(masked: str, *, has_age: bool) -> bool:
    """Whether nothing but phrases that were understood and words that ask nothing is left."""
    left = re.sub(f"[{_UNDERSTOOD}{_PAIR}]+", " ", masked)
    if people.WITH_CHILDREN.search(left):
        if not re.search(rf"{people.WITH_CHILDREN.pattern}[\s,(]*[{_UNDERSTOOD}]", masked, re.IGNORECASE):
            return False
        left = people.WITH_CHILDREN.sub(" ", left)
    if has_age:
        left = people.AGED.sub(" ", left)
    return not re.search(r"[A-Za-z0-9]", people.FILLER.sub(" ", left))


def is_of_adults(words: str) -> bool:
    """Whether a group is one of adults."""
    return bool(_ADULTS.search(words))
