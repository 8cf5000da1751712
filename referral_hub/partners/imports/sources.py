"""One door for every format: a path in, a reading out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from referral_hub.errors import ImportRefused, Invalid
from referral_hub.partners.imports.hsds_json import read_hsds_json
from referral_hub.partners.imports.ohana import read_ohana
from referral_hub.partners.imports.report import Reading, Report

READERS = {"ohana-csv": read_ohana, "hsds-json": read_hsds_json}
"""Format -> reader of (path, network, today, report)."""


def read_source(path: Path, format_name: str, network: str | None, today: date, report: Report | None = None) -> Reading:
    """The rows of a source and the report on it; `network` defaults to the name of the file or folder.

    Remarks and faults go to `report`, which the caller still holds when the source is refused.

    Raises:
        Invalid: the format is unknown.
        ImportRefused: the path cannot be read, or the source cannot be imported as a whole.
    """
    reader = READERS.get(format_name)
    if reader is None:
        raise Invalid(f"The format {format_name} is unknown. Formats: {', '.join(sorted(READERS))}.")
    if not path.exists():
        raise ImportRefused(f"{path.name or path} does not exist. Nothing was imported.")
    if format_name == "ohana-csv" and not path.is_dir():
        raise ImportRefused(f"{path.name} is not a folder; an Ohana source is a folder of CSV files. Nothing was imported.")
    return reader(path, network or path.resolve().stem, today, Report() if report is None else report)
