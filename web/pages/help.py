"""How things work, for the people who work with them."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from referral_hub.actors import Actor
from referral_hub.matching.cost_table import get_costs
from referral_hub.matching.costs import KINDS
from referral_hub.matching.reach import TRAVEL
from referral_hub.unit_of_work import Hub
from web.site import render

EXAMPLE_MINUTES = 12


@get("/help/order", sync_to_thread=True)
def order_page(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[str]:
    """Why services stand in the order they do, with what each thing costs in this network."""
    with hub.read(actor) as work:
        minutes = get_costs(work).minutes
    return render(
        request,
        hub,
        actor,
        "order.html",
        costs=[(kind.why, minutes[kind.name]) for kind in KINDS],
        travel=TRAVEL,
        way=EXAMPLE_MINUTES,
        unsure=minutes["maybe"],
    )


handlers = [order_page]
