"""Where a listing comes from: each field with whose word it is, since when, and what this is worth today."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.partners.provenance import FieldProvenance
from referral_hub.partners.tracing import ListingProvenance, RecordProvenance, trace_listing
from referral_hub.unit_of_work import Hub
from web.records import name_field, name_kind, say_record, say_value
from web.site import render

_WHOLE_LINES = frozenset(
    {
        "address", "contact", "phone", "schedule", "language", "cost_option", "required_document", "service_area", "accessibility",
        "attribute",
    }
)  # fmt: skip
"""Kinds of which a person reads a record as one line."""


class Line(Struct, frozen=True):
    """One line of the page: what it is, what stands there, and its field (of a record, the one that was said last)."""

    what: str
    says: str
    of: FieldProvenance


class Group(Struct, frozen=True):
    """The lines of one heading."""

    heading: str
    lines: list[Line]


@get("/directory/{listing_id:uuid}/sources", sync_to_thread=True)
def show_sources(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    listing_id: FromPath[UUID],
    said: FromQuery[str] = "",
) -> Response[str]:
    """For coordinators, and for the partner whose listing it is."""
    with hub.read(actor) as work:
        found = trace_listing(work, listing_id)
    return render(request, hub, actor, "sources.html", said=said == "right", found=found, groups=group_lines(found))


def group_lines(found: ListingProvenance) -> list[Group]:
    """A group for the service, the place and the organization each, and one for each kind of record that hangs on them."""
    groups: dict[str, list[Line]] = {}
    for record in found.records:
        groups.setdefault(name_kind(record.kind), []).extend(_lines(record))
    return [Group(heading, lines) for heading, lines in groups.items() if lines]


def _lines(record: RecordProvenance) -> list[Line]:
    if record.kind not in _WHOLE_LINES:
        return [Line(name_field(one.field), say_value(record.kind, one.field, one.value), one) for one in record.fields]
    image = {one.field: one.value for one in record.fields}
    newest = max(record.fields, key=lambda one: (one.imported_at is None, str(one.assured_on or "")))
    return [Line("", say_record(record.kind, image), newest)]


handlers = [show_sources]
