"""What a benchmark says: a table for people, JSON for programs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.util import find_spec

from referral_hub.bench.run import INDEX, POSTGIS, SizeReport


def write_table(reports: Sequence[SizeReport]) -> str:
    """Markdown: one row a figure, one column a size."""
    head = ["", *(f"{report.size:,}" for report in reports)]
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_row([name, *(_cell(of(report)) for report in reports)]) for name, of in _ROWS]
    by_size = {report.size: report for report in reports}
    ends = [f"\n{about_machine()}"]
    for small, large in ((100_000, 1_000_000),):
        if small in by_size and large in by_size:
            growth = by_size[large].ids[INDEX].p95 / by_size[small].ids[INDEX].p95
            ends.append(f"From {small:,} to {large:,} services the p95 of the ids grows {growth:.1f} times.")
    for report in reports:
        ends += [
            f"{report.size:,}: {name} differs from the oracle in requests {', '.join(map(str, wrong))}."
            for name, wrong in report.disagreeing.items()
            if wrong
        ]
        if report.skipped:
            ends.append(f"{report.size:,}: without PostGIS: {report.skipped}")
    return "\n".join(lines) + "\n" + "\n".join(ends)


def about_machine() -> str:
    """What it ran on."""
    numba = "with numba" if find_spec("numba") else "without numba"
    return f"Python {platform.python_version()} {numba}, {platform.machine()}, {platform.system()}."


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) and value < 100 else f"{value:,.0f}" if isinstance(value, float) else str(value)


def _agreeing(report: SizeReport, name: str) -> str | None:
    return f"{report.agreeing[name]:,} of {report.requests:,}" if name in report.agreeing else None


def _times(report: SizeReport, kind: str, name: str) -> str | None:
    times = getattr(report, kind).get(name)
    return None if times is None else f"{times.p50:.3g} / {times.p95:.3g} / {times.p99:.3g}"


def _ratio(report: SizeReport, kind: str) -> str | None:
    times = getattr(report, kind)
    return f"{times[POSTGIS].p95 / times[INDEX].p95:.1f}" if POSTGIS in times else None


def _http(report: SizeReport, name: str) -> str | None:
    load = report.http.get(name)
    failed = f", {load.failed} failed" if load is not None and load.failed else ""
    return None if load is None else f"{load.requests_a_second:,.0f} a second, {load.p50_ms:.3g} / {load.p95_ms:.3g}{failed}"


def _http_ratio(report: SizeReport) -> str | None:
    if POSTGIS not in report.http or not report.http[POSTGIS].requests_a_second:
        return None
    return f"{report.http[INDEX].requests_a_second / report.http[POSTGIS].requests_a_second:.1f}"


def _changes(report: SizeReport, one: str, other: str) -> str | None:
    applied = report.changes
    return None if applied is None else f"{getattr(applied, one):.3g} / {getattr(applied, other):.3g}"


_ROWS = (
    ("same ids, order, verdicts and minutes as the oracle: the hub", lambda r: _agreeing(r, INDEX)),
    ("the same: PostGIS", lambda r: _agreeing(r, POSTGIS)),
    ("ranked ids, hub: p50 / p95 / p99 ms", lambda r: _times(r, "ids", INDEX)),
    ("ranked ids, PostGIS", lambda r: _times(r, "ids", POSTGIS)),
    ("times faster at p95", lambda r: _ratio(r, "ids")),
    ("whole top 20, hub: p50 / p95 / p99 ms", lambda r: _times(r, "whole", INDEX)),
    ("whole top 20, PostGIS", lambda r: _times(r, "whole", POSTGIS)),
    ("times faster at p95", lambda r: _ratio(r, "whole")),
    ("`POST /api/matches`, 16 connections, one worker, hub: requests, p50 / p95 ms", lambda r: _http(r, INDEX)),
    ("the same over PostGIS", lambda r: _http(r, POSTGIS)),
    ("times as many requests a second", _http_ratio),
    ("index built from the database, s", lambda r: r.build_seconds),
    ("snapshot written, s", lambda r: r.save_seconds),
    ("another process started until its index is there, s", lambda r: r.start_seconds),
    ("its memory, resident / proportional, MiB", lambda r: f"{r.resident_mib:.0f} / {r.proportional_mib:.0f}"),
    ("memory of the worker that served, resident, MiB", lambda r: f"{r.serving_mib:.0f}"),
    ("1 change taken over, here / in another process, ms", lambda r: _changes(r, "one_here", "one_there")),
    ("10,000 changes taken over, here / in another process, ms", lambda r: _changes(r, "many_here", "many_there")),
    ("each change seen by the other process's next match", lambda r: None if r.changes is None else "yes" if r.changes.seen else "NO"),
    ("PostGIS loaded and indexed, s", lambda r: r.postgis_seconds or None),
    ("its database, MiB", lambda r: r.postgis_mib or None),
)
