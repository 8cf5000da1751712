"""Bring a spreadsheet in: upload, say what each column holds, see what would happen, import, take back."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Stream
from msgspec import Struct

from referral_hub.actors import Actor
from referral_hub.errors import ImportRefused, Invalid, TooLarge
from referral_hub.http_status import status_of
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.suggestions import suggest_rules
from referral_hub.partners import taxonomy
from referral_hub.partners.actions import ImportSummary
from referral_hub.partners.imports import jobs
from referral_hub.partners.imports.job import BUSY, ImportJob, ImportState
from referral_hub.partners.imports.report import NOT_STORED, Finding
from referral_hub.partners.imports.spreadsheet.contents import STATES as POSTAL_STATES
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
from referral_hub.partners.imports.spreadsheet.guess import Column, mapping_of
from referral_hub.partners.imports.spreadsheet.mapping import Mapping as ColumnMapping
from referral_hub.partners.imports.spreadsheet.mapping import write_mapping
from referral_hub.partners.imports.uploads import report_csv
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub
from web.forms import Filled, Form, filled_by, one
from web.paging import PageNumber
from web.site import render

PER_PAGE = 20
FINDINGS_A_PAGE = 50
GROUPS = 12
"""Kinds of problems that are told with a count; the rest is in the list and the report."""
SECONDS = 2
"""Until a page that waits looks again."""
STATES: dict[ImportState, tuple[str, str, str]] = {
    ImportState.UPLOADED: ("Columns to choose", "edit", "wait"),
    ImportState.CHECKING: ("Being checked", "hourglass", "info"),
    ImportState.CHECKED: ("Checked, not imported yet", "eye", "wait"),
    ImportState.RUNNING: ("On its way", "hourglass", "info"),
    ImportState.DONE: ("Imported", "check", "good"),
    ImportState.FAILED: ("Not imported", "cross", "bad"),
}
KINDS = {
    "organization": "Organizations", "service": "Services", "location": "Places", "service_at_location": "Services at their places",
    "address": "Addresses",
    "phone": "Telephones", "contact": "Contacts", "schedule": "Hours", "language": "Languages", "required_document": "Documents to bring",
    "service_area": "Areas served", "service_capacity": "Figures of room", "accessibility": "Accessibility", "attribute": "Kinds of help",
    "unit": "Units", "cost_option": "Costs", "program": "Programs", "sealed_location": "Sealed places",
}  # fmt: skip
STATE_CHOICES = (("", "Leave blank"), *((code, code) for code in sorted(set(POSTAL_STATES.values()))))
TERM_CHOICES = (("", "Leave blank"), *((term.code, term.name if term.parent is None else f"– {term.name}") for term in taxonomy.TERMS))
CHOOSABLE = ("network", "state", "term", "terms")
_PLACES = {"fields.organization.name": "columns", "fields.service.name": "columns", "network": "network"}


class Group(Struct, frozen=True):
    """Problems of one kind: how many, and the first."""

    count: int
    first: Finding


class Upload(Struct, frozen=True):
    """One import in the list."""

    job: ImportJob
    words: str
    icon: str
    colour: str


@get("/imports", sync_to_thread=True)
def show_all(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], page: PageNumber = 1
) -> Response[str]:
    """The form of an upload, and past imports, the latest first."""
    return _list(request, hub, actor, Filled(), page=page)


@post("/imports", sync_to_thread=True)
def upload(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[Any]:
    """Keep a file; on to its columns."""
    require(actor, "directory:write")
    file = data.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return _list(request, hub, actor, Filled(errors={"file": "Choose a file."}), status=400)
    try:
        jobs.delete_old_uploads(hub, actor)
        job = jobs.upload_spreadsheet(hub, actor, file.filename, file.file)
    except (ImportRefused, Invalid, TooLarge) as fault:
        words = fault.errors[0].message if fault.errors else fault.detail
        return _list(request, hub, actor, Filled(errors={"file": _sentence(words)}), status=status_of(fault))
    finally:
        file.file.close()
    return Redirect(f"/imports/{job.id}/columns", status_code=303)


@get("/imports/{job_id:uuid}", sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    hub: NamedDependency[Hub],
    actor: NamedDependency[Actor],
    job_id: FromPath[UUID],
    page: PageNumber = 1,
    said: FromQuery[str] = "",
) -> Response[str]:
    """How far it is; what it would do, or did; its problems by row and column."""
    return _show(request, hub, actor, job_id, page=page, said=said)


@get("/imports/{job_id:uuid}/columns", sync_to_thread=True)
def show_columns(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]
) -> Response[Any]:
    """Every column with samples and the field that it seems to hold."""
    with hub.read(actor) as work:
        job = jobs.get_import(work, job_id)
    if not job.has_file or job.state in BUSY:
        return Redirect(f"/imports/{job_id}", status_code=303)
    return _columns(request, hub, actor, job, None)


@post("/imports/{job_id:uuid}/columns", sync_to_thread=True)
def choose(
    request: Request[Any, Any, Any], hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID], data: Form
) -> Response[Any]:
    """Keep what the columns hold, and begin the check."""
    require(actor, "directory:write")
    with hub.read(actor) as work:
        job = jobs.get_import(work, job_id)
    if not job.has_file or job.state in BUSY:
        return Redirect(f"/imports/{job_id}", status_code=303)
    found = jobs.look_at_columns(hub, job)
    try:
        mapping = _mapping(found, data)
        with hub.begin(actor) as work:
            jobs.choose_columns(work, job_id, mapping)
        jobs.begin_import(hub, actor, job_id, dry_run=True, check_rule=parse_rule)
    except Invalid as fault:
        renamed = tuple(msgspec.structs.replace(error, field=_PLACES.get(error.field, error.field)) for error in fault.errors)
        form = filled_by(Invalid(fault.detail, errors=renamed), data, (*CHOOSABLE, "columns"))
        return _columns(request, hub, actor, job, form, status=status_of(fault))
    return Redirect(f"/imports/{job_id}", status_code=303)


@post("/imports/{job_id:uuid}/run", sync_to_thread=True)
def run(hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Response[Any]:
    """Begin the import."""
    jobs.begin_import(hub, actor, job_id, dry_run=False, check_rule=parse_rule, afterwards=suggest_rules)
    return Redirect(f"/imports/{job_id}", status_code=303)


@post("/imports/{job_id:uuid}/undo", sync_to_thread=True)
def undo(hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Response[Any]:
    """Take an import back."""
    with hub.begin(actor) as work:
        summary = jobs.undo_import(work, job_id)
    return Redirect(f"/imports/{job_id}?said={'kept' if summary.kept else 'undone'}", status_code=303)


@post("/imports/{job_id:uuid}/delete", sync_to_thread=True)
def delete(hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Response[Any]:
    """Give an upload up."""
    with hub.begin(actor) as work:
        jobs.delete_upload(work, job_id)
    return Redirect("/imports", status_code=303)


@get("/imports/{job_id:uuid}/report", sync_to_thread=True)
def report(hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Stream:
    """The problems as a CSV for a spreadsheet."""
    with hub.read(actor) as work:
        jobs.get_import(work, job_id)
    lines = report_csv(jobs.uploads_of(hub).findings(job_id))
    return Stream(lines, media_type="text/csv; charset=utf-8", headers={"content-disposition": 'attachment; filename="report.csv"'})


@get("/imports/{job_id:uuid}/mapping", sync_to_thread=True)
def mapping_file(hub: NamedDependency[Hub], actor: NamedDependency[Actor], job_id: FromPath[UUID]) -> Response[bytes]:
    """The mapping as a file for `referral-hub import --mapping`."""
    with hub.read(actor) as work:
        job = jobs.get_import(work, job_id)
    data = write_mapping(msgspec.convert(job.mapping, ColumnMapping)) if job.mapping else b"{}\n"
    return Response(data, media_type="application/json", headers={"content-disposition": 'attachment; filename="mapping.json"'})


# Pages


def _list(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, form: Filled, *, page: int = 1, status: int = 200
) -> Response[str]:
    require(actor, "directory:write")
    with hub.read(actor) as work:
        found, total = jobs.list_imports(work, page=max(page, 1), per_page=PER_PAGE)
        undone = {one.id for one in jobs.change_sets_of(work, found).values() if one.undone_by}
    return render(
        request,
        hub,
        actor,
        "imports.html",
        status=status,
        form=form,
        uploads=[_upload(job, undone=job.change_set_id in undone) for job in found],
        limit=hub.settings.import_limit_mb,
        kept_days=jobs.KEPT_DAYS,
        page=max(page, 1),
        pages=-(-total // PER_PAGE),
    )


def _upload(job: ImportJob, *, undone: bool) -> Upload:
    words, icon, colour = ("Taken back", "back", "quiet") if undone else STATES[job.state]
    if not job.has_file and job.state in (ImportState.UPLOADED, ImportState.CHECKED):
        words, icon, colour = "Given up", "cross", "quiet"
    return Upload(job, words, icon, colour)


def _show(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, job_id: UUID, *, page: int, said: str
) -> Response[str]:
    with hub.read(actor) as work:
        job = jobs.get_import(work, job_id)
        change_set = jobs.change_sets_of(work, [job]).get(job.change_set_id) if job.change_set_id else None
    uploads = jobs.uploads_of(hub)
    busy = job.state in BUSY
    summary = None if job.summary is None else msgspec.convert(job.summary, ImportSummary)
    groups, shown, total, left = ([], [], 0, 0) if busy else _findings(uploads.findings(job_id), page)
    undone = bool(change_set and change_set.undone_by)
    return render(
        request,
        hub,
        actor,
        "import.html",
        headers={"refresh": str(SECONDS)} if busy else None,
        job=job,
        upload=_upload(job, undone=undone),
        busy=busy,
        progress=uploads.progress(job_id) if busy else None,
        summary=summary,
        kinds=KINDS,
        groups=groups,
        findings=shown,
        total=total,
        left=left,
        page=max(page, 1),
        pages=-(-total // FINDINGS_A_PAGE),
        may_undo=change_set is not None and not undone,
        said=said,
    )


def _findings(findings: Iterable[Finding], page: int) -> tuple[list[Group], list[Finding], int, int]:
    """(kinds of problems, one page of them, how many, rows that are left out); in one pass."""
    counts: Counter[tuple[str | None, str, str]] = Counter()
    first: dict[tuple[str | None, str, str], Finding] = {}
    shown: list[Finding] = []
    left, total = set(), 0
    start = (max(page, 1) - 1) * FINDINGS_A_PAGE
    for finding in findings:
        key = (finding.field, re.sub(r"[\d.,-]+", "", finding.problem)[:24], re.sub(r"\bas .*", "", finding.done))
        counts[key] += 1
        first.setdefault(key, finding)
        if finding.done == NOT_STORED:
            left.add(finding.row)
        if start <= total < start + FINDINGS_A_PAGE:
            shown.append(finding)
        total += 1
    return [Group(count, first[key]) for key, count in counts.most_common(GROUPS)], shown, total, len(left)


def _columns(
    request: Request[Any, Any, Any], hub: Hub, actor: Actor, job: ImportJob, form: Filled | None, *, status: int = 200
) -> Response[str]:
    found = jobs.look_at_columns(hub, job)
    values = form.values if form else _values(job, found)
    form = form or Filled(values=values)
    chosen = {index: one(values, f"column.{index}") for index in range(len(found.columns))}
    return render(
        request,
        hub,
        actor,
        "import_columns.html",
        status=status,
        job=job,
        form=form,
        columns=list(enumerate(found.columns)),
        chosen=chosen,
        groups=_field_groups(),
        each=found.each,
        states=STATE_CHOICES,
        terms=TERM_CHOICES,
    )


def _values(job: ImportJob, found: jobs.Columns) -> dict[str, str]:
    values = {f"column.{index}": column.field for index, column in enumerate(found.columns)}
    if job.mapping is None:
        return values | {"network": job.file_name.rpartition(".")[0] or job.file_name}
    mapping = msgspec.convert(job.mapping, ColumnMapping)
    lines = [f"{word} = {', '.join([codes] if isinstance(codes, str) else codes)}" for word, codes in mapping.terms.items()]
    constants = mapping.constants
    return values | {
        "network": mapping.network or "",
        "state": constants.get("address.state_province", ""),
        "term": constants.get("service.terms", ""),
        "terms": "\n".join(lines),
    }


def _mapping(found: jobs.Columns, data: Mapping[str, Any]) -> ColumnMapping:
    """What the form says; raises Invalid where a line of words cannot be read."""
    columns = [
        Column(column.name, column.samples, field if (field := one(data, f"column.{index}")) in FIELDS else "")
        for index, column in enumerate(found.columns)
    ]
    constants = {"address.state_province": one(data, "state"), "service.terms": one(data, "term")}
    plain = mapping_of(columns, found.each)
    terms: dict[str, str | list[str]] = {}
    for line in one(data, "terms").splitlines():
        word, _, codes = line.partition("=")
        if word.strip():
            terms[word.strip()] = [code.strip() for code in codes.split(",") if code.strip()]
    return msgspec.structs.replace(
        plain, constants={name: value for name, value in constants.items() if value}, terms=terms, network=one(data, "network") or None
    )


def _field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """Fields to choose from, by what they are of: (group, [(field, words)])."""
    named = [(known.words.partition(":")[0].split()[0], name, known.words) for name, known in FIELDS.items()]
    return [(group, [(name, words) for _, name, words in items]) for group, items in itertools.groupby(named, key=lambda part: part[0])]


def _sentence(words: str) -> str:
    plain = words[:1].upper() + words[1:]
    return plain if plain.endswith(".") else f"{plain}."


handlers = [show, show_columns, choose, run, undo, delete, report, mapping_file]
upload_handlers = [show_all, upload]
"""Both of one path, so that both are of one router."""
