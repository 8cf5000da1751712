"""The table of costs: what stands between a patient and a service, in minutes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta, Struct

from referral_hub.actors import Actor
from referral_hub.matching import cost_table
from referral_hub.matching.cost_table import CostTable
from referral_hub.matching.costs import DEFAULTS, MOST_MINUTES, WHY
from referral_hub.unit_of_work import Hub


class MatchCosts(Struct, frozen=True):
    """Minutes by the name of the cost, as the next match counts them."""

    version: int
    minutes: Mapping[str, float]
    defaults: Mapping[str, float]
    why: Mapping[str, str]
    """The line of the explanation."""


class SetMatchCosts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole table; `version` is the one that was read."""

    version: Annotated[int, Meta(ge=0)]
    minutes: Annotated[
        dict[str, Any],
        Meta(description=f"Every cost by name: {', '.join(DEFAULTS)}. 0 to {MOST_MINUTES:.0f} minutes, to a tenth; 0 is no cost."),
    ]


@get("/match-costs", sync_to_thread=True)
def read(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> MatchCosts:
    """The costs in force, for whoever may run a match."""
    with hub.read(actor) as work:
        return _show(cost_table.get_costs(work))


@put("/match-costs", sync_to_thread=True)
def change(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[SetMatchCosts]) -> MatchCosts:
    """Set every cost; for the coordinator. Every worker's next match counts by it."""
    with hub.begin(actor) as work:
        return _show(cost_table.set_costs(work, data.minutes, data.version))


def _show(table: CostTable) -> MatchCosts:
    return MatchCosts(table.version, dict(table.minutes), dict(DEFAULTS), dict(WHY))


handlers = [read, change]
