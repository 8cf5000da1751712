"""Which kind of organization each sender is: the coordinator ticks, and rules about who refers can be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import Invalid, StaleVersion
from referral_hub.http_status import status_of
from referral_hub.matching import referrer_table
from referral_hub.matching.referrer_table import ReferrerChange, ReferrerKinds, ReferrerTable
from referral_hub.matching.referrers import KINDS, say_referrers
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub
from web.format import listed
from web.forms import Filled, Form, filled_by, many, one
from web.pages.costs import Entry
from web.site import render

FIELD = "kinds."
CHOICES = tuple((kind, words.partition(" ")[2].capitalize()) for kind, words in KINDS.items())
STALE = "Somebody else changed this since you opened the page. It stands here as it is now: look, then repeat your change."


class Sender(Struct, frozen=True):
    """One organization with its field."""

    name: str
    field: str
    known: bool


@get("/referrers", sync_to_thread=True)
def show(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> Response[str]:
    """Every sender with what it is, and the changes."""
    return _page(request, hub, actor, None)


@post("/referrers", sync_to_thread=True)
def change(request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Response[Any]:
    """Put what is ticked in force."""
    require(actor, "referrer:write")
    version = one(data, "version")
    try:
        with hub.begin(actor) as work:
            given = _given(data, referrer_table.get_referrers(work))
            referrer_table.set_referrers(work, given, int(version) if version.isdecimal() else -1)
    except StaleVersion as fault:
        return _page(request, hub, actor, None, message=STALE, status=status_of(fault))
    except Invalid as fault:
        return _page(request, hub, actor, filled_by(fault, data, ()), status=status_of(fault))
    return Redirect("/referrers", status_code=303)


def _given(data: Mapping[str, Any], table: ReferrerTable) -> list[ReferrerKinds]:
    ids = [one.organization.id for one in table.referrers]
    return [ReferrerKinds(one, kinds) for one in ids if (kinds := many(data, f"{FIELD}{one}"))]


def _page(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, form: Filled | None, *, message: str = "", status: int = 200
) -> Response[str]:
    require(actor, "referrer:write")
    with hub.read(actor) as work:
        table = referrer_table.get_referrers(work)
        changes = referrer_table.list_changes(work)
    kinds = {f"{FIELD}{one.organization.id}": one.kinds for one in table.referrers}
    form = form or Filled(values={**kinds, "version": str(table.version)}, message=message)
    return render(
        request,
        hub,
        actor,
        "referrers.html",
        status=status,
        form=form,
        # A form that was read before somebody else's change stays a form of that time.
        version=form.value("version") if form.value("version").isdecimal() else str(table.version),
        senders=[Sender(one.organization.name, f"{FIELD}{one.organization.id}", bool(one.kinds)) for one in table.referrers],
        choices=CHOICES,
        entries=[_entry(change) for change in changes],
    )


def _entry(change: ReferrerChange) -> Entry:
    said = [f"{name}: {listed(say_referrers(kinds)) or 'nothing is said any more'}." for name, kinds in change.rows]
    return Entry(" ".join(said), change.who or "Referral Hub", change.at)


handlers = [show, change]
