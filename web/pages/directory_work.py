"""What is to be put right in the directory: corrections, differences, what nobody confirmed; and saying that something is wrong."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid
from referral_hub.http_status import status_of
from referral_hub.matching import actions as matching
from referral_hub.matching.suggestions import count_suggestions
from referral_hub.partners import correcting
from referral_hub.partners.correction import FAULTS, CorrectionState
from referral_hub.permissions import allowed, require
from referral_hub.unit_of_work import Hub
from web.forms import Filled, Form, filled_by, one
from web.paging import PageNumber
from web.records import name_what
from web.site import render

TILES = [{"value": row.code, "words": row.tile, "hint": ""} for row in FAULTS.values()]
TOOLS = (
    ("/imports", "Imports", "up"),
    ("/duplicates", "Duplicates", "people"),
    ("/directory-changes", "Changes and undo", "back"),
    ("/rule-suggestions", "Suggested rules", "scales"),
    ("/differences", "Differences", "eye"),
    ("/directory.csv", "All as a spreadsheet", "list"),
    ("/hsds/", "Open data (HSDS)", "globe"),
)
"""What is done with the whole directory: href, words, icon."""
SAID = {
    "done": "Closed: it is right now. It opens again if somebody says so once more.",
    "dismissed": "Closed: it was right. It opens again if somebody says so once more.",
    "open": "It waits here again.",
    "asked": "A mail is on its way: the partner can confirm or correct its listing in two clicks.",
    "revoked": "The links that were mailed to this partner open nothing any more.",
}
"""What was done just now, by the word in the address."""


@get("/directory-work", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    page: PageNumber = 1,
    said: FromQuery[str] = "",
    closed: FromQuery[str] = "",
) -> Response[str]:
    """For coordinators everything, for partners what is said of their own listings."""
    with hub.read(actor) as work:
        found = correcting.list_work(work, page=page)
        last = max(-(-found.corrections_total // correcting.PER_PAGE), 1)
        if page > last:
            found = correcting.list_work(work, page=last)
        suggested = count_suggestions(work) if allowed(actor, "rule:confirm") else 0
    every = allowed(actor, "directory:write")
    return render(
        request,
        hub,
        actor,
        "directory_work.html",
        found=found,
        cards=[_card(item) for item in found.corrections],
        differences=sum(found.differences.values()),
        said=SAID.get(said, ""),
        undo=closed if said in ("done", "dismissed") else "",
        every=every,
        tools=TOOLS,
        suggested=suggested,
        page=min(max(page, 1), last),
        pages=last,
    )


def _card(item: correcting.OpenCorrection) -> dict[str, Any]:
    said = item.correction
    fault = FAULTS[said.code]
    return {"item": item, "one": said, "says": fault.says, "step": fault.step, "what": name_what(said.kind, said.field)}


@post("/corrections/{correction_id:uuid}", sync_to_thread=True)
def close(hub: NamedDependency[Hub], actor: NamedDependency[Actor], correction_id: FromPath[UUID], data: Form) -> Redirect:
    """Right now, right all the time, or open again."""
    state = one(data, "state")
    if state not in list(CorrectionState):
        raise Invalid("Say what became of it.", errors=(FieldError("state", "Choose one of these."),))
    with hub.begin(actor) as work:
        correcting.close_correction(work, correction_id, CorrectionState(state))
    return Redirect(f"/directory-work?said={state}&closed={correction_id}", status_code=303)


@get("/directory/{listing_id:uuid}/report", sync_to_thread=True)
def show_report(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID]
) -> Response[str]:
    """The form."""
    return _ask(request, hub, actor, listing_id, Filled())


@post("/directory/{listing_id:uuid}/report", sync_to_thread=True)
def report(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], listing_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Open corrections on the fields that it is about."""
    try:
        with hub.begin(actor) as work:
            correcting.report_listing(work, listing_id, one(data, "code"), one(data, "words"))
    except Invalid as fault:
        return _ask(request, hub, actor, listing_id, filled_by(fault, data, ("code", "words")), status=status_of(fault))
    return Redirect(f"/directory/{listing_id}?said=reported", status_code=303)


def _ask(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, listing_id: UUID, form: Filled, *, status: int = 200
) -> Response[str]:
    require(actor, "listing:report")
    with hub.read(actor) as work:
        listing = matching.get_listing(work, listing_id)
    return render(request, hub, actor, "report.html", status=status, form=form, listing=listing, tiles=TILES)


handlers = [show, close, show_report, report]
