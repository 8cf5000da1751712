"""The medians of areas in force: read by every match, filled in by the coordinator, every change kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from referral_hub.matching.area_median import NO_MEDIANS, AreaMedian, Medians, check_medians, medians_of
from referral_hub.matching.held_setting import HeldSetting
from referral_hub.network_setting import NetworkSetting
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

SHOWN_CHANGES = 20


class MedianTable(Struct, frozen=True):
    """Every figure by area and year; `version` counts the changes, 0 before the first."""

    version: int
    medians: list[AreaMedian]


class MedianChange(Struct, frozen=True):
    """What one change made of the table."""

    version: int
    added: list[AreaMedian]
    changed: list[AreaMedian]
    """As they were from then on."""
    removed: list[AreaMedian]
    at: datetime
    who: str
    """The account's name; empty where the hub itself did it."""


def _rows_of(stored: Sequence[Any]) -> list[AreaMedian]:
    return [AreaMedian(*row) for row in stored]


_SETTING = HeldSetting("area_medians", NO_MEDIANS, lambda stored: medians_of(_rows_of(stored)))


def medians_now(work: Work) -> Medians:
    """The table as of this transaction, ready for judging."""
    return _SETTING.now(work)[1]


def get_medians(work: Work) -> MedianTable:
    """The table in force."""
    require(work.actor, "match:run")
    return _table(work)


def set_medians(work: Work, medians: Sequence[AreaMedian], version: int) -> MedianTable:
    """Put a whole table in force; every worker's next match judges by it. The same table again is no change.

    Raises:
        Invalid: `medians[N]` for each row that says what another says too.
        StaleVersion: the table was changed since `version`; facts: version.
    """
    actor = require(work.actor, "median:write")
    wanted = check_medians(medians)
    present = _table(work)
    if wanted == present.medians:
        return present
    stored = [[row.area, row.year, row.income] for row in wanted]
    setting = NetworkSetting(name=_SETTING.name, value=stored, changed_at=work.now, changed_by=actor.account_id)
    work.network_settings.save(setting, version)
    return MedianTable(version + 1, wanted)


def list_changes(work: Work) -> list[MedianChange]:
    """The last changes, the newest first. For coordinators."""
    require(work.actor, "median:write")
    kept = work.network_settings.history(_SETTING.name, SHOWN_CHANGES + 1)
    people = work.accounts.accounts({change.changed_by for change in kept if change.changed_by})
    tables = [_by_key(change.value) for change in kept] + [{}]
    return [
        MedianChange(
            version=change.number,
            added=[row for key, row in after.items() if key not in before],
            changed=[row for key, row in after.items() if key in before and before[key] != row],
            removed=[row for key, row in before.items() if key not in after],
            at=change.changed_at,
            who=people[change.changed_by].name if change.changed_by in people else "",
        )
        for change, after, before in list(zip(kept, tables, tables[1:], strict=False))[:SHOWN_CHANGES]
    ]


def _by_key(stored: Sequence[Any]) -> Mapping[tuple[str, int], AreaMedian]:
    return {(row.area, row.year): row for row in _rows_of(stored)}


def _table(work: Work) -> MedianTable:
    version, medians = _SETTING.now(work)
    return MedianTable(version, [row for rows in medians.by_area.values() for row in reversed(rows)])
