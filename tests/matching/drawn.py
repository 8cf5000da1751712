"""Requests of every shape, drawn by a seed: what is asked of the hub and of the outsider."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]
HOMES: tuple[Record, ...] = (
    {"latitude": 39.2904, "longitude": -76.6122, "postal_code": "21202", "city": "Baltimore", "county": "24510", "state": "MD"},
    {"latitude": 39.3305, "longitude": -76.5901, "postal_code": "21218-1234", "state": "MD"},
    {"latitude": 39.4014, "longitude": -76.6019, "city": "towson", "county": "24005", "state": "md"},
    {"latitude": 39.5, "longitude": -76.3, "county": "24025"},
    {"latitude": 39.29, "longitude": -76.62},
    {"latitude": 21.3, "longitude": -157.86, "state": "HI"},
    {"postal_code": "21201"},
    {"postal_code": "21093", "city": "Lutherville"},
    {"postal_code": "00000"},
    {"city": "Baltimore", "state": "MD"},
    {},
)
MAPS = {
    "enrolled": ("snap", "wic", "medicaid", "medicare", "ssi", "tanf", "liheap"),
    "statuses": ("veteran", "pregnant", "disabled", "unhoused", "survivor", "reentry", "refugee", "student", "employed"),
    "insurance": ("medicaid", "medicare", "private", "none"),
}
CLINIC, PLAN = "018f0000-0000-7000-8000-000000000001", "018f0000-0000-7000-8000-000000000002"
"""Two organizations."""
REFERRERS = ("clinic", "health_plan", "shelter", CLINIC, PLAN)
BORN = ("1966-11-23", "1966-11-24", "2008-11-22", "2008-12-01", "2024-02-29", "1960-02-29", "2026-11-23", "2027-01-01", "2025-05-31")
DECLINABLE = ("age", "birth_date", "household_size", "annual_income", "members", "languages", "visits", "enrolled", "statuses.veteran", "enrolled.snap",
              "home.latitude", "home.county", "home.postal_code", "home.state", "insurance", "referred_by.clinic")  # fmt: skip
TEXTS = ("diapers", "daipers", "food", "fod stamps", "sheltr ", "shelter for women", "legal", "rent and utilities", "trasnporttion", "hou", "the",
         "señor center", "zzzzqq", "free meals on weekends", "veterans hous", "21201", "...", "pantry zzzzqq", "counselling", "help with heating bill",
         "pantry pantry", "ashbi", "zion echele", "same name", "Échelle", "snack_bag for kids", "emergancy sheltr", "to the to the ")  # fmt: skip


def maybe(chance: random.Random, likely: float, value: Callable[[], Any]) -> Any:
    return value() if chance.random() < likely else None


def draw_person(chance: random.Random) -> Record:
    """Some facts of somebody; what is None is left out."""
    facts: Record = {name: {key: chance.choice((True, False, False, None)) for key in chance.sample(keys, 3)} for name, keys in MAPS.items()}
    facts = {name: value for name, value in facts.items() if chance.random() < 0.6}
    facts["age"] = maybe(chance, 0.7, lambda: chance.choice((0.5, 3, 12, 17, 18, 24, 55, 59.9, 60, 62, 65, 67, 88)))
    return {name: value for name, value in facts.items() if value is not None}


def draw_income(chance: random.Random, household_size: int | None) -> float:
    """Often exactly at a usual limit, or a dollar above it."""
    line = 15_960 + 5_680 * ((household_size or 1) - 1)
    limits = [percent * line / 100 for percent in (100, 130, 150, 185, 200, 250, 300)]
    limits += [median * percent / 100 for median in (84_000, 122_200, 60_001) for percent in (35, 40, 50)]
    return chance.choice((0, 21_000, 40_000.5, 67_000, 250_000, *limits, *limits, *(limit + 1 for limit in limits)))


def draw_request(chance: random.Random, codes: list[str], texts: tuple[str, ...]) -> Record:
    """One request of any shape."""
    facts = draw_person(chance)
    facts["home"] = chance.choice(HOMES)
    facts["household_size"] = maybe(chance, 0.6, lambda: chance.choice((1, 2, 3, 4, 8, 9, 14)))
    facts["annual_income"] = maybe(chance, 0.5, lambda: draw_income(chance, facts.get("household_size")))
    facts["birth_date"] = maybe(chance, 0.3, lambda: chance.choice(BORN))
    facts["languages"] = maybe(chance, 0.5, lambda: chance.choice((["es"], ["en"], ["es-MX", "en"], ["vi"], ["ko"], ["ase"], [])))
    facts["members"] = maybe(chance, 0.4, lambda: [draw_person(chance) | {"student": chance.choice((True, None))} for _ in range(chance.randrange(4))])
    facts["visits"] = maybe(chance, 0.3, lambda: [f"2026-{chance.choice((8, 10, 11)):02d}-{chance.choice((1, 20, 23)):02d}" for _ in range(chance.randrange(3))])
    facts["documents"] = maybe(chance, 0.2, lambda: {"photo_id": True, "proof_of_address": False})
    facts["referred_by"] = maybe(chance, 0.4, lambda: {name: chance.choice((True, False, None)) for name in chance.sample(REFERRERS, 2)})
    facts["accessibility"] = maybe(chance, 0.1, lambda: ["wheelchair"])
    facts["declined"] = maybe(chance, 0.3, lambda: chance.sample(DECLINABLE, chance.randrange(1, 4)))
    day = chance.choice(("2026-11-23", "2026-11-28", "2026-11-26", "2026-12-25", "2027-03-14"))
    windows = [{"start": f"{day}T09:00-05:00", "end": f"{day}T12:00-05:00"}, {"start": f"{day}T22:30:00+00:00", "end": f"{day}T23:59:00+00:00"}]
    request = {
        "needs": chance.sample(codes, chance.choice((0, 1, 1, 2))),
        "facts": {name: value for name, value in facts.items() if value is not None},
        "mode": chance.choice(("car", "car", "transit", "walk", "none")),
        "max_distance_m": chance.choice((None, 0, 1_000, 8_000, 16_000, 40_000, 200_000)),
        "windows": chance.choice(([], [], windows, windows[:1], windows[1:])),
        "include": chance.choice(([], ["ineligible"], ["full"], ["ineligible", "full"])),
        "search": maybe(chance, 1 / 3, lambda: chance.choice(texts)) if texts else None,
        "limit": chance.choice((1000, 1000, 20, 1)),
    }
    return {name: value for name, value in request.items() if value is not None}
