"""`referral-hub bench search`: the directory search on a made-up network, over HTTP with one worker, and its recall of slips."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench import load as http
from referral_hub.bench.dice import Dice
from referral_hub.bench.network import NOW
from referral_hub.bench.places import Country, read_country
from referral_hub.bench.probe import memory_of
from referral_hub.bench.stage import open_stage
from referral_hub.bench.vocabulary import FIRST, KIND, PLAIN, make_slip, rare_words
from referral_hub.matching.directory_search import directory_of
from referral_hub.matching.search.model import SearchQuery
from referral_hub.partners import taxonomy
from referral_hub.partners.synonyms import MEANINGS
from referral_hub.partners.words import split_words
from referral_hub.ports import SearchIndex
from referral_hub.unit_of_work import Hub

LETTERS = "abcdefghijklmnopqrstuvwxyz"
CONNECTIONS = (1, 4, 16)
Tell = Callable[[str], None]


class SearchPlan(Struct, frozen=True, kw_only=True):
    """What to measure."""

    services: int
    requests: int
    slips: int
    seed: int
    seconds: float
    country: Country | None = None


class SearchReport(Struct, kw_only=True):
    """What was measured."""

    services: int
    requests: int
    filled_seconds: float = 0
    build_seconds: float = 0
    follow_ms: float = 0
    """From a change of one listing's name to the first search that knows it, median; the search included."""
    serving_mib: float = 0
    """Of the worker that answered, match index included."""
    slips: int = 0
    recall: float = 0
    """Of words with one edit, how many find a listing of the word on the first page."""
    http: dict[int, http.Load] = {}
    """By connections that ask at once."""
    cpu_ms: float = 0
    """Of the worker's processor for one request from one connection: what does not depend on who else uses the machine."""


def run_search_bench(plan: SearchPlan, tell: Tell) -> SearchReport:
    """Everything."""
    report = SearchReport(services=plan.services, requests=plan.requests)
    country = plan.country or read_country()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        tell(f"{plan.services:,}: filling a hub")
        start = time.perf_counter()
        hub, token = open_stage(folder, plan.services, plan.seed, plan.country)
        report.filled_seconds = time.perf_counter() - start
        stack.callback(hub.close)
        tell("building the index")
        start = time.perf_counter()
        with hub.read(COMMAND_LINE) as work:
            index = directory_of(work).index
        report.build_seconds = time.perf_counter() - start
        tell("making slips")
        report.slips, report.recall = measure_recall(index, make_slips(hub, plan.slips, plan.seed))
        tell("changing listings")
        report.follow_ms = _measure_following(hub)
        paths = make_paths(plan.requests, plan.seed, country)
        tell("serving over HTTP")
        server = stack.enter_context(http.served(folder, None, folder / "served.log"))
        http.read(server.port, token, paths, plan.seconds / 2, 1)  # the first round makes warm
        for connections in CONNECTIONS:
            before = processor_seconds(server.process)
            load = report.http[connections] = http.read(server.port, token, paths, plan.seconds, connections)
            if connections == 1:
                answered = load.requests_a_second * plan.seconds + http.WARMING
                report.cpu_ms = (processor_seconds(server.process) - before) / answered * 1000
        report.serving_mib = memory_of(server.process)[0]
    return report


def make_paths(count: int, seed: int, country: Country) -> list[str]:
    """Searches as people make them: words, half of them with a slip or half typed, often near a ZIP code, sometimes narrowed."""
    dice = Dice(seed, 2_000_003)
    return [f"/api/services?{urlencode(_search(dice, country))}" for _ in range(count)]


def _search(dice: Dice, country: Country) -> list[tuple[str, str]]:
    words = _words(dice)
    if dice.below(0.4):
        place = dice.whole(0, len(words) - 1)
        if len(words[place]) >= 4:
            words[place] = make_slip(dice, words[place])
    if dice.below(0.2) and len(words[-1]) > 4:
        words[-1] = words[-1][: dice.whole(3, 5)]
    query = [("search", " ".join(words))]
    if dice.below(0.6):
        query.append(("near", country.draw(dice).code))
        if dice.below(0.5):
            query.append(("within_m", str(dice.pick((3_219, 8_047, 16_093, 40_234)))))
    narrowed = (("language", "es", 0.15), ("open_now", "true", 0.15), ("no_documents", "true", 0.1))
    query += [(name, value) for name, value, share in narrowed if dice.below(share)]
    if dice.below(0.15):
        query.append(("taxonomy", dice.pick(taxonomy.TERMS).code))
    return query


def _words(dice: Dice) -> list[str]:
    kind = dice.throw()
    if kind < 0.3:
        return dice.pick(taxonomy.TERMS).name.lower().split()[:3]
    if kind < 0.5:
        return dice.pick(dice.pick(MEANINGS)).split()
    if kind < 0.75:
        return [dice.pick_early(PLAIN, 1.6) for _ in range(dice.whole(1, 3))]
    if kind < 0.9:
        return [dice.pick(FIRST).lower(), dice.pick(KIND).lower()]
    return [dice.pick_early(rare_words(), 3.5).lower()]


def make_slips(hub: Hub, count: int, seed: int) -> list[tuple[str, str]]:
    """(word, the word with one edit) of words that stand in listings: a letter dropped, added, changed, or two swapped, anywhere."""
    known: set[str] = set()
    with hub.read(COMMAND_LINE) as work:
        for row in work.listings.rows():
            known.update(split_words(row.description), split_words(row.other_names))
    words = sorted(word for word in known if len(word) >= 4 and word.isascii() and word.isalpha())
    dice = Dice(seed, 3_000_003)
    made: list[tuple[str, str]] = []
    while len(made) < count and words:
        word = dice.pick(words)
        slip = edit(dice, word)
        # A slip that is another word of the directory is that word: nobody can tell.
        if slip != word and slip not in known:
            made.append((word, slip))
    return made


def edit(dice: Dice, word: str) -> str:
    """A word with one edit at any of its places."""
    place, letter = dice.whole(0, len(word) - 1), dice.pick(LETTERS)
    kind = dice.whole(0, 3)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + letter + word[place:]
    if kind == 2:  # the third way
        return word[:place] + letter + word[place + 1 :]
    return word[:place] + word[place + 1 : place + 2] + word[place] + word[place + 2 :]


def measure_recall(index: SearchIndex, slips: Sequence[tuple[str, str]]) -> tuple[int, float]:
    """(how many slips were tried, share whose whole list of hits has every listing of the word)."""
    found = 0
    for word, slip in slips:
        wanted = index.search(SearchQuery(now=NOW, text=f"{word} ", count=100))
        got = index.search(SearchQuery(now=NOW, text=f"{slip} ", count=1_000_000))
        found += bool(wanted.ids) and set(wanted.ids) <= set(got.ids)
    return len(slips), found / len(slips) if slips else 0.0


def processor_seconds(process: int) -> float:
    """How long a process has been on a processor; 0 where the system does not tell."""
    stat = Path(f"/proc/{process}/stat")
    if not stat.is_file():
        return 0.0
    fields = stat.read_text(encoding="utf-8").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measure_following(hub: Hub, times: int = 20) -> float:
    """Milliseconds from a change to a search that knows it, median."""
    took = []
    with hub.read(COMMAND_LINE) as work:
        rows = [row for row, _ in zip(work.listings.rows(), range(times), strict=False)]
    for number, row in enumerate(rows):
        with hub.begin(COMMAND_LINE) as work:
            work.listings.put([replace(row, description=f"{row.description} changedword{number}")])
        start = time.perf_counter()
        with hub.read(COMMAND_LINE) as work:
            found = directory_of(work).index.search(SearchQuery(now=NOW, text=f"changedword{number} "))
        took.append(time.perf_counter() - start)
        if found.ids != [row.id]:
            raise AssertionError("a change was not found")
    return statistics.median(took) * 1000


def write_search_table(report: SearchReport) -> str:
    """The figures as Markdown."""
    lines = [
        f"| the directory search at {report.services:,} services | |",
        "| --- | --- |",
        f"| building the index, s | {report.build_seconds:.1f} |",
        f"| a change until it is found, median ms | {report.follow_ms:.1f} |",
        f"| memory of the worker that answered, MiB | {report.serving_mib:,.0f} |",
        f"| recall of {report.slips:,} single-edit slips | {report.recall:.4f} |",
    ]
    if report.cpu_ms:
        lines.append(f"| processor of the worker for one request, mean ms | {report.cpu_ms:.1f} |")
    for connections, load in report.http.items():
        figures = f"{load.p50_ms:.1f} / {load.p95_ms:.1f}; {load.requests_a_second:,.0f} a second"
        failed = f", {load.failed} failed" if load.failed else ""
        lines.append(f"| HTTP from {connections} connection{'s' * (connections > 1)}, p50 / p95 ms | {figures}{failed} |")
    return "\n".join(lines)
