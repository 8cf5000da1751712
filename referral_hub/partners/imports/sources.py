"""One door for every format: a path in, a reading out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from referral_hub.errors import ImportRefused, Invalid
from referral_hub.partners.imports.hsds_csv import read_hsds_csv
from referral_hub.partners.imports.hsds_json import read_hsds_json
from referral_hub.partners.imports.ohana import read_ohana
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.reader import RowProgress, read_spreadsheet
from referral_hub.partners.imports.spreadsheet.sheet import SIZE_LIMIT

READERS = {"ohana-csv": read_ohana, "hsds-json": read_hsds_json, "hsds-csv": read_hsds_csv}
"""Format -> reader of (path, network, today, report)."""
SPREADSHEET = "spreadsheet"
FORMATS = tuple(sorted((*READERS, SPREADSHEET)))


def read_source(
    path: Path,
    format_name: str,
    network: str | None,
    today: date,
    report: Report | None = None,
    *,
    mapping: Mapping | None = None,
    size_limit: int = SIZE_LIMIT,
    progress: RowProgress | None = None,
) -> Reading:
    """The rows of a source and the report on it; `network` defaults to the name of the file or folder.

    Remarks and faults go to `report`, which the caller still holds when the source is refused. `mapping`, the limit
    in bytes and the progress are for spreadsheets; one without a mapping is guessed.

    Raises:
        Invalid: the format is unknown.
        ImportRefused: the path cannot be read, or the source cannot be imported as a whole.
    """
    if format_name not in FORMATS:
        raise Invalid(f"The format {format_name} is unknown. Formats: {', '.join(FORMATS)}.")
    if not path.exists():
        raise ImportRefused(f"{path.name or path} does not exist. Nothing was imported.")
    report = Report() if report is None else report
    if format_name == SPREADSHEET:
        return read_spreadsheet(path, network, today, report, mapping, limit=size_limit, progress=progress)
    if format_name == "ohana-csv" and not path.is_dir():
        raise ImportRefused(f"{path.name} is not a folder; an Ohana source is a folder of CSV files. Nothing was imported.")
    return READERS[format_name](path, network or path.resolve().stem, today, report)
