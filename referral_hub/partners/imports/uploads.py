"""The folder of uploaded spreadsheets: one folder an import, with the file, how far it is, and the report.

Progress stands in a file and not in the database: while an import writes, SQLite lets nobody else write, and the pages
of every worker shall still see how far it is. A thread that works on an import holds a lock on its folder; the lock
goes with the process, so that a crash is seen at once.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from uuid import UUID

import msgspec

from referral_hub.errors import Invalid, TooLarge, Unavailable
from referral_hub.partners.imports.job import JobProgress
from referral_hub.partners.imports.report import Finding, Report
from referral_hub.partners.spreadsheet_cells import neutralize

CHUNK = 1 << 20
LONGEST_NAME = 80
_FILE, _PROGRESS, _REPORT, _LOCK = "file", "progress.json", "report.jsonl", "lock"


class Uploads:
    """Uploads below a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "uploads"

    def store(self, job_id: UUID, name: str, file: IO[bytes], limit: int) -> int:
        """Write an upload piece by piece under a name that `shorten_name` made; the bytes written.

        Raises:
            TooLarge: it is larger than `limit` bytes; nothing stays.
            Invalid: it is empty.
            Unavailable: the disk does not take it.
        """
        target = self.folder / str(job_id) / _FILE
        size = 0
        try:
            target.mkdir(parents=True)
            with (target / name).open("xb") as out:
                while chunk := file.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"The file has more than {limit >> 20:,} MB. Split it, or ask who runs the hub for more.")
                    out.write(chunk)
            if not size:
                raise Invalid("The file is empty. Choose one with rows in it.")
        except OSError as fault:
            self.forget(job_id)
            raise Unavailable("The file could not be kept: the disk does not take it. Ask who runs the hub.") from fault
        except (TooLarge, Invalid):
            self.forget(job_id)
            raise
        return size

    def source(self, job_id: UUID, name: str) -> Path:
        """Where the file is, or was."""
        return self.folder / str(job_id) / _FILE / name

    def drop_source(self, job_id: UUID) -> None:
        """Delete the file; the report stays."""
        shutil.rmtree(self.folder / str(job_id) / _FILE, ignore_errors=True)

    def forget(self, job_id: UUID) -> None:
        """Delete everything of an import."""
        shutil.rmtree(self.folder / str(job_id), ignore_errors=True)

    # How far it is

    def lock(self, job_id: UUID) -> IO[bytes] | None:
        """The lock of an import, to be closed when its thread ends; None where somebody holds it, or the folder is gone."""
        try:
            file = (self.folder / str(job_id) / _LOCK).open("wb")
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        return file

    def is_worked_on(self, job_id: UUID) -> bool:
        """Whether a living thread, of any process here, works on the import."""
        path = self.folder / str(job_id) / _LOCK
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def tell(self, job_id: UUID, progress: JobProgress) -> None:
        """Say how far it is; a disk that is full keeps nobody from working on."""
        folder = self.folder / str(job_id)
        try:
            part = folder / f"{_PROGRESS}.part"
            part.write_bytes(msgspec.json.encode(progress))
            part.replace(folder / _PROGRESS)
        except OSError:
            return

    def progress(self, job_id: UUID) -> JobProgress:
        """How far it is, as last told."""
        try:
            return msgspec.json.decode((self.folder / str(job_id) / _PROGRESS).read_bytes(), type=JobProgress)
        except (OSError, msgspec.DecodeError):
            return JobProgress(0, 1, "beginning")

    # What it said

    def write_report(self, job_id: UUID, report: Report) -> None:
        """Keep the findings, a line each."""
        with (self.folder / str(job_id) / _REPORT).open("wb") as file:
            file.writelines(msgspec.json.encode(finding) + b"\n" for finding in report.findings)

    def findings(self, job_id: UUID) -> Iterator[Finding]:
        """The findings of the last check or import, one by one; none where there is no report."""
        try:
            with (self.folder / str(job_id) / _REPORT).open("rb") as file:
                for line in file:
                    yield msgspec.json.decode(line, type=Finding)
        except OSError:
            return

    def old(self, before: float) -> Iterable[UUID]:
        """Imports whose file was uploaded before a moment (seconds since 1970)."""
        found = []
        for path in self.folder.glob(f"*/{_FILE}"):
            try:
                if path.stat().st_mtime < before:
                    found.append(UUID(path.parent.name))
            except (OSError, ValueError):
                continue
        return found


def report_csv(findings: Iterable[Finding]) -> Iterator[bytes]:
    """The report as a spreadsheet: one line a finding, nothing in it that a spreadsheet would run."""
    yield "\ufeff".encode()
    yield _csv_line(["row", "column", "problem", "what was done"])
    for finding in findings:
        yield _csv_line([str(finding.row or ""), finding.field or "", finding.problem, finding.done])


def shorten_name(name: str) -> str:
    """A file's name without folders and without what cannot be shown."""
    plain = re.sub(r"[^\w .()&+-]", "_", os.path.basename(name.replace("\\", "/"))).strip()  # noqa: PTH119  # a name from another system, no path of ours
    stem, dot, kind = plain.rpartition(".")
    if len(plain) > LONGEST_NAME:
        plain = f"{stem[: LONGEST_NAME - len(kind) - 2]}…{dot}{kind}" if len(kind) < 10 else plain[:LONGEST_NAME]
    return plain.strip(" .") or "spreadsheet"


def _csv_line(cells: list[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(map(neutralize, cells))
    return out.getvalue().encode(errors="replace")
