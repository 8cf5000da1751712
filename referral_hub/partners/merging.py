"""Duplicates of organizations and places: looked for, shown side by side, merged with a way back, or kept apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.errors import Conflict, FieldError, Invalid
from referral_hub.ids import new_id
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.duplicates import Duplicate, DuplicateState, Kind, Pair, find_pairs
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.likeness import phone_key
from referral_hub.partners.model import DirectoryRows, Location, Organization
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

FoundPairs = dict[Kind, list[Pair]]
KINDS: tuple[Kind, ...] = ("organization", "location")
CHOICES: dict[Kind, tuple[str, ...]] = {
    "organization": ("name", "alternate_name", "description", "email", "website", "legal_status", "year_incorporated", "timezone"),
    "location": ("name", "alternate_name", "description", "transportation", "url", "point"),
}
"""What of two records is chosen one by one; the rest goes along."""
_POINT = ("latitude", "longitude", "precision")
_HANGING: dict[Kind, tuple[str, ...]] = {
    "organization": ("program", "service", "location", "contact", "phone", "attribute"),
    "location": ("service_at_location", "address", "contact", "phone", "schedule", "language", "accessibility", "attribute"),
}
"""Kinds of records that hang on one of a kind."""
_ONLY_IF_NONE = frozenset({"schedule", "language", "accessibility"})
"""Of two lists that say the same in other words, one is kept."""


class DuplicateCount(Struct, frozen=True):
    """What looking for duplicates found."""

    new: int
    gone: int
    open: int


class DuplicatePage(Struct, frozen=True):
    items: list[Duplicate]
    total: int
    page: int
    names: dict[UUID, str]
    """Of the records of these pairs."""


class Side(Struct, frozen=True):
    """One record of a pair, and what it brings along."""

    record: Any
    rows: DirectoryRows
    """What hangs on it; no more than that."""
    people: int
    """Accounts, patients and referrals of an organization: it has to be the one that stays."""


class WholeDuplicate(Struct, frozen=True):
    """A pair side by side; `differs` names what can be chosen."""

    duplicate: Duplicate
    first: Side
    second: Side
    differs: list[str]


class MergeDuplicate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`keep` is the record that stays; `take`: fields of which the other's value is the better one."""

    keep: UUID
    take: list[str] = []


def find_duplicates(work: Work) -> FoundPairs:
    """Compare every organization and every open place. Takes its time: best in a transaction that only reads."""
    require(work.actor, "directory:write")
    return {kind: find_pairs(kind, work.duplicates.sketches(kind)) for kind in KINDS}


def store_duplicates(work: Work, found: FoundPairs) -> DuplicateCount:
    """Open new pairs and put away those that share no longer enough.

    What somebody decided of a pair stays decided, unless merged records are two again.
    """
    require(work.actor, "directory:write")
    new = gone = 0
    for kind, pairs in found.items():
        known = {(one.first_id, one.second_id): one for one in work.duplicates.all(kind)}
        saved = []
        for pair in pairs:
            before = known.pop((pair.first, pair.second), None)
            after = _opened(work, kind, pair, before)
            if after is not None:
                new += before is None or before.state is not DuplicateState.OPEN
                saved.append(after)
        away = [msgspec.structs.replace(one, state=DuplicateState.GONE) for one in known.values() if one.state is DuplicateState.OPEN]
        gone += len(away)
        work.duplicates.save([*saved, *away])
    return DuplicateCount(new, gone, sum(work.duplicates.count(kind, DuplicateState.OPEN) for kind in KINDS))


def _opened(work: Work, kind: Kind, pair: Pair, before: Duplicate | None) -> Duplicate | None:
    """The pair as it is to be stored; None where it stands like this already, or somebody said that they are two."""
    if before is None:
        return Duplicate(
            id=new_id(),
            kind=kind,
            first_id=pair.first,
            second_id=pair.second,
            points=pair.points,
            shared=list(pair.shared),
            state=DuplicateState.OPEN,
            found_at=work.now,
        )
    if before.state is DuplicateState.DIFFERENT:
        return None
    after = msgspec.structs.replace(before, points=pair.points, shared=list(pair.shared), state=DuplicateState.OPEN)
    return None if after == before else after


def list_duplicates(
    work: Work, kind: Kind, state: DuplicateState = DuplicateState.OPEN, *, page: int = 1, per_page: int = 25
) -> DuplicatePage:
    """Pairs of a kind in a state, for coordinators; a page behind the last is the last."""
    require(work.actor, "directory:write")
    total = work.duplicates.count(kind, state)
    page = min(max(page, 1), max(-(-total // per_page), 1))
    items = work.duplicates.page(kind, state, limit=per_page, offset=(page - 1) * per_page)
    records = work.directory.records(kind, [one for pair in items for one in (pair.first_id, pair.second_id)])
    names = {record.id: _name(record) for record in records.values() if not getattr(record, "confidential", False)}
    return DuplicatePage(items, total, page, names)


def count_open(work: Work) -> dict[Kind, int]:
    """How many pairs of each kind wait for a coordinator."""
    require(work.actor, "directory:write")
    return {kind: work.duplicates.count(kind, DuplicateState.OPEN) for kind in KINDS}


def get_duplicate(work: Work, duplicate_id: UUID) -> WholeDuplicate:
    """A pair side by side, for coordinators.

    Raises:
        NotFound: there is no such pair.
        Conflict: one of the two is no more, or its place is confidential now.
    """
    require(work.actor, "directory:write")
    duplicate = work.duplicates.get(duplicate_id)
    kind = cast("Kind", duplicate.kind)
    records = work.directory.records(kind, [duplicate.first_id, duplicate.second_id])
    if len(records) < 2 or any(getattr(record, "confidential", False) for record in records.values()):
        raise Conflict("One of the two is no more in the directory, or its place is confidential now. There is nothing to merge.")
    first, second = (_side(work, kind, records[one]) for one in (duplicate.first_id, duplicate.second_id))
    differs = [name for name in CHOICES[kind] if _value(first.record, name) != _value(second.record, name)]
    return WholeDuplicate(duplicate, first, second, differs)


def merge_duplicate(work: Work, duplicate_id: UUID, merge: MergeDuplicate) -> Duplicate:
    """Make one of two: what hangs on the other goes over to the one that stays, what both say is kept once.

    Imports go on: a row of the one that is gone updates nothing of the one that stays (`SourceRecord.merged`), but what
    hangs on it still comes. The merge is a change set and can be undone.

    Raises:
        NotFound, Conflict: as `get_duplicate`; the pair is decided already; both have people or referrals.
        Invalid: `keep` is neither of the two, or `take` names something that cannot be chosen.
    """
    require(work.actor, "directory:write")
    work.duplicates.get(duplicate_id, kept=True)
    whole = get_duplicate(work, duplicate_id)
    duplicate, kind = whole.duplicate, cast("Kind", whole.duplicate.kind)
    if duplicate.state is not DuplicateState.OPEN:
        raise Conflict("Somebody has decided about these two already. Open the list again.")
    keep, gone = _chosen(whole, merge, kind)
    if gone.people:
        both = " Both have: they cannot be merged here." if keep.people else " Keep that one instead."
        raise Conflict(f"“{_name(gone.record)}” has people who sign in, patients or referrals, which do not move.{both}")
    taken = {field: getattr(gone.record, field) for name in merge.take for field in (_POINT if name == "point" else (name,))}
    with recorded(work, ChangeCause.MERGE, f"Merged: {_name(keep.record)}"[:200]) as change_set:
        _Merge(work, kind, keep, gone).run(taken)
    decided = msgspec.structs.replace(
        duplicate, state=DuplicateState.MERGED, decided_at=work.now, decided_by=_who(work), change_set_id=change_set.id
    )
    work.duplicates.save([decided])
    return decided


def keep_apart(work: Work, duplicate_id: UUID) -> Duplicate:
    """Say that they are two; the pair is not shown again. Raises NotFound; Conflict for a merged one."""
    require(work.actor, "directory:write")
    duplicate = work.duplicates.get(duplicate_id, kept=True)
    if duplicate.state is DuplicateState.MERGED:
        raise Conflict("These two were merged. Undo the merge first.")
    decided = msgspec.structs.replace(duplicate, state=DuplicateState.DIFFERENT, decided_at=work.now, decided_by=_who(work))
    work.duplicates.save([decided])
    return decided


def _who(work: Work) -> UUID | None:
    return work.actor.account_id if work.actor else None


def _name(record: Organization | Location) -> str:
    return record.name or "A place without a name"


def _value(record: Any, name: str) -> Any:
    return tuple(getattr(record, field) for field in _POINT) if name == "point" else getattr(record, name)


def _side(work: Work, kind: Kind, record: Any) -> Side:
    rows = DirectoryRows()
    getattr(rows, kind).append(record)
    for hanging in _HANGING[kind]:
        field = "link_id" if hanging == "attribute" else f"{kind}_id"
        getattr(rows, hanging).extend(work.directory.children_of(hanging, field, [record.id]))
    if kind == "organization":
        return Side(record, rows, work.duplicates.count_people(record.id))
    return Side(record, rows, 0)


def _chosen(whole: WholeDuplicate, merge: MergeDuplicate, kind: Kind) -> tuple[Side, Side]:
    errors = [FieldError(f"take[{n}]", "This cannot be chosen.") for n, name in enumerate(merge.take) if name not in CHOICES[kind]]
    sides = {whole.first.record.id: whole.first, whole.second.record.id: whole.second}
    if merge.keep not in sides:
        errors.append(FieldError("keep", "Choose one of the two."))
    if errors:
        raise Invalid("The two cannot be merged like this.", errors=tuple(errors))
    keep = sides.pop(merge.keep)
    return keep, next(iter(sides.values()))


class _Merge:
    """One merge on its way."""

    def __init__(self, work: Work, kind: Kind, keep: Side, gone: Side) -> None:
        self._work = work
        self._kind = kind
        self._keep = keep
        self._gone = gone
        self._moved = DirectoryRows()
        self._dropped: dict[str, list[UUID]] = {}

    def run(self, taken: dict[str, Any]) -> None:
        keep = self._keep.record
        for hanging in _HANGING[self._kind]:
            self._move(hanging)
        if self._kind == "organization":
            self._moved.organization += self._daughters()
        changed = msgspec.structs.replace(keep, **taken)
        if hasattr(changed, "last_modified"):
            changed = msgspec.structs.replace(changed, last_modified=self._work.now)
        getattr(self._moved, self._kind).append(changed)
        self._moved.source_record += self._source_records()
        self._work.directory.save(self._moved)
        for kind in reversed(DirectoryRows.__struct_fields__):
            self._work.directory.delete(kind, self._dropped.get(kind, []))
        self._work.directory.delete(self._kind, [self._gone.record.id])

    def _move(self, hanging: str) -> None:
        """What hangs on the one that goes: over to the one that stays, or away where that says the same."""
        held: Sequence[Any] = getattr(self._keep.rows, hanging)
        for row in getattr(self._gone.rows, hanging):
            if hanging == "service_at_location":
                self._move_listing(row, {one.service_id: one for one in held})
            elif (hanging in _ONLY_IF_NONE and held) or any(_SAME.get(hanging, _never)(row, one) for one in held):
                self._dropped.setdefault(hanging, []).append(row.id)
            else:
                field = "link_id" if hanging == "attribute" else f"{self._kind}_id"
                getattr(self._moved, hanging).append(_stamped(msgspec.structs.replace(row, **{field: self._keep.record.id}), self._work))

    def _move_listing(self, row: Any, held: dict[UUID, Any]) -> None:
        """A service that is offered at both places is offered at the one that stays; what hung on the other listing goes with it."""
        if row.service_id not in held:
            self._moved.service_at_location.append(msgspec.structs.replace(row, location_id=self._keep.record.id))
            return
        if self._work.duplicates.is_referred_to(row.id):
            raise Conflict("A service is offered at both places, and referrals point to the one that would go. Keep that place instead.")
        self._dropped.setdefault("service_at_location", []).append(row.id)
        for kind in ("schedule", "phone", "contact", "service_area", "service_capacity"):
            hung = self._work.directory.children_of(kind, "service_at_location_id", [row.id])
            self._dropped.setdefault(kind, []).extend(one.id for one in hung)

    def _daughters(self) -> list[Organization]:
        """Organizations of which the one that goes is the parent."""
        found = self._work.directory.children_of("organization", "parent_organization_id", [self._gone.record.id])
        keep = self._keep.record.id
        return [msgspec.structs.replace(one, parent_organization_id=keep) for one in found if one.id != keep]

    def _source_records(self) -> list[Any]:
        """Where the record that goes, and what is dropped, came from: rows of later imports that say them again are not taken."""
        keep, gone = self._keep.record.id, self._gone.record.id
        own = self._work.directory.children_of("source_record", "record_id", [gone])
        dropped = self._work.directory.children_of("source_record", "record_id", [one for ids in self._dropped.values() for one in ids])
        return [
            *(msgspec.structs.replace(one, record_id=keep, merged=True) for one in own),
            *(msgspec.structs.replace(one, merged=True) for one in dropped),
        ]


def _stamped(record: Any, work: Work) -> Any:
    return msgspec.structs.replace(record, last_modified=work.now) if hasattr(record, "last_modified") else record


def _never(_one: Any, _other: Any) -> bool:
    return False


def _same_address(one: Any, other: Any) -> bool:
    """A place has one address of a type."""
    return bool(one.address_type == other.address_type)


_SAME: dict[str, Callable[[Any, Any], bool]] = {
    "phone": lambda one, other: phone_key(one.number) == phone_key(other.number) != "" and one.extension == other.extension,
    "contact": lambda one, other: (one.name, one.email) == (other.name, other.email),
    "attribute": lambda one, other: one.taxonomy_term_id == other.taxonomy_term_id,
    "address": _same_address,
}
"""Whether two records of a kind say the same."""
