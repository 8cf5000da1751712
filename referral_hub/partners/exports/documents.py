"""The public directory as HSDS documents, the same that `/hsds` answers, with a sidecar for what HSDS has no field for.

A folder holds `organizations.ndjson` (each with its programs, and with its places where nothing is offered),
`services.ndjson` (each with everything nested) and `rules.json` (kind -> id -> fields of ours; and the terms,
taxonomies and units whole, since a document holds only those that it uses).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any
from uuid import UUID

import msgspec

from referral_hub.partners import hsds, taxonomy
from referral_hub.partners.exports.actions import ExportSummary, Progress, find_hidden, public_records
from referral_hub.partners.exports.public import Hidden, public_rows
from referral_hub.partners.exports.targets import Target
from referral_hub.partners.hsds_query import HsdsQuery
from referral_hub.partners.model import Location, Organization, Precision
from referral_hub.partners.tabular import LEFT_OUT, OWN_EXPORT, STRUCTS
from referral_hub.unit_of_work import Work

ORGANIZATIONS = "organizations.ndjson"
SERVICES = "services.ndjson"
SIDECAR = "rules.json"
WHOLE = ("taxonomy", "taxonomy_term", "unit")
"""Kinds that the sidecar holds whole."""
PART = 200
"""Organizations, or services, in memory at once."""
_encode = msgspec.json.Encoder(order="deterministic").encode
_DEFAULTS = {kind: {field.name: field.default for field in msgspec.structs.fields(struct)} for kind, struct in STRUCTS.items()}


def export_documents(work: Work, target: Target, progress: Progress | None = None) -> ExportSummary:
    """Write the directory as HSDS documents, one a line, and the sidecar. The same directory gives the same bytes."""
    tell = progress or (lambda _done, _total, _what: None)
    hidden = find_hidden(work)
    counts: dict[str, int] = {}
    for step, (name, kind, documents) in enumerate(
        ((ORGANIZATIONS, "organization", _organizations(work, hidden)), (SERVICES, "service", _services(work, hidden)))
    ):
        tell(step, 3, name)
        with target.open(name) as file:
            counts[kind] = _write_lines(file, documents)
    tell(2, 3, SIDECAR)
    with target.open(SIDECAR) as file:
        _write_sidecar(file, work, hidden)
    return ExportSummary(counts=counts, confidential=len(hidden.locations), broken=[])


def _services(work: Work, hidden: Hidden) -> Iterator[dict[str, Any]]:
    """Every service fully nested, in the order of the ids."""
    for part in work.open_directory.services(HsdsQuery()).parts(PART):
        yield from hsds.service_documents(public_rows(work.open_directory.service_rows(part, nested=True), hidden))


def _write_lines(file: IO[bytes], documents: Iterator[dict[str, Any]]) -> int:
    """Write documents, one a line; how many there were."""
    count = 0
    for document in documents:
        file.write(msgspec.json.encode(document) + b"\n")
        count += 1
    return count


def _organizations(work: Work, hidden: Hidden) -> Iterator[dict[str, Any]]:
    offered = {str(listing.location_id) for listing in work.directory.every("service_at_location")}
    ids = _parents_first(work.directory.every("organization"))
    for start in range(0, len(ids), PART):
        part = ids[start : start + PART]
        rows = work.open_directory.organization_rows(part, full=True, full_service=False)
        for document in hsds.organization_documents(public_rows(rows, hidden), part):
            document.pop("services", None)  # they are documents of their own, with their places
            places = [place for place in document.pop("locations", []) if place["id"] not in offered]
            yield document | ({"locations": places} if places else {})


def _parents_first(organizations: Iterator[Organization]) -> list[UUID]:
    """Ids in their order, but none before its parent."""
    waiting = {one.id: one.parent_organization_id for one in organizations}
    ordered: dict[UUID, None] = {}
    while waiting:
        ready = [one for one, parent in waiting.items() if parent is None or parent in ordered] or list(waiting)
        for one in ready:
            ordered[one] = None
            del waiting[one]
    return list(ordered)


def _write_sidecar(file: IO[bytes], work: Work, hidden: Hidden) -> None:
    file.write(_encode({OWN_EXPORT: {"version": 1}})[:-1])
    for kind in (*WHOLE, *hsds.OURS):
        file.write(b",\n" + _encode(kind) + b":{")
        between = b"\n"
        for record in public_records(work, kind, hidden):
            fields = _whole(kind, record) if kind in WHOLE else _ours(kind, record)
            if fields:
                file.write(between + _encode(str(record.id)) + b":" + _encode(fields))
                between = b",\n"
        file.write(b"}")
    file.write(b"}\n")


def _whole(kind: str, record: Any) -> dict[str, Any]:
    """A record of a kind that no document need hold; the hub's own terms are everywhere."""
    if record.id == taxonomy.TAXONOMY_ID or record.id in _OWN_TERMS:
        return {}
    plain = msgspec.to_builtins(record)
    return {name: value for name, value in plain.items() if name != "id" and value is not None and value != _DEFAULTS[kind].get(name)}


def _ours(kind: str, record: Any) -> dict[str, Any]:
    """The fields of ours that are not what a reader would take them for anyway."""
    fields = hsds.OURS[kind] - LEFT_OUT.get(kind, frozenset())
    usual: dict[str, Any] = _DEFAULTS[kind]
    if isinstance(record, Location):
        usual = usual | {"precision": Precision.NONE if record.latitude is None else Precision.ROOFTOP}
    told: Sequence[str] = [name for name in sorted(fields) if (value := getattr(record, name)) != usual[name] and value != []]
    if isinstance(record, Location) and record.confidential:
        told = [*told, "organization_id"]  # its document does not name it
    return {name: msgspec.to_builtins(getattr(record, name)) for name in told}


_OWN_TERMS = frozenset(taxonomy.TERM_IDS.values())
