"""The public directory, out: every record that anybody may read, in one transaction and in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import IO, Any

import msgspec
from msgspec import Struct

from referral_hub.partners.exports.cells import write_cell, write_clock
from referral_hub.partners.exports.datapackage import Promises, describe_package
from referral_hub.partners.exports.public import Hidden, hide, hide_records, public_record
from referral_hub.partners.exports.targets import Target
from referral_hub.partners.tabular import PACKAGE, TABLES, Column, Table
from referral_hub.partners.taxonomy import LICENSED
from referral_hub.unit_of_work import Work

Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, what is done now)."""


class ExportSummary(Struct, frozen=True, kw_only=True):
    """What an export wrote, and what it could not say."""

    counts: dict[str, int]
    """Records by kind."""
    confidential: int
    """Places that stand without address and point."""
    broken: list[str]
    """Sentences: what HSDS asks for and the directory does not have everywhere."""


def export_tables(work: Work, target: Target, progress: Progress | None = None) -> ExportSummary:
    """Write the directory as an HSDS tabular data package: a CSV for each kind, then datapackage.json.

    The same directory gives the same bytes. Anybody may ask: it holds what `/hsds` tells, and our own fields.
    """
    tell = progress or (lambda _done, _total, _what: None)
    hidden = find_hidden(work)
    promises = []
    for step, table in enumerate(TABLES.values()):
        tell(step, len(TABLES) + 1, table.file)
        with target.open(table.file) as file:
            promises.append(_write_table(file, table, public_records(work, table.kind, hidden)))
    with target.open(PACKAGE) as file:
        file.write(msgspec.json.format(msgspec.json.encode(describe_package(promises)), indent=2) + b"\n")
    return ExportSummary(
        counts={one.table.kind: one.rows for one in promises},
        confidential=len(hidden.locations),
        broken=[_sentence(one, column, promise, count) for one in promises for (column, promise), count in one.broken.items()],
    )


def describe_export(summary: ExportSummary) -> list[str]:
    """The summary in words, a line each."""
    lines = [f"{kind.replace('_', ' ')}: {count:,}" for kind, count in summary.counts.items() if count]
    if summary.confidential:
        lines.append(f"{summary.confidential:,} confidential places stand without address, coordinates, hours and telephones of their own.")
    return [*lines, *summary.broken]


def find_hidden(work: Work) -> Hidden:
    """What confidential places, and the licence of a taxonomy, keep from the public."""
    store = work.directory
    places = store.confidential_locations()
    listings = store.children_of("service_at_location", "location_id", places)
    hidden = hide(places, {listing.id for listing in listings}, {listing.service_id for listing in listings})
    owners = (("location_id", hidden.locations), ("service_at_location_id", hidden.listings))
    for kind, more in (("contact", ()), ("phone", ("service_id", "contact_id"))):
        also = [(name, hidden.services if name == "service_id" else hidden.contacts) for name in more]
        for name, ids in (*owners, *also):
            hidden = hide_records(hidden, kind, store.children_of(kind, name, ids))
    return msgspec.structs.replace(hidden, terms=frozenset(term.id for term in store.children_of("taxonomy_term", "taxonomy_id", LICENSED)))


def public_records(work: Work, kind: str, hidden: Hidden) -> Iterator[Any]:
    """Every record of a kind that anybody may read, in the order of the ids."""
    for record in work.directory.every(kind):
        told = public_record(kind, record, hidden)
        if told is not None:
            yield told


def _write_table(file: IO[bytes], table: Table, records: Iterator[Any]) -> Promises:
    promises = Promises(table)
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in table.columns])
    for record in records:
        cells = [_cell(column, record) for column in table.columns]
        promises.look_at(cells)
        writer.writerow(cells)
    text.detach()  # the target closes its own file
    return promises


def _cell(column: Column, record: Any) -> str:
    value = getattr(record, column.field)
    return write_clock(value) if column.type == "time" else write_cell(value)


def _sentence(promises: Promises, column: str, promise: str, count: int) -> str:
    says = {"required": "nothing stands", "enum": "a word stands that HSDS does not know"}.get(promise, f"what stands is no {promise}")
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return f"{promises.table.file}, {column}: in {rows} {says}; the package does not promise it."
