"""Who refers: the kinds of organizations that services name, and what the hub knows of the one that asks.

Nobody asks a patient for this. A rule names kinds, or one organization by its id.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from uuid import UUID

import msgspec

from referral_hub.matching.criteria import All, AnyMember, AnyOf, Not, ReferredBy, Rule
from referral_hub.matching.facts import Answers, Facts

FACT = "referred_by"
KINDS: Mapping[str, str] = {
    "behavioral_health": "a behavioral health provider",
    "child_welfare": "a child welfare agency",
    "clinic": "a clinic",
    "community_organization": "a community organization",
    "corrections": "a jail or prison",
    "court": "a court",
    "faith": "a faith community",
    "government": "a government agency",
    "health_plan": "a health plan",
    "hospital": "a hospital",
    "school": "a school",
    "shelter": "a shelter",
}
"""(ours) What a sending organization may be, and its words; a rule may name any other, which the hub does not know."""
AN_ORGANIZATION = "an organization that it names"
_ORGANIZATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_organization(name: str) -> bool:
    """Whether a referrer is named by its id."""
    return _ORGANIZATION.fullmatch(name) is not None


def is_referrer(fact: str) -> bool:
    """Whether a fact is about who refers: nothing to ask a patient."""
    return fact.partition(".")[0] == FACT


def find_answer(answers: Answers, name: str) -> bool | None:
    """Whether a referrer is the one; where the referring organization is known, no other one is."""
    answer = answers.get(name)
    if answer is None and is_organization(name) and any(held and is_organization(other) for other, held in answers.items()):
        return False
    return answer


def with_referrer(facts: Facts, organization_id: UUID, kinds: Collection[str]) -> Facts:
    """The facts with what the hub knows of the organization that refers, over what a request says.

    `kinds` are all that it is; none: nobody has said, so a request may.
    """
    said = {name: held for name, held in facts.referred_by.items() if not is_organization(name)}
    known = {kind: kind in kinds for kind in KINDS} if kinds else {}
    return msgspec.structs.replace(facts, referred_by={**said, **known, str(organization_id): True})


def referrers_in(rule: Rule | None, facts: Facts) -> Answers:
    """What is known of the kinds that a rule names. Which organization refers stands beside it anyway."""
    if isinstance(rule, All | AnyOf):
        return {name: held for part in rule.of for name, held in referrers_in(part, facts).items()}
    if isinstance(rule, Not | AnyMember):
        return referrers_in(rule.of if isinstance(rule, Not) else rule.who, facts)
    if not isinstance(rule, ReferredBy):
        return {}
    return {name: held for name in rule.any_of if not is_organization(name) and (held := facts.referred_by.get(name)) is not None}


def say_referrers(names: Collection[str]) -> list[str]:
    """Each in words; organizations, whose names a rule does not have, once."""
    said = [AN_ORGANIZATION if is_organization(name) else KINDS.get(name, name.replace("_", " ")) for name in names]
    return list(dict.fromkeys(said))
