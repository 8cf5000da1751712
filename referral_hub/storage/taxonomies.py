"""Taxonomies, what their terms are to ours, and which services are tagged with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from referral_hub.partners import taxonomy
from referral_hub.partners.model import Attribute, Taxonomy, TaxonomyTerm
from referral_hub.partners.term_mapping import LABEL, TermMapping
from referral_hub.storage import rows
from referral_hub.storage.tables import directory as directory_tables
from referral_hub.storage.tables import taxonomies as tables

CHUNK = 400
"""Ids in one statement: below every limit on bound values."""
TAGGED = ("service", "service_at_location")
"""What a match finds by its terms."""


class CountedTaxonomy(Struct, frozen=True):
    """A taxonomy and how many terms it has."""

    scheme: Taxonomy
    terms: int


class TaxonomyStore:
    """The network's: taxonomies are no organization's."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def all(self) -> list[CountedTaxonomy]:
        """Every taxonomy, ours first, then by name."""
        table, term = directory_tables.taxonomy, directory_tables.taxonomy_term
        counted = sa.select(term.c.taxonomy_id, sa.func.count().label("n")).group_by(term.c.taxonomy_id).subquery()
        statement = (
            sa.select(table, sa.func.coalesce(counted.c.n, 0))
            .outerjoin(counted, counted.c.taxonomy_id == table.c.id)
            .order_by(table.c.id != taxonomy.TAXONOMY_ID, table.c.name, table.c.id)
        )
        found = []
        for row in self._connection.execute(statement):
            held = {name: getattr(row, name) for name in Taxonomy.__struct_fields__}
            found.append(CountedTaxonomy(Taxonomy(**held), int(row[-1])))
        return found

    def terms_of(self, taxonomy_ids: Collection[UUID]) -> list[TaxonomyTerm]:
        """The terms of these taxonomies."""
        term = directory_tables.taxonomy_term
        statement = sa.select(term).where(term.c.taxonomy_id.in_(list(taxonomy_ids))).order_by(term.c.id)
        return [rows.from_row(TaxonomyTerm, row) for row in self._connection.execute(statement)]

    def mappings(self) -> list[TermMapping]:
        """Every stored line."""
        table = tables.term_mapping
        return [rows.from_row(TermMapping, row) for row in self._connection.execute(sa.select(table).order_by(table.c.id))]

    def replace_mappings(self, scheme: str, lines: Sequence[TermMapping]) -> None:
        """The lines of a scheme are these."""
        table = tables.term_mapping
        self._connection.execute(sa.delete(table).where(table.c.scheme == scheme))
        rows.upsert(self._connection, table, lines)

    def tags(self, term_ids: Collection[UUID]) -> Iterator[tuple[str, UUID, UUID]]:
        """(kind, id of the tagged record, id of the term) for services and listings under these terms."""
        table = directory_tables.attribute
        for part in _parts(term_ids):
            statement = sa.select(table.c.link_entity, table.c.link_id, table.c.taxonomy_term_id).where(
                table.c.taxonomy_term_id.in_(part), table.c.link_entity.in_(TAGGED)
            )
            for row in self._connection.execute(statement):
                yield row.link_entity, row.link_id, row.taxonomy_term_id

    def derived(self) -> list[Attribute]:
        """Every attribute that a mapping made."""
        table = directory_tables.attribute
        statement = sa.select(table).where(table.c.label.like(f"{LABEL}%")).order_by(table.c.id)
        return [rows.from_row(Attribute, row) for row in self._connection.execute(statement)]


def _parts(ids: Collection[UUID]) -> Iterator[list[UUID]]:
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]
