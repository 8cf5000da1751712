"""What may stand in the directory twice; for coordinators."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from referral_hub.actors import Actor
from referral_hub.errors import FieldError, Invalid
from referral_hub.partners import merging
from referral_hub.partners.duplicates import Duplicate, DuplicateState, Kind
from referral_hub.partners.merging import DuplicateCount, DuplicatePage, MergeDuplicate, WholeDuplicate
from referral_hub.unit_of_work import Hub

MOST = 100


@get("/duplicates", sync_to_thread=True)
def list_all(
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    kind: Annotated[Kind, QueryParameter(name="kind")] = "organization",
    wanted: Annotated[DuplicateState, QueryParameter(name="state")] = DuplicateState.OPEN,
    page: Annotated[int, QueryParameter(name="page")] = 1,
    per_page: Annotated[int, QueryParameter(name="per_page", description="At most 100.")] = 25,
) -> DuplicatePage:
    """Pairs, the likeliest first."""
    if not 1 <= per_page <= MOST:
        raise Invalid("There is no such page.", errors=(FieldError("per_page", f"Give 1 to {MOST}."),))
    with hub.read(actor) as work:
        return merging.list_duplicates(work, kind, wanted, page=page, per_page=per_page)


@post("/duplicates", sync_to_thread=True, status_code=200)
def look(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> DuplicateCount:
    """Look through the whole directory again."""
    with hub.read(actor) as work:
        found = merging.find_duplicates(work)
    with hub.begin(actor) as work:
        return merging.store_duplicates(work, found)


@get("/duplicates/{duplicate_id:uuid}", sync_to_thread=True)
def show(hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID]) -> WholeDuplicate:
    """A pair side by side."""
    with hub.read(actor) as work:
        return merging.get_duplicate(work, duplicate_id)


@post("/duplicates/{duplicate_id:uuid}/merge", sync_to_thread=True, status_code=200)
def merge(
    hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID], data: JSONBody[MergeDuplicate]
) -> Duplicate:
    """Make one of two; `change_set_id` undoes it."""
    with hub.begin(actor) as work:
        return merging.merge_duplicate(work, duplicate_id, data)


@post("/duplicates/{duplicate_id:uuid}/apart", sync_to_thread=True, status_code=200)
def apart(hub: NamedDependency[Hub], actor: NamedDependency[Actor], duplicate_id: FromPath[UUID]) -> Duplicate:
    """Say that they are two."""
    with hub.begin(actor) as work:
        return merging.keep_apart(work, duplicate_id)


handlers = [list_all, look, show, merge, apart]
