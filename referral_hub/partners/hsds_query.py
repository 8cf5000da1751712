"""What the open directory can be asked for; every condition that is given must hold. Pure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class Near(Struct, frozen=True, kw_only=True):
    """A postal code's middle: a service's area must hold it, and with `within_m` a place must be that near."""

    postal_code: str
    city: str
    state: str
    county: str | None
    """FIPS, five digits."""
    latitude: float
    longitude: float
    within_m: float | None = None
    """Metres; no confidential place is ever near."""


class HsdsQuery(Struct, frozen=True, kw_only=True):
    """Conditions on services, services at locations, organizations, taxonomies or terms; each kind knows only some of them."""

    words: tuple[str, ...] = ()
    """Each must stand in a name or a description, in any case."""
    term_ids: tuple[UUID, ...] | None = None
    """Tagged with one of these."""
    taxonomy_id: UUID | None = None
    """Tagged with a term of this taxonomy; of a term: its taxonomy."""
    organization_id: UUID | None = None
    modified_after: datetime | None = None
    """At this time or later."""
    near: Near | None = None
    parent_id: UUID | None = None
    top_only: bool = False
    """Only terms without a parent."""
