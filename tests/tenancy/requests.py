"""A good request for every row of the table: what the one who may would send."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from referral_hub.matching.costs import DEFAULTS
from referral_hub.partners.taxonomy import TAXONOMY_ID, TERM_IDS
from tests.tenancy.table import Row
from tests.tenancy.world import Ids, World


class Ask(Struct, frozen=True):
    path: str
    json: Any = None
    form: dict[str, Any] | None = None


OUTCOME = {"received": "full", "need": "met"}
NO_LINK = "b8mO2yNcXb0fB1GkZ9qk4tYw7sQe3uHr"  # pragma: allowlist secret
MOVES: dict[str, dict[str, Any]] = {
    "waitlist": {"expected": "2026-12-15"},
    "decline": {"side": "partner", "reason": "no_capacity"},
    "answer": {"text": "Yes, they do."},
    "withdraw": {"side": "requester", "reason": "need_changed"},
    "mark-error": {"text": "Sent by mistake."},
    "question": {"text": "Is there a lift?"},
    "attempt": {"result": "no_answer"},
    "appointment": {"at": "2026-11-25T10:00:00-05:00"},
    "serve": {"outcome": OUTCOME},
    "give-up": {"side": "partner", "reason": "no_capacity"},
    "hold": {"text": "A holiday.", "resume_on": "2026-12-01"},
    "witness": {"witness": "patient", "outcome": OUTCOME},
    "close": {"need_status": "met", "next_step": "Nothing more."},
    "reopen": {"text": "Once more."},
}
"""What a step carries beside the version."""
STEPS: dict[str, dict[str, str]] = {
    "decline": {"side_reason": "partner/no_capacity"},
    "withdraw": {"side_reason": "requester/need_changed"},
    "serve": {"outcome.received": "full", "outcome.need": "met"},
    "close": {"need_status": "met", "next_step": "Nothing more."},
}
"""The same as a page's form sends it."""
FACTS = {"age": 67, "household_size": 2, "home": {"postal_code": "21230", "latitude": 39.2712, "longitude": -76.6012, "county": "24510", "state": "MD"}}
"""A household next door to the sealed place."""


def request_of(row: Row, world: World, ids: Ids | None = None) -> Ask:
    """The request of a row, for these ids (Omar's unless others are given)."""
    ids = ids or world.ids
    action, _, on = row.on.rpartition(":")
    referral = on if on in ids.referral else "sent"
    parts = {
        "patient_id": ids.patient, "need_id": ids.refuge_need if row.on == "refuge" else ids.need, "consent_id": ids.consent,
        "listing_id": ids.refuge if row.on == "refuge" else ids.listing, "service_id": ids.refuge_service if row.on == "refuge" else ids.service,
        "suggestion_id": ids.suggestion, "job_id": ids.upload, "referral_id": ids.referral[referral], "action": action,
        "path": "elements", "file_path": "favicon.svg", "section": row.on, "change_set_id": ids.change_set, "duplicate_id": ids.duplicate,
        "secret": {"no-link": NO_LINK, "mail": world.mail_link}.get(row.on, world.letter),
        "correction_id": ids.correction,
        "organization_id": (world.cast.zoe if row.on == "refuge" else world.cast.pia).organization_id, "taxonomy_id": TAXONOMY_ID, "term_id": TERM_IDS["food-pantry"],
    }  # fmt: skip
    path = row.template.format(**parts)
    if row.method in ("GET", "HEAD"):
        return Ask(path)
    if row.template == "/api/differences":
        return Ask(path, json={"choice": "keep", "ids": [str(ids.difference)]})
    return Ask(path, json=BODIES[row.template] if row.template in BODIES else _json(row, world, ids, referral)) if path.startswith("/api/") else Ask(path, form=_form(row, world, ids, action, referral))


BODIES: dict[str, Any] = {
    "/api/area-medians": {"version": 0, "medians": [{"area": "24510", "year": 2026, "income": 122_200}]},
    "/api/patients": {"given_name": "Nadia", "family_name": "Karim"},
    "/api/directory-changes/{change_set_id}/undo": None,
    "/api/corrections/{correction_id}": {"state": "done"},
    "/api/duplicates": None,
    "/api/duplicates/{duplicate_id}/apart": None,
    "/api/room-days": {"version": 0, "days": {"places": 20}},
    "/api/rule-suggestions": None,
    "/api/rule-suggestions/{suggestion_id}/confirm": {"alike": False},
    "/api/rule-suggestions/{suggestion_id}/dismiss": {"alike": False},
    "/api/rule-suggestions/{suggestion_id}/reopen": None,
    "/api/service-at-locations/{listing_id}/capacity": {"available": 3},
    "/api/service-at-locations/{listing_id}/reports": {"code": "hours"},
    "/api/services/{service_id}/confirm": None,
}
"""Bodies that need nothing of the world."""


def _json(row: Row, world: World, ids: Ids, referral: str) -> Any:
    match row.template.removeprefix("/api"):
        case "/duplicates/{duplicate_id}/merge":
            return {"keep": str(world.cast.pantry.location_id)}
        case "/matches":
            return {"needs": ["food-pantry"], "patient_id": str(ids.patient)} if row.on == "omar" else {"needs": [], "facts": FACTS, "mode": "car"}
        case "/match-costs":
            return {"version": 0, "minutes": {**DEFAULTS, "waitlist": 45}}
        case "/referrers":
            return {"version": 0, "referrers": [{"organization_id": str(world.cast.ana.organization_id), "kinds": ["clinic"]}]}
        case "/patients/{patient_id}":
            return {"version": 2, "city": "Towson"}
        case "/patients/{patient_id}/facts":
            return {"household_size": 3}
        case "/patients/{patient_id}/consents":
            return {"categories": ["food"], "how_given": "in_person"}
        case "/consents/{consent_id}/revoke":
            return {"reason": "No longer wanted."}
        case "/patients/{patient_id}/needs":
            return {"term": "hot-meals"}
        case path if path.startswith("/service-at-locations/{listing_id}/listing/"):
            section = path.rpartition("/")[2]
            return {"seen": world.seen(ids.listing, "pause" if section == "paused" else section), **SECTIONS[section]}
        case "/referrals":
            return {"need_id": str(ids.need), "service_at_location_id": str(ids.listing)}
        case move:
            action = move.rpartition("/")[2]
            target = {"target": str(world.cast.kitchen.id)} if action == "forward" else {}
            return {"version": world.version(referral), **MOVES.get(action, {}), **target}


SECTIONS: dict[str, dict[str, Any]] = {
    "hours": {"times": [{"days": ["MO"], "opens_at": "09:00", "closes_at": "12:00"}]},
    "words": {"description": "Groceries for a week."},
    "contact": {"phones": [{"number": "410-555-0177"}]},
    "languages": {"spoken": ["ko"]},
    "documents": {"documents": [{"document": "A bag"}]},
    "area": {"postal_codes": ["21230"]},
    "eligibility": {"rule": {"type": "age", "min": 50}},
    "paused": {"paused": True},
}
"""A change of each section of a listing."""
SECTION_FORMS: dict[str, dict[str, Any]] = {
    "hours": {"times.0.days": ["MO"], "times.0.opens_at": "09:00", "times.0.closes_at": "12:00"},
    "words": {"description": "Groceries for a week."},
    "contact": {"phones.0.number": "410-555-0177"},
    "languages": {"spoken": ["ko"]},
    "documents": {"documents.0.document": "A bag"},
    "area": {"postal_codes": "21230"},
}
"""The same as a page's form sends it."""
FORMS: dict[str, dict[str, Any]] = {
    "/sign-in": {"email": "nobody@example.org", "password": "not the right one"},  # pragma: allowlist secret
    "/costs": {"step": "save", "version": "0", **{f"minutes.{name}": minutes for name, minutes in DEFAULTS.items()}, "minutes.waitlist": "45"},
    "/medians": {"version": "0", "lines": "24510, 2026, 122200"},
    "/patients": {"search": "Haddad"},
    "/patients/new": {"given_name": "Nadia", "family_name": "Karim", "language": "en", "mode": "car"},
    "/patients/{patient_id}/edit": {"version": "2", "given_name": "Omar", "family_name": "Haddad", "language": "en", "mode": "car"},
    "/patients/{patient_id}/facts": {"household_size": "3"},
    "/patients/{patient_id}/consents/new": {"categories": ["food"], "how_given": "in_person"},
    "/patients/{patient_id}/needs/new": {"term": "hot-meals"},
    "/needs/{need_id}/facts": {"fact": "household_size", "answer": "known", "value": "3", "back": "/patients"},
    "/needs/{need_id}/send/{listing_id}": {"urgency": "routine"},
    "/directory/{listing_id}/report": {"code": "hours"},
    "/corrections/{correction_id}": {"state": "done"},
    "/listings/{listing_id}/capacity": {"available": "3"},
}


def _form(row: Row, world: World, ids: Ids, action: str, referral: str) -> dict[str, Any]:
    if row.template == "/referrals/{referral_id}/{action}":
        return {"version": str(world.version(referral)), **STEPS.get(action, {})}
    if row.template in ("/r/open", "/r/answer"):
        secret = {"no-link": NO_LINK, "code": world.letter_code}.get(row.on, world.letter)
        return {"secret": secret, "birth_year": "1960" if row.on == "wrong-year" else "1959", "answer": "got_it"}
    if row.template == "/duplicates/{duplicate_id}/merge":
        return {"keep": str(world.cast.pantry.location_id)}
    if row.template == "/listings/{listing_id}/{section}":
        return {"seen": world.seen(world.ids.listing, row.on), **SECTION_FORMS[row.on]}
    if row.template == "/listings/{listing_id}/eligibility":
        rule = '{"type":"age","min":50}'
        return {"seen": world.seen(world.ids.listing, "eligibility"), "draft": rule, "step": "save"}
    if row.template == "/listings/{listing_id}/pause":
        return {"seen": world.seen(world.ids.listing, "pause"), "step": "pause"}
    if row.template in ("/c/confirm", "/c/wrong"):
        secret = NO_LINK if row.on == "no-link" else world.mail_link
        return {"secret": secret, "service": [str(ids.service)], "listing": str(ids.listing), "words": "It moved."}
    if row.template == "/differences":
        return {"choice": "keep", "id": str(ids.difference)}
    if row.template == "/differences/undo":
        return {"done": str(ids.review)}
    if row.template == "/referrers":
        return {"version": "0", f"kinds.{world.cast.ana.organization_id}": "clinic"}
    return FORMS.get(row.template, {})
