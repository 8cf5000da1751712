"""`referral-hub import`: a source in, a summary in words out, the report beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from referral_hub.actors import COMMAND_LINE
from referral_hub.errors import ImportRefused
from referral_hub.partners.actions import ImportSummary, describe_import, import_directory, plan_import
from referral_hub.partners.importing import CheckRule
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.unit_of_work import Hub, Work


def run_import(
    hub: Hub,
    path: Path,
    source_format: str,
    *,
    network: str | None = None,
    mapping: Mapping | None = None,
    dry_run: bool = False,
    report_file: Path | None = None,
    check_rule: CheckRule | None = None,
    afterwards: Callable[[Work], str] | None = None,
    tell: Callable[[str], None],
) -> ImportSummary:
    """Import a source in one transaction, with a progress bar on standard error; `tell` gets the summary, line by line.

    The report is written in any case, also when the import is refused. `afterwards` runs in the same
    transaction once everything is stored; what it says is told last.

    Raises:
        ImportRefused: nothing was stored; each fault names file, row and field.
    """
    report = Report()
    last = ""
    try:
        with progress_bar() as step:
            step(0, 1, f"reading {path.name}")
            reading = read_source(
                path,
                source_format,
                network,
                hub.now().date(),
                report,
                mapping=mapping,
                size_limit=hub.settings.import_limit_mb << 20,
                progress=lambda _rows, what: step(0, 1, what),
            )
            if dry_run:
                with hub.read(COMMAND_LINE) as work:
                    summary = plan_import(work, reading, check_rule=check_rule, progress=step)
            else:
                with hub.begin(COMMAND_LINE) as work:
                    summary = import_directory(work, reading, check_rule=check_rule, progress=step)
                    last = afterwards(work) if afterwards else ""
    finally:
        if report_file is not None:
            _write_report(report_file, report)
    for line in describe_import(summary, report):
        tell(line)
    if last:
        tell(last)
    return summary


def _write_report(path: Path, report: Report) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(report.lines())
    except OSError as fault:
        raise ImportRefused(f"The report cannot be written to {path} ({fault.strerror}).") from fault


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on standard error, while a person looks on: told (steps done, steps in all, what is done now)."""
    console = Console(stderr=True)
    with Progress(TextColumn("{task.description:24}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=1)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)
