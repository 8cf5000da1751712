"""`referral-hub bench match`: the hub's matching beside an oracle and beside PostGIS, at several sizes, in one run."""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from msgspec import Struct

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench import load as http
from referral_hub.bench.changes import MANY, Applied, Probe, measure_changes
from referral_hub.bench.measure import Times, compare, count_agreeing, explain, rank
from referral_hub.bench.network import NOW
from referral_hub.bench.oracle import Answer, Oracle, request_json
from referral_hub.bench.places import Country
from referral_hub.bench.postgis import PostgisFinder, Settler
from referral_hub.bench.postgis_load import load
from referral_hub.bench.postgis_server import PostgisServer, why_not
from referral_hub.bench.probe import memory_of
from referral_hub.bench.requests import make_requests
from referral_hub.bench.served import keep_for_served
from referral_hub.bench.stage import PARENTS, open_stage, read_stage
from referral_hub.matching.facts import MatchRequest
from referral_hub.matching.index import index_of, keep_index, snapshot_path
from referral_hub.matching.match_index import Finder, MatchIndex
from referral_hub.unit_of_work import Hub

INDEX, POSTGIS = "index", "postgis"
HTTP_ROUNDS = 4
Tell = Callable[[str], None]


class Plan(Struct, frozen=True, kw_only=True):
    """What to measure."""

    sizes: Sequence[int]
    requests: int
    rounds: int
    seed: int
    with_postgis: bool
    http_seconds: float
    country: Country | None = None


class SizeReport(Struct, kw_only=True):
    """What was measured at one size; times in milliseconds by finder."""

    size: int
    requests: int
    filled_seconds: float = 0
    build_seconds: float = 0
    save_seconds: float | None = None
    """None: too small to be worth a snapshot."""
    start_seconds: float = 0
    """Another process, from the snapshot where there is one, until the index is there."""
    resident_mib: float = 0
    proportional_mib: float = 0
    serving_mib: float = 0
    """Of the worker that answered over HTTP, after all that was asked of it."""
    oracle_seconds: float = 0
    agreeing: dict[str, int] = {}
    disagreeing: dict[str, list[int]] = {}
    """The first requests that differ from the oracle."""
    ids: dict[str, Times] = {}
    whole: dict[str, Times] = {}
    http: dict[str, http.Load] = {}
    postgis_seconds: float = 0
    postgis_mib: float = 0
    changes: Applied | None = None
    skipped: str = ""
    """Why PostGIS was not measured."""


def run_match_bench(plan: Plan, tell: Tell) -> list[SizeReport]:
    """Everything, size after size."""
    return [_run_size(plan, size, tell) for size in plan.sizes]


def _run_size(plan: Plan, size: int, tell: Tell) -> SizeReport:
    requests = make_requests(plan.requests, plan.seed, plan.country)
    report = SizeReport(size=size, requests=len(requests))
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        tell(f"{size:,}: filling a hub")
        report.filled_seconds, (hub, token) = _timed(lambda: open_stage(folder, size, plan.seed, plan.country))
        stack.callback(hub.close)
        tell(f"{size:,}: building the index")
        report.build_seconds, index = _timed(lambda: _index_of(hub))
        report.save_seconds = _save(hub)
        tell(f"{size:,}: starting another process")
        probe = Probe(folder)
        stack.callback(probe.close)
        report.start_seconds = probe.first.follow_ms / 1000
        report.resident_mib, report.proportional_mib = probe.first.resident, probe.first.proportional
        tell(f"{size:,}: asking the oracle")
        report.oracle_seconds, answers = _timed(lambda: ask_oracle(hub, requests))
        finders: dict[str, Finder] = {INDEX: index}
        kept = None
        report.skipped = why_not() if plan.with_postgis else "not asked for"
        if not report.skipped:
            tell(f"{size:,}: loading PostGIS")
            kept = folder / "postgis.pickle"
            finders[POSTGIS] = _load_postgis(hub, index, kept, report, stack)
        for finder_name, finder in finders.items():
            tell(f"{size:,}: {finder_name} against the oracle")
            report.agreeing[finder_name], wrong = count_agreeing(hub, requests, answers, finder)
            report.disagreeing[finder_name] = wrong[:20]
        tell(f"{size:,}: measuring")
        report.ids = compare(hub, requests, finders, rank, plan.rounds, plan.seed)
        report.whole = compare(hub, requests, finders, explain, plan.rounds, plan.seed + 1)
        _measure_http(folder, kept, token, requests, plan, report, tell)
        if size > MANY:
            tell(f"{size:,}: changing listings")
            report.changes = measure_changes(hub, requests, probe)
    gc.collect()
    return report


def ask_oracle(hub: Hub, requests: Sequence[MatchRequest]) -> list[Answer]:
    """What each request must be answered with."""
    oracle = Oracle(read_stage(hub), PARENTS, NOW)
    return [oracle.answer(request_json(request)) for request in requests]


def _index_of(hub: Hub) -> Any:
    with hub.read(COMMAND_LINE) as work:
        return index_of(work)[0]


def _save(hub: Hub) -> float | None:
    """Seconds to write the snapshot; None where the hub thinks it not worth one."""
    with hub.read(COMMAND_LINE) as work:
        seconds, _ = _timed(lambda: keep_index(hub, work))
    return seconds if snapshot_path(hub).is_file() else None


def _load_postgis(hub: Hub, index: MatchIndex, kept: Path, report: SizeReport, stack: ExitStack) -> PostgisFinder:
    server = stack.enter_context(PostgisServer())
    with psycopg.connect(server.address) as connection:
        report.postgis_seconds, catalog = _timed(lambda: load(connection, read_stage(hub), PARENTS, NOW))
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        report.postgis_mib = (found[0] if found else 0) / 2**20
    keep_for_served(kept, server.address, catalog)
    finder = PostgisFinder(server.address, catalog, Settler(index, catalog))
    stack.callback(finder.close)
    return finder


def _measure_http(
    folder: Path, kept: Path | None, token: str, requests: Sequence[MatchRequest], plan: Plan, report: SizeReport, tell: Tell
) -> None:
    """Both are served all the time and asked in turn, for a quarter of the time each: a machine is not always as quick."""
    bodies = [msgspec.json.encode(request) for request in requests]
    names = (INDEX, POSTGIS) if kept else (INDEX,)
    taken: dict[str, list[http.Load]] = {name: [] for name in names}
    with ExitStack() as stack:
        tell(f"serving {' and '.join(names)} over HTTP")
        servers = {name: http.served(folder, kept if name == POSTGIS else None, folder / f"{name}.log") for name in names}
        up = {name: stack.enter_context(server) for name, server in servers.items()}
        for counted in range(HTTP_ROUNDS + 1):
            for name, server in up.items():
                load = http.ask(server.port, token, bodies, plan.http_seconds / HTTP_ROUNDS)
                taken[name] += [load] if counted else []  # the first round makes warm
        report.serving_mib = memory_of(up[INDEX].process)[0]
    report.http = {name: http.median_of(loads) for name, loads in taken.items()}


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    done = do()
    return time.perf_counter() - start, done
