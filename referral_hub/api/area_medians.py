"""The medians of areas: what income limits by the area's median are reckoned from."""

from __future__ import annotations

from typing import Annotated

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from referral_hub.actors import Actor
from referral_hub.matching import median_table
from referral_hub.matching.area_median import MOST_ROWS, AreaMedian
from referral_hub.matching.median_table import MedianTable
from referral_hub.unit_of_work import Hub


class SetAreaMedians(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole table; `version` is the one that was read."""

    version: Annotated[int, Meta(ge=0)]
    medians: Annotated[list[AreaMedian], Meta(max_length=MOST_ROWS, description="Each area and year once.")]


@get("/area-medians", sync_to_thread=True)
def read(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> MedianTable:
    """The medians in force, by area and year, for whoever may run a match."""
    with hub.read(actor) as work:
        return median_table.get_medians(work)


@put("/area-medians", sync_to_thread=True)
def change(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[SetAreaMedians]) -> MedianTable:
    """Set every median; for the coordinator. Every worker's next match judges by it."""
    with hub.begin(actor) as work:
        return median_table.set_medians(work, data.medians, data.version)


handlers = [read, change]
