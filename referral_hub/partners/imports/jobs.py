"""Imports through the portal: upload, choose columns, check, import; what coordinators do, and the thread that works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import timedelta
from typing import IO
from uuid import UUID

import msgspec
import structlog

from referral_hub.actors import Actor
from referral_hub.errors import Conflict, HubError, Invalid
from referral_hub.ids import new_id
from referral_hub.partners.actions import ImportSummary, import_directory, plan_import
from referral_hub.partners.change_sets import undo_change_set
from referral_hub.partners.history import ChangeSet, UndoSummary
from referral_hub.partners.importing import CheckRule
from referral_hub.partners.imports.job import BUSY, OPEN, ImportJob, ImportState, JobProgress
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.spreadsheet.guess import Column, find_each, guess_columns
from referral_hub.partners.imports.spreadsheet.mapping import Mapping, check_mapping
from referral_hub.partners.imports.spreadsheet.reader import open_sheet, read_spreadsheet
from referral_hub.partners.imports.spreadsheet.sheet import Look
from referral_hub.partners.imports.uploads import Uploads, shorten_name
from referral_hub.permissions import require
from referral_hub.unit_of_work import Hub, Work

KEPT_DAYS = 7
"""Days after which an upload that nobody imported is deleted."""
CRASHED = "The import stopped before its end, perhaps because the hub was restarted. Nothing was imported; begin again."
Afterwards = Callable[[Work], object]

logger = structlog.get_logger("referral_hub")


class Columns(msgspec.Struct, frozen=True):
    """The columns of an upload with what they hold, and the list whose items are rows (ndjson)."""

    columns: list[Column]
    each: str | None


def uploads_of(hub: Hub) -> Uploads:
    """The hub's folder of uploads."""
    return Uploads(hub.settings.data_dir)


# What a coordinator does


def upload_spreadsheet(hub: Hub, actor: Actor, file_name: str, file: IO[bytes]) -> ImportJob:
    """Keep a file and look whether it can be read at all.

    Raises:
        TooLarge, Invalid, Unavailable: it is not kept.
        ImportRefused: it is no spreadsheet that can be read; it is not kept.
    """
    require(actor, "directory:write")
    uploads, job_id = uploads_of(hub), new_id()
    name = shorten_name(file_name)
    size = uploads.store(job_id, name, file, hub.settings.import_limit_mb << 20)
    try:
        open_sheet(uploads.source(job_id, name), Look(), Report())
        with hub.begin(actor) as work:
            job = ImportJob(
                id=job_id,
                state=ImportState.UPLOADED,
                file_name=name,
                size=size,
                made_at=work.now,
                account_id=actor.account_id,
                made_by=actor.name,
            )
            return work.import_jobs.save(job)
    except BaseException:
        uploads.forget(job_id)
        raise


def get_import(work: Work, job_id: UUID) -> ImportJob:
    """One import; one whose thread died is failed, and one whose file was lost has none.

    Raises:
        NotFound: there is none.
    """
    require(work.actor, "directory:write")
    return _as_seen(work, work.import_jobs.get(job_id))


def change_sets_of(work: Work, jobs: Collection[ImportJob]) -> dict[UUID, ChangeSet]:
    """What undoes these imports, by the change set's id: whether one was undone already, and by what."""
    require(work.actor, "directory:write")
    return work.history.change_sets([job.change_set_id for job in jobs if job.change_set_id])


def undo_import(work: Work, job_id: UUID) -> UndoSummary:
    """Take an import back, as far as nobody has changed since what it brought.

    Raises:
        Conflict: it brought nothing, or is undone already.
    """
    job = get_import(work, job_id)
    if job.change_set_id is None:
        raise Conflict("This import changed nothing that could be taken back.")
    return undo_change_set(work, job.change_set_id)


def list_imports(work: Work, *, page: int, per_page: int) -> tuple[list[ImportJob], int]:
    """A page of imports, the latest first, and how many there are in all."""
    require(work.actor, "directory:write")
    found = work.import_jobs.page(limit=per_page, offset=(page - 1) * per_page)
    return [_as_seen(work, job) for job in found], work.import_jobs.count()


def look_at_columns(hub: Hub, job: ImportJob) -> Columns:
    """The columns of an upload with samples, and with what was chosen or, before that, guessed.

    Raises:
        ImportRefused: the file cannot be read any more.
    """
    path = uploads_of(hub).source(job.id, job.file_name)
    mapping = None if job.mapping is None else msgspec.convert(job.mapping, Mapping)
    sheet = open_sheet(path, Look(), Report())
    each = find_each(sheet) if mapping is None else mapping.each
    if each is not None:
        sheet = open_sheet(path, Look(each=each), Report())
    columns = guess_columns(sheet, each)
    if mapping is not None:
        chosen = {column: field for field in mapping.fields for column in mapping.columns_of(field)}
        columns = [msgspec.structs.replace(column, field=chosen.get(column.name, "")) for column in columns]
    return Columns(columns, each)


def choose_columns(work: Work, job_id: UUID, mapping: Mapping) -> ImportJob:
    """Keep what each column holds.

    Raises:
        Invalid: the mapping has faults.
        Conflict: the import is on its way or over, or its file is gone.
    """
    job = _open(work, job_id)
    check_mapping(mapping)
    builtins = msgspec.to_builtins(mapping)
    return work.import_jobs.save(msgspec.structs.replace(job, mapping=builtins, state=ImportState.UPLOADED, summary=None, error=None, faults=None))


def delete_upload(work: Work, job_id: UUID) -> ImportJob:
    """Give an upload up: its file goes, the record of it stays.

    Raises:
        Conflict: it is on its way.
    """
    require(work.actor, "directory:write")
    job = _as_seen(work, work.import_jobs.get(job_id, hold=True))
    if job.state in BUSY:
        raise Conflict("This import is on its way. Wait for its end.")
    uploads_of(work.hub).drop_source(job_id)
    return work.import_jobs.save(msgspec.structs.replace(job, has_file=False))


def delete_old_uploads(hub: Hub, actor: Actor) -> int:
    """Delete the files that nobody imported for a week; how many."""
    uploads = uploads_of(hub)
    gone = 0
    for job_id in uploads.old((hub.now() - timedelta(days=KEPT_DAYS)).timestamp()):
        if not uploads.is_worked_on(job_id):
            uploads.drop_source(job_id)
            gone += 1
    if gone:
        logger.info("old_uploads_deleted", count=gone, by=actor.role.value)
    return gone


def _open(work: Work, job_id: UUID) -> ImportJob:
    require(work.actor, "directory:write")
    job = _as_seen(work, work.import_jobs.get(job_id, hold=True))
    if not job.has_file:
        raise Conflict("The uploaded file is gone: it is deleted after the import, or after a week. Upload it again.")
    if job.state not in OPEN:
        raise Conflict("This import is on its way or over.")
    return job


def _as_seen(work: Work, job: ImportJob) -> ImportJob:
    uploads = uploads_of(work.hub)
    if job.state in BUSY and not uploads.is_worked_on(job.id):
        job = msgspec.structs.replace(job, state=ImportState.FAILED, error=CRASHED)
    return msgspec.structs.replace(job, has_file=False) if job.has_file and not uploads.source(job.id, job.file_name).exists() else job


# The thread that works


def begin_import(
    hub: Hub, actor: Actor, job_id: UUID, *, dry_run: bool, check_rule: CheckRule | None = None, afterwards: Afterwards | None = None
) -> threading.Thread:
    """Start the check or the import beside the pages; `afterwards` runs in the import's transaction.

    Raises:
        Conflict: it is on its way already, or over, or its file is gone.
        Invalid: no columns were chosen yet.
    """
    require(actor, "directory:write")
    uploads = uploads_of(hub)
    with hub.begin(actor) as work:
        job = _open(work, job_id)
        if job.mapping is None:
            raise Invalid("Say first what each column holds.")
        lock = uploads.lock(job_id)
        if lock is None:
            raise Conflict("This import is on its way. Wait for its end.")
        try:
            uploads.tell(job_id, JobProgress(0, 1, "beginning"))
            state = ImportState.CHECKING if dry_run else ImportState.RUNNING
            work.import_jobs.save(msgspec.structs.replace(job, state=state, error=None, faults=None))
        except BaseException:
            lock.close()
            raise
    run = _Run(hub, actor, job, dry_run=dry_run, check_rule=check_rule, afterwards=afterwards)
    thread = threading.Thread(target=run.work_on, args=(lock,), name=f"import-{job_id}", daemon=True)
    try:
        thread.start()
    except BaseException:
        lock.close()
        raise
    return thread


class _Run:
    """One check or import on its way."""

    def __init__(
        self, hub: Hub, actor: Actor, job: ImportJob, *, dry_run: bool, check_rule: CheckRule | None, afterwards: Afterwards | None
    ) -> None:
        self.hub, self.actor, self.job, self.dry_run = hub, actor, job, dry_run
        self.check_rule, self.afterwards = check_rule, afterwards
        self.uploads = uploads_of(hub)
        self.report = Report()

    def work_on(self, lock: IO[bytes]) -> None:
        """Read, then check or import; whatever happens is kept with the job before the lock is given back."""
        with closing(lock):
            try:
                self._run()
            except HubError as fault:
                self._fail(fault.detail, [{"field": error.field, "message": error.message} for error in fault.errors])
            except Exception as fault:
                logger.error("import_failed", job=str(self.job.id), kind=type(fault).__name__)  # noqa: TRY400  # a trace could hold a cell
                self._fail("Something went wrong that the hub did not foresee. Nothing was imported; whoever runs the hub finds it in the log.", [])

    def _run(self) -> None:
        job, hub = self.job, self.hub
        mapping = msgspec.convert(job.mapping, Mapping)
        network = mapping.network or job.file_name.rpartition(".")[0] or job.file_name
        path = self.uploads.source(job.id, job.file_name)
        reading = read_spreadsheet(
            path, network, hub.now().date(), self.report, mapping, limit=hub.settings.import_limit_mb << 20, progress=lambda _rows, what: self._tell(0, 1, what)
        )
        if self.dry_run:
            with hub.read(self.actor) as work:
                summary = plan_import(work, reading, check_rule=self.check_rule, progress=self._tell)
            self.uploads.write_report(job.id, self.report)
            with hub.begin(self.actor) as work:
                work.import_jobs.save(self._ended(work, ImportState.CHECKED, summary))
            return
        with hub.begin(self.actor) as work:
            summary = import_directory(work, reading, check_rule=self.check_rule, progress=self._tell)
            if self.afterwards is not None:
                self.afterwards(work)
            self.uploads.write_report(job.id, self.report)
            work.import_jobs.save(msgspec.structs.replace(self._ended(work, ImportState.DONE, summary), has_file=False))
        self.uploads.drop_source(job.id)

    def _ended(self, work: Work, state: ImportState, summary: ImportSummary) -> ImportJob:
        return msgspec.structs.replace(
            self.job, state=state, summary=msgspec.to_builtins(summary), ended_at=work.now, change_set_id=summary.change_set_id, error=None, faults=None
        )

    def _tell(self, done: int, total: int, what: str) -> None:
        self.uploads.tell(self.job.id, JobProgress(done, total, what))

    def _fail(self, error: str, faults: list[dict[str, str]]) -> None:
        try:
            self.uploads.write_report(self.job.id, self.report)
            with self.hub.begin(self.actor) as work:
                failed = msgspec.structs.replace(self.job, state=ImportState.FAILED, error=error, faults=faults, ended_at=work.now, summary=None)
                work.import_jobs.save(failed)
        except Exception as fault:
            logger.error("import_not_recorded", job=str(self.job.id), kind=type(fault).__name__)  # noqa: TRY400  # as above
