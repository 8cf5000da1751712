"""Which kind of organization each sender is: set by the coordinator, known in every match of its care managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.matching.facts import Facts
from referral_hub.matching.held_setting import HeldSetting
from referral_hub.matching.referrers import KINDS, with_referrer
from referral_hub.network_setting import NetworkSetting
from referral_hub.partners.listing import Named
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Work

SHOWN_CHANGES = 20
MOST_REFERRERS = 10_000


class ReferrerKinds(Struct, frozen=True, forbid_unknown_fields=True):
    """All that one sender is."""

    organization_id: UUID
    kinds: Annotated[list[str], Meta(min_length=1, max_length=len(KINDS), description=f"Of {', '.join(KINDS)}.")]


class Referrer(Struct, frozen=True):
    """A sender; without kinds nobody has said yet what it is."""

    organization: Named
    kinds: list[str]


class ReferrerTable(Struct, frozen=True):
    """Every sender by name; `version` counts the changes, 0 before the first."""

    version: int
    referrers: list[Referrer]
    words: Mapping[str, str]
    """The kinds that the hub knows, in words."""


class ReferrerChange(Struct, frozen=True):
    """One change: (the organization's name, its kinds from then on) of each that it touched."""

    version: int
    rows: list[tuple[str, list[str]]]
    at: datetime
    who: str
    """The account's name; empty where the hub itself did it."""


_Kinds = Mapping[str, list[str]]
"""An organization's id -> what it is."""
_SETTING: HeldSetting[_Kinds] = HeldSetting("referrers", {}, lambda stored: stored)


def add_referrer(work: Work, facts: Facts, organization_id: UUID | None = None) -> Facts:
    """The facts with what the hub knows of who refers: that organization, or the asker's own where care managers ask.

    Nobody else refers: what the request says is taken then.
    """
    actor = work.actor
    if organization_id is None and allowed(actor, "patient:read") and actor is not None:
        organization_id = actor.organization_id
    if organization_id is None:
        return facts
    return with_referrer(facts, organization_id, _SETTING.now(work)[1].get(str(organization_id), ()))


def get_referrers(work: Work) -> ReferrerTable:
    """The table in force."""
    require(work.actor, "match:run")
    version, kinds = _SETTING.now(work)
    return _table(work, version, kinds)


def set_referrers(work: Work, referrers: Sequence[ReferrerKinds], version: int) -> ReferrerTable:
    """Put a whole table in force; whoever is not in it is of no known kind. The same table again is no change.

    Raises:
        Invalid: `referrers[N].organization_id` for what is no sender or stands there twice, `referrers[N].kinds[M]` for an unknown kind.
        StaleVersion: the table was changed since `version`; facts: version.
    """
    actor = require(work.actor, "referrer:write")
    _check(work, referrers)
    wanted = {str(one.organization_id): sorted(set(one.kinds)) for one in referrers}
    present, kinds = _SETTING.now(work)
    if wanted == kinds:
        return _table(work, present, kinds)
    setting = NetworkSetting(name=_SETTING.name, value=wanted, changed_at=work.now, changed_by=actor.account_id)
    work.network_settings.save(setting, version)
    return _table(work, version + 1, wanted)


def list_changes(work: Work) -> list[ReferrerChange]:
    """The last changes, the newest first. For coordinators."""
    require(work.actor, "referrer:write")
    kept = work.network_settings.history(_SETTING.name, SHOWN_CHANGES + 1)
    people = work.accounts.accounts({change.changed_by for change in kept if change.changed_by})
    tables: list[_Kinds] = [change.value for change in kept] + [{}]
    found = work.directory.records("organization", [UUID(one) for one in {name for table in tables for name in table}])
    return [
        ReferrerChange(
            version=change.number,
            rows=sorted(
                (found[UUID(one)].name if UUID(one) in found else one, after.get(one, []))
                for one in {*before, *after}
                if before.get(one) != after.get(one)
            ),
            at=change.changed_at,
            who=people[change.changed_by].name if change.changed_by in people else "",
        )
        for change, after, before in list(zip(kept, tables, tables[1:], strict=False))[:SHOWN_CHANGES]
    ]


def _check(work: Work, referrers: Sequence[ReferrerKinds]) -> None:
    senders = {one.id for one in work.directory.senders()}
    seen: set[UUID] = set()
    faults = []
    for number, one in enumerate(referrers):
        if one.organization_id not in senders:
            faults.append(FieldError(f"referrers[{number}].organization_id", "is no organization that sends"))
        elif one.organization_id in seen:
            faults.append(FieldError(f"referrers[{number}].organization_id", "stands in the list already"))
        seen.add(one.organization_id)
        unknown = [n for n, kind in enumerate(one.kinds) if kind not in KINDS]
        faults += [FieldError(f"referrers[{number}].kinds[{n}]", "is not a kind we know") for n in unknown]
    if faults:
        raise Invalid("Some referrers need another look.", errors=tuple(faults))


def _table(work: Work, version: int, kinds: _Kinds) -> ReferrerTable:
    referrers = [Referrer(Named(one.id, one.name), list(kinds.get(str(one.id), ()))) for one in work.directory.senders()]
    return ReferrerTable(version, referrers, KINDS)
