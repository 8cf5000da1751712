"""Which question to ask next: the unknown fact that would settle most of what was found, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from referral_hub.matching.facts import Facts
from referral_hub.matching.referrers import is_referrer

ONLY_OFFERED = frozenset(
    {
        "statuses.survivor",
        "statuses.unhoused_fleeing",
        "statuses.hiv",
        "statuses.substance_use",
        "statuses.undocumented",
        "statuses.lgbtq",
    }
)
"""Facts that nobody asks for: the patient may offer them."""

SENSITIVITY: dict[str, int] = {
    "age": 0,
    "household_size": 0,
    "members": 0,
    "languages": 0,
    "home.postal_code": 0,
    "home.city": 0,
    "home.state": 0,
    "home.county": 0,
    "visits": 0,
    "enrolled": 1,
    "insurance": 1,
    "statuses": 1,
    "annual_income": 2,
    "statuses.disabled": 2,
    "statuses.pregnant": 2,
    "statuses.unhoused": 2,
    "statuses.unhoused_literal": 2,
    "statuses.unhoused_imminent": 2,
    "statuses.unhoused_other": 2,
    "statuses.foster_youth": 2,
    "statuses.reentry": 3,
    "statuses.refugee": 3,
}
"""(ours) How much a question takes from a patient, 0 to 3."""
WEIGHT = (1.0, 0.9, 0.75, 0.5)
"""(ours) What a question of each sensitivity counts for: a heavy one must settle twice as much as a light one."""
MOST_RULES = 200
"""Distinct rules that are looked at, those of the most services first."""
ANSWERS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "age": (
        (3, 0.06), (10, 0.12), (16, 0.06), (20, 0.06), (30, 0.18), (45, 0.20), (57, 0.08), (61, 0.05), (64, 0.04), (72, 0.10), (85, 0.05),
    ),
    "annual_income": (
        (0, 0.10), (8_000, 0.15), (14_000, 0.20), (20_000, 0.20), (28_000, 0.15), (40_000, 0.10), (60_000, 0.06), (100_000, 0.04),
    ),
    "household_size": ((1, 0.35), (2, 0.25), (3, 0.15), (4, 0.13), (5, 0.07), (7, 0.04), (9, 0.01)),
}  # fmt: skip
"""(ours) Answers that stand for all, each with its weight; the weights of a fact make 1."""
YES_WEIGHT: Mapping[str, float] = {
    "statuses.pregnant": 0.1,
    "statuses.reentry": 0.1,
    "statuses.refugee": 0.1,
    "statuses.veteran": 0.1,
}
"""(ours) How often a yes is expected to a question of yes and no; of all others half of the time."""

PLAUSIBLE_AGES: dict[str, tuple[float, float]] = {
    "statuses.pregnant": (10, 55),
    "statuses.veteran": (17, math.inf),
    "statuses.employed": (14, math.inf),
    "statuses.reentry": (12, math.inf),
    "statuses.unemployed": (14, math.inf),
    "statuses.parent": (12, math.inf),
    "statuses.kinship_caregiver": (18, math.inf),
    "statuses.first_time_parent": (12, 60),
    "statuses.homeowner": (16, math.inf),
    "statuses.renter": (16, math.inf),
    "enrolled.ssdi": (16, math.inf),
}
"""(ours) The ages at which a question makes sense."""

QUESTIONS: dict[str, str] = {
    "age": "How old are you?",
    "household_size": "How many people live with you and share food and money, you included?",
    "annual_income": "About how much money does your household take in each year, before taxes?",
    "members": "Who else lives with you, and how old are they?",
    "languages": "Which languages do you speak?",
    "visits": "When did you last get this kind of help?",
    "home.postal_code": "What is the ZIP code where you live or stay?",
    "home.city": "Which city or town do you live in?",
    "home.county": "Which county do you live in?",
    "home.state": "Which state do you live in?",
    "enrolled.snap": "Do you get SNAP (food stamps)?",
    "enrolled.wic": "Do you get WIC?",
    "enrolled.medicaid": "Do you have Medicaid?",
    "enrolled.medicare": "Do you have Medicare?",
    "enrolled.ssi": "Do you get SSI (Supplemental Security Income)?",
    "enrolled.tanf": "Do you get TANF (cash help for families)?",
    "enrolled.liheap": "Do you get LIHEAP (help with heating and electric bills)?",
    "statuses.veteran": "Did you ever serve in the military?",
    "statuses.pregnant": "Are you pregnant?",
    "statuses.disabled": "Do you have a disability?",
    "statuses.unhoused": "Are you without a steady place to sleep right now?",
    "statuses.reentry": "Have you come home from jail or prison?",
    "statuses.refugee": "Did you come here as a refugee or asylum seeker?",
    "statuses.student": "Are you a student?",
    "statuses.employed": "Do you work for pay now?",
    "statuses.unhoused_literal": "Did you sleep outside, in a car or in a shelter last night?",
    "statuses.unhoused_imminent": "Will you lose the place where you live within two weeks?",
    "statuses.unhoused_other": "Are you under 25 or with children, and have you moved twice or more in the last two months?",
    "statuses.caregiver": "Do you take care of a family member or friend?",
    "statuses.parent": "Are you raising a child?",
    "statuses.kinship_caregiver": "Are you raising a grandchild or a relative's child?",
    "statuses.foster_youth": "Are you in foster care now, or were you?",
    "statuses.unemployed": "Are you out of work?",
    "statuses.homebound": "Is it hard for you to leave your home?",
    "statuses.first_time_parent": "Is this your first baby?",
    "statuses.homeowner": "Do you own the home where you live?",
    "statuses.renter": "Do you rent the home where you live?",
    "enrolled.ssdi": "Do you get SSDI (Social Security Disability Insurance)?",
    "enrolled.chip": "Do your children have CHIP (health insurance for children)?",
    "enrolled.head_start": "Is your child in Head Start?",
    "enrolled.school_meals": "Do your children get free or low-cost meals at school?",
    "enrolled.section_8": "Do you have a Section 8 housing voucher?",
    "enrolled.public_housing": "Do you live in public housing?",
    "enrolled.va_health_care": "Do you get health care from the VA?",
    "insurance.medicaid": "Is Medicaid your health insurance?",
    "insurance.medicare": "Is Medicare your health insurance?",
    "insurance.private": "Do you have private health insurance, from a job or bought by you?",
    "insurance.none": "Are you without health insurance?",
    "insurance.chip": "Is CHIP the health insurance of your children?",
    "insurance.va": "Does the VA pay for your health care?",
    "insurance.tricare": "Is TRICARE your health insurance?",
}

NAMES: dict[str, str] = {
    "enrolled.snap": "SNAP",
    "enrolled.wic": "WIC",
    "enrolled.medicaid": "Medicaid",
    "enrolled.medicare": "Medicare",
    "enrolled.ssi": "SSI",
    "enrolled.tanf": "TANF",
    "enrolled.liheap": "LIHEAP",
    "statuses.veteran": "veterans",
    "statuses.pregnant": "people who are pregnant",
    "statuses.disabled": "people with a disability",
    "statuses.unhoused": "people without steady housing",
    "statuses.survivor": "survivors of violence",
    "statuses.reentry": "people home from jail or prison",
    "statuses.refugee": "refugees",
    "statuses.student": "students",
    "statuses.employed": "people who work",
    "statuses.unhoused_literal": "people who sleep outside, in a car or in a shelter",
    "statuses.unhoused_imminent": "people who will lose their home within two weeks",
    "statuses.unhoused_other": "young people and families who move from place to place",
    "statuses.unhoused_fleeing": "people who fled violence at home",
    "statuses.caregiver": "people who take care of somebody",
    "statuses.parent": "parents",
    "statuses.kinship_caregiver": "people raising a grandchild or a relative's child",
    "statuses.foster_youth": "people in foster care or home from it",
    "statuses.unemployed": "people out of work",
    "statuses.homebound": "people who can hardly leave home",
    "statuses.first_time_parent": "people with a first baby",
    "statuses.homeowner": "people who own their home",
    "statuses.renter": "people who rent their home",
    "statuses.hiv": "people with HIV",
    "statuses.substance_use": "people in recovery",
    "statuses.undocumented": "people without papers",
    "statuses.lgbtq": "LGBTQ people",
    "enrolled.ssdi": "SSDI",
    "enrolled.chip": "CHIP",
    "enrolled.head_start": "Head Start",
    "enrolled.school_meals": "free or low-cost school meals",
    "enrolled.section_8": "Section 8",
    "enrolled.public_housing": "public housing",
    "enrolled.va_health_care": "VA health care",
    "insurance.chip": "CHIP",
    "insurance.va": "the VA",
    "insurance.tricare": "TRICARE",
    "insurance.medicaid": "Medicaid",
    "insurance.medicare": "Medicare",
    "insurance.private": "private insurance",
    "insurance.none": "no insurance",
    "languages.en": "English",
    "languages.es": "Spanish",
    "languages.ar": "Arabic",
    "languages.zh": "Chinese",
    "languages.vi": "Vietnamese",
    "languages.ht": "Haitian Creole",
    "languages.fr": "French",
    "languages.ko": "Korean",
    "languages.ru": "Russian",
    "languages.pt": "Portuguese",
    "languages.am": "Amharic",
    "languages.bn": "Bengali",
    "languages.de": "German",
    "languages.fa": "Persian",
    "languages.gu": "Gujarati",
    "languages.hi": "Hindi",
    "languages.it": "Italian",
    "languages.ja": "Japanese",
    "languages.my": "Burmese",
    "languages.ne": "Nepali",
    "languages.pl": "Polish",
    "languages.ps": "Pashto",
    "languages.so": "Somali",
    "languages.sw": "Swahili",
    "languages.tl": "Tagalog",
    "languages.uk": "Ukrainian",
    "languages.ur": "Urdu",
    "languages.yo": "Yoruba",
    "languages.ase": "American Sign Language",
}
_FRAMES = {
    "enrolled": "Do you get help from this program: {}?",
    "insurance": "Is {} your health insurance?",
    "statuses": "This service is for one group of people: {}. Are you one of them?",
}
"""Of a name that nobody worded: a rule may ask for any."""


class Question(Struct, frozen=True):
    """`settles`: how many of the found services its answer is expected to decide, in whole services."""

    fact: str
    question: str
    settles: int


def name_answer(fact: str, name: str) -> str:
    """An answer's name in plain words (`enrolled`, `snap` -> SNAP)."""
    return NAMES.get(f"{fact}.{name}", name.replace("_", " "))


@lru_cache(maxsize=4096)
def word_question(fact: str) -> str:
    """How to ask for a fact."""
    first, _, key = fact.partition(".")
    return QUESTIONS.get(fact) or _FRAMES.get(first, "What should we know: {}?").format(name_answer(first, key or first))


def yes_weight(fact: str) -> float:
    """How often a question of yes and no is expected to be answered by yes."""
    return YES_WEIGHT.get(fact, 0.5)


def may_ask(facts: Facts, name: str) -> bool:
    """Whether a missing fact may be asked for: not what was declined, what only the patient may offer, nor who refers."""
    return not facts.is_declined(name) and name not in ONLY_OFFERED and not is_referrer(name)


def is_plausible(facts: Facts, name: str) -> bool:
    """Whether a question makes sense for this patient: nobody of 67 is asked about a pregnancy."""
    low, high = PLAUSIBLE_AGES.get(name, (0, math.inf))
    if facts.age is not None and not low <= facts.age <= high:
        return False
    if name == "insurance.none":
        return True not in facts.insurance.values()
    return not (name.startswith("insurance.") and facts.insurance.get("none") is True)


def rank_questions(settled: Mapping[str, float], facts: Facts) -> list[Question]:
    """Questions, best first: what each is expected to settle, less where it takes more from a patient; then by name.

    Left out: what was declined, what only the patient may offer, who refers, what makes no sense for this patient.
    """

    def sensitivity(fact: str) -> int:
        return SENSITIVITY.get(fact, SENSITIVITY.get(fact.partition(".")[0], 0))

    asked = [fact for fact in settled if may_ask(facts, fact) and is_plausible(facts, fact)]
    asked.sort(key=lambda fact: (-settled[fact] * WEIGHT[sensitivity(fact)], sensitivity(fact), fact))
    return [Question(fact, word_question(fact), max(round(settled[fact]), int(settled[fact] > 0))) for fact in asked]
