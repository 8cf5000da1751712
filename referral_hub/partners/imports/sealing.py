"""Confidential places in a set of rows: point and street go to the sealed table, prose that tells them is hidden.

Nothing that stays readable names the street: not the place, not a service there, not another record
of the same organization.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.partners import model
from referral_hub.partners.imports.confidential import hide_place
from referral_hub.partners.imports.report import Report

Where = Callable[[UUID], tuple[str, int | str | None]]
"""Record id -> (file, row) for the report."""

PROSE: dict[str, tuple[str, ...]] = {
    "organization": ("name", "alternate_name", "description"),
    "program": ("name", "alternate_name", "description"),
    "service": (
        "name", "alternate_name", "description", "interpretation_services", "application_process", "fees_description",
        "eligibility_description", "wait_time", "alert", "licenses", "accreditations",
    ),
    "location": ("name", "alternate_name", "description", "transportation"),
    "service_at_location": ("description",),
    "contact": ("name", "title", "department"),
    "phone": ("description",),
    "schedule": ("description",),
    "language": ("note",),
    "cost_option": ("option", "amount_description"),
    "required_document": ("document",),
    "service_area": ("name", "description"),
    "service_capacity": ("description",),
    "accessibility": ("description", "details"),
}  # fmt: skip
"""Every text of the directory that a stranger may read, by kind."""
_OWNERS = ("id", "service_id", "location_id", "service_at_location_id", "organization_id")
_STRUCTS: dict[str, type[model.Row]] = {
    "organization": model.Organization, "program": model.Program, "service": model.Service, "location": model.Location,
    "service_at_location": model.ServiceAtLocation, "contact": model.Contact, "phone": model.Phone, "schedule": model.Schedule,
    "language": model.Language, "cost_option": model.CostOption, "required_document": model.RequiredDocument,
    "service_area": model.ServiceArea, "service_capacity": model.ServiceCapacity, "accessibility": model.Accessibility,
}  # fmt: skip
_OWNERS_OF = {
    kind: attrgetter(*(name for name in _OWNERS if name in struct.__struct_fields__), "id") for kind, struct in _STRUCTS.items()
}
"""Of a record its own id and those of the records that it hangs on."""
_NAMES = frozenset({"name", "title", "document"})


def seal_places(rows: model.DirectoryRows, secret: set[UUID], report: Report, where: Where) -> None:
    """Seal the locations of `secret` within `rows` (changed in place) and report what was hidden.

    `rows` should hold the organizations of these places with all their records: only what is in it can be cleaned.
    """
    if secret:
        _Sealer(rows, secret, report, where).seal()


class _Sealer:
    def __init__(self, rows: model.DirectoryRows, secret: set[UUID], report: Report, where: Where) -> None:
        self.rows, self.secret, self.report, self.where = rows, secret, report, where
        self.organization_of: dict[UUID, UUID] = {}
        """Of services, locations, listings and contacts."""
        self.organization_of.update({service.id: service.organization_id for service in rows.service})
        self.organization_of.update({location.id: location.organization_id for location in rows.location})
        for listing in rows.service_at_location:
            self.organization_of[listing.id] = self.organization_of.get(listing.service_id, listing.service_id)
        self.streets: dict[UUID, list[str]] = {}
        self.said: dict[UUID, list[str]] = {}
        self.place_of = {
            key: listing.location_id
            for listing in rows.service_at_location
            if listing.location_id in secret
            for key in (listing.id, listing.service_id)
        }
        self.at_secret = {listing.id for listing in rows.service_at_location if listing.location_id in secret}
        self.at_secret |= {listing.service_id for listing in rows.service_at_location if listing.location_id in secret} | secret

    def seal(self) -> None:
        addresses = self._take_addresses()
        self._close_organizations()
        concerned = self._concerned()
        for kind, fields in PROSE.items():
            records: list[Any] = getattr(self.rows, kind)
            of_record = _OWNERS_OF[kind]
            for index, record in enumerate(records):
                if not concerned.isdisjoint(of_record(record)) and any(getattr(record, name) for name in fields):
                    records[index] = self._clean(kind, record, fields)
        sealed = {record.id: record for record in self.rows.sealed_location}
        for index, location in enumerate(self.rows.location):
            if location.id not in self.secret:
                continue
            before = sealed.get(location.id)
            held = dict(before.address) if before else {}
            held.update(addresses.get(location.id, {}))
            if said := self.said.get(location.id):
                held["said"] = list(dict.fromkeys([*held.get("said", []), *said]))
            sealed[location.id] = model.SealedLocation(
                id=location.id,
                latitude=location.latitude if location.latitude is not None else before.latitude if before else None,
                longitude=location.longitude if location.longitude is not None else before.longitude if before else None,
                address=held,
            )
            self.rows.location[index] = msgspec.structs.replace(
                location, latitude=None, longitude=None, precision=model.Precision.NONE, confidential=True
            )
            self.report.add(*self.where(location.id), "confidential", "the place is confidential", "its point and address are sealed")
        self.rows.sealed_location = list(sealed.values())

    def _take_addresses(self) -> dict[UUID, dict[str, Any]]:
        """Addresses of secret places leave the rows; their streets are remembered for the organization."""
        taken: dict[UUID, dict[str, Any]] = {}
        moved: dict[UUID, UUID] = {}
        for address in self.rows.address:
            if address.location_id not in self.secret:
                continue
            plain = {name: value for name, value in msgspec.to_builtins(address).items() if value and name not in ("id", "location_id")}
            taken.setdefault(address.location_id, {})[address.address_type] = plain
            moved[address.id] = address.location_id
            for line in (address.address_1, address.address_2):
                if line and any(letter.isdigit() for letter in line) and any(letter.isalpha() for letter in line):
                    self.streets.setdefault(self.organization_of[address.location_id], []).append(line)
            self.report.add(*self.where(address.id), "address_1", "the address of a confidential place", "sealed")
        self.rows.address = [address for address in self.rows.address if address.id not in moved]
        self.rows.source_record = [
            msgspec.structs.replace(record, kind="sealed_location", record_id=moved[record.record_id])
            if record.kind == "address" and record.record_id in moved
            else record
            for record in self.rows.source_record
        ]
        for sealed in self.rows.sealed_location:
            for held in sealed.address.values():
                if isinstance(held, dict) and held.get("address_1"):
                    self.streets.setdefault(self.organization_of[sealed.id], []).append(str(held["address_1"]))
        return taken

    def _close_organizations(self) -> None:
        """An organization that has only secret places speaks of nothing else when it tells of a street."""
        open_ones = {location.organization_id for location in self.rows.location if location.id not in self.secret}
        self.at_secret |= {self.organization_of[place] for place in self.secret if place in self.organization_of} - open_ones

    def _concerned(self) -> set[UUID]:
        """Whatever is at a secret place, and all that belongs to an organization of which a street is known."""
        told = {owner for owner, organization in self.organization_of.items() if organization in self.streets}
        return self.at_secret | told | self.streets.keys()

    def _clean(self, kind: str, record: Any, fields: tuple[str, ...]) -> Any:
        owners = [
            record.id,
            *(getattr(record, f"{name}_id", None) for name in ("service", "location", "service_at_location", "organization")),
        ]
        organization = record.id if kind == "organization" else next((o for o in map(self._organization, owners) if o), None)
        streets = self.streets.get(organization, []) if organization else []
        at_secret = any(owner in self.at_secret for owner in owners if owner and not (owner == organization and kind != "organization"))
        if not streets and not at_secret:
            return record
        changes: dict[str, str | None] = {}
        for name in fields:
            text, taken = hide_place(getattr(record, name), streets, every_place=at_secret and name not in _NAMES)
            if taken:
                changes[name] = text
                self.report.add(*self.where(record.id), name, f"{len(taken)} sentences tell where a confidential place is", "hidden")
                self._remember(record, taken)
        return msgspec.structs.replace(record, **changes) if changes else record

    def _organization(self, owner: UUID | None) -> UUID | None:
        if owner is None:
            return None
        return self.organization_of.get(owner) or (owner if owner in self.streets else None)

    def _remember(self, record: Any, taken: list[str]) -> None:
        owner = getattr(record, "location_id", None) or getattr(record, "service_id", None) or record.id
        place = self.place_of.get(owner, owner)
        if place in self.secret:
            self.said.setdefault(place, []).extend(taken)
