"""The room meter (places left of places, how old the figure is), and the taps that change it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from referral_hub.partners.listing import Capacity
from referral_hub.partners.room import RoomAccount
from referral_hub.partners.units import name_unit, say_count

MOST = 20
"""Beyond this many places the meter is one bar, not one box a place."""
WIDTH = 240.0
GAP = 3.0
FEW = 5
"""As many places have a button of their own."""
PLENTY = 50
"""What "plenty" is said to be, where no maximum is known."""
DIGITS = 6
"""Of a number of places."""
SAME = "same"
NEXT_MONDAY = "monday"
NEXT_MONTH = "month"


class Box(Struct, frozen=True):
    x: float
    width: float
    free: bool


class Meter(Struct, frozen=True):
    words: str
    boxes: tuple[Box, ...]
    updated: datetime | None


class Tap(Struct, frozen=True):
    """One button: what it sends and what it says."""

    value: str
    """A number of places, or SAME, NEXT_MONDAY, NEXT_MONTH."""
    words: str


class Said(Struct, frozen=True):
    """What one tap says: how many places, and until when."""

    available: int
    until: datetime | None = None


def draw_room(availability: str, capacity: Capacity | None, now: datetime) -> Meter:
    """What can be said and drawn of the room at a place."""
    if capacity is None or (capacity.until is not None and capacity.until < now) or availability == "unknown":
        return Meter("Room not known: call first", (), capacity.updated if capacity else None)
    if capacity.available <= 0:
        words = "No room now, a list is kept" if availability == "waitlist" or capacity.waitlist else "No room now"
    elif capacity.maximum:
        words = f"Room for {capacity.available:,} of {say_count(capacity.maximum, capacity.unit)}"
    else:
        words = f"Room for {say_count(capacity.available, capacity.unit)}"
    return Meter(words, tuple(_boxes(max(capacity.available, 0), capacity.maximum)), capacity.updated)


def _boxes(available: int, maximum: int | None) -> Iterator[Box]:
    if not maximum:
        return
    if maximum <= MOST:
        width = (WIDTH - GAP * (maximum - 1)) / maximum
        for place in range(maximum):
            yield Box(round(place * (width + GAP), 1), round(width, 1), place < available)
        return
    free = WIDTH * min(available / maximum, 1)
    yield Box(0, WIDTH, free=False)
    yield Box(0, round(free, 1), free=True)


def number_taps(maximum: int | None) -> list[Tap]:
    """Full, a few, and as many as there can be."""
    few = [Tap(str(number), str(number)) for number in range(1, FEW + 1) if maximum is None or number < maximum]
    most = Tap(str(PLENTY), f"Plenty ({PLENTY})") if maximum is None else Tap(str(maximum), f"All {maximum:,}")
    return [Tap("0", "Full"), *few, *([most] if maximum != 0 else [])]


def full_taps(today: date) -> list[Tap]:
    """Full until the next Monday, or until the next month begins; `today` is the place's."""
    month = next_month(today)
    return [Tap(NEXT_MONDAY, "Full until Monday"), Tap(NEXT_MONTH, f"Full until {month:%B} {month.day}")]


def same_tap(account: RoomAccount, now: datetime) -> Tap | None:
    """The figure once more; None where its own date is past, or where none could be said again."""
    if account.until is not None and account.until <= now:
        return None
    if account.refusals:
        return Tap(SAME, f"Yes, {say_count(account.stated, account.unit)} again") if account.stated else None
    return Tap(SAME, "Still full" if account.stated == 0 else f"Still {say_count(account.stated, account.unit)}")


def read_tap(tap: str, now: datetime, zone: ZoneInfo) -> Said | None:
    """What a button other than SAME said; None for what is no button."""
    today = now.astimezone(zone).date()
    if tap in (NEXT_MONDAY, NEXT_MONTH):
        day = next_month(today) if tap == NEXT_MONTH else today + timedelta(days=7 - today.weekday())
        return Said(0, datetime.combine(day, time.min, zone))
    return Said(int(tap)) if is_number(tap) else None


def is_number(text: str) -> bool:
    """Whether a text is a number of places: nobody has a million."""
    return text.isascii() and text.isdigit() and len(text) <= DIGITS


def next_month(today: date) -> date:
    """The first day of the next month."""
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def say_account(account: RoomAccount) -> str:
    """What was said and what others see of it, where the two differ; else empty."""
    if account.refusals:
        return ""
    if not account.kept:
        return ""
    they_are = "1 is" if account.kept == 1 else f"{account.kept:,} are"
    kept = f"You said {say_count(account.stated, account.unit)}; {they_are} kept for requests"
    beyond = account.kept - account.stated
    if beyond > 0:
        return f"{kept}, {beyond:,} more than there {'are' if account.stated != 1 else 'is'}."
    return f"{kept}, so others see {account.available:,}."


def ask_again(account: RoomAccount) -> str:
    """After people were turned away for lack of room: what is asked; else empty."""
    if not account.refusals:
        return ""
    away = "1 request was" if account.refusals == 1 else f"{account.refusals:,} requests were"
    unit = name_unit(2, account.unit)
    return f"You told us that there is no room: {away} turned away. Are there {unit} again?"
