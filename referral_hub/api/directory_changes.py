"""What was done to the directory, and the way back; for coordinators."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid
from referral_hub.partners import change_sets
from referral_hub.partners.change_sets import ChangeSetPage, WholeChangeSet
from referral_hub.partners.history import ChangeCause, UndoSummary
from referral_hub.unit_of_work import Hub

MOST = 100
MOST_PAGES = 10_000


@get("/directory-changes", sync_to_thread=True)
def list_all(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    cause: Annotated[ChangeCause | None, QueryParameter(name="cause")] = None,
    page: Annotated[int, QueryParameter(name="page")] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 25,
) -> ChangeSetPage:
    """Change sets, the latest first."""
    if not (1 <= page <= MOST_PAGES and 1 <= per_page <= MOST):
        fault = FieldError("per_page" if 1 <= page <= MOST_PAGES else "page", f"Give a page from 1 on, and at most {MOST} a page.")
        raise Invalid("There is no such page.", errors=(fault,))
    with hub.read(actor) as work:
        return change_sets.list_change_sets(work, causes=[cause] if cause else [], page=page, per_page=per_page)


@get("/directory-changes/{change_set_id:uuid}", sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], change_set_id: FromPath[UUID]) -> WholeChangeSet:
    """One change set with its records, before and after."""
    with hub.read(actor) as work:
        return change_sets.get_change_set(work, change_set_id)


@post("/directory-changes/{change_set_id:uuid}/undo", sync_to_thread=True, status_code=200)
def undo(hub: NamedDependency[Hub], actor: NamedDependency[Actor], change_set_id: FromPath[UUID]) -> UndoSummary:
    """Put back what stood before, as far as nobody changed it since."""
    with hub.begin(actor) as work:
        return change_sets.undo_change_set(work, change_set_id)


handlers = [list_all, show, undo]
