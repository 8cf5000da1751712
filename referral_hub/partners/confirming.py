"""Partners and coordinators say that listings are right as they stand."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.actors import Role
from referral_hub.errors import NotFound
from referral_hub.partners.change_sets import recorded, state_all
from referral_hub.partners.correction import CorrectionState
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.hours import zone_of
from referral_hub.partners.model import DirectoryRows, Service
from referral_hub.partners.provenance import NEVER_STATED, WHOLE, source_of
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

_EVERYBODYS = NEVER_STATED | {"program"}


class Confirmed(Struct, frozen=True, kw_only=True):
    """What was confirmed."""

    change_set_id: UUID
    services: list[UUID]
    records: int
    """Records that the person stands behind now: the services, their places, and what hangs on them."""


def confirm_services(work: Work, service_ids: Collection[UUID], *, settles: bool = False) -> Confirmed:
    """Say that these services are right as patients read them, everywhere they are offered.

    They count as assured today, and no import overwrites them any more. With `settles` this also answers what was said
    to be wrong of them: whoever confirms has read it.

    Raises:
        NotFound: one of them is not there, or another organization's (for partner staff).
    """
    actor = require(work.actor, "listing:confirm")
    wanted = sorted(set(service_ids))
    rows = work.directory.service_rows(wanted)
    own = [one for one in rows.service if actor.role in (Role.COORDINATOR, Role.SYSTEM) or one.organization_id == actor.organization_id]
    if not wanted or len(own) != len(wanted):
        raise NotFound
    speaker = source_of(actor)
    zones = {one.id: zone_of(one.timezone) for one in rows.organization}
    with recorded(work, ChangeCause.CONFIRM, _title(own)) as change_set:
        days = {one.id: work.now.astimezone(zones[one.organization_id]).date() for one in own}
        work.directory.save(DirectoryRows(service=[_assured(one, days[one.id], work.now) for one in own]))
        stated = [(kind, record.id, WHOLE) for kind in rows.__struct_fields__ if kind not in _EVERYBODYS for record in getattr(rows, kind)]
        if speaker is not None:
            state_all(work, stated, speaker)
    if settles:
        answered = {"state": CorrectionState.DISMISSED, "decided_at": work.now, "decided_by": actor.account_id}
        work.corrections.save([msgspec.structs.replace(one, **answered) for one in work.corrections.open_of_services(wanted)])
    return Confirmed(change_set_id=change_set.id, services=wanted, records=len(stated))


def _assured(service: Service, day: date, now: datetime) -> Service:
    """Confirmed today; the address of who did so before goes, and whoever does so now is not published."""
    return msgspec.structs.replace(service, assured_date=day, assurer_email=None, last_modified=now)


def _title(services: Collection[Service]) -> str:
    names = ", ".join(one.name for one in services)
    return f"Confirmed: {names}"[:200]
