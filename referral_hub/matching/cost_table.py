"""The table of costs in force: read by every match, set by the coordinator, its changes kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from referral_hub.matching.costs import DEFAULTS, check_costs, complete_costs
from referral_hub.matching.held_setting import HeldSetting
from referral_hub.network_setting import NetworkSetting
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

SHOWN_CHANGES = 20


class CostTable(Struct, frozen=True):
    """What every cost is in minutes; `version` counts the changes, 0 before the first."""

    version: int
    minutes: Mapping[str, float]


class CostChange(Struct, frozen=True):
    """What one change made of the table: (name, minutes before, minutes after) of each row that it touched."""

    version: int
    rows: list[tuple[str, float, float]]
    at: datetime
    who: str
    """The account's name; empty where the hub itself did it."""


_SETTING = HeldSetting("costs", DEFAULTS, complete_costs)


def costs_now(work: Work) -> Mapping[str, float]:
    """Minutes by the names of `costs.KINDS`, as of this transaction; the whole table."""
    return _SETTING.now(work)[1]


def get_costs(work: Work) -> CostTable:
    """The table in force."""
    require(work.actor, "match:run")
    return _table(work)


def set_costs(work: Work, minutes: Mapping[str, object], version: int) -> CostTable:
    """Put a whole table in force; every worker's next match counts by it. The same table again is no change.

    Raises:
        Invalid: `minutes.NAME` for each row that is missing, unknown or cannot be.
        StaleVersion: the table was changed since `version`; facts: version.
    """
    actor = require(work.actor, "cost:write")
    wanted = check_costs(minutes)
    present = _table(work)
    if wanted == dict(present.minutes):
        return present
    # Only what differs is stored: a default that a later version changes reaches the networks that never touched it.
    changed = {name: amount for name, amount in wanted.items() if amount != DEFAULTS[name]}
    work.network_settings.save(NetworkSetting(name=_SETTING.name, value=changed, changed_at=work.now, changed_by=actor.account_id), version)
    return CostTable(version + 1, complete_costs(changed))


def list_changes(work: Work) -> list[CostChange]:
    """The last changes, the newest first. For coordinators."""
    require(work.actor, "cost:write")
    kept = work.network_settings.history(_SETTING.name, SHOWN_CHANGES + 1)
    people = work.accounts.accounts({change.changed_by for change in kept if change.changed_by})
    tables = [complete_costs(change.value) for change in kept] + [DEFAULTS]
    return [
        CostChange(
            version=change.number,
            rows=[(name, before[name], after[name]) for name in after if before[name] != after[name]],
            at=change.changed_at,
            who=people[change.changed_by].name if change.changed_by in people else "",
        )
        for change, after, before in list(zip(kept, tables, tables[1:], strict=False))[:SHOWN_CHANGES]
    ]


def _table(work: Work) -> CostTable:
    return CostTable(*_SETTING.now(work))
