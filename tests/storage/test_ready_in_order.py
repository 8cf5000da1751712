"""Two writers at once on PostgreSQL: numbers in the order of commits, and no change lost between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec.structs import replace

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.partners.listing import decode_listing
from referral_hub.partners.model import DirectoryRows, Reservation
from referral_hub.settings import Settings
from referral_hub.unit_of_work import Hub, Work
from tests.conftest import NOW
from tests.matching.network import add_listing
from tests.postgres import fresh_url
from tests.storage.ready import check_ready, number_of, rows_in

pytestmark = pytest.mark.postgres
LONG = 30
"""Seconds that a loaded machine may need; nothing waits so long."""


@pytest.fixture
def postgres_hub(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hub]:
    with fresh_url("postgres", tmp_path, request) as url:
        hub = Hub(Settings(data_dir=tmp_path, database_url=url, now=NOW))
        yield hub
        hub.close()


def rename(work: Work, service_id: object, name: str) -> None:
    (service,) = work.directory.records("service", [service_id]).values()  # type: ignore[list-item]
    work.directory.save(DirectoryRows(service=[replace(service, name=name)]))


def test_who_commits_later_has_the_higher_number_and_sees_what_the_first_one_did(postgres_hub: Hub):
    hub = postgres_hub
    listing_id = add_listing(hub)
    number = number_of(hub)
    with hub.read(COMMAND_LINE) as work:
        service = work.listings.get(listing_id).service.id
    first_has_written, second_begins = threading.Event(), threading.Event()

    def take_a_slot_first() -> int:
        with hub.begin(COMMAND_LINE) as work:
            kept = Reservation(id=new_id(), service_id=service, service_at_location_id=listing_id, since=work.now, is_answered=False)
            work.room.keep_place(kept, work.now)
            mine = work.changes.number("directory")
            first_has_written.set()
            second_begins.wait(LONG)
            time.sleep(0.3)  # the second is at the lock by now, or past it if there were none
            return mine

    def rename_meanwhile() -> int:
        first_has_written.wait(LONG)
        with hub.begin(COMMAND_LINE) as work:
            rename(work, service, "Larder")
            second_begins.set()
            return work.changes.number("directory")

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.submit(take_a_slot_first), threads.submit(rename_meanwhile)
        assert (first.result(LONG), second.result(LONG)) == (number + 1, number + 2)
    listing = decode_listing(rows_in(hub)[listing_id].record or b"")
    assert listing.capacity is not None
    assert (listing.service.name, listing.capacity.available) == ("Larder", 4)
    check_ready(hub)


def test_a_reader_never_sees_a_number_before_a_lower_one(postgres_hub: Hub):
    hub = postgres_hub
    ids = [add_listing(hub, f"Pantry {number}", organization=f"House {number}") for number in range(4)]
    with hub.read(COMMAND_LINE) as work:
        services = [work.listings.get(one).service.id for one in ids]
    start, done = number_of(hub), threading.Event()

    def write(service_id: object) -> None:
        for turn in range(6):
            with hub.begin(COMMAND_LINE) as work:
                rename(work, service_id, f"Larder {turn}")

    def follow() -> list[int]:
        """As a worker does: always on from the last number that it saw."""
        seen: list[int] = []
        held = start
        while not done.is_set() or seen[-1:] != [number_of(hub)]:
            with hub.read(COMMAND_LINE) as work:
                seen += [row.number for row in work.listings.changed_after(held)]
                held = work.changes.number("directory")
        return seen

    with ThreadPoolExecutor(5) as threads:
        follower = threads.submit(follow)
        for writer in [threads.submit(write, service_id) for service_id in services]:
            writer.result(LONG)
        done.set()
        seen = follower.result(LONG)
    # A row's own earlier numbers may be passed over, never another row's last one.
    assert seen == sorted(set(seen))
    assert {row.number for row in rows_in(hub).values()} <= set(seen)
    assert number_of(hub) == start + 24
    check_ready(hub)
