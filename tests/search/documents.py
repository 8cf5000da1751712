"""A small directory as an index gets it, and short ways to ask."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from referral_hub.ids import new_id
from referral_hub.matching.facts import Home
from referral_hub.matching.search.model import SearchDocument, SearchPage, SearchQuery
from referral_hub.partners.listing import Area, OpenHours
from referral_hub.ports import SearchIndex

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
"""A Monday at nine in the morning in Baltimore."""
HOME = Home(postal_code="21201", latitude=39.29, longitude=-76.62, city="Baltimore", county="24510", state="MD")


def hours(days: str, opens: str, closes: str) -> bytes:
    return msgspec.msgpack.encode([OpenHours(opens, closes, "WEEKLY", byday=days)])


PANTRY = SearchDocument(
    id=new_id(),
    name="Harbor Food Pantry",
    organization="Harbor House",
    terms="Food pantry, food bank, despensa",
    description="Groceries for families, and diapers.",
    kinds=("food-pantry",),
    languages=("en", "es"),
    free=True,
    without_documents=True,
    point=(39.30, -76.61),
    hours=hours("MO", "08:00", "12:00"),
    room="open",
)
CLINIC = SearchDocument(
    id=new_id(),
    name="Clínica de Salud",
    organization="Hillcrest Neighbors",
    description="Primary care y vacunas para los niños.",
    kinds=("clinic",),
    languages=("es",),
    free=True,
    point=(39.60, -76.60),
    hours=hours("TU", "08:00", "12:00"),
)
RIDES = SearchDocument(
    id=new_id(),
    name="Senior Transportation",
    organization="Bay Riders",
    terms="Medical rides",
    description="Door to door.",
    kinds=("medical-rides",),
    visited=False,
    area=Area(counties=["24510"]),
    without_documents=True,
)
SNAP = SearchDocument(
    id=new_id(), name="SNAP application help", organization="Law Center", description="We fill in the form with you.", kinds=("snap-help",), point=(39.29, -76.62),
)  # fmt: skip
VOUCHERS = SearchDocument(
    id=new_id(), name="Housing vouchers", organization="Hillcrest Neighbors", description="Apply here.", kinds=("housing-voucher",), room="full", room_until=1.0, point=(39.31, -76.62),
)  # fmt: skip
DEFENSE = SearchDocument(
    id=new_id(), name="Eviction defense", organization="Legal House", description="Not a pantry. Court forms and a lawyer.", kinds=("legal-aid",), takes_referrals=False, point=(39.29, -76.63),
)  # fmt: skip
REFUGE = SearchDocument(
    id=new_id(), name="Safe nights", organization="Hillcrest Neighbors", description="A bed tonight.", kinds=("emergency-shelter",), visited=False, languages=("en",),
)  # fmt: skip
DOCUMENTS = [PANTRY, CLINIC, RIDES, SNAP, VOUCHERS, DEFENSE, REFUGE]
NAMES = {document.id: document.name for document in DOCUMENTS}


def ask(index: SearchIndex, text: str = "", **query: Any) -> SearchPage:
    return index.search(SearchQuery(now=NOW, text=text, **query))


def found(index: SearchIndex, text: str = "", **query: Any) -> list[str]:
    return [NAMES[one] for one in ask(index, text, **query).ids]
