"""A source against the directory, part after part: what is new, changed, the same or gone. Only the part at hand is in memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.errors import FieldError, InvalidRule
from referral_hub.ids import new_id
from referral_hub.partners.geocoded import GeocodedPlace, is_ours
from referral_hub.partners.holding import Holding
from referral_hub.partners.imports import plan as plans
from referral_hub.partners.imports.met import Met
from referral_hub.partners.imports.plan import ImportPlan, KindCount
from referral_hub.partners.imports.report import RULES, Reading
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.model import DirectoryRows, Location, Row, ServiceCapacity, ServiceStatus, SourceRecord
from referral_hub.unit_of_work import Work

CheckRule = Callable[[dict[str, Any]], object]
"""Raises InvalidRule (with the path of the fault) for a rule that does not parse."""
Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, what is done now)."""

_STEPS = len(DirectoryRows.__struct_fields__)
_POINT = ("latitude", "longitude", "precision")
_OWNERS = ("organization", "program", "location", "service")
"""Kinds that stay when their row has gone; what hung on them stays with them."""
_THRESHOLDS = gc.get_threshold()
_SELDOM = (100_000, 50, 100)
Known = dict[tuple[str, str], SourceRecord]


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """An import makes millions of objects and no circles of them: to look for circles as often as usual takes a quarter of its time."""
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*_THRESHOLDS)


class Importing:
    """One import on its way. It writes nothing: whoever runs it stores each plan before asking for the next, or none at all."""

    def __init__(
        self, work: Work, reading: Reading, check_rule: CheckRule | None, progress: Progress | None, *, is_stored: bool
    ) -> None:
        self._work = work
        self._reading = reading
        self._check_rule = check_rule
        self._is_stored = is_stored
        self._tell = progress or (lambda _done, _total, _what: None)
        self._met = Met()
        self._known_before = work.directory.count_source_records(reading.network)
        self._known_met = 0
        self._done = 0
        """Services of the parts so far."""
        self._joined: set[UUID] = set()
        """Records of earlier parts that the reader asked for: what another part adds to them is no change of its own."""
        self.counts: dict[str, KindCount] = {}
        self.inactivated = 0
        self.held = 0
        """How often the source says otherwise than a person, whose word is kept."""
        self._holding = Holding(work)

    # What a reader may ask between two parts (Earlier)

    def record(self, kind: str, source_id: str) -> Row | None:
        """What an earlier part of this import brought under an id; None where none did."""
        if (kind, source_id) not in self._met:
            return None
        found = self._work.directory.source_records_of(self._reading.network, kind, [source_id])
        records = self._work.directory.records(kind, [one.record_id for one in found])
        self._joined.update(records)
        return next(iter(records.values()), None)

    def confidential_places(self) -> set[str]:
        """Source ids of the places that the hub holds as confidential, whatever the source says."""
        return self._work.directory.confidential_places(self._reading.network) if self._known_before else set()

    # The parts

    def plans(self) -> Iterator[ImportPlan]:
        """What each part changes, then what has gone from the source, a portion at a time.

        Raises:
            ImportRefused: after the last part, where the source or one of its rules has faults.
        """
        self._tell(0, 1, "reading")
        for rows in self._reading.parts(self):
            plan = self._plan(rows)
            self._done += len(rows.service)
            if not self._reading.report.has_faults:
                yield plan
        self._reading.report.refuse_if_faulty()
        if self._known_met < self._known_before:
            yield from self._gone()

    def _plan(self, rows: DirectoryRows) -> ImportPlan:
        self._check_rules(rows)
        plan, rows = ImportPlan(), rows if self._is_stored else self._without_doubles(rows)
        known = self._known(rows)
        shared = self._shared_terms(rows, known)
        rows = plans.rekey(plans.without_merged(rows, known), self._mapping(rows, known) | shared)
        if shared:
            held = set(shared.values())
            rows.taxonomy_term[:] = [term for term in rows.taxonomy_term if term.id not in held]
            rows.taxonomy[:] = [one for one in rows.taxonomy if one.id not in held]
        self._seal_again(rows)
        fresh = self._fresh(rows, known)
        self._holding.begin_part(rows)
        many = len(rows.service)
        total = max(self._done + many, sum(self._reading.report.rows_in.values()), 1)
        for step, kind in enumerate(DirectoryRows.__struct_fields__, start=1):
            self._tell(self._done + many * step // _STEPS, total, kind.replace("_", " "))
            self._compare(kind, getattr(rows, kind), fresh, plan)
        return self._with_held(plan, rows.source_record)

    def _with_held(self, plan: ImportPlan, origins: Sequence[SourceRecord]) -> ImportPlan:
        """The plan with what was held back of it, named in the report by the rows that it came from."""
        self._holding.take(plan, self._reading.network, origins, self._reading.report)
        self.held += len(plan.held)
        return plan

    def _check_rules(self, rows: DirectoryRows) -> None:
        if self._check_rule is None:
            return
        ruled = [service for service in rows.service if service.rule is not None]
        origins: dict[UUID, SourceRecord] = {}
        for service in ruled:
            try:
                self._check_rule(service.rule or {})
            except InvalidRule as fault:
                origins = origins or {one.record_id: one for one in rows.source_record if one.kind == "service"}
                first = fault.errors[0] if fault.errors else FieldError("", fault.detail)
                place, origin, report = f"rule.{first.field}".rstrip("."), origins[service.id], self._reading.report
                report.fault(report.rules_in, origin.source_id if report.rules_in == RULES else origin.row, place, first.message)

    def _without_doubles(self, rows: DirectoryRows) -> DirectoryRows:
        """Of a plan that nobody stores the reader cannot learn what an earlier part had: it gives shared records again."""
        again = {one.record_id for one in rows.source_record if (one.kind, one.source_id) in self._met}
        if not again:
            return rows
        out = DirectoryRows()
        for kind in rows.__struct_fields__:
            name = "record_id" if kind == "source_record" else "id"
            getattr(out, kind).extend(record for record in getattr(rows, kind) if getattr(record, name) not in again)
        return out

    def _known(self, rows: DirectoryRows) -> Known:
        """What earlier imports of this source made of these rows; each row is met from here on."""
        found: Known = {}
        if self._known_before:
            given: dict[str, list[str]] = {}
            for one in rows.source_record:
                given.setdefault(one.kind, []).append(one.source_id)
            for kind, source_ids in given.items():
                for one in self._work.directory.source_records_of(self._reading.network, kind, source_ids):
                    found[kind, one.source_id] = one
            # An address that the hub has sealed since: its row stands for the sealed place.
            unknown = [source_id for source_id in given.get("address", ()) if ("address", source_id) not in found]
            for one in self._work.directory.source_records_of(self._reading.network, "sealed_location", unknown):
                found["address", one.source_id] = one
            self._known_met += sum(key not in self._met for key in found)
        self._met.add((one.kind, one.source_id) for one in rows.source_record)
        return found

    def _mapping(self, rows: DirectoryRows, known: Known) -> dict[UUID, UUID]:
        """Provisional ids -> ids of the hub: the known one, or a new one where another source holds it already."""
        mapping: dict[UUID, UUID] = {}
        given: dict[str, list[UUID]] = {}
        for record in rows.source_record:
            before = known.get((record.kind, record.source_id))
            if before is None:
                # An id that is not the source's own was made just now: nobody holds it.
                if record.record_id.hex in record.source_id.replace("-", "").lower():
                    given.setdefault(record.kind, []).append(record.record_id)
                continue
            if before.record_id != record.record_id and before.kind == record.kind:
                mapping[record.record_id] = before.record_id
            mapping[record.id] = before.id
        for kind, ids in given.items():
            for taken in self._work.directory.records(kind, ids):
                mapping.setdefault(taken, new_id())
        return mapping

    def _shared_terms(self, rows: DirectoryRows, known: Known) -> dict[UUID, UUID]:
        """Terms that are new to this source and that another one brought under the same code: provisional id -> the hub's.

        So with taxonomies of the same id: a copy of a directory has no words of its own.
        """
        seen = {one.record_id for one in rows.source_record if (one.kind, one.source_id) in known} if known else set()
        new = {term.code: term.id for term in rows.taxonomy_term if term.id not in seen}
        schemes = [one.id for one in rows.taxonomy if one.id not in seen]
        held = self._work.directory.terms_of_codes(list(new)) if new else {}
        same = self._work.directory.records("taxonomy", schemes) if schemes else {}
        return {new[code]: term_id for code, term_id in held.items()} | {one: one for one in same}

    def _seal_again(self, rows: DirectoryRows) -> None:
        """A place that the hub holds as confidential stays so, whatever the source says now."""
        if not self._known_before:
            return
        stored = self._work.directory.records("location", [location.id for location in rows.location])
        secret = {
            location.id
            for location in rows.location
            if not location.confidential and location.id in stored and stored[location.id].confidential
        }
        if not secret:
            return
        origins = {record.record_id: record for record in rows.source_record}
        rows.sealed_location.extend(self._work.directory.records("sealed_location", secret).values())

        def where(record_id: UUID) -> tuple[str, int | str | None]:
            origin = origins.get(record_id)
            return (origin.source, origin.row) if origin else ("", None)

        seal_places(rows, secret, self._reading.report, where)

    def _fresh(self, rows: DirectoryRows, known: Known) -> dict[str, set[UUID]]:
        """Ids by kind that the hub holds nothing under. Several rows may tell of one sealed place: of those none is sure."""
        fresh: dict[str, set[UUID]] = {}
        held = {one.id for one in known.values()}
        for one in rows.source_record if self._known_before else ():
            if one.id not in held:
                fresh.setdefault("source_record", set()).add(one.id)
                if one.kind != "sealed_location":
                    fresh.setdefault(one.kind, set()).add(one.record_id)
        return fresh

    def _stored(self, kind: str, records: list[Any], fresh: dict[str, set[UUID]]) -> dict[UUID, Any]:
        """What the hub holds of these records; of a source that is new to it only what an earlier part brought."""
        if self._known_before:
            new = fresh.get(kind, set())
            ids = [record.id for record in records if record.id not in new]
        else:
            ids = [record.id for record in records if record.id in self._joined] if self._joined else []
        return self._work.directory.records(kind, ids) if ids else {}

    def _compare(self, kind: str, records: list[Any], fresh: dict[str, set[UUID]], plan: ImportPlan) -> None:
        """Sort records into new, changed and unchanged; only the first two are written."""
        count = self.counts.setdefault(kind, KindCount())
        stored = self._stored(kind, records, fresh)
        keeps = self._reading.keeps.get(kind, ())
        added, changed = getattr(plan.added, kind), getattr(plan.changed, kind)
        geocoded = self._geocoded(records, stored) if kind == "location" and stored else {}
        merged = [_merged(record, stored.get(record.id), keeps, geocoded) for record in records] if stored else records
        records = self._holding.keep(kind, merged, stored)
        if not stored:
            count.added += len(records)
            added.extend(map(self._stamped, records) if records and hasattr(records[0], "last_modified") else records)
            return
        for record in records:
            before = stored.get(record.id)
            if before is None:
                count.added += 1
                added.append(self._stamped(record))
            elif plans.is_same(record, before):
                count.unchanged += record.id not in self._joined
            else:
                count.changed += record.id not in self._joined
                changed.append(self._stamped(record))

    def _stamped(self, record: Any) -> Any:
        if not self._reading.is_exact and getattr(record, "last_modified", record) is None:
            return msgspec.structs.replace(record, last_modified=self._work.now)
        return record

    def _geocoded(self, places: list[Location], stored: dict[UUID, Location]) -> dict[UUID, GeocodedPlace]:
        """Of places that the source gives no point: those whose point geocoding found, and which stay open."""
        bare = [place.id for place in places if place.latitude is None and not place.confidential]
        tried = self._work.geocoding.places([one for one in bare if one in stored and stored[one].latitude is not None])
        return {one: attempt for one, attempt in tried.items() if is_ours(stored[one], attempt)}

    # What has gone

    def _gone(self) -> Iterator[ImportPlan]:
        """Services become inactive, what hung on a record that stayed is removed, the rest is kept; the report names each."""
        vanished: set[UUID] = set()
        yield from self._inactivate(vanished)
        for kind in _OWNERS[:-1]:
            for gone in self._gone_of(kind):
                vanished.update(record.record_id for record in gone)
                for record in gone:
                    self._reading.report.add(f"{kind}s", record.source_id, None, f"the source no longer lists this {kind}", "kept")
        for kind in (*reversed(plans.DEPENDENT), "service_at_location"):
            for gone in self._gone_of(kind):
                yield self._remove(kind, gone, vanished)

    def _gone_of(self, kind: str) -> Iterator[list[SourceRecord]]:
        """The rows of a kind that earlier imports brought and this one did not, a portion at a time."""
        for portion in self._work.directory.source_records_in_order(self._reading.network, kind):
            if gone := [record for record in portion if not record.merged and (kind, record.source_id) not in self._met]:
                yield gone

    def _inactivate(self, vanished: set[UUID]) -> Iterator[ImportPlan]:
        for gone in self._gone_of("service"):
            plan, origins = ImportPlan(), {record.record_id: record for record in gone}
            vanished.update(origins)
            active = [one for one in self._work.directory.records("service", list(origins)).values() if one.status is ServiceStatus.ACTIVE]
            stay = self._holding.keep_active(active)
            for service in active:
                if service.id in stay:
                    continue
                plan.changed.service.append(msgspec.structs.replace(plans.inactive(service), last_modified=self._work.now))
                self.inactivated += 1
                self._reading.report.add(
                    "services", origins[service.id].source_id, None, "the source no longer lists this service", "set inactive"
                )
            yield self._with_held(plan, gone)

    def _remove(self, kind: str, gone: list[SourceRecord], vanished: set[UUID]) -> ImportPlan:
        """What hung on a record that stayed goes; what hung on one that has gone stays with it."""
        plan, origins = ImportPlan(), {record.record_id: record for record in gone}
        found = self._work.directory.records(kind, list(origins))
        going = {one: stored for one, stored in found.items() if not any(owner in vanished for owner in plans.owners_of(stored))}
        stay = self._holding.keep_gone(kind, going.values())
        for record_id in (one for one in going if one not in stay):
            plan.deletions.setdefault(kind, []).append(record_id)
            plan.deletions.setdefault("source_record", []).append(origins[record_id].id)
            self.counts.setdefault(kind, KindCount()).removed += 1
            said = f"the source no longer has this {kind.replace('_', ' ')}"
            self._reading.report.add(kind, origins[record_id].source_id, None, said, "removed")
        return self._with_held(plan, gone)


def _merged(record: Any, before: Any, keeps: tuple[str, ...], geocoded: Collection[UUID]) -> Any:
    """A source's record with what the hub knows and the source does not: fields that it has not got, a newer figure, a found point."""
    if before is None:
        return record
    merged = plans.keep_fields(record, before, keeps)
    if isinstance(before, ServiceCapacity):
        merged = plans.keep_said(merged, before)
    return plans.keep_fields(merged, before, _POINT) if record.id in geocoded else merged
