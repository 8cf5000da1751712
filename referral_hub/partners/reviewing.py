"""Deciding what a source says otherwise than a person: keep what stands here, or take what the source says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.errors import Conflict, NotFound
from referral_hub.partners.change_sets import recorded, state_all
from referral_hub.partners.difference import Difference, DifferenceState
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.listing import Named
from referral_hub.partners.model import DirectoryRows
from referral_hub.partners.provenance import COORDINATOR, WHOLE, Statements, owners_of, stands_for
from referral_hub.permissions import require
from referral_hub.storage.history import record_of
from referral_hub.unit_of_work import Work

MAX_PER_PAGE = 100
Choice = Literal["keep", "take"]
_NAMED = ("service", "location", "organization")
_IN_ORDER = {kind: number for number, kind in enumerate(DirectoryRows.__struct_fields__)}


class ReviewItem(Struct, frozen=True, kw_only=True):
    """A difference with what a coordinator needs to judge it."""

    difference: Difference
    organization: Named | None
    about: str
    """The name of the service, place or organization that it is about."""
    said_by: str | None
    """partner | coordinator: whose word stands here."""


class ReviewPage(Struct, frozen=True, kw_only=True):
    """Open differences, those of the organizations that most referrals went to first."""

    items: list[ReviewItem]
    total: int
    by_source: dict[str, int]
    page: int
    per_page: int


class ReviewSummary(Struct, frozen=True, kw_only=True):
    """What was decided."""

    change_set_id: UUID | None
    """What `undo_change_set` takes; None where nothing was left to decide."""
    decided: int
    left: list[UUID]
    """Differences that could not be taken: something else points to the record, or what it hangs on is not there."""


def list_differences(work: Work, *, source: str | None = None, page: int = 1, per_page: int = 25) -> ReviewPage:
    """What waits for a decision, of one source or of all; for coordinators."""
    require(work.actor, "directory:write")
    page, per_page = max(page, 1), min(max(per_page, 1), MAX_PER_PAGE)
    found = work.differences.page(source=source, limit=per_page, offset=(page - 1) * per_page)
    counts = work.differences.count_by_source()
    total = sum(counts.values()) if source is None else counts.get(source, 0)
    return ReviewPage(items=_items(work, found), total=total, by_source=counts, page=page, per_page=per_page)


def decide_differences(work: Work, ids: Collection[UUID], choice: Choice) -> ReviewSummary:
    """Keep what stands here, or take what the source says; one change set, which can be undone.

    What is kept is the coordinator's word from then on; what is taken is the source's again, which later imports may
    change. Those that are decided already are left alone.

    Raises:
        NotFound: none of them is open.
    """
    actor = require(work.actor, "directory:write")
    chosen = work.differences.open_of(ids)
    if not chosen:
        raise NotFound
    chosen.sort(key=lambda one: (_IN_ORDER[one.kind], one.record_id, one.field))
    with recorded(work, ChangeCause.REVIEW, _title(chosen, choice)) as change_set:
        left = _take(work, chosen) if choice == "take" else set()
        done = [one for one in chosen if one.id not in left]
        for source in {one.source for one in done}:
            stated = [(one.kind, one.record_id, one.field) for one in done if one.source == source]
            state_all(work, stated, source if choice == "take" else COORDINATOR)
        state = DifferenceState.TAKEN if choice == "take" else DifferenceState.KEPT
        decided = {"state": state, "decided_at": work.now, "decided_by": actor.account_id, "decided_in": change_set.id}
        work.differences.save([msgspec.structs.replace(one, **decided) for one in done])
    return ReviewSummary(change_set_id=change_set.id, decided=len(done), left=sorted(left))


def decide_source(work: Work, source: str, choice: Choice, *, count: int) -> ReviewSummary:
    """The same for every open difference with a source; `count` is how many the coordinator has seen.

    Raises:
        Conflict: there are more or fewer by now.
    """
    require(work.actor, "directory:write")
    ids = work.differences.open_ids(source)
    if len(ids) != count:
        raise Conflict(f"There are {len(ids)} differences with this source now, not {count}. Look again, then decide.")
    return decide_differences(work, ids, choice)


def _title(chosen: Sequence[Difference], choice: Choice) -> str:
    many = "1 difference" if len(chosen) == 1 else f"{len(chosen)} differences"
    names = ", ".join(sorted({one.source for one in chosen}))
    return f"{many} with {names} reviewed: {'the source taken' if choice == 'take' else 'ours kept'}"[:200]


def _take(work: Work, chosen: Sequence[Difference]) -> set[UUID]:
    """Write what the source says, owners first; which could not be written."""
    left: set[UUID] = set()
    for kind in dict.fromkeys(one.kind for one in chosen):
        of_kind = [one for one in chosen if one.kind == kind]
        stored = work.directory.records(kind, {one.record_id for one in of_kind})
        images = {one: msgspec.to_builtins(record) for one, record in stored.items()}
        for one in of_kind:
            if one.field == WHOLE:
                images[one.record_id] = one.theirs
            elif one.record_id in images and images[one.record_id] is not None:
                images[one.record_id] = {**images[one.record_id], one.field: one.theirs}
        given = [record_of(kind, image) for image in images.values() if image is not None]
        dated = [msgspec.structs.replace(one, last_modified=work.now) if hasattr(one, "last_modified") else one for one in given]
        homeless = set(work.directory.save_possible(kind, dated))
        left |= {one.id for one in of_kind if one.record_id in homeless or one.record_id not in images}
    for kind in reversed(_IN_ORDER):
        gone = {one.record_id: one.id for one in chosen if one.kind == kind and one.field == WHOLE and one.theirs is None}
        left |= {gone[used] for used in work.directory.delete_unused(kind, list(gone))} if gone else set()
    return left


def _items(work: Work, found: Sequence[Difference]) -> list[ReviewItem]:
    said = work.assurances.in_force({one.record_id for one in found})
    organizations = work.directory.records("organization", {one.organization_id for one in found if one.organization_id})
    names = _names(work, found)
    return [
        ReviewItem(
            difference=one,
            organization=Named(one.organization_id, organizations[one.organization_id].name)
            if one.organization_id in organizations
            else None,
            about=names.get(one.id, ""),
            said_by=_speaker(said.get(one.record_id, {}), one.field),
        )
        for one in found
    ]


def _names(work: Work, found: Sequence[Difference]) -> dict[UUID, str]:
    """By difference, the name of the service, else the place, else the organization that its record belongs to."""
    about: dict[UUID, list[tuple[str, UUID]]] = {}
    for kind in {one.kind for one in found}:
        of_kind = [one for one in found if one.kind == kind]
        stored = work.directory.records(kind, {one.record_id for one in of_kind})
        for one in of_kind:
            record = stored.get(one.record_id)
            if record is None and one.field == WHOLE and one.theirs is not None:
                record = record_of(kind, one.theirs)
            if record is not None:
                about[one.id] = [(kind, record.id), *owners_of(record)] if kind in _NAMED else owners_of(record)
    wanted = {kind: {one for owners in about.values() for name, one in owners if name == kind} for kind in ("service_at_location", *_NAMED)}
    held = {kind: work.directory.records(kind, ids) for kind, ids in wanted.items()}
    services = work.directory.records("service", {one.service_id for one in held["service_at_location"].values()})
    names = {one: record.name for kind in _NAMED for one, record in held[kind].items() if record.name}
    names |= {one: services[row.service_id].name for one, row in held["service_at_location"].items()}
    order = ("service", "service_at_location", "location", "organization")
    return {
        one: next((names[owner] for kind in order for name, owner in owners if name == kind and owner in names), "")
        for one, owners in about.items()
    }


def _speaker(statements: Statements, field: str) -> str | None:
    said = stands_for(statements, field)
    return said.source if said else None
