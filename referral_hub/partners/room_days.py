"""How many days a figure of room is believed, by what is counted: set by the coordinator, every change kept."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from referral_hub.errors import FieldError, Invalid
from referral_hub.network_setting import NetworkSetting
from referral_hub.partners.freshness import ROOM_DAYS, ROOM_DAYS_SETTING
from referral_hub.partners.units import PLACES, name_unit
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

MOST_UNITS = 50
MOST_DAYS = 365


class RoomDays(Struct, frozen=True):
    """The whole table; `version` counts the changes, 0 before the first."""

    version: int
    days: dict[str, int]
    """By unit, as many (`beds`); `places` is for whatever is not named."""


def get_room_days(work: Work) -> RoomDays:
    """The table in force. For whoever may say how much room there is."""
    require(work.actor, "capacity:write")
    stored = work.network_settings.get(ROOM_DAYS_SETTING)
    return RoomDays(work.changes.number(ROOM_DAYS_SETTING), dict(ROOM_DAYS if stored is None else stored.value))


def set_room_days(work: Work, days: Mapping[str, int], version: int) -> RoomDays:
    """Put a whole table in force: every figure ends by it from the next match on. The same table again is no change.

    Raises:
        Invalid: `days.UNIT` for a unit that is none, comes twice or is believed for less than a day or more than a year;
            `days.places` where it is missing.
        StaleVersion: the table was changed since `version`; facts: version.
    """
    actor = require(work.actor, "directory:write")
    wanted = _check(days)
    work.room.lock()
    present = get_room_days(work)
    if wanted == present.days:
        return present
    setting = NetworkSetting(name=ROOM_DAYS_SETTING, value=wanted, changed_at=work.now, changed_by=actor.account_id)
    work.network_settings.save(setting, version)
    work.room.age_all()
    return RoomDays(version + 1, wanted)


def _check(days: Mapping[str, int]) -> dict[str, int]:
    errors: list[FieldError] = []
    wanted: dict[str, int] = {}
    for unit, number in days.items():
        name = name_unit(2, unit).lower()
        if not unit.strip():
            errors.append(FieldError("days", "Say what is counted, such as beds or places."))
        elif name in wanted:
            errors.append(FieldError(f"days.{unit}", f"This stands here twice: as {name} too."))
        elif not 1 <= number <= MOST_DAYS:
            errors.append(FieldError(f"days.{unit}", f"Give 1 to {MOST_DAYS} days."))
        wanted.setdefault(name, number)
    if PLACES not in wanted:
        errors.append(FieldError(f"days.{PLACES}", "Give the days for whatever is not named."))
    if errors:
        raise Invalid("The days cannot be stored like this.", errors=tuple(errors))
    return dict(sorted(wanted.items()))
