"""How long a directory takes to come in, and how much memory: first, again as it was, and with one service in a hundred changed.

Each import is a process of its own, `python -m referral_hub.bench.imports FOLDER SOURCE`, which says in one line what it took.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from referral_hub.bench.hsds_documents import Size, write_directory
from referral_hub.bench.network import NOW
from referral_hub.errors import Unavailable
from referral_hub.matching.criteria import parse_rule
from referral_hub.matching.suggestions import suggest_rules
from referral_hub.partners.imports.command import run_import
from referral_hub.partners.imports.plan import KindCount
from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.storage.tables.directory import IN_ORDER
from referral_hub.unit_of_work import Hub

CHANGED = 0.01
_NETWORK = "bench"
_STEPS = (("new", 0.0), ("again", 0.0), ("1 % changed", CHANGED))


class Took(Struct, frozen=True, kw_only=True):
    """What one import took; memory is the most that its process held, in MiB."""

    seconds: float
    processor_seconds: float
    memory_mib: float
    counts: dict[str, KindCount]
    rows: int
    """Of the directory's tables, when it was done."""
    database_mib: float

    def count(self, name: str) -> int:
        """Records of all kinds that were `added`, `changed`, `unchanged` or `removed`."""
        return sum(getattr(count, name) for count in self.counts.values())


class ImportReport(Struct, frozen=True, kw_only=True):
    """What was measured of one size."""

    written: Size
    steps: dict[str, Took]


def run_import_bench(sizes: Sequence[int], seed: int, tell: Callable[[str], None]) -> list[ImportReport]:
    """Every size in a hub of its own."""
    return [_run_size(size, seed, tell) for size in sizes]


def _run_size(size: int, seed: int, tell: Callable[[str], None]) -> ImportReport:
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name:
        folder, steps = Path(name), {}
        hub = Hub(Settings(data_dir=folder, now=NOW))
        migrate(hub.database)
        hub.close()
        held: tuple[float, Size] | None = None
        for step, changed in _STEPS:
            if held is None or held[0] != changed:
                tell(f"{size:,}: writing the source")
                held = changed, write_directory(folder / "source", size, seed, changed=changed)
            tell(f"{size:,}: importing, {step}")
            steps[step] = _import(folder)
        assert held is not None
        return ImportReport(written=held[1], steps=steps)


def _import(folder: Path) -> Took:
    command = [sys.executable, "-m", "referral_hub.bench.imports", str(folder), str(folder / "source")]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # our own program
    if done.returncode:
        raise Unavailable(f"The import failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Took)


def import_once(folder: Path, source: Path) -> Took:
    """Do what `referral-hub import` does, in the hub of a folder."""
    start = time.perf_counter()
    hub = Hub(Settings(data_dir=folder, now=NOW))
    summary = run_import(
        hub,
        source,
        "hsds-json",
        network=_NETWORK,
        check_rule=parse_rule,
        afterwards=lambda work: suggest_rules(work).sentence(),
        tell=lambda _line: None,
    )
    hub.close()
    seconds, used = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    hub = Hub(Settings(data_dir=folder, now=NOW))
    with hub.database.read() as connection:
        rows = sum(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in IN_ORDER)
    hub.close()
    return Took(
        seconds=seconds,
        processor_seconds=used.ru_utime + used.ru_stime,
        memory_mib=_most_held(used.ru_maxrss),
        counts=summary.counts,
        rows=rows,
        database_mib=sum(file.stat().st_size for file in folder.glob("hub.sqlite*")) / 2**20,
    )


def _most_held(told: int) -> float:
    """The most memory of this process in MiB; what the system tells of a child may be that of who started it."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return told / (1 << (20 if sys.platform == "darwin" else 10))
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def write_import_table(reports: Sequence[ImportReport]) -> str:
    """Markdown: one row a size and step."""
    lines = [
        "| services | source, MiB | import | s | of the processor, s | memory, MiB | added | changed | unchanged | rows | database, MiB |",
        f"|{' --- |' * 11}",
    ]
    for report in reports:
        for step, took in report.steps.items():
            cells = (
                f"{report.written.services:,}",
                f"{report.written.bytes / 2**20:,.0f}",
                step,
                f"{took.seconds:.1f}",
                f"{took.processor_seconds:.1f}",
                f"{took.memory_mib:.0f}",
                *(f"{took.count(name):,}" for name in ("added", "changed", "unchanged")),
                f"{took.rows:,}",
                f"{took.database_mib:,.0f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    took = import_once(Path(sys.argv[1]), Path(sys.argv[2]))
    sys.stdout.write(msgspec.json.encode(took).decode() + "\n")
