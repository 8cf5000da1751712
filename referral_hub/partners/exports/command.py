"""`referral-hub export`: the public directory to a folder or an archive, with a summary in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.exports.actions import ExportSummary, describe_export, export_tables
from referral_hub.partners.exports.documents import export_documents
from referral_hub.partners.exports.targets import open_target
from referral_hub.partners.imports.command import progress_bar
from referral_hub.unit_of_work import Hub

WRITERS = {"hsds-csv": export_tables, "hsds-json": export_documents}
"""Format -> writer of (work, target, progress)."""
FORMATS = tuple(sorted(WRITERS))
"""What `--format` takes."""


def run_export(hub: Hub, path: Path, target_format: str, *, tell: Callable[[str], None]) -> ExportSummary:
    """Write the public directory in one reading transaction; `tell` gets the summary, line by line.

    Raises:
        ExportRefused: it cannot be written there; nothing is left behind.
    """
    with progress_bar() as step, open_target(path) as target, hub.read(COMMAND_LINE) as work:
        summary = WRITERS[target_format](work, target, step)
    for line in describe_export(summary):
        tell(line)
    return summary
