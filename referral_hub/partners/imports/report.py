"""What an import says about its source: every row is stored or named here, nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec
from msgspec import Struct

from referral_hub.errors import FieldError, ImportRefused
from referral_hub.partners.model import DirectoryRows, Row

NOT_STORED = "not stored"
"""The one word in `done` for a whole row that was left out."""
RULES = "rules.json"


class Finding(Struct, frozen=True):
    """One remark on one cell or row. `row` counts as a spreadsheet does: the header is 1; None: the whole file."""

    file: str
    row: int | str | None
    field: str | None
    problem: str
    done: str


class FileTotal(Struct, frozen=True):
    """rows_in = stored + not_stored, for each file."""

    file: str
    rows_in: int
    stored: int
    not_stored: int


class Report:
    """Findings in the order they were made, and how many rows each file held."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.rows_in: dict[str, int] = {}
        self.rules_in = RULES
        """The file that rules come from; in `rules.json` a service is named by its id, elsewhere by its row."""
        self._faults: list[Finding] = []

    def add(self, file: str, row: int | str | None, field: str | None, problem: str, done: str) -> None:
        """A remark; `done` says what became of the cell or the row."""
        self.findings.append(Finding(file, row, field, problem, done))

    def leave_out(self, file: str, row: int | str, field: str | None, problem: str) -> None:
        """A row that is not stored."""
        self.add(file, row, field, problem, NOT_STORED)

    def fault(self, file: str, row: int | str | None, field: str | None, problem: str) -> None:
        """Something that forbids the import as a whole; `refuse_if_faulty` raises for all of them at once."""
        self._faults.append(Finding(file, row, field, problem, "nothing was imported"))

    @property
    def has_faults(self) -> bool:
        """Whether the source can no longer be imported."""
        return bool(self._faults)

    def refuse_if_faulty(self) -> None:
        """Raise ImportRefused that names each fault (the first fifty)."""
        if not self._faults:
            return
        first, number = self._faults[0], len(self._faults)
        faults = "1 fault" if number == 1 else f"{number} faults; the first"
        errors = tuple(FieldError(place_of(fault), fault.problem) for fault in self._faults[:50])
        self.findings.extend(self._faults)
        raise ImportRefused(f"The source has {faults}: {place_of(first)}: {first.problem}.", errors=errors)

    def totals(self) -> list[FileTotal]:
        """One line a file, in the order the files were read."""
        out = []
        for file, rows_in in self.rows_in.items():
            left = len({found.row for found in self.findings if found.file == file and found.done == NOT_STORED})
            out.append(FileTotal(file, rows_in, rows_in - left, left))
        return out

    def lines(self) -> Iterator[bytes]:
        """The report as JSON Lines: each finding, then each file's total."""
        for item in (*self.findings, *self.totals()):
            yield msgspec.json.encode(item) + b"\n"


class Earlier(Protocol):
    """What the hub knows of a source while its parts are stored one after the other."""

    def record(self, kind: str, source_id: str) -> Row | None:
        """What an earlier part of this import brought under an id; None where none did."""

    def confidential_places(self) -> set[str]:
        """Source ids of the places that the hub holds as confidential, whatever the source says."""


Stream = Callable[[Earlier | None], Iterator[DirectoryRows]]
"""The parts of a source, each with whole organizations in it; all of it in one part where nobody tells what came earlier (None).

Raises ImportRefused at the end, once every fault of the source is known.
"""


class Reading:
    """A source as rows of ours, before any of them meets the database.

    Ids are provisional: `source_record` says which row of the source each stands for. A reader that holds its whole
    source gives `rows`; one that may meet a source larger than memory gives a `stream` of parts.
    """

    def __init__(
        self,
        *,
        network: str,
        report: Report,
        rows: DirectoryRows | None = None,
        stream: Stream | None = None,
        keeps: dict[str, tuple[str, ...]] | None = None,
        is_exact: bool = False,
    ) -> None:
        self.network = network
        self.report = report
        self.keeps = keeps or {}
        """Fields by kind that the source knows nothing of: an update leaves what the hub holds."""
        self.is_exact = is_exact
        """A hub's own export: what it leaves empty (when a record changed) stays empty."""
        self._rows = rows
        self._stream = stream

    @property
    def rows(self) -> DirectoryRows:
        """The whole source in memory; of a large one `parts` takes less.

        Raises:
            ImportRefused: the source has faults.
        """
        if self._rows is None:
            found = list(self._stream(None)) if self._stream else []
            self._rows = found[0] if found else DirectoryRows()
        return self._rows

    def parts(self, earlier: Earlier) -> Iterator[DirectoryRows]:
        """The source part after part, each row in one of them.

        Raises:
            ImportRefused: at the end, where the source has faults.
        """
        if self._rows is not None or self._stream is None:
            return iter([self.rows])
        return self._stream(earlier)


def place_of(finding: Finding) -> str:
    """`services.csv, row 12, location_id`."""
    row = "" if finding.row is None else f", row {finding.row}"
    return f"{finding.file}{row}" + (f", {finding.field}" if finding.field else "")
