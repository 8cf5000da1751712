"""What of the directory leaves the hub: everything that anybody may read, as rows. Pure.

A confidential place is a name and nothing else, as in `hsds`: no address, no point, no hours, telephone
or contact of its own. What belongs to it and to something else is told as the other's alone.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, field

from referral_hub.partners.hsds import CONFIDENTIAL_NAME, PUBLIC_PHONES
from referral_hub.partners.model import Contact, DirectoryRows, Location, Phone, Precision
from referral_hub.partners.taxonomy import LICENSED

AT_PLACES = frozenset({"address", "accessibility"})
"""Kinds that describe a place and nothing else."""
_OWNERS = ("organization_id", "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id", "link_id")
_LINKS = frozenset({"location_id", "service_at_location_id", "contact_id", "phone_id"})
"""Owners that a record may lose and still say what it says of the others ..."""
_SHARED = frozenset({"phone", "contact", "schedule", "language", "service_area"})
"""... where it is of one of these kinds."""


class Hidden(Struct, frozen=True, kw_only=True):
    """Ids that decide what is told; all small beside the directory."""

    locations: frozenset[UUID] = frozenset()
    """Confidential places."""
    listings: frozenset[UUID] = frozenset()
    """Listings at them."""
    services: frozenset[UUID] = frozenset()
    """Services that are offered at one."""
    contacts: frozenset[UUID] = frozenset()
    phones: frozenset[UUID] = frozenset()
    terms: frozenset[UUID] = frozenset()
    """Of taxonomies that may not be passed on."""
    owners: frozenset[UUID] = field(default=frozenset())
    """Places, listings, contacts and telephones of which nothing is told."""


def hide(locations: set[UUID], listings: set[UUID], services: set[UUID]) -> Hidden:
    """What confidential places hide, before contacts and telephones are known."""
    return Hidden(
        locations=frozenset(locations), listings=frozenset(listings), services=frozenset(services), owners=frozenset(locations | listings)
    )


def hide_records(hidden: Hidden, kind: str, records: list[Any]) -> Hidden:
    """`hidden` with those contacts or phones (`kind`) of `records` that are not told."""
    gone = frozenset(record.id for record in records if public_record(kind, record, hidden) is None)
    if kind == "contact":
        return msgspec.structs.replace(hidden, contacts=hidden.contacts | gone, owners=hidden.owners | gone)
    return msgspec.structs.replace(hidden, phones=hidden.phones | gone, owners=hidden.owners | gone)


def public_record(kind: str, record: Any, hidden: Hidden) -> Any:
    """The record as anybody may read it, or None."""
    if _is_licensed(kind, record, hidden):
        return None
    if kind == "location":
        return public_location(record) if record.id in hidden.locations else _placed(record)
    if kind in AT_PLACES:
        return None if record.location_id in hidden.locations else record
    if kind == "contact" and _is_at_secret(record, hidden):
        return None
    if kind == "phone" and not _may_call(record, hidden):
        return None
    owners = {name: owner for name in _OWNERS if (owner := getattr(record, name, None)) is not None}
    told = {name for name, owner in owners.items() if owner not in hidden.owners}
    if owners and not told:
        return None
    lost = {name: None for name in owners if kind in _SHARED and name in _LINKS and name not in told}
    return msgspec.structs.replace(record, **lost) if lost else record


def _is_licensed(kind: str, record: Any, hidden: Hidden) -> bool:
    """Whether it is part of a taxonomy that may not be passed on, or a tag under one."""
    if kind == "taxonomy":
        return record.id in LICENSED
    return (kind == "taxonomy_term" and record.id in hidden.terms) or (kind == "attribute" and record.taxonomy_term_id in hidden.terms)


def public_rows(rows: DirectoryRows, hidden: Hidden) -> DirectoryRows:
    """The rows as anybody may read them."""
    out = DirectoryRows()
    for kind in rows.__struct_fields__:
        told = (public_record(kind, record, hidden) for record in getattr(rows, kind))
        getattr(out, kind).extend(record for record in told if record is not None)
    return out


def public_location(location: Location) -> Location:
    """A confidential place as a stranger sees it."""
    return Location(
        id=location.id,
        organization_id=location.organization_id,
        location_type=location.location_type,
        name=CONFIDENTIAL_NAME,
        confidential=True,
    )


def _may_call(phone: Phone, hidden: Hidden) -> bool:
    """What belongs to a confidential place stays with it; of a service there, only what answers a call."""
    if not _is_at_secret(phone, hidden) and phone.service_id not in hidden.services:
        return True
    return phone.service_id is not None and phone.type in PUBLIC_PHONES


def _is_at_secret(record: Phone | Contact, hidden: Hidden) -> bool:
    return record.location_id in hidden.locations or record.service_at_location_id in hidden.listings


def _placed(location: Location) -> Location:
    """A point of which nobody knows what it stands for is not told."""
    if location.precision is not Precision.NONE or location.latitude is location.longitude is None:
        return location
    return msgspec.structs.replace(location, latitude=None, longitude=None)
