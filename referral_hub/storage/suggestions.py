"""Suggested rules, and the texts that they are read from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.actors import Actor, Role
from referral_hub.errors import NotFound
from referral_hub.partners.model import ServiceStatus
from referral_hub.partners.suggestion import EligibilityText, RuleSuggestion, SuggestionState
from referral_hub.storage import rows
from referral_hub.storage.listing_marks import parts_of
from referral_hub.storage.tables.accounts import account
from referral_hub.storage.tables.directory import address, service, service_at_location
from referral_hub.storage.tables.matching import rule_suggestion as table

BATCH = 400
"""Services read at once: below every limit on bound values."""


class SuggestionStore:
    """Partner staff see the suggestions for their own services, coordinators all of them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    # For the reader, which reads for everybody

    def texts(self) -> Iterator[list[EligibilityText]]:
        """Every active service with prose and no rule, or with one that was confirmed from earlier prose; in batches."""
        confirmed = sa.select(table.c.service_id).where(table.c.state == SuggestionState.CONFIRMED)
        wanted = (
            sa.select(service.c.id, service.c.eligibility_description, service.c.minimum_age, service.c.maximum_age, service.c.rule)
            .where(service.c.status == ServiceStatus.ACTIVE, service.c.eligibility_description.is_not(None))
            .where(service.c.rule.is_(None) | service.c.id.in_(confirmed))
            .order_by(service.c.id)
            .limit(BATCH)
        )
        last: UUID | None = None
        while True:
            statement = wanted if last is None else wanted.where(service.c.id > last)
            found = [EligibilityText(*row) for row in self._connection.execute(statement)]
            if not found:
                return
            last = found[-1].service_id
            yield found

    def states_of(self, service_ids: Collection[UUID]) -> dict[UUID, str]:
        """The state (two letters) in which most places of each service are; none where no address is public."""
        places = service_at_location.join(address, address.c.location_id == service_at_location.c.location_id)
        statement = sa.select(service_at_location.c.service_id, address.c.state_province).select_from(places)
        counted: dict[UUID, Counter[str]] = defaultdict(Counter)
        for service_id, state in self._connection.execute(statement.where(service_at_location.c.service_id.in_(service_ids))):
            counted[service_id][state.upper()] += 1
        return {service_id: min(states, key=lambda state: (-states[state], state)) for service_id, states in counted.items()}

    def of_services(self, service_ids: Collection[UUID]) -> list[RuleSuggestion]:
        """Every suggestion of these services, decided ones too."""
        return self._found(sa.select(table).where(table.c.service_id.in_(service_ids)))

    # For the people who decide

    def get_for(self, actor: Actor, suggestion_id: UUID) -> RuleSuggestion:
        """A suggestion that this asker may decide; the row is kept for this transaction.

        Raises:
            NotFound: there is none, or it is for another organization's service.
        """
        row = self._connection.execute(
            _own(actor, sa.select(table)).where(table.c.id == suggestion_id).with_for_update(of=table)
        ).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(RuleSuggestion, row)

    def alike_for(self, actor: Actor, digests: Collection[str], state: SuggestionState) -> list[RuleSuggestion]:
        """Those of the asker's with these words, in a state, in the order of their ids."""
        statement = _own(actor, sa.select(table)).where(table.c.text_digest.in_(digests), table.c.state == state)
        return self._found(statement.order_by(table.c.id))

    def page_for(self, actor: Actor, state: SuggestionState, *, limit: int, offset: int) -> list[RuleSuggestion]:
        """One suggestion for each text, those of most services first; the last decided first where they are decided."""
        number = sa.func.row_number().over(partition_by=table.c.text_digest, order_by=table.c.id).label("number")
        many = sa.func.count().over(partition_by=table.c.text_digest).label("many")
        inner = _own(actor, sa.select(table, number, many)).where(table.c.state == state).subquery()
        columns = [inner.c[column.name] for column in table.columns]
        order: Sequence[Any] = (inner.c.many.desc(), inner.c.text_digest)
        if state is not SuggestionState.SUGGESTED:
            order = (inner.c.decided_at.desc(), inner.c.text_digest)
        return self._found(sa.select(*columns).where(inner.c.number == 1).order_by(*order).limit(limit).offset(offset))

    def count_for(self, actor: Actor, state: SuggestionState) -> int:
        """How many different texts the asker's suggestions in a state have."""
        statement = _own(actor, sa.select(sa.func.count(sa.distinct(table.c.text_digest)))).where(table.c.state == state)
        return int(self._connection.execute(statement).scalar_one())

    def count_listings(self, service_ids: Collection[UUID]) -> dict[UUID, int]:
        """At how many places each service is offered."""
        places = sa.select(service_at_location.c.service_id, sa.func.count()).where(service_at_location.c.service_id.in_(service_ids))
        return {row[0]: row[1] for row in self._connection.execute(places.group_by(service_at_location.c.service_id))}

    def names_of(self, account_ids: Collection[UUID]) -> dict[UUID, str]:
        """The names of those who decided."""
        statement = sa.select(account.c.id, account.c.name).where(account.c.id.in_(account_ids))
        return {row[0]: row[1] for row in self._connection.execute(statement)}

    # Writing

    def save(self, suggestions: Sequence[RuleSuggestion]) -> None:
        """Insert or replace."""
        rows.upsert(self._connection, table, suggestions)

    def remove(self, suggestion_ids: Sequence[UUID]) -> None:
        """Take away suggestions that nobody decided and whose text is no more."""
        for start in range(0, len(suggestion_ids), BATCH):
            self._connection.execute(sa.delete(table).where(table.c.id.in_(suggestion_ids[start : start + BATCH])))

    def forget(self, service_ids: Collection[UUID]) -> None:
        """Take away what nobody decided of services that go."""
        for part in parts_of(service_ids, BATCH):
            self._connection.execute(sa.delete(table).where(table.c.service_id.in_(part), table.c.state == SuggestionState.SUGGESTED))

    def _found(self, statement: sa.Select[Any]) -> list[RuleSuggestion]:
        return [rows.from_row(RuleSuggestion, row) for row in self._connection.execute(statement)]


def _own(actor: Actor, statement: sa.Select[Any]) -> sa.Select[Any]:
    statement = statement.join(service, service.c.id == table.c.service_id).where(service.c.status == ServiceStatus.ACTIVE)
    if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
        statement = statement.where(service.c.organization_id == actor.organization_id)
    return statement
