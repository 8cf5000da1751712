"""An import against what people have said: their word stays, and what the source says otherwise is put before the coordinator."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from referral_hub.partners.difference import Said, hold_back, hold_gone, hold_status
from referral_hub.partners.imports.plan import ImportPlan
from referral_hub.partners.imports.report import Report
from referral_hub.partners.model import DirectoryRows, ServiceStatus, SourceRecord
from referral_hub.partners.provenance import FieldAssurance, owners_of
from referral_hub.unit_of_work import Work

KEPT = "kept, to review"
SAYS = {
    (False, False): "the source says otherwise than a person here",
    (True, False): "the source no longer has what a person here stands behind",
    (False, True): "the source has one more than a person here says there are",
    (True, True): "the source says nothing",
}
"""By whether the source and the hub have nothing there."""
FEW = 50_000
"""So many records with a statement are remembered at once; of more, each part of an import asks for its own."""
Statements = dict[UUID, dict[str, FieldAssurance]]


class Holding:
    """One import's look at what people have said; where nobody has said anything it costs one query."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._stated = work.assurances.stated_ids(FEW)
        self._absent: set[UUID] = set()
        """Records that were left out; nothing may hang on them."""
        self._open: set[UUID] = set()
        """Records of organizations with a place that the source calls confidential now: there its word stands."""
        self._asked: Statements = {}
        """What was said of records of this part, each asked for once."""
        self.said: list[Said] = []
        self._about: dict[UUID, tuple[str, Any]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nobody has said anything yet."""
        return self._stated is not None and not self._stated

    def begin_part(self, rows: DirectoryRows) -> None:
        """Look at the places of a part first: what was open until now and is to be hidden is not held back."""
        self._asked.clear()
        secret = [place for place in rows.location if place.confidential] if not self.is_idle else []
        if not secret:
            return
        stored = self._work.directory.records("location", [place.id for place in secret])
        for place in secret:
            if place.id in stored and not stored[place.id].confidential:
                self._open |= {place.id, place.organization_id, stored[place.id].organization_id}

    def keep(self, kind: str, records: list[Any], stored: Mapping[UUID, Any]) -> list[Any]:
        """The records as they may be stored: people's words in them, and without those that people took away."""
        if self.is_idle or not records:
            return records
        held = [record for record in records if not self._is_open(record)]
        out, said = hold_back(kind, held, stored, self._statements(held), self._absent)
        self._note(kind, said, {record.id: stored.get(record.id, record) for record in held} if said else {})
        free = [record for record in records if record.id in self._open]
        return [*out, *free] if free else out

    def keep_gone(self, kind: str, records: Collection[Any]) -> set[UUID]:
        """Which of the records that the source no longer has stay."""
        if self.is_idle:
            return set()
        held = [record for record in records if not self._is_open(record)]
        stay, said = hold_gone(kind, held, self._statements(held))
        self._note(kind, said, {record.id: record for record in held} if said else {})
        return stay

    def keep_active(self, services: Collection[Any]) -> set[UUID]:
        """Which of the services that the source no longer lists stay active."""
        if self.is_idle:
            return set()
        stay, said = hold_status(list(services), ServiceStatus.INACTIVE.value, self._statements(services))
        self._note("service", said, {one.id: one for one in services})
        return stay

    def take(self, plan: ImportPlan, source: str, records: Sequence[SourceRecord], report: Report) -> None:
        """Hand what was held back so far over to a plan, and name it in the report by the source's row."""
        if not self.said:
            return
        origins = {record.record_id: record for record in records}
        plan.held, plan.held_of = self.said, self._work.directory.organizations_of(list(self._about.values()))
        self.said, self._about = [], {}
        for one in plan.held:
            origin = origins.get(one.record_id)
            file, row = (source, None) if origin is None else (one.kind, origin.source_id if origin.row is None else origin.row)
            report.add(file, row, one.field or None, SAYS[one.theirs is None, one.ours is None], KEPT)

    def _note(self, kind: str, said: Sequence[Said], records: Mapping[UUID, Any]) -> None:
        self.said.extend(said)
        self._about.update({one.record_id: (kind, records[one.record_id]) for one in said})

    def _is_open(self, record: Any) -> bool:
        is_open = bool(self._open) and any(one in self._open for one in (record.id, *(owner for _, owner in owners_of(record))))
        if is_open:
            self._open.add(record.id)
        return is_open

    def _statements(self, records: Collection[Any]) -> Statements:
        ids = {one for record in records for one in (record.id, *(owner for _, owner in owners_of(record)))}
        wanted = (ids if self._stated is None else ids & self._stated) - self._asked.keys()
        if wanted:
            found = self._work.assurances.in_force(wanted)
            self._asked.update({one: found.get(one, {}) for one in wanted})
        return self._asked
