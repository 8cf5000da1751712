"""Phrases that name a criterion, as tables: what is looked for, and what it means in a rule.

A phrase here only says what words mean; whether they are a requirement in their sentence, the reader decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Criterion = dict[str, Any]


def status(name: str) -> Criterion:
    """The criterion of one status."""
    return {"type": "status", "any_of": [name]}


def enrolled(*names: str) -> Criterion:
    """Enrolled in one of some programs."""
    return {"type": "enrolled", "any_of": sorted(names)}


def insured(*names: str) -> Criterion:
    """Insured by one of some insurers."""
    return {"type": "insured", "any_of": sorted(names)}


ADULT: Criterion = {"type": "age", "min": 18}
_ABILITY = r"(?:physical(?:ly)?|developmental(?:ly)?|intellectual(?:ly)?)"
_ABILITIES = rf"{_ABILITY}(?:\s*(?:,|and/or|and|or|&|/)\s*{_ABILITY})*"
_SURVIVED = r"(?:domestic\s+(?:and\s+sexual\s+)?(?:violence|abuse)|intimate\s+partner\s+violence|sexual\s+(?:assault|violence|abuse)(?:\s+(?:and|or)\s+domestic\s+violence)?)"
PHRASES: tuple[tuple[str, Criterion], ...] = (
    (r"(?:chronically\s+)?\bhomeless(?:ness)?(?!\s+(?:shelter|program|services|prevention))", status("unhoused")),
    (r"\b(?:who\s+are\s+|people\s+|persons\s+)?experiencing\s+homelessness", status("unhoused")),
    (r"\bunhoused\b", status("unhoused")),
    (r"\bveterans?\b(?!\s+(?:status|affairs|benefits))", status("veteran")),
    (
        r"\bpregnant\b(?!\s+(?:or|and)\s+(?:post|nursing))(?:\s+(?:women|woman|females|persons|people|individuals|teens|mothers)\b)?",
        status("pregnant"),
    ),
    (rf"\b(?:who\s+are\s+)?{_ABILITIES}\s+(?:disabled|impaired|handicapped)\b", status("disabled")),
    (rf"\b(?:with|who\s+have|have|having)\s+(?:an?\s+)?(?:{_ABILITIES}\s+)?disabilit(?:y|ies)\b", status("disabled")),
    (
        r"(?<!mentally\s)(?<!emotionally\s)(?<!visually\s)\bdisabled\b(?!\s+(?:physically|mentally|emotionally|veterans))",
        status("disabled"),
    ),
    (r"\brefugees?\b", status("refugee")),
    (r"\bstudents?\b", status("student")),
    (r"\b(?:ex-?\s?offenders?|returning\s+citizens?|formerly\s+incarcerated)\b", status("reentry")),
    (rf"\b(?:survivors?|victims?)\s+of\s+{_SURVIVED}", status("survivor")),
    (rf"\b(?<!not )experiencing\s+{_SURVIVED}", status("survivor")),
    (r"\b(?:uninsured|without\s+(?:any\s+)?(?:health\s+|medical\s+)?insurance)\b", insured("none")),
    (r"\b(?:have|has|with)\s+no\s+(?:health|medical)\s+insurance\b", insured("none")),
)
"""Words and their criterion; letters without case."""

ADULTS = r"(?<!young )(?<!older )(?<!and )(?<!or )(?<!& )\badults?\b(?!\s+(?:learners?|education|day|basic|protective|priority|care|or\s+child|and\s+child|children))"
"""Eighteen and over, where the sentence says no other age."""

PROGRAMS: dict[str, Criterion] = {
    r"(?:SNAP|food\s+stamps?)(?:\s+\(food\s+stamps?\))?": enrolled("snap"),
    r"WIC": enrolled("wic"),
    r"(?:TANF|TCA|temporary\s+cash\s+assistance)": enrolled("tanf"),
    r"(?:SSI|supplemental\s+security\s+income)(?:\s+\(SSI\))?": enrolled("ssi"),
    r"SSDI": enrolled("ssdi"),
    r"LIHEAP": enrolled("liheap"),
    r"(?:medicaid|medical\s+assistance)(?:\s+\(MA\))?": insured("medicaid"),
    r"medicare": insured("medicare"),
}
"""Programs by the names that people write; Temporary Cash Assistance and Medical Assistance are Maryland's words."""
_PROGRAM = "|".join(PROGRAMS)
_LISTED = rf"(?P<programs>(?:{_PROGRAM})\b(?:\s*(?:,|,?\s+or|/)\s*(?:{_PROGRAM})\b)*)"
_BENEFITS = r"(?:\s+(?:benefits?|assistance))?"
ENROLLED = (
    rf"\b(?:who\s+)?(?:(?:currently\s+)?(?:receiv(?:es?|ing)|enrolled\s+in|recipients?\s+of|participat(?:es?|ing)\s+in|get|gets|on)|(?:must\s+)?have)\s+{_LISTED}{_BENEFITS}",
    rf"\b{_LISTED}\s+(?:recipients?|participants?|beneficiaries|enrollees)\b",
)
"""Being in a program now; "eligible for WIC" is something else."""

LANGUAGES = {"spanish": "es", "arabic": "ar", "chinese": "zh", "mandarin": "zh", "vietnamese": "vi", "french": "fr", "korean": "ko", "russian": "ru", "portuguese": "pt", "haitian creole": "ht"}  # fmt: skip
SPEAKING = rf"\b(?P<language>{'|'.join(LANGUAGES)})[\s-]+(?:speaking|speakers?)\b"

_COUNT = {"once": 1, "one": 1, "one time": 1, "1 time": 1, "twice": 2, "two times": 2, "2 times": 2, "three times": 3, "3 times": 3}
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_EACH = r"(?:\s+(?:per|for\s+each|for\s+every)\s+(?:household|family|person|individual))?"
VISITS = rf"\b(?:(?P<count>{'|'.join(_COUNT)})\s+visits?|(?P<times>{'|'.join(_COUNT)})){_EACH}\s+(?:(?:a|per|each|in\s+a|every)\s+(?:calendar\s+)?(?P<one>day|week|month|year)|(?:every|in|per)\s+(?P<many>\d{{1,3}})\s+(?P<unit>day|week|month|year)s?)\b"

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_PEOPLE = rf"\d{{1,2}}|{'|'.join(_NUMBERS)}"
HOUSEHOLD = rf"\b(?:households?|famil(?:y|ies))\s+of\s+(?:(?:at\s+least\s+)?(?P<least>{_PEOPLE})\s+or\s+more|at\s+least\s+(?P<from>{_PEOPLE})|up\s+to\s+(?P<most>{_PEOPLE}))\b"

_AT_MOST = r"(?:at\s+or\s+(?:below|under)|equal\s+to\s+or\s+(?:below|less\s+than)|no\s+more\s+than|not?\s+(?:to\s+)?exceed(?:ing|s)?|cannot\s+exceed|(?:does|do|may|must|should)\s+not\s+exceed|below|under|less\s+than|up\s+to|within|maximum\s+of)"
_LINE = r"(?:(?:the\s+)?(?:current\s+)?(?:federal\s+)?poverty(?:\s+(?:income\s+)?(?:level|line|guidelines?))?(?:\s+(?:index|guidelines?))?|(?:the\s+)?FPL|(?:the\s+)?FPG)(?:\s+\((?:FPL|FPG)\))?"
INCOMES = (
    rf"\b(?:incomes?\s+(?:is\s+|are\s+|must\s+be\s+|that\s+is\s+)?)?{_AT_MOST}\s+(?P<percent>\d{{2,3}})\s*(?:%|percent)\s+(?:of\s+)?{_LINE}",
    rf"\b(?P<percent>\d{{2,3}})\s*(?:%|percent)\s+of\s+{_LINE}\s+or\s+(?:less|below|lower|under)\b",
    rf"\bincomes?\s+(?:(?:is|are|must\s+be|that\s+is)\s+)?(?:{_AT_MOST}|of)\s+\$(?P<amount>[\d,]{{5,9}})\s*(?:(?:a|per|each)\s+(?P<period>year|month)|(?P<annually>annually|yearly))(?P<less>\s+or\s+(?:less|below|lower))?",
    rf"\b(?P<yearly>yearly|annual)\s+(?:household\s+)?incomes?\s+(?:(?:is|are|must\s+be|that\s+is)\s+)?(?:{_AT_MOST}|of)\s+\$(?P<amount>[\d,]{{5,9}})(?P<less>\s+or\s+(?:less|below|lower))?",
)
"""Percent of the poverty guideline, or dollars with their period; an amount without one tells nothing."""


def read_programs(found: re.Match[str]) -> list[Criterion]:
    """What a list of programs asks for: one criterion a kind (enrolled, insured)."""
    named: dict[str, set[str]] = {}
    for pattern, criterion in PROGRAMS.items():
        if re.search(rf"\b{pattern}\b", found["programs"], re.IGNORECASE):
            named.setdefault(criterion["type"], set()).update(criterion["any_of"])
    return [{"type": kind, "any_of": sorted(names)} for kind, names in sorted(named.items())]


def read_visits(found: re.Match[str]) -> Criterion:
    """`once every 30 days` as a criterion; a month is 30 days, a year 365."""
    days = _DAYS[(found["one"] or found["unit"]).lower()] * int(found["many"] or 1)
    return {"type": "visits", "max": _COUNT[" ".join((found["count"] or found["times"]).lower().split())], "days": days}


def read_household(found: re.Match[str]) -> Criterion:
    """`families of four or more` as a criterion."""
    bound, number = next((name, found[name].lower()) for name in ("least", "from", "most") if found[name])
    people = int(number) if number.isdigit() else _NUMBERS[number]
    return {"type": "household", ("max" if bound == "most" else "min"): people}


def read_income(found: re.Match[str]) -> Criterion | None:
    """A limit of income; None for "an income of $40,000", which is none."""
    groups = found.groupdict()
    if groups.get("percent"):
        return {"type": "income", "max_percent_of_poverty": int(groups["percent"])}
    is_limit = groups.get("less") or re.search(_AT_MOST + r"\s+\$", found[0], re.IGNORECASE)
    amount = int(groups["amount"].replace(",", "")) if is_limit else 0
    return {"type": "income", "max_annual": amount * (12 if groups.get("period") == "month" else 1)} if amount else None


def read_language(found: re.Match[str]) -> Criterion:
    """`Spanish-speaking` as a criterion."""
    return {"type": "speaks", "any_of": [LANGUAGES[found["language"].lower()]]}


Builder = Callable[[re.Match[str]], Criterion | None]
_CASELESS = re.IGNORECASE
SIMPLE: tuple[tuple[re.Pattern[str], Builder], ...] = (
    *((re.compile(pattern, _CASELESS), lambda _found, criterion=criterion: criterion) for pattern, criterion in PHRASES),
    *((re.compile(pattern, _CASELESS), read_income) for pattern in INCOMES),
    (re.compile(VISITS, _CASELESS), read_visits),
    (re.compile(HOUSEHOLD, _CASELESS), read_household),
    (re.compile(SPEAKING, _CASELESS), read_language),
)
