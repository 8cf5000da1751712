"""The median incomes of areas: the coordinator pastes them as lines, a whole table at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import Invalid, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.matching import median_table
from referral_hub.matching.area_median import AreaMedian, read_lines, write_lines
from referral_hub.matching.counties import say_county
from referral_hub.matching.median_table import MedianChange
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub
from web.format import listed, say_money
from web.forms import Filled, Form, filled_by, one
from web.pages.costs import Entry
from web.site import render

FIELDS = ("lines",)
STALE = "Somebody else changed the medians since you opened this page. They stand here as they are now: look, then repeat your change."
SHOWN_ROWS = 200
"""Of a table of the whole country the rest is in the field alone."""
NAMED = 3
"""Figures that a change tells by name; the others are counted."""
_FEWEST_LINES, _MOST_LINES = 6, 20


class Row(Struct, frozen=True):
    """One figure in words."""

    area: str
    year: int
    income: str


@get("/medians", sync_to_thread=True)
def show(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[str]:
    """The table in force and its changes."""
    return _page(request, hub, actor, None)


@post("/medians", sync_to_thread=True)
def change(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Response[Any]:
    """Put the lines in force; where one cannot be, nothing changes and each is named."""
    require(actor, "median:write")
    version = one(data, "version")
    try:
        with hub.begin(actor) as work:
            median_table.set_medians(work, read_lines(one(data, "lines")), int(version) if version.isdecimal() else -1)
    except StaleVersion as fault:
        return _page(request, hub, actor, None, message=STALE, status=status_of(fault))
    except Invalid as fault:
        return _page(request, hub, actor, filled_by(fault, data, FIELDS), status=status_of(fault))
    return Redirect("/medians", status_code=303)


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, form: Filled | None, *, message: str = "", status: int = 200
) -> Response[str]:
    require(actor, "median:write")
    with hub.read(actor) as work:
        table = median_table.get_medians(work)
        changes = median_table.list_changes(work)
    form = form or Filled(values={"lines": write_lines(table.medians), "version": str(table.version)}, message=message)
    return render(
        request,
        hub,
        actor,
        "medians.html",
        status=status,
        form=form,
        # A form that was read before somebody else's change stays a form of that time.
        version=form.value("version") if form.value("version").isdecimal() else str(table.version),
        lines=min(max(len(table.medians) + 2, _FEWEST_LINES), _MOST_LINES),
        rows=[Row(say_county(row.area), row.year, say_money(row.income)) for row in table.medians[:SHOWN_ROWS]],
        more=max(0, len(table.medians) - SHOWN_ROWS),
        entries=[_entry(change) for change in changes],
    )


def _entry(change: MedianChange) -> Entry:
    parts = (("Added", change.added), ("Changed", change.changed), ("Removed", change.removed))
    said = [f"{verb} {_name(rows)}." for verb, rows in parts if rows]
    return Entry(" ".join(said), change.who or "Referral Hub", change.at)


def _name(rows: Sequence[AreaMedian]) -> str:
    named = [f"{say_county(row.area)} {row.year}: {say_money(row.income)}" for row in rows[:NAMED]]
    more = len(rows) - NAMED
    return listed([*named, f"{more:,} more"] if more > 0 else named)


handlers = [show, change]
