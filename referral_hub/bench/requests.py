"""Requests as care managers make them: a need, a home, some facts, sometimes times, languages and words."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec

from referral_hub.bench.dice import Dice
from referral_hub.bench.network import NOW, SEED, scatter
from referral_hub.bench.places import Country, read_country
from referral_hub.bench.vocabulary import FIRST, KIND, PLAIN, make_slip, rare_words
from referral_hub.matching.facts import MatchRequest
from referral_hub.partners import taxonomy

_AGES = (1, 4, 8, 15, 17.5, 18, 19, 24, 30, 35, 42, 50, 54.9, 55, 60, 61, 65, 67, 72, 80, 88)
_STATUSES = ("veteran", "unhoused", "disabled", "pregnant", "reentry", "refugee", "student", "employed")
_PROGRAMS = ("snap", "wic", "medicaid", "ssi", "tanf", "liheap", "medicare")
_INSURANCE = ("medicaid", "medicare", "none", "private")
_MAPS = (("enrolled", _PROGRAMS, 0.6), ("statuses", _STATUSES, 0.55), ("insurance", _INSURANCE, 0.4))
_MINUTES = (0, 0, 30)
_DECLINED = ("annual_income", "age", "statuses", "statuses.reentry", "enrolled.snap", "household_size", "members")


def make_requests(count: int = 2_000, seed: int = SEED, country: Country | None = None) -> list[MatchRequest]:
    """The first `count` requests of a seed, from the whole country unless a part of it is given."""
    country, dice = country or read_country(), Dice(seed, 1_000_003)
    return [msgspec.convert(_request(dice, country), MatchRequest) for _ in range(count)]


def _request(dice: Dice, country: Country) -> dict[str, Any]:
    needs = [_need(dice) for _ in range(1 if dice.below(0.7) else 2)]
    request: dict[str, Any] = {
        "needs": list(dict.fromkeys(needs)),
        "facts": _facts(dice, country),
        "mode": dice.weigh((("car", 0.62), ("transit", 0.22), ("walk", 0.12), ("none", 0.04))),
        "limit": 20,
    }
    if not dice.below(0.1):
        request["max_distance_m"] = float(round(5_000 * 16 ** dice.throw()))
    if dice.below(0.25):
        request["windows"] = [_window(dice) for _ in range(dice.whole(1, 3))]
    if dice.below(1 / 3):
        request["search"] = _search(dice, needs[0])
    include = [name for name, share in (("ineligible", 0.1), ("full", 0.15)) if dice.below(share)]
    return request | ({"include": include} if include else {})


def _need(dice: Dice) -> str:
    leaves = [term.code for term in taxonomy.TERMS if term.parent is not None]
    return dice.pick(taxonomy.DOMAINS).code if dice.below(0.25) else dice.pick_early(leaves, 1.4)


def _facts(dice: Dice, country: Country) -> dict[str, Any]:
    facts: dict[str, Any] = {"home": _home(dice, country)}
    if dice.below(0.85):
        facts["age"] = dice.pick(_AGES)
    if dice.below(0.7):
        facts["household_size"] = dice.pick((1, 1, 2, 2, 3, 4, 5, 6, 9))
    if dice.below(0.5):
        # Exactly at a limit every now and then: 185 % of 15,960 is 29,526.
        facts["annual_income"] = dice.pick((29_526, 15_960, 40_000)) if dice.below(0.1) else dice.whole(0, 700) * 100
    for name, keys, share in _MAPS:
        if dice.below(share):
            facts[name] = {key: dice.below(0.35) for key in dice.some(keys, 5)}
    if dice.below(0.5):
        facts["languages"] = [dice.pick(("en", "en", "en", "es", "es-MX", "zh", "vi", "ar", "ht"))] + (["en"] if dice.below(0.2) else [])
    if dice.below(0.2):
        facts["accessibility"] = dice.some(("wheelchair", "elevator", "step-free", "sign-language"), 2)
    if dice.below(0.3):
        facts["members"] = [_member(dice) for _ in range(dice.whole(0, 4))]
    if dice.below(0.25):
        facts["visits"] = [(NOW.date() - timedelta(days=dice.whole(0, 60))).isoformat() for _ in range(dice.whole(0, 3))]
    if dice.below(0.3):
        facts["documents"] = {key: dice.below(0.7) for key in dice.some(("photo-id", "proof-of-address", "lease"), 2)}
    if dice.below(0.12):
        facts["declined"] = dice.some(_DECLINED, 2)
    return facts


def _home(dice: Dice, country: Country) -> dict[str, Any]:
    place = country.draw(dice)
    if not dice.below(0.6):
        return {"postal_code": place.code}
    latitude, longitude = scatter(dice, place)
    if dice.below(0.1):
        return {"latitude": latitude, "longitude": longitude}
    home = {"postal_code": place.code, "state": place.state, "county": place.county, "latitude": latitude, "longitude": longitude}
    return home | ({"city": place.city.upper()} if dice.below(0.5) else {})


def _member(dice: Dice) -> dict[str, Any]:
    member: dict[str, Any] = {"age": dice.pick(_AGES)} if dice.below(0.85) else {}
    if dice.below(0.2):
        member["pregnant"] = dice.below(0.5)
    if dice.below(0.2):
        member["statuses"] = {"veteran": dice.below(0.5)}
    return member


def _window(dice: Dice) -> dict[str, str]:
    day: date = NOW.date() + timedelta(days=dice.whole(0, 13))
    start = dice.whole(6, 21)
    zone = dice.pick(("-05:00", "-06:00", "-08:00"))
    minutes = dice.pick(_MINUTES)
    end_day, end = divmod(start + dice.whole(1, 6), 24)
    last = day + timedelta(days=end_day)
    return {"start": f"{day.isoformat()}T{start:02}:{minutes:02}{zone}", "end": f"{last.isoformat()}T{end:02}:{minutes:02}{zone}"}


def _search(dice: Dice, need: str) -> str:
    """One to three words; half of the texts with a slip, some still being typed."""
    kind = dice.throw()
    term = taxonomy.BY_CODE[need]
    if kind < 0.4:
        words = term.name.lower().split()[: dice.whole(1, 2)]
    elif kind < 0.6 and term.synonyms:
        words = dice.pick(term.synonyms).split()
    elif kind < 0.8:
        words = [dice.pick_early(PLAIN, 1.6) for _ in range(dice.whole(1, 2))]
    elif kind < 0.9:
        words = [dice.pick(FIRST).lower(), dice.pick(KIND).lower()][: dice.whole(1, 2)]
    else:
        words = [dice.pick_early(rare_words(), 3.5).lower() for _ in range(dice.whole(1, 2))]
    if dice.below(0.5):
        place = dice.whole(0, len(words) - 1)
        if len(words[place]) >= 4:
            words[place] = make_slip(dice, words[place])
    if dice.below(0.15) and len(words[-1]) > 5:
        words[-1] = words[-1][: dice.whole(3, 5)]
    return " ".join(words) + (" " if dice.below(0.3) else "")
