"""A directory of edges: a day more or less, exactly at the limit, on the border, past midnight, unreadable."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from referral_hub.partners import model
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.matching.drawn import CLINIC, PLAN
from tests.matching.network import add_listing, days_ago

HOW_MANY = 150
TERMS = ("food-pantry", "hot-meals", "emergency-shelter", "legal-aid")
NAMES = ("Échelle", "Ashby", "ashby", "Zion", "Same name", "Same name")
POINTS: tuple[tuple[float, float] | None, ...] = ((39.2904, -76.6122), (39.30, -76.61), (39.4014, -76.6019), (21.31, -157.85), (0.0, 179.999), None)
SQUARE = [(-76.7, 39.2), (-76.5, 39.2), (-76.5, 39.4), (-76.7, 39.4)]
AREAS: tuple[dict[str, Any] | None, ...] = (
    None, None, None, {}, {"postal_codes": ["21202", "21218"]}, {"counties": ["24005"]}, {"cities": ["TOWSON", "baltimore "]}, {"states": ["MD"]},
    {"states": ["HI"]}, {"radius_m": 5_000}, {"radius_m": 0}, {"polygon": SQUARE}, {"polygon": [*SQUARE, SQUARE[0]], "counties": ["24025"]},
    {"polygon": [(-76.6122, 39.2), (-76.5, 39.2), (-76.5, 39.4), (-76.6122, 39.4)]},
    {"polygon": [(-76.62, 39.29), (-76.5, 39.0), (-76.5, 39.4)]}, {"polygon": [(-76.7, 39.2), (-76.5, 39.4)]},
    {"polygons": [[SQUARE, [(-76.63, 39.28), (-76.60, 39.28), (-76.60, 39.30), (-76.63, 39.30)]], [[(-76.4, 39.4), (-76.2, 39.4), (-76.2, 39.6)]]]},
    {"polygon": [(170, 10), (-150, 10), (-150, 30), (170, 30)], "states": ["DC"]},
)  # fmt: skip
RULES: tuple[Any, ...] = (
    None, {"type": "age", "min": 60}, {"type": "age", "max": 17.99}, {"type": "age", "min": 0, "max": 999},
    {"type": "household", "min": 2, "max": 8}, {"type": "income", "max_percent_of_poverty": 185}, {"type": "income", "max_annual": 21_000}, {"type": "income", "max_monthly": 1_750},
    {"type": "any", "of": [{"type": "enrolled", "any_of": ["snap", "wic"]}, {"type": "income", "max_percent_of_poverty": 130}]},
    {"type": "all", "of": []}, {"type": "any", "of": []}, {"type": "not", "of": {"type": "insured", "any_of": ["private"]}},
    {"type": "member", "who": {"type": "age", "max": 3}}, {"type": "member", "who": {"type": "status", "any_of": ["student", "veteran"]}},
    {"type": "not", "of": {"type": "member", "who": {"type": "enrolled", "any_of": ["tanf"]}}},
    {"type": "lives_in", "postal_codes": ["21218"], "counties": ["24510"]}, {"type": "lives_in", "states": ["md"]}, {"type": "lives_in"},
    {"type": "speaks", "any_of": ["es"]}, {"type": "visits", "max": 1, "days": 30}, {"type": "visits", "max": 2, "days": 104},
    {"type": "income", "max_percent_of_area_median": 50}, {"type": "not", "of": {"type": "income", "max_percent_of_area_median": 35.5}},
    {"type": "member", "who": {"type": "all", "of": [{"type": "age", "max": 17}, {"type": "income", "max_percent_of_area_median": 80}]}},
    {"type": "income", "max_percent_of_area_median": 1_001},
    {"type": "referred_by", "any_of": ["clinic", "health_plan"]}, {"type": "referred_by", "any_of": [CLINIC]}, {"type": "referred_by", "any_of": []},
    {"type": "not", "of": {"type": "referred_by", "any_of": [PLAN, "shelter"]}}, {"type": "referred_by", "any_of": ["A clinic"]},
    {"type": "text", "text": "Ask first."}, {"type": "unicorn"}, {"type": "age", "min": "old"}, {"type": "income"},
    {"type": "all", "of": [{"type": "status", "any_of": ["unhoused"]}, {"type": "text", "text": "Ask."}, {"type": "age", "min": 18}]},
)  # fmt: skip
MEDIANS = (("24510", 2024, 100_000), ("24510", 2026, 84_000), ("24005", 2027, 20_000), ("24025", 2026, 122_200), ("MD", 2026, 60_001), ("HI", 2025, 84_000))
"""(area, year, income): one year to come, states beside counties."""
HOURS: tuple[list[dict[str, Any]], ...] = (
    [], [{"opens_at": "09:00", "closes_at": "17:00", "byday": "MO,TU,WE,TH,FR"}], [{"opens_at": "12:00", "closes_at": "13:00", "byday": "MO"}],
    [{"opens_at": "22:00", "closes_at": "06:00", "byday": "SU,FR"}], [{"opens_at": "00:00", "closes_at": "24:00", "freq": "DAILY"}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "MONTHLY", "byday": "4MO,-1SA"}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "MONTHLY", "bymonthday": "23,25,-1"}], [{"opens_at": "10:00", "closes_at": "11:00", "byday": "4MO"}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "MONTHLY", "byday": "1TU,SA"}],
    [{"opens_at": "09:00", "closes_at": "12:00", "byday": "MO,SA"}, {"closed": True, "dtstart": date(2026, 11, 23), "until": date(2026, 11, 25)}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "WEEKLY", "interval": 2, "byday": "MO", "dtstart": date(2026, 11, 9)}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "WEEKLY", "interval": 2, "byday": "MO"}],
    [{"opens_at": "10:00", "closes_at": "11:00", "freq": "DAILY", "interval": 3, "dtstart": date(2026, 11, 2), "count": 8}],
    [{"opens_at": "10:00", "closes_at": "11:00", "dtstart": date(2026, 11, 28)}],
    [{"opens_at": "17:00", "closes_at": "19:00", "byday": "SA", "until": date(2026, 11, 27)}],
    [{"opens_at": "09:00", "closes_at": "12:00", "freq": "DAILY", "valid_from": date(2026, 11, 24), "valid_to": date(2026, 11, 26)}],
    [{"opens_at": "09:00", "closes_at": "12:00", "byday": "MO,TH"}, {"closed": True, "valid_from": date(2026, 11, 26)}],
    [{"opens_at": "09:00", "closes_at": "12:00", "byday": "MO"}, {"closed": True, "byday": "MO", "opens_at": "08:00", "closes_at": "11:59"}],
    [{"opens_at": "02:30", "closes_at": "03:30", "byday": "SU"}], [{"byday": "MO"}], [{"opens_at": "9", "closes_at": "x", "byday": "someday"}],
)  # fmt: skip


def add_edges(hub: Hub) -> None:
    """Listings whose parts are drawn from the tables above."""
    chance = random.Random(11)
    for _ in range(HOW_MANY):
        confidential = chance.random() < 0.08
        add_listing(
            hub,
            chance.choice(NAMES),
            term=chance.choice(TERMS),
            point=chance.choice(POINTS),
            sealed=(39.3, -76.6) if confidential else None,
            confidential=confidential,
            precision=chance.choice(list(model.Precision)),
            reach=chance.choice((model.Reach.VISIT, model.Reach.VISIT, model.Reach.VISIT, model.Reach.DELIVERED, model.Reach.REMOTE)),
            area=chance.choice(AREAS),
            rule=chance.choice(RULES),
            hours=chance.choice(HOURS),
            languages=chance.choice(([], ["en"], ["es"], ["ES-pr", "en"])),
            interpreted=chance.choice(([], ["es"], ["vi"])),
            accessibility=chance.choice(([], ["wheelchair"])),
            available=chance.choice((None, 0, 0, 1, 5)),
            waitlist=chance.random() < 0.5,
            until=chance.choice((None, NOW, NOW - timedelta(microseconds=1), NOW + timedelta(days=1))),
            assured=chance.choice((None, *(days_ago(days) for days in (0, 89, 90, 91, 180, 181)))),
            ack_days=chance.choice((None, 1.0, 2.0, 2.01)),
            status=chance.choice((model.ServiceStatus.ACTIVE,) * 6 + (model.ServiceStatus.INACTIVE,)),
            referrable=chance.random() < 0.9,
        )
