"""What can be done to the directory: import a source, say how much room there is, seal a place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.errors import FieldError, Invalid, InvalidRule, NotFound
from referral_hub.ids import new_id
from referral_hub.partners import taxonomy
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.imports import plan as plans
from referral_hub.partners.imports.plan import ImportPlan, KindCount
from referral_hub.partners.imports.report import FileTotal, Reading, Report, place_of
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.model import DirectoryRows, ServiceCapacity, ServiceStatus, SourceRecord, Unit
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work

CheckRule = Callable[[dict[str, Any]], object]
"""Raises InvalidRule (with the path of the fault) for a rule that does not parse."""
Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, what is done now)."""

_STEPS = len(DirectoryRows.__struct_fields__)


class ImportSummary(Struct, frozen=True, kw_only=True):
    """What an import did, or with `is_dry_run` would do."""

    network: str
    change_set_id: UUID | None
    """What `undo_change_set` takes to undo the import; None: it was only planned."""
    is_dry_run: bool
    counts: dict[str, KindCount]
    """By kind of record."""
    totals: list[FileTotal]
    """By file of the source."""
    remarks: int
    """Findings in the report."""
    inactivated: int
    """Services that the source no longer lists."""


def import_directory(
    work: Work,
    reading: Reading,
    *,
    check_rule: CheckRule | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Store a source's rows in this transaction: new ones added, changed ones updated, none doubled.

    Rows that vanished from the source: services become inactive, what hung on a record that stayed is removed,
    the rest is kept; the report names each. Nothing is written when a rule does not parse.

    Raises:
        ImportRefused: a rule or a row cannot be stored; every fault is named.
    """
    plan = plan_import(work, reading, check_rule=check_rule, progress=progress)
    own = taxonomy.rows()
    stored = work.directory.records("taxonomy_term", list(taxonomy.TERM_IDS.values()))
    if any(stored.get(term.id) != term for term in own.taxonomy_term):
        work.directory.save(own)
    with recorded(work, ChangeCause.IMPORT, f"Import of {reading.network}", source=reading.network) as change_set:
        for kind in reversed(plans.DEPENDENT):
            work.directory.delete(kind, plan.deletions.get(kind, []))
        work.directory.save(plan.rows)
        kept = work.directory.delete_unused("service_at_location", plan.listings_gone)
        work.directory.delete("source_record", plan.deletions.get("source_record", []))
    if kept:
        said = f"{len(kept)} listings have gone from the source, but referrals point to them"
        reading.report.add(reading.network, None, None, said, "kept")
    return _summary(reading, plan, change_set_id=change_set.id)


def plan_import(work: Work, reading: Reading, *, check_rule: CheckRule | None = None, progress: Progress | None = None) -> ImportPlan:
    """What an import of these rows would change; writes nothing."""
    require(work.actor, "directory:write")
    tell = progress or (lambda _done, _total, _what: None)
    tell(0, _STEPS, "checking rules")
    _check_rules(reading, check_rule)
    known = work.directory.source_records(reading.network)
    rows = plans.rekey(reading.rows, _mapping(work, reading, known))
    gone = plans.gone_from(known, rows)
    plan = ImportPlan()
    _inactivate(work, gone, plan, reading.report)
    _seal_again(work, rows, reading.report)
    for step, kind in enumerate(DirectoryRows.__struct_fields__, start=1):
        tell(step, _STEPS, kind.replace("_", " "))
        _compare(work, kind, getattr(rows, kind), reading, plan)
    _remove(work, gone, plan, reading.report)
    return plan


def summarize_plan(reading: Reading, plan: ImportPlan) -> ImportSummary:
    """The summary of an import that was only planned."""
    return _summary(reading, plan, change_set_id=None)


def _check_rules(reading: Reading, check_rule: CheckRule | None) -> None:
    if check_rule is None:
        return
    origins = {record.record_id: record for record in reading.rows.source_record if record.kind == "service"}
    for service in reading.rows.service:
        if service.rule is None:
            continue
        try:
            check_rule(service.rule)
        except InvalidRule as fault:
            origin = origins[service.id]
            first = fault.errors[0] if fault.errors else FieldError("", fault.detail)
            reading.report.fault("rules.json", origin.source_id, f"rule.{first.field}".rstrip("."), first.message)
    reading.report.refuse_if_faulty()


def _mapping(work: Work, reading: Reading, known: dict[tuple[str, str], SourceRecord]) -> dict[UUID, UUID]:
    """Provisional ids -> ids of the hub: the known one, or a new one where another source holds it already."""
    mapping: dict[UUID, UUID] = {}
    fresh: dict[str, list[UUID]] = {}
    for record in reading.rows.source_record:
        before = known.get((record.kind, record.source_id))
        if before is None:
            fresh.setdefault(record.kind, []).append(record.record_id)
            continue
        if before.record_id != record.record_id:
            mapping[record.record_id] = before.record_id
        mapping[record.id] = before.id
    for kind, ids in fresh.items():
        for taken in work.directory.records(kind, ids):
            mapping.setdefault(taken, new_id())
    return mapping


def _seal_again(work: Work, rows: DirectoryRows, report: Report) -> None:
    """A place that the hub holds as confidential stays so, whatever the source says now."""
    stored = work.directory.records("location", [location.id for location in rows.location])
    secret = {
        location.id
        for location in rows.location
        if not location.confidential and location.id in stored and stored[location.id].confidential
    }
    if not secret:
        return
    origins = {record.record_id: record for record in rows.source_record}
    rows.sealed_location.extend(work.directory.records("sealed_location", secret).values())

    def where(record_id: UUID) -> tuple[str, int | str | None]:
        origin = origins.get(record_id)
        return (origin.source, origin.row) if origin else ("", None)

    seal_places(rows, secret, report, where)


def _compare(work: Work, kind: str, records: list[Any], reading: Reading, plan: ImportPlan) -> None:
    """Sort records into new, changed and unchanged; only the first two are written."""
    count = plan.counts.setdefault(kind, KindCount())
    stored = work.directory.records(kind, [record.id for record in records])
    keeps = reading.keeps.get(kind, ())
    target: list[Any] = getattr(plan.rows, kind)
    for record in records:
        before = stored.get(record.id)
        merged = record if before is None else plans.keep_fields(record, before, keeps)
        if before is not None and plans.is_same(merged, before):
            count.unchanged += 1
            continue
        if hasattr(merged, "last_modified") and merged.last_modified is None:
            merged = msgspec.structs.replace(merged, last_modified=work.now)
        target.append(merged)
        if before is None:
            count.added += 1
        else:
            count.changed += 1


def _inactivate(work: Work, gone: list[SourceRecord], plan: ImportPlan, report: Report) -> None:
    origins = {record.record_id: record for record in gone if record.kind == "service"}
    for service in work.directory.records("service", list(origins)).values():
        if service.status is not ServiceStatus.ACTIVE:
            continue
        plan.rows.service.append(msgspec.structs.replace(plans.inactive(service), last_modified=work.now))
        plan.inactivated.append(service.id)
        report.add("services", origins[service.id].source_id, None, "the source no longer lists this service", "set inactive")


def _remove(work: Work, gone: list[SourceRecord], plan: ImportPlan, report: Report) -> None:
    """What hung on a record that stayed goes; what hung on one that has gone stays with it."""
    vanished = {record.record_id for record in gone if record.kind in ("organization", "program", "location", "service")}
    for record in gone:
        if record.kind in ("organization", "program", "location"):
            report.add(f"{record.kind}s", record.source_id, None, f"the source no longer lists this {record.kind}", "kept")
    for kind in (*plans.DEPENDENT, "service_at_location"):
        origins = {record.record_id: record for record in gone if record.kind == kind}
        for record_id, stored in work.directory.records(kind, list(origins)).items():
            if any(owner in vanished for owner in plans.owners_of(stored)):
                continue
            if kind == "service_at_location":
                plan.listings_gone.append(record_id)
            else:
                plan.deletions.setdefault(kind, []).append(record_id)
            plan.deletions.setdefault("source_record", []).append(origins[record_id].id)
            plan.counts.setdefault(kind, KindCount()).removed += 1
            report.add(kind, origins[record_id].source_id, None, f"the source no longer has this {kind.replace('_', ' ')}", "removed")


def _summary(reading: Reading, plan: ImportPlan, *, change_set_id: UUID | None) -> ImportSummary:
    return ImportSummary(
        network=reading.network,
        change_set_id=change_set_id,
        is_dry_run=change_set_id is None,
        counts={
            kind: count
            for kind, count in plan.counts.items()
            if kind != "source_record" and (count.added or count.changed or count.unchanged or count.removed)
        },
        totals=reading.report.totals(),
        remarks=len(reading.report.findings),
        inactivated=len(plan.inactivated),
    )


def set_capacity(
    work: Work,
    service_at_location_id: UUID,
    *,
    available: int,
    maximum: int | None = None,
    unit: str = "places",
    until: datetime | None = None,
) -> ServiceCapacity:
    """Say how much room one listing has; the figure replaces the one before.

    Raises:
        NotFound: no such listing, or another organization's (for partner staff).
        Invalid: negative, more available than the maximum, or `until` in the past.
    """
    actor = require(work.actor, "capacity:write")
    listing = work.directory.service_at_location_for(actor, service_at_location_id)
    errors = []
    if available < 0:
        errors.append(FieldError("available", "Room cannot be less than 0."))
    if maximum is not None and maximum < max(available, 0):
        errors.append(FieldError("maximum", "The maximum cannot be less than what is available."))
    if not unit.strip():
        errors.append(FieldError("unit", "Say what is counted, such as beds or places."))
    if until is not None and until <= work.now:
        errors.append(FieldError("until", "The figure must hold beyond this moment."))
    if errors:
        raise Invalid("The room cannot be stored like this.", errors=tuple(errors))
    name = unit.strip()
    counted = work.directory.unit(name) or Unit(id=new_id(), name=name)
    held = work.directory.children_of("service_capacity", "service_at_location_id", [listing.id])
    capacity = ServiceCapacity(
        id=held[0].id if held else new_id(),
        service_id=listing.service_id,
        service_at_location_id=listing.id,
        unit_id=counted.id,
        available=available,
        maximum=maximum,
        updated=work.now,
        until=until,
        waitlist=held[0].waitlist if held else False,
        description=held[0].description if held else None,
    )
    work.directory.delete("service_capacity", [other.id for other in held[1:]])
    work.directory.save(DirectoryRows(unit=[counted], service_capacity=[capacity]))
    return capacity


def list_words(work: Work, listing_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """The words that each of these listings is found by (stems, sorted); unknown ids are left out. For coordinators."""
    require(work.actor, "directory:write")
    return work.listings.words(listing_ids)


def seal_location(work: Work, location_id: UUID) -> Report:
    """Make a place confidential: point and address go to the sealed table, prose that tells them is hidden.

    Returns the report of what was hidden. Sealing a sealed place again does no harm.

    Raises:
        NotFound: there is no such place.
    """
    require(work.actor, "directory:write")
    location = work.directory.records("location", [location_id]).get(location_id)
    if location is None:
        raise NotFound
    rows = work.directory.organization_rows(location.organization_id)
    addresses = [address.id for address in rows.address if address.location_id == location_id]
    secret = {location_id, *(place.id for place in rows.location if place.confidential)}
    report = Report()
    seal_places(rows, secret, report, lambda _id: ("directory", None))
    work.directory.delete("address", addresses)
    work.directory.save(rows)
    return report


class HsdsQuery(Struct, frozen=True, kw_only=True):
    """What a page of the open directory is asked for; every condition that is given must hold."""

    search: str = ""
    taxonomy_term: str | None = None
    """An id of a term, or a code of ours, which covers its descendants."""
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | None = None


class ServicePage(Struct, frozen=True):
    """One page of services and how many there are in all."""

    rows: DirectoryRows
    total: int


def find_hsds_services(work: Work, query: HsdsQuery, *, page: int, per_page: int, full: bool) -> ServicePage:
    """A page of the open directory, by name; anybody may ask. Without `full` only organizations and programs come along."""
    ids = work.directory.service_ids(
        term_ids=_term_ids(query.taxonomy_term),
        taxonomy_id=query.taxonomy_id,
        organization_id=query.organization_id,
        modified_after=query.modified_after,
        words=query.search.split()[:10],
    )
    start = (page - 1) * per_page
    return ServicePage(work.directory.service_rows(ids[start : start + per_page], nested=full), len(ids))


def get_hsds_service(work: Work, service_id: UUID) -> DirectoryRows:
    """One service of the open directory with all that hangs on it; anybody may ask.

    Raises:
        NotFound: there is none.
    """
    rows = work.directory.service_rows([service_id])
    if not rows.service:
        raise NotFound
    return rows


def _term_ids(term: str | None) -> list[UUID] | None:
    if term is None:
        return None
    if term in taxonomy.BY_CODE:
        return [taxonomy.TERM_IDS[code] for code in sorted(taxonomy.descendants_of(term))]
    try:
        found = UUID(term)
    except ValueError:
        raise Invalid(
            "The term cannot be read.", errors=(FieldError("taxonomy_term_id", "This is neither an id nor a code of ours."),)
        ) from None
    code = next((code for code, own in taxonomy.TERM_IDS.items() if own == found), None)
    return [found] if code is None else _term_ids(code)


def describe_import(summary: ImportSummary, report: Report) -> list[str]:
    """The summary in words, a line each; the first remarks come last."""
    verb = "would be" if summary.is_dry_run else "were"
    lines = [f"{'Nothing was stored (dry run). ' if summary.is_dry_run else ''}Network: {summary.network}"]
    for total in summary.totals:
        left = f", {total.not_stored} not stored (see the report)" if total.not_stored else ""
        lines.append(f"{total.file}: {total.rows_in:,} rows read, {total.stored:,} {'to store' if summary.is_dry_run else 'stored'}{left}")
    for kind, count in summary.counts.items():
        words = [
            f"{number:,} {word}"
            for word, number in (
                ("added", count.added),
                ("changed", count.changed),
                ("unchanged", count.unchanged),
                ("removed", count.removed),
            )
            if number
        ]
        lines.append(f"{kind.replace('_', ' ')}: {', '.join(words)}")
    if summary.inactivated:
        lines.append(f"{summary.inactivated:,} services are no longer in the source and {verb} set inactive.")
    lines.append(f"{summary.remarks:,} remarks in the report.")
    lines += [f"  {place_of(found)}: {found.problem} ({found.done})" for found in report.findings if found.done == "not stored"][:10]
    return lines
