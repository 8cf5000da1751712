"""Two small HSDS documents with a sidecar, written to disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

KEPT_ID = "019b76da-a800-7000-8000-0000000000aa"

Spoil = Callable[[list[dict[str, Any]], dict[str, Any]], object]


def documents() -> list[dict[str, Any]]:
    organization = {
        "id": "org-1", "name": "Harbor Pantry", "description": "Food for the harbor.", "website": "https://harbor.example.org",
        "phones": [{"id": "ph-0", "number": "(410) 555-0100", "type": "voice"}],
        "contacts": [{"id": "co-1", "name": "Pia Park", "title": "Lead", "phones": [{"id": "ph-9", "number": "(410) 555-0109"}]}],
    }  # fmt: skip
    pier = {
        "id": "loc-1", "location_type": "physical", "name": "Pier", "latitude": 39.28, "longitude": -76.6,
        "addresses": [{"id": "ad-1", "address_1": "1 Pier Road", "city": "Baltimore", "state_province": "MD", "postal_code": "21230", "country": "US",
                       "address_type": "physical"}],
        "accessibility": [{"id": "ac-1", "description": "Wheelchair ramp"}],
        "languages": [{"id": "la-2", "name": "Spanish", "code": "es"}],
        "phones": [{"id": "ph-1", "number": "(410) 555-0101", "type": "voice"}],
    }  # fmt: skip
    return [
        {
            "id": "svc-1", "name": "Harbor Food Pantry", "description": "Groceries every week.", "status": "active", "url": "harbor.example.org/food",
            "organization": organization,
            "program": {"id": "pr-1", "name": "Harbor feeds", "description": "Food."},
            "phones": [{"id": "ph-1", "number": "(410) 555-0101", "type": "voice", "languages": [{"id": "la-3", "name": "Spanish", "code": "es"}]}],
            "schedules": [{"id": "sc-1", "freq": "WEEKLY", "byday": "MO,WE", "opens_at": "09:00:00-05:00", "closes_at": "12:30:00"}],
            "languages": [{"id": "la-1", "name": "Spanish", "code": "es"}],
            "cost_options": [{"id": "cs-1", "option": "everybody", "amount": 0, "currency": "usd"}],
            "required_documents": [{"id": "rd-1", "document": "Photo ID"}],
            "service_areas": [{"id": "sa-1", "name": "Baltimore"}],
            "capacities": [{"id": "cp-1", "available": 5, "maximum": 9, "updated": "2026-11-22T09:00:00-05:00", "unit": {"id": "un-1", "name": "boxes"}}],
            "attributes": [
                {"id": "at-1", "link_entity": "service", "taxonomy_term": {"id": "t-1", "code": "food-pantry", "name": "Food pantry", "description": "Groceries."}},
                {"id": "at-2", "link_entity": "service", "taxonomy_term": {"id": "t-2", "code": "101", "name": "Food", "description": "", "taxonomy": "Open Eligibility"}},
            ],
            "service_at_locations": [{"id": "sal-1", "description": "Side door", "location": pier}],
            "funding": [{"id": "fu-1", "source": "Gifts"}],
        },
        {
            "id": KEPT_ID, "name": "Harbor Kitchen", "description": "OVERVIEW: Serves a hot lunch.", "status": "active", "organization": organization,
            "service_at_locations": [{"id": "sal-2", "location": {**pier, "name": "Another name"}}],
        },
        {
            "id": "svc-3", "name": "Refuge", "description": "Rooms. Located at 12 Rose Street.", "status": "active",
            "organization": {"id": "org-2", "name": "Rose House", "description": "A refuge."},
            "phones": [{"id": "ph-7", "number": "(410) 555-0107", "type": "voice"}, {"id": "ph-8", "number": "(410) 555-0108", "type": "fax"}],
            "contacts": [{"id": "co-3", "name": "Rosa Reed"}],
            "service_at_locations": [{"id": "sal-3", "location": {
                "id": "loc-3", "location_type": "physical", "name": "Rose Street house", "latitude": 39.3, "longitude": -76.62,
                "addresses": [{"id": "ad-3", "address_1": "12 Rose Street", "city": "Baltimore", "state_province": "MD", "postal_code": "21201", "country": "US",
                               "address_type": "physical"}],
                "phones": [{"id": "ph-6", "number": "(410) 555-0106", "type": "voice"}],
                "contacts": [{"id": "co-3", "name": "Rosa Reed"}],
            }}],
        },
    ]  # fmt: skip


def rules() -> dict[str, Any]:
    return {
        "organization": {"org-1": {"sends": True, "timezone": "America/Chicago"}},
        "service": {"svc-1": {"rule": {"type": "age", "min": 60, "max": None}, "usual_ack_days": 1.5}},
        "location": {"loc-3": {"confidential": True}},
        "service_at_location": {"sal-2": {"reach": "delivered"}},
        "required_document": {"rd-1": {"code": "photo_id", "alternatives": ["birth_certificate"]}},
        "service_area": {"sa-1": {"area": {"postal_codes": ["21230"]}}},
        "language": {"la-1": {"interpreted": True}},
        "accessibility": {"ac-1": {"code": "wheelchair"}},
        "service_capacity": {"cp-1": {"service_at_location_id": "sal-1", "until": "2026-11-30T00:00:00-05:00", "waitlist": True}},
    }


def write_documents(folder: Path, spoil: Spoil | None = None) -> Path:
    """services.json, organizations.json and rules.json, after `spoil` had its hand in them."""
    folder.mkdir(parents=True, exist_ok=True)
    services, sidecar = documents(), rules()
    if spoil is not None:
        spoil(services, sidecar)
    (folder / "services.json").write_text(json.dumps({"contents": services}), encoding="utf-8")
    (folder / "organizations.json").write_text(
        json.dumps([{"id": "org-9", "name": "Bayside Clinic", "description": "Sends."}]), encoding="utf-8"
    )
    (folder / "rules.json").write_text(json.dumps(sidecar), encoding="utf-8")
    return folder
