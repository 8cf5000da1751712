"""How soon a change of the directory is part of a match: in this process, and in another one."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.network import NOW
from referral_hub.bench.probe import Said
from referral_hub.bench.stage import put_changed, read_stage
from referral_hub.errors import Unavailable
from referral_hub.matching.actions import rank_services
from referral_hub.matching.facts import MatchRequest
from referral_hub.matching.index import index_of, use_finder
from referral_hub.partners.listing import Capacity, Listing
from referral_hub.unit_of_work import Hub

MANY = 10_000
CLOSURES = 21
"""So many single changes, one after the other; the medians are told."""


class Applied(Struct, frozen=True):
    """Milliseconds to take over one change and many: here, and in another process; `seen` by its next match, every time."""

    one_here: float
    one_there: float
    many_here: float
    many_there: float
    seen: bool


class Probe:
    """The other process; see bench.probe."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "referral_hub.bench.probe", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.first = self._hear()

    def ask(self, request: MatchRequest) -> Said:
        """What it answers to a request."""
        if self._process.stdin is None:
            raise Unavailable("The other process hears nothing.")
        self._process.stdin.write(msgspec.json.encode(request).decode() + "\n")
        self._process.stdin.flush()
        return self._hear()

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _hear(self) -> Said:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise Unavailable("The other process ended.")
        return msgspec.json.decode(line, type=Said)


def measure_changes(hub: Hub, requests: Sequence[MatchRequest], probe: Probe) -> Applied:
    """Closes services one by one, each the first of some request, then changes the room of 10,000."""
    with hub.read(COMMAND_LINE) as work:
        use_finder(hub, index_of(work)[0])
        asked = [(one, hits[0].listing_id) for one in requests[:400] if len(hits := rank_services(work, one)) > 1]
        first = {listing_id: work.listings.some([listing_id])[listing_id] for _, listing_id in asked[:CLOSURES]}
        words = work.listings.words(list(first))
    here, there, seen = [], [], True
    for request, listing_id in asked[:CLOSURES]:
        put_changed(hub, [(msgspec.structs.replace(first[listing_id], active=False), " ".join(words[listing_id]))])
        here.append(_follow(hub))
        said = probe.ask(request)
        there.append(said.follow_ms)
        seen = seen and str(listing_id) not in said.ids
    put_changed(hub, [(_with_room(one), text) for one, text in islice(read_stage(hub), MANY)])
    many_here, said = _follow(hub), probe.ask(requests[0])
    return Applied(statistics.median(here), statistics.median(there), many_here, said.follow_ms, seen)


def _follow(hub: Hub) -> float:
    start = time.perf_counter()
    with hub.read(COMMAND_LINE) as work:
        index_of(work)
    return (time.perf_counter() - start) * 1000


def _with_room(listing: Listing) -> Listing:
    room = listing.capacity or Capacity(0, "slots", NOW)
    return msgspec.structs.replace(listing, capacity=msgspec.structs.replace(room, available=room.available + 1))
