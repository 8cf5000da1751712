"""What can be done to the directory: import a source, seal a place, read its documents."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from msgspec import Struct

from referral_hub.errors import NotFound
from referral_hub.partners import taxonomy
from referral_hub.partners.change_sets import recorded
from referral_hub.partners.history import ChangeCause
from referral_hub.partners.importing import CheckRule, Importing, Progress, collecting_seldom
from referral_hub.partners.imports import plan as plans
from referral_hub.partners.imports.plan import ImportPlan, KindCount
from referral_hub.partners.imports.report import FileTotal, Reading, Report, place_of
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.taxonomies import derive_terms
from referral_hub.permissions import require
from referral_hub.unit_of_work import Work


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
    held: int
    """How often the source says otherwise than a person, whose word was kept."""


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
    require(work.actor, "directory:write")
    own = taxonomy.rows()
    stored = work.directory.records("taxonomy_term", list(taxonomy.TERM_IDS.values()))
    if any(stored.get(term.id) != term for term in own.taxonomy_term):
        work.directory.save(own)
    importing, kept = Importing(work, reading, check_rule, progress, is_stored=True), 0
    with recorded(work, ChangeCause.IMPORT, f"Import of {reading.network}", source=reading.network) as change_set, collecting_seldom():
        for plan in importing.plans():
            kept += len(_store(work, plan))
            work.differences.note(reading.network, plan.held, plan.held_of, change_set_id=change_set.id, now=work.now)
            work.settle()
        derive_terms(work)
        work.differences.settle(reading.network, change_set.id, work.now)
    if kept:
        said = f"{kept} listings have gone from the source, but referrals point to them"
        reading.report.add(reading.network, None, None, said, "kept")
    return _summary(reading, importing, change_set_id=change_set.id)


def plan_import(work: Work, reading: Reading, *, check_rule: CheckRule | None = None, progress: Progress | None = None) -> ImportSummary:
    """What an import of this source would do; writes nothing.

    Raises:
        ImportRefused: a rule or a row cannot be stored; every fault is named.
    """
    require(work.actor, "directory:write")
    importing = Importing(work, reading, check_rule, progress, is_stored=False)
    for _ in importing.plans():
        pass
    return _summary(reading, importing, change_set_id=None)


def _store(work: Work, plan: ImportPlan) -> list[UUID]:
    """Write what a part of a source changes; the listings that stay because referrals point to them."""
    work.directory.save(plan.changed, new=plan.added)
    for kind in reversed(plans.DEPENDENT):
        work.directory.delete(kind, plan.deletions.get(kind, []))
    kept = work.directory.delete_unused("service_at_location", plan.deletions.get("service_at_location", []))
    work.directory.delete("source_record", plan.deletions.get("source_record", []))
    for figure in work.room.kept_for([one.id for one in plan.changed.service_capacity]):
        work.room.count_again(figure, work.now)
    return kept


def _summary(reading: Reading, importing: Importing, *, change_set_id: UUID | None) -> ImportSummary:
    return ImportSummary(
        network=reading.network,
        change_set_id=change_set_id,
        is_dry_run=change_set_id is None,
        counts={
            kind: count
            for kind, count in importing.counts.items()
            if kind != "source_record" and (count.added or count.changed or count.unchanged or count.removed)
        },
        totals=reading.report.totals(),
        remarks=len(reading.report.findings),
        inactivated=importing.inactivated,
        held=importing.held,
    )


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
    if summary.held:
        lines.append(f"{summary.held:,} times the source says otherwise than a person, whose word {verb} kept: see /differences.")
    lines.append(f"{summary.remarks:,} remarks in the report.")
    lines += [f"  {place_of(found)}: {found.problem} ({found.done})" for found in report.findings if found.done == "not stored"][:10]
    return lines
