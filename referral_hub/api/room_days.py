"""How many days a figure of room is believed."""

from __future__ import annotations

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from referral_hub.actors import Actor
from referral_hub.partners import room_days
from referral_hub.partners.room_days import MOST_UNITS, RoomDays
from referral_hub.unit_of_work import Hub

Unit = Annotated[str, Meta(min_length=1, max_length=60)]


class SetRoomDays(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole table; `version` is the one that was read."""

    version: Annotated[int, Meta(ge=0)]
    days: Annotated[dict[Unit, int], Meta(max_length=MOST_UNITS, description="Days by unit; `places` is for whatever is not named.")]


@get("/room-days", sync_to_thread=True)
def read(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> RoomDays:
    """The days in force, by what is counted; for partners and coordinators."""
    with hub.read(actor) as work:
        return room_days.get_room_days(work)


@put("/room-days", sync_to_thread=True)
def change(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[SetRoomDays]) -> RoomDays:
    """Set every number of days; for the coordinator. The next match goes by it."""
    with hub.begin(actor) as work:
        return room_days.set_room_days(work, data.days, data.version)


handlers = [read, change]
