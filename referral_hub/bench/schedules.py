"""Opening hours as places have them; many places keep the same ones."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from referral_hub.bench.dice import Dice
from referral_hub.partners.listing import OpenHours

_SEED = 13
SCHEDULES = 3_000
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_USUAL = ("MO,TU,WE,TH,FR", "MO,TU,WE,TH,FR", "MO,WE,FR", "TU,TH", "MO,TU,WE,TH", "SA", "SU", "MO,TU,WE,TH,FR,SA", "MO,TU,WE,TH,FR,SA,SU")
_OPENS = ("09:00", "09:00", "08:00", "08:30", "10:00", "11:00", "07:30", "12:00", "13:00", "16:00")
_CLOSES = ("17:00", "17:00", "16:00", "16:30", "15:00", "14:00", "18:00", "19:30", "20:00", "21:00")
_HOLIDAYS = ((date(2026, 11, 26), 1), (date(2026, 11, 26), 2), (date(2026, 12, 24), 2), (date(2026, 12, 24), 10), (date(2026, 11, 30), 5))


@cache
def schedules() -> tuple[list[OpenHours], ...]:
    """The schedules that a network's places share; the first ones are the most usual."""
    dice = Dice(_SEED)
    return tuple(_schedule(dice) for _ in range(SCHEDULES))


def _schedule(dice: Dice) -> list[OpenHours]:
    kind = dice.throw()
    if kind < 0.05:
        return []
    if kind < 0.70:
        rows = _weekly(dice)
    elif kind < 0.86:
        rows = [_monthly(dice) for _ in range(dice.whole(1, 2))]
    elif kind < 0.92:
        rows = [OpenHours("19:00", dice.pick(("07:00", "06:30", "08:00")), "WEEKLY", byday=dice.pick((",".join(_DAYS), "FR,SA,SU")))]
    elif kind < 0.95:
        rows = [OpenHours("00:00", "24:00", "WEEKLY", byday=",".join(_DAYS))]
    elif kind < 0.97:
        start = date(2026, 1, 5) + timedelta(days=dice.whole(0, 13))
        rows = [OpenHours("10:00", "13:00", "WEEKLY", interval=2, byday=_DAYS[start.weekday()], dtstart=start)]
    else:
        rows = [*_weekly(dice), _monthly(dice)]
    if dice.below(0.2):
        first, days = dice.pick(_HOLIDAYS)
        rows = [*rows, OpenHours(valid_from=first, valid_to=first + timedelta(days=days - 1), closed=True, description="Holiday")]
    if dice.below(0.05):
        rows = [*rows, OpenHours("12:00", "13:00", "WEEKLY", byday="MO,TU,WE,TH,FR", closed=True, description="Lunch")]
    return rows


def _weekly(dice: Dice) -> list[OpenHours]:
    if dice.below(0.6):
        days = dice.pick(_USUAL)
        return [OpenHours(dice.pick(_OPENS), dice.pick(_CLOSES), "WEEKLY", byday=days)]
    ends = date(2026, 12, dice.whole(1, 31)) if dice.below(0.1) else None
    chosen = dice.some(_DAYS, dice.whole(2, 5))
    return [OpenHours(dice.pick(_OPENS), dice.pick(_CLOSES), "WEEKLY", byday=day, valid_to=ends) for day in chosen]


def _monthly(dice: Dice) -> OpenHours:
    if dice.below(0.15):
        return OpenHours(dice.pick(_OPENS), dice.pick(_CLOSES), "MONTHLY", bymonthday=str(dice.whole(1, 28)))
    nth = dice.pick(("1", "2", "3", "4", "-1"))
    days = f"{nth}{dice.pick(_DAYS)}" if dice.below(0.7) else f"1{dice.pick(_DAYS)},3{dice.pick(_DAYS)}"
    return OpenHours(dice.pick(_OPENS), dice.pick(_CLOSES), "MONTHLY", byday=days)
