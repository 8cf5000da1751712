"""What was done to the directory, the latest first, and the way back; for coordinators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from referral_hub.actors import Actor
from referral_hub.partners.change_sets import get_change_set, list_change_sets, undo_change_set
from referral_hub.unit_of_work import Hub
from web.changes import CAUSES, draw_set, names_of
from web.format import say_code
from web.paging import PageNumber
from web.site import render

PER_PAGE = 25


@get("/directory-changes", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    page: PageNumber = 1,
    cause: FromQuery[str] = "",
) -> Response[str]:
    """The change sets, of one cause or of all."""
    causes = [cause] if cause in list(CAUSES) else []
    with hub.read(actor) as work:
        found = list_change_sets(work, causes=causes, page=max(page, 1), per_page=PER_PAGE)
        names = names_of(work, found.items)
    return render(
        request,
        hub,
        actor,
        "directory_changes.html",
        cards=[draw_set(one, (), names) for one in found.items],
        causes=[(value, words) for value, (words, _) in CAUSES.items()],
        cause=causes[0] if causes else "",
        page=found.page,
        pages=max(-(-found.total // PER_PAGE), 1),
    )


@get("/directory-changes/{change_set_id:uuid}", sync_to_thread=True)
def show_one(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    change_set_id: FromPath[UUID],
    kept: FromQuery[int] = 0,
) -> Response[str]:
    """One change set with its records; `kept`: how many an undo left as they were."""
    with hub.read(actor) as work:
        found = get_change_set(work, change_set_id)
        names = names_of(work, [found.change_set])
    return render(
        request,
        hub,
        actor,
        "directory_change.html",
        card=draw_set(found.change_set, found.changes, names),
        added=[(say_code(kind), many) for kind, many in sorted(found.added.items())],
        kept=min(max(kept, 0), 10**7),
    )


@post("/directory-changes/{change_set_id:uuid}/undo", sync_to_thread=True)
def undo(hub: NamedDependency[Hub], actor: NamedDependency[Actor], change_set_id: FromPath[UUID]) -> Redirect:
    """Put back what stood before."""
    with hub.begin(actor) as work:
        summary = undo_change_set(work, change_set_id)
    return Redirect(f"/directory-changes/{summary.change_set_id}?kept={len(summary.kept)}", status_code=303)


handlers = [show, show_one, undo]
