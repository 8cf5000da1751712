"""Tables of referrals, their events and what is to be delivered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from referral_hub.referrals import model
from referral_hub.storage import append_only
from referral_hub.storage.schema import table_of

referral = table_of(
    model.Referral,
    "referral",
    references={
        "patient_id": "patient",
        "need_id": "need",
        "service_at_location_id": "service_at_location",
        "requester_id": "organization",
        "owner_id": "organization",
        "parent_id": "referral",
    },
    indexes=[("state", "due_at")],
)
event = table_of(model.Event, "event", references={"referral_id": "referral"}, unique=[("referral_id", "version")])
delivery = table_of(
    model.Delivery, "delivery", references={"event_id": "event", "referral_id": "referral"}, indexes=[("sent_at", "dead_at", "due_at")]
)


@sa.event.listens_for(event, "after_create")
def _keep_events(_table: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    """A database made from the models refuses to change an event, as a migrated one does."""
    for statement in append_only.statements(connection.dialect.name, on=True):
        connection.exec_driver_sql(statement)
