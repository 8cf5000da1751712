"""Everything as one stream of lines: whole, of one moment, in little memory, and never in the way of others."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from litestar.exceptions.base_exceptions import LitestarException
from litestar.testing import TestClient

from referral_hub.actors import COMMAND_LINE
from referral_hub.api import lines
from referral_hub.api.lines import Lines, stream_lines
from referral_hub.app import create_app
from referral_hub.partners.model import DirectoryRows
from referral_hub.unit_of_work import Hub
from tests.apart import run_apart
from tests.partners.folders import service_ids
from tests.partners.many_services import fill
from tests.partners.open_directory import page

OK = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


class Reader:
    """A client of the application itself: takes part after part, and may go away or stop taking."""

    def __init__(self, app: Litestar, path: str, *, parts: int | None = None, take: Callable[[int], Any] | None = None, keep: bool = True) -> None:
        self.app = app
        self.path, _, self.query = path.partition("?")
        self.parts, self.take, self.keep = parts, take, keep
        self.status, self.body, self.seen, self.ended = 0, b"", 0, False
        self._gone = asyncio.Event()

    async def read(self) -> Reader:
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": self.path,
            "raw_path": self.path.encode(), "query_string": self.query.encode(), "root_path": "", "headers": [(b"host", b"testserver.local")],
            "client": ("127.0.0.1", 1), "server": ("testserver.local", 80), "state": {}, "extensions": {},
        }  # fmt: skip
        await self.app(scope, self._receive, self._send)
        return self

    async def _receive(self) -> Any:
        await self._gone.wait()
        return GONE

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        self.seen += bool(message["body"])
        if self.keep:
            self.body += message["body"]
        if self.take is not None and message["body"]:
            await self.take(self.seen)
        if self.seen == self.parts or not message.get("more_body"):
            self.ended = not message.get("more_body")
            self._gone.set()
            await asyncio.sleep(0)


@pytest.fixture
def app(hub: Hub) -> Litestar:
    return create_app(hub.settings, hub)


def held(hub: Hub) -> int:
    """Connections to the database that somebody holds."""
    return int(hub.database.engine.pool.checkedout())  # type: ignore[attr-defined]


def free_turns() -> int:
    return int(lines._turns._value)


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to that")


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("services", {}), ("services", {"full": "true"}), ("services", {"minimal": "true"}), ("services", {"search": "pantry"}),
        ("service_at_locations", {}), ("service_at_locations", {"full": "true"}), ("service_at_locations", {"postcode": "21230", "proximity": "9000"}),
        ("organizations", {}), ("organizations", {"full_service": "true"}), ("taxonomies", {}), ("taxonomy_terms", {}),
    ],
)  # fmt: skip
def test_the_lines_are_the_records_of_all_pages(open_directory: TestClient, network: Hub, kind: str, asked: dict[str, str]) -> None:
    first = page(open_directory, kind, per_page=100, **asked)
    paged = [one for number in range(1, first["total_pages"] + 1) for one in page(open_directory, kind, per_page=100, page=number, **asked)["contents"]]
    answer = open_directory.get(f"/hsds/{kind}", params={**asked, "format": "ndjson", "per_page": 3})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    read = [json.loads(line) for line in answer.text.splitlines()]
    assert read == sorted(paged, key=lambda one: one["id"])
    assert len(read) == first["total_items"] > 0
    assert (held(network), free_turns()) == (0, lines.MOST_AT_ONCE)


def test_nothing_found_is_an_empty_answer_and_a_stream_may_come_compressed(hub: Hub, sample: Hub) -> None:
    with TestClient(create_app(hub.settings, hub)) as client:
        assert client.get("/hsds/services?format=ndjson&search=nowhere").content == b""
        with client.stream("GET", "/hsds/services?format=ndjson&full=true", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            body = gzip.decompress(b"".join(answer.iter_raw()))
        assert len(body.splitlines()) == 3


def peak_of(app: Litestar, path: str) -> int:
    """Bytes of Python's memory that were needed at once beyond those before, while nobody kept what was sent."""

    async def ask() -> Reader:
        return await Reader(app, path, keep=False).read()

    run_apart(ask())  # what is made once
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        reader = run_apart(ask())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reader.status == 200
    assert reader.ended
    return peak - before


@pytest.mark.slow
def test_ten_times_as_many_services_need_no_more_memory(hub: Hub, app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/hsds/services?format=ndjson&full=true"
    fill(hub, 300)
    few = peak_of(app, path)
    fill(hub, 2_700)
    many = peak_of(app, path)
    assert many < few * 1.3, f"{few:,} bytes for 300 services, {many:,} for 3,000"
    with TestClient(app) as client:
        assert client.get("/hsds/services?per_page=1").json()["total_items"] == 3_000


def test_a_client_that_goes_away_leaves_nothing_open(hub: Hub, app: Litestar) -> None:
    fill(hub, 450)

    async def leave() -> None:
        reader = await Reader(app, "/hsds/services?format=ndjson", parts=2).read()
        assert (reader.status, reader.seen, reader.ended) == (200, 2, False)
        await until(lambda: (held(hub), free_turns()) == (0, lines.MOST_AT_ONCE))

    run_apart(leave())


def test_a_client_that_takes_nothing_is_given_up(hub: Hub, app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE_S", 0.05)
    fill(hub, 450)

    async def stall() -> None:
        stalled = asyncio.Event()

        async def take(_seen: int) -> None:
            await stalled.wait()

        reader = Reader(app, "/hsds/services?format=ndjson", take=take)
        asking = asyncio.create_task(reader.read())
        await until(lambda: reader.seen == 1)
        await until(lambda: (held(hub), free_turns()) == (0, lines.MOST_AT_ONCE))
        assert not asking.done()
        stalled.set()
        with pytest.raises(LitestarException, match="after response started"):
            await asking
        assert not reader.ended, "so the client knows that something is missing"

    run_apart(stall())


def test_a_stream_tells_of_one_moment(hub: Hub, app: Litestar) -> None:
    fill(hub, 450)

    async def change() -> Reader:
        async def take(seen: int) -> None:
            if seen == 1:
                await asyncio.to_thread(rename_all)

        return await Reader(app, "/hsds/services?format=ndjson", take=take).read()

    def rename_all() -> None:
        with hub.begin(COMMAND_LINE) as work:
            services = work.directory.records("service", service_ids(work))
            work.directory.save(DirectoryRows(service=[msgspec.structs.replace(one, name="Anew") for one in services.values()]))
            work.directory.delete("attribute", [one.id for one in work.directory.children_of("attribute", "link_id", services)])

    reader = run_apart(change())
    told = [json.loads(line)["name"] for line in reader.body.splitlines()]
    assert len(told) == 450
    assert not [name for name in told if name == "Anew"]
    with TestClient(app) as client:
        assert client.get("/hsds/services?per_page=1").json()["contents"][0]["name"] == "Anew"


def test_so_many_streams_at_once_and_no_more(hub: Hub, app: Litestar) -> None:
    fill(hub, 250)

    async def crowd() -> None:
        go_on = asyncio.Event()

        async def take(_seen: int) -> None:
            await go_on.wait()

        readers = [Reader(app, "/hsds/services?format=ndjson", take=take) for _ in range(lines.MOST_AT_ONCE)]
        asking = [asyncio.create_task(reader.read()) for reader in readers]
        await until(lambda: all(reader.seen for reader in readers))
        refused = await Reader(app, "/hsds/services?format=ndjson").read()
        assert (refused.status, json.loads(refused.body)["code"]) == (503, "unavailable")
        paged = await Reader(app, "/hsds/services").read()
        assert paged.status == 200
        go_on.set()
        await asyncio.gather(*asking)
        assert all(reader.ended and reader.body.count(b"\n") == 250 for reader in readers)
        assert (await Reader(app, "/hsds/services?format=ndjson").read()).status == 200

    run_apart(crowd())
    assert (held(hub), free_turns()) == (0, lines.MOST_AT_ONCE)


def test_the_loop_goes_on_while_a_part_is_made() -> None:
    made = threading.Event()

    def parts() -> Iterator[list[dict[str, object]]]:
        assert made.wait(10), "only the loop can let this go on"
        yield [{"id": 1}]

    async def ask() -> list[Any]:
        asyncio.get_running_loop().call_later(0.05, made.set)
        stream = stream_lines(Lines(parts(), lambda: None), {}).iterator
        assert isinstance(stream, AsyncIterator)
        return [part async for part in stream]

    assert run_apart(ask()) == [b'{"id":1}\n']


def test_what_goes_wrong_on_the_way_lets_go_of_everything(hub: Hub, app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(hub, 250)
    from referral_hub.storage.open_directory import OpenDirectoryStore

    whole, calls = OpenDirectoryStore.service_rows, []

    def fail_later(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the disk is gone")
        return whole(*given, **named)

    monkeypatch.setattr(OpenDirectoryStore, "service_rows", fail_later)

    async def ask() -> Reader:
        reader = Reader(app, "/hsds/services?format=ndjson")
        with pytest.raises(LitestarException, match="after response started"):
            await reader.read()
        return reader

    reader = run_apart(ask())
    assert (reader.status, reader.ended) == (200, False)
    deadline = time.monotonic() + 5
    while (held(hub), free_turns()) != (0, lines.MOST_AT_ONCE) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (held(hub), free_turns()) == (0, lines.MOST_AT_ONCE)
