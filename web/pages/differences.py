"""What sources say otherwise than people, side by side, for the coordinator: keep ours, or take theirs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid
from referral_hub.partners import reviewing
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.reviewing import Choice, ReviewItem
from referral_hub.unit_of_work import Hub
from web.forms import Form, one
from web.paging import PageNumber
from web.records import name_what, say_value
from web.site import render

PER_PAGE = 20
CHOICES: dict[str, Choice] = {"keep": "keep", "take": "take"}
SAID = {
    "keep": "Ours is kept. The same from this source is not asked about again.",
    "take": "The source's word is taken, and its later imports may change it again.",
    "undone": "The decision is undone: it waits here again.",
    "left": "Some could not be taken, because something else points to them or what they hang on is not there. They still wait.",
}
"""What was done just now, by the word in the address."""


@get("/differences", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    source: FromQuery[str] = "",
    page: PageNumber = 1,
    said: FromQuery[str] = "",
    done: FromQuery[str] = "",
) -> Response[str]:
    """Those of the organizations that most referrals went to first."""
    with hub.read(actor) as work:
        found = reviewing.list_differences(work, source=source or None, page=page, per_page=PER_PAGE)
        last = max(-(-found.total // PER_PAGE), 1)
        if found.page > last:
            found = reviewing.list_differences(work, source=source or None, page=last, per_page=PER_PAGE)
    return render(
        request,
        hub,
        actor,
        "differences.html",
        found=found,
        cards=[_card(item) for item in found.items],
        source=source if source in found.by_source else "",
        said=SAID.get(said, ""),
        undo=done if said in CHOICES and _is_id(done) else "",
        pages=last,
    )


@post("/differences", sync_to_thread=True)
def decide(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Redirect:
    """One difference (`id`), or all of a source (`source`, `count`)."""
    choice = CHOICES.get(one(data, "choice"))
    chosen, source, count = one(data, "id"), one(data, "source"), one(data, "count")
    if choice is None or not (_is_id(chosen) or (source and count.isdecimal() and len(count) < 10)):
        raise Invalid("Say which difference, and whose word to take.", errors=(FieldError("choice", "Keep ours or take theirs."),))
    with hub.begin(actor) as work:
        if chosen:
            done = reviewing.decide_differences(work, [UUID(chosen)], choice)
        else:
            done = reviewing.decide_source(work, source, choice, count=int(count))
    said = {"said": "left" if done.left else choice, "done": str(done.change_set_id)}
    return Redirect(f"/differences?{urlencode(said)}", status_code=303)


@post("/differences/undo", sync_to_thread=True)
def undo(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: Form) -> Redirect:
    """Take a decision back."""
    done = one(data, "done")
    if not _is_id(done):
        raise Invalid("Say which decision.", errors=(FieldError("done", "This is not a decision."),))
    with hub.begin(actor) as work:
        undo_change_set(work, UUID(done))
    return Redirect("/differences?said=undone", status_code=303)


def _card(item: ReviewItem) -> dict[str, Any]:
    found = item.difference
    return {
        "one": item,
        "what": name_what(found.kind, found.field),
        "ours": say_value(found.kind, found.field, found.ours),
        "theirs": say_value(found.kind, found.field, found.theirs),
    }


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


handlers = [show, decide, undo]
