"""Another process: it holds the match index of a hub and says, line by line, how long it took and what it sees.

`python -m referral_hub.bench.probe FOLDER`; each line in is a request of POST /api/matches, each line out an
answer as JSON. The first line out comes by itself, once the index is there.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec
from msgspec import Struct

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.network import NOW
from referral_hub.matching.actions import rank_services
from referral_hub.matching.facts import MatchRequest
from referral_hub.matching.index import index_of
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub


class Said(Struct):
    """`follow_ms`: to bring the index to the database's number; `match_ms`: the match after that; memory in MiB."""

    follow_ms: float
    match_ms: float
    ids: list[str]
    resident: float
    proportional: float


def answer_lines(folder: Path) -> None:
    """Until there is no more input."""
    hub = Hub(Settings(data_dir=folder, now=NOW))
    _say(_follow(hub), 0, [])
    for line in sys.stdin:
        request = msgspec.json.decode(line, type=MatchRequest)
        followed = _follow(hub)
        start = time.perf_counter()
        with hub.read(COMMAND_LINE) as work:
            hits = rank_services(work, request)
        _say(followed, (time.perf_counter() - start) * 1000, [str(hit.listing_id) for hit in hits])
    hub.close()


def _follow(hub: Hub) -> float:
    start = time.perf_counter()
    with hub.read(COMMAND_LINE) as work:
        index_of(work)
    return (time.perf_counter() - start) * 1000


def _say(follow_ms: float, match_ms: float, ids: list[str]) -> None:
    resident, proportional = memory_of("self")
    sys.stdout.write(msgspec.json.encode(Said(follow_ms, match_ms, ids, resident, proportional)).decode() + "\n")
    sys.stdout.flush()


def memory_of(process: int | str) -> tuple[float, float]:
    """(resident, proportional) set of a process in MiB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0, 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:]}
    return sizes.get("Rss", 0.0), sizes.get("Pss", 0.0)


if __name__ == "__main__":
    answer_lines(Path(sys.argv[1]))
