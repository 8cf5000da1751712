"""Which question to ask next: the unknown fact that would settle most of what was found, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct

from referral_hub.matching.facts import Facts

ONLY_OFFERED = frozenset({"statuses.survivor"})
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
    "statuses.reentry": 3,
    "statuses.refugee": 3,
}
"""(ours) How much a question takes from a patient, 0 to 3."""
WEIGHT = (1.0, 0.9, 0.75, 0.5)
"""(ours) What a question of each sensitivity counts for: a heavy one must settle twice as much as a light one."""
PLAUSIBLE_AGES: dict[str, tuple[float, float]] = {
    "statuses.pregnant": (10, 55),
    "statuses.veteran": (17, math.inf),
    "statuses.employed": (14, math.inf),
    "statuses.reentry": (12, math.inf),
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
    "insurance.medicaid": "Is Medicaid your health insurance?",
    "insurance.medicare": "Is Medicare your health insurance?",
    "insurance.private": "Do you have private health insurance, from a job or bought by you?",
    "insurance.none": "Are you without health insurance?",
}

_NAMES: dict[str, str] = {
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
    "languages.ase": "American Sign Language",
}
_FRAMES = {"enrolled": "Are you enrolled in {}?", "insurance": "Is {} your health insurance?", "statuses": "Does this fit you: {}?"}


class Question(Struct, frozen=True):
    """`settles`: how many of the found services its answer is expected to decide, in whole services."""

    fact: str
    question: str
    settles: int


def name_answer(fact: str, name: str) -> str:
    """An answer's name in plain words (`enrolled`, `snap` -> SNAP)."""
    return _NAMES.get(f"{fact}.{name}", name.replace("_", " "))


def word_question(fact: str) -> str:
    """How to ask for a fact."""
    first, _, key = fact.partition(".")
    return QUESTIONS.get(fact) or _FRAMES.get(first, "What should we know: {}?").format(name_answer(first, key) if key else first)


def may_ask(facts: Facts, name: str) -> bool:
    """Whether a missing fact may be asked for: not what was declined, nor what only the patient may offer."""
    return not facts.is_declined(name) and name not in ONLY_OFFERED


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

    Left out: what was declined, what only the patient may offer, what makes no sense for this patient.
    """

    def sensitivity(fact: str) -> int:
        return SENSITIVITY.get(fact, SENSITIVITY.get(fact.partition(".")[0], 0))

    asked = [fact for fact in settled if may_ask(facts, fact) and is_plausible(facts, fact)]
    asked.sort(key=lambda fact: (-settled[fact] * WEIGHT[sensitivity(fact)], sensitivity(fact), fact))
    return [Question(fact, word_question(fact), max(round(settled[fact]), int(settled[fact] > 0))) for fact in asked]
