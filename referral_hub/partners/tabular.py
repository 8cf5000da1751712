"""HSDS 3.x as a tabular data package: which file holds which kind of record, and what its columns are. Pure.

A field that HSDS does not have is a column too, with `x_` before its name, so that no other source's
column is ever taken for it. Source: https://docs.openreferral.org, datapackage.json of HSDS 3.1, which
3.2 left as it is.
"""

from __future__ import annotations

import types
import typing
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.partners import hsds, model

PACKAGE = "datapackage.json"
"""The file that describes the others."""
MARK = "x_"
"""What a column of ours begins with."""
OWN_EXPORT = "referral_hub"
"""The property of a package that says: written by a hub, to be read back as it stands."""

FILES: dict[str, str] = {
    "organization": "organizations.csv", "program": "programs.csv", "service": "services.csv", "location": "locations.csv",
    "service_at_location": "service_at_location.csv", "address": "addresses.csv", "contact": "contacts.csv", "phone": "phones.csv",
    "schedule": "schedules.csv", "language": "languages.csv", "cost_option": "cost_options.csv",
    "required_document": "required_documents.csv", "service_area": "service_areas.csv", "unit": "units.csv",
    "service_capacity": "service_capacity.csv", "accessibility": "accessibility.csv", "taxonomy": "taxonomies.csv",
    "taxonomy_term": "taxonomy_terms.csv", "attribute": "attributes.csv",
}  # fmt: skip
"""Kind of record -> its file, as the HSDS names it."""

LEFT_OUT: dict[str, frozenset[str]] = {
    "organization": frozenset({"source"}),
    "service": frozenset({"source"}),
    "location": frozenset({"source"}),
    "service_capacity": frozenset({"stated", "said_at", "said_by", "refusals"}),
}
"""Fields of a kind that stay in the hub, since they are true of it alone: from which import a record came, who said here how
much room there is, and what this hub's referrals took of it (`available` is what they left)."""
KEPT: dict[str, tuple[str, ...]] = {
    **{kind: tuple(sorted(fields)) for kind, fields in LEFT_OUT.items()},
    "sealed_location": ("latitude", "longitude", "address"),
}
"""Fields that an export never holds: reading one back leaves them as they are."""

REFERENCES: dict[str, str] = {
    "organization_id": "organization", "parent_organization_id": "organization", "program_id": "program", "service_id": "service",
    "location_id": "location", "service_at_location_id": "service_at_location", "contact_id": "contact", "phone_id": "phone",
    "unit_id": "unit", "taxonomy_id": "taxonomy", "parent_id": "taxonomy_term", "taxonomy_term_id": "taxonomy_term",
}  # fmt: skip
"""Field -> the kind whose id it holds; `attribute.link_id` may be of any kind."""

_REQUIRED: dict[str, frozenset[str]] = {
    kind: frozenset(f"id {names}".split())
    for kind, names in {
        "organization": "name description", "program": "organization_id name description", "service": "organization_id name status",
        "location": "location_type", "service_at_location": "service_id location_id",
        "address": "address_1 city state_province postal_code country address_type", "phone": "number", "cost_option": "service_id",
        "unit": "name", "service_capacity": "service_id unit_id available updated", "taxonomy": "name description",
        "taxonomy_term": "name description", "attribute": "link_id taxonomy_term_id link_entity",
    }.items()
}  # fmt: skip
_ENUMS: dict[tuple[str, str], tuple[str, ...]] = {
    ("service", "status"): tuple(model.ServiceStatus),
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "freq"): ("WEEKLY", "MONTHLY"),
}
_FORMATS: dict[tuple[str, str], str] = {
    (kind, field): form
    for form, fields in {
        "email": "organization.email service.email service.assurer_email contact.email",
        "uri": "organization.website service.url location.url accessibility.url required_document.uri unit.uri taxonomy.uri",
    }.items()
    for kind, field in (place.split(".") for place in fields.split())
}
_CLOCKS = frozenset({"opens_at", "closes_at"})
_TYPES: dict[Any, str] = {
    str: "string", int: "number", float: "number", bool: "boolean", date: "date", datetime: "datetime", UUID: "string",
}  # fmt: skip


class Column(Struct, frozen=True, kw_only=True):
    """One column: the field of our record and what the package says about it."""

    field: str
    name: str
    """`field`, or `x_` and `field` where HSDS has no such field."""
    type: str
    """Of Table Schema: string, number, boolean, date, time, datetime, object, array."""
    format: str | None = None
    """uuid, email or uri, for a string."""
    required: bool = False
    """HSDS demands a value."""
    choices: tuple[str, ...] = ()
    """The only values that HSDS knows."""
    reference: str | None = None
    """The kind whose id it holds."""
    is_ours: bool = False
    is_whole: bool = False
    """A number without a fraction."""


class Table(Struct, frozen=True):
    """One file of the package."""

    kind: str
    file: str
    columns: tuple[Column, ...]


def _column(kind: str, field: msgspec.structs.FieldInfo, hint: Any) -> Column:
    name, plain = field.name, _plain_type(hint)
    is_ours = name in hsds.OURS.get(kind, frozenset())
    return Column(
        field=name,
        name=f"{MARK}{name}" if is_ours else name,
        type="time" if name in _CLOCKS else _type_of(plain),
        format="uuid" if plain is UUID else _FORMATS.get((kind, name)),
        required=name in _REQUIRED.get(kind, frozenset({"id"})),
        choices=_ENUMS.get((kind, name)) or (tuple(plain) if isinstance(plain, type) and issubclass(plain, StrEnum) else ()),
        reference=REFERENCES.get(name),
        is_ours=is_ours,
        is_whole=plain is int,
    )


def _plain_type(hint: Any) -> Any:
    """An annotation without `| None`."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(part for part in typing.get_args(hint) if part is not type(None))
    return hint


def _type_of(plain: Any) -> str:
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return "string"
    return _TYPES.get(plain) or {dict: "object", list: "array"}[typing.get_origin(plain)]


def _table(kind: str, file: str) -> Table:
    struct = STRUCTS[kind]
    hints = typing.get_type_hints(struct)
    left_out = LEFT_OUT.get(kind, frozenset())
    fields = [field for field in msgspec.structs.fields(struct) if field.name not in left_out]
    columns = [_column(kind, field, hints[field.name]) for field in fields]
    return Table(kind, file, tuple(sorted(columns, key=lambda column: (column.name != "id", column.is_ours))))


STRUCTS: dict[str, type[model.Row]] = {
    "organization": model.Organization, "program": model.Program, "service": model.Service, "location": model.Location,
    "service_at_location": model.ServiceAtLocation, "address": model.Address, "contact": model.Contact, "phone": model.Phone,
    "schedule": model.Schedule, "language": model.Language, "cost_option": model.CostOption, "required_document": model.RequiredDocument,
    "service_area": model.ServiceArea, "unit": model.Unit, "service_capacity": model.ServiceCapacity, "accessibility": model.Accessibility,
    "taxonomy": model.Taxonomy, "taxonomy_term": model.TaxonomyTerm, "attribute": model.Attribute,
}  # fmt: skip
"""Kind -> the record."""
TABLES: dict[str, Table] = {kind: _table(kind, file) for kind, file in FILES.items()}
"""Kind -> its table; parents stand before children."""
