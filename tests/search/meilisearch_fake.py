"""A small search server on 127.0.0.1 with the endpoints of Meilisearch that the hub uses: honest, or misbehaving as it is told to.

It is no Meilisearch: words are found by their beginning or one edit, and by the synonyms it was given. What it holds
strictly to are the things that the hub must get right: keys and what they allow, tasks, settings before filters,
swapping, and the shapes of answers as https://www.meilisearch.com/docs/reference/api tells them.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import asin, cos, radians, sin, sqrt
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz.distance import OSA

MASTER = "the-master-key-of-the-fake"  # pragma: allowlist secret
NOW = "2026-11-23T14:00:00.000000Z"
Documents = dict[str, dict[str, Any]]


class Index:
    """Documents by id, and the settings."""

    def __init__(self) -> None:
        self.documents: Documents = {}
        self.settings: dict[str, Any] = {}


class Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        self.status, self.code = status, code


class MeilisearchFake(ThreadingHTTPServer):
    """`asked` keeps (method, path, key) of every request; `behave` sends the answer, `lie` may change hits, `fails` counts down."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, str]] = []
        self.bodies: list[Any] = []
        self.indexes: dict[str, Index] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.tasks: list[dict[str, Any]] = []
        self.behave: Behaviour = answer_well
        self.lie: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] = list
        self.fails = 0
        self.task_status = "succeeded"
        self.over = threading.Event()
        self.lock = threading.Lock()

    def handle_error(self, *_args: Any) -> None:
        """A hub that hangs up on a slow answer is no fault here."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def setting(self) -> str:
        return f"meilisearch+http://{MASTER}@127.0.0.1:{self.server_address[1]}"

    # What it does

    def answer(self, method: str, path: str, key: str, body: Any) -> tuple[int, Any]:
        """(status, JSON) of one request."""
        parts = path.strip("/").split("/")
        if parts[0] == "multi-search":
            return 200, {"results": [self._search(query, key) for query in body["queries"]]}
        if key != MASTER:
            raise Refused(403, "invalid_api_key")
        known: Callable[[list[str], Any], tuple[int, Any]] = getattr(self, f"_{method.lower()}_{parts[0].replace('-', '_')}")
        return known(parts[1:], body)

    def _get_version(self, _parts: list[str], _body: Any) -> tuple[int, Any]:
        return 200, {"pkgVersion": "0.0.0", "commitSha": "none", "commitDate": NOW}

    def _get_keys(self, parts: list[str], _body: Any) -> tuple[int, Any]:
        if parts[0] not in self.keys:
            raise Refused(404, "api_key_not_found")
        return 200, self.keys[parts[0]]

    def _post_keys(self, _parts: list[str], body: Any) -> tuple[int, Any]:
        made = {**body, "key": f"key-of-{body['uid']}", "createdAt": NOW, "updatedAt": NOW}
        self.keys[body["uid"]] = made
        return 201, made

    def _get_tasks(self, parts: list[str], _body: Any) -> tuple[int, Any]:
        return 200, self.tasks[int(parts[0])]

    def _get_indexes(self, parts: list[str], _body: Any) -> tuple[int, Any]:
        if parts[0] not in self.indexes:
            raise Refused(404, "index_not_found")
        return 200, {"uid": parts[0], "primaryKey": "id", "createdAt": NOW, "updatedAt": NOW}

    def _post_indexes(self, parts: list[str], body: Any) -> tuple[int, Any]:
        if not parts:
            self.indexes.setdefault(body["uid"], Index())
            return self._task("indexCreation")
        if parts[1:] == ["documents"]:
            self._index(parts[0]).documents.update({one["id"]: one for one in body})
            return self._task("documentAdditionOrUpdate")
        assert parts[1:] == ["documents", "delete"]
        index = self._index(parts[0])
        for one in [one for one in index.documents.values() if passes(one, [body["filter"]], index.settings)]:
            del index.documents[one["id"]]
        return self._task("documentDeletion")

    def _patch_indexes(self, parts: list[str], body: Any) -> tuple[int, Any]:
        assert parts[1:] == ["settings"]
        self._index(parts[0]).settings.update(body)
        return self._task("settingsUpdate")

    def _delete_indexes(self, parts: list[str], _body: Any) -> tuple[int, Any]:
        if self.indexes.pop(parts[0], None) is None:
            return self._task("indexDeletion", "failed", "index_not_found")
        return self._task("indexDeletion")

    def _post_swap_indexes(self, _parts: list[str], body: Any) -> tuple[int, Any]:
        for swap in body:
            first, second = swap["indexes"]
            self.indexes[first], self.indexes[second] = self._index(second), self._index(first)
        return self._task("indexSwap")

    def _index(self, uid: str) -> Index:
        if uid not in self.indexes:
            raise Refused(404, "index_not_found")
        return self.indexes[uid]

    def _task(self, kind: str, status: str = "", code: str = "") -> tuple[int, Any]:
        status = status or self.task_status
        error = {"message": "no", "code": code or "internal", "type": "x", "link": ""} if status == "failed" else None
        uid = len(self.tasks)
        self.tasks.append({"uid": uid, "status": status, "type": kind, "enqueuedAt": NOW, "error": error, "details": None})
        return 202, {"taskUid": uid, "indexUid": None, "status": "enqueued", "type": kind, "enqueuedAt": NOW}

    def _search(self, query: dict[str, Any], key: str) -> dict[str, Any]:
        uid = query["indexUid"]
        if not any(one["key"] == key and "search" in one["actions"] and uid in one["indexes"] for one in self.keys.values()):
            raise Refused(403, "invalid_api_key")
        index = self._index(uid)
        for rule in query.get("sort", []):
            assert rule.partition("(")[0].partition(":")[0].replace("_geoPoint", "_geo") in index.settings["sortableAttributes"]
        found = [one for one in index.documents.values() if passes(one, query.get("filter", []), index.settings)]
        ranked = sorted((*rank, *sorted_by(one, query), one["id"]) for one in found if (rank := rank_of(one, query, index.settings)) is not None)
        hits = [{name: index.documents[one][name] for name in query["attributesToRetrieve"]} for *_, one in ranked[: query["limit"]]]
        return {"indexUid": uid, "hits": self.lie(hits), "query": query["q"], "limit": query["limit"], "estimatedTotalHits": len(ranked), "processingTimeMs": 0}


# Words


def words_of(text: str) -> list[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(one))
    return re.findall(r"\w+", plain)


def rank_of(document: dict[str, Any], query: dict[str, Any], settings: dict[str, Any]) -> tuple[int, ...] | None:
    """(words missing, place of the best field) of a document; None for no hit."""
    fields = [words_of(document[name]) for name in settings["searchableAttributes"]]
    typed = [word for word in words_of(query["q"]) if word not in settings["stopWords"]] or words_of(query["q"])
    if not typed:
        return None
    phrases = [typed, *(words_of(other) for other in settings["synonyms"].get(" ".join(typed), []))]
    best: tuple[int, ...] | None = None
    for phrase in phrases:
        places = [_place(word, fields, is_last=number == len(phrase) - 1 and not query["q"].endswith(" ")) for number, word in enumerate(phrase)]
        missing = places.count(None)
        needed = len(phrase) if query["matchingStrategy"] == "all" else 1
        if len(phrase) - missing >= needed:
            rank = (missing, sum(place for place in places if place is not None))
            best = rank if best is None else min(best, rank)
    return best


def sorted_by(document: dict[str, Any], query: dict[str, Any]) -> tuple[float, ...]:
    """What orders documents whose words fit alike."""
    keys: list[float] = []
    for rule in query.get("sort", []):
        name, _, way = rule.rpartition(":")
        if point := re.fullmatch(r"_geoPoint\((.+), (.+)\)", name):
            geo = document.get("_geo")
            value = _metres(float(point[1]), float(point[2]), geo["lat"], geo["lng"]) if geo else 1e9
        else:
            value = float(document[name])
        keys.append(value if way == "asc" else -value)
    return tuple(keys)


def _place(word: str, fields: list[list[str]], *, is_last: bool) -> int | None:
    slips = 0 if len(word) < 4 or not word.isalpha() else 1 if len(word) < 8 else 2
    for place, words in enumerate(fields):
        if any(OSA.distance(word, known) <= slips or (is_last and known.startswith(word)) for known in words):
            return place
    return None


# Filters


def passes(document: dict[str, Any], filters: list[str], settings: dict[str, Any]) -> bool:
    return all(any(_passes(document, part, settings) for part in one.split(" OR ")) for one in filters)


def _passes(document: dict[str, Any], part: str, settings: dict[str, Any]) -> bool:
    if radius := re.fullmatch(r"_geoRadius\((.+), (.+), (.+)\)", part):
        _need("_geo", settings)
        latitude, longitude, metres = (float(number) for number in radius.groups())
        geo = document.get("_geo")
        return geo is not None and _metres(latitude, longitude, geo["lat"], geo["lng"]) <= metres
    if one_of := re.fullmatch(r"(\w+) IN \[(.*)\]", part):
        _need(one_of[1], settings)
        given = set(json.loads(f"[{one_of[2]}]"))
        value = document[one_of[1]]
        return bool(given & set(value if isinstance(value, list) else [value]))
    equal = re.fullmatch(r"(\w+) = (.+)", part)
    assert equal, part
    _need(equal[1], settings)
    wanted, value = json.loads(equal[2]), document[equal[1]]
    return wanted in value if isinstance(value, list) else value is wanted


def _need(name: str, settings: dict[str, Any]) -> None:
    if name not in settings.get("filterableAttributes", []):
        raise Refused(400, "invalid_search_filter")


def _metres(a: float, b: float, c: float, d: float) -> float:
    half = sin(radians(c - a) / 2) ** 2 + cos(radians(a)) * cos(radians(c)) * sin(radians(d - b) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(half))


# HTTP


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MeilisearchFake

    def do_GET(self) -> None:
        self._read()

    def do_POST(self) -> None:
        self._read()

    def do_PATCH(self) -> None:
        self._read()

    def do_DELETE(self) -> None:
        self._read()

    def _read(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        path = urlsplit(self.path).path
        server = self.server
        with server.lock:
            read = json.loads(body) if body else None
            server.asked.append((self.command, path, key))
            server.bodies.append(read)
            if server.fails > 0:
                server.fails -= 1
                status, answer = 503, {"code": "busy"}
            else:
                try:
                    status, answer = server.answer(self.command, path, key, read)
                except Refused as refused:
                    status, answer = refused.status, {"message": "no", "code": refused.code, "type": "invalid_request", "link": ""}
        server.behave(self, status, answer)

    def log_message(self, *_args: Any) -> None:
        """Nothing: the tests look at what was asked instead."""

    def send_bytes(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


Behaviour = Callable[[Handler, int, Any], None]


def answer_well(handler: Handler, status: int, answer: Any) -> None:
    handler.send_bytes(status, json.dumps(answer).encode())


def answer_500(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_bytes(500, b"out of order")


def answer_garbage(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_bytes(200, b"<html>sign in to the wireless network</html>")


def answer_another_json(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_bytes(200, b'{"results": [{"hits": "none"}]}')


def answer_too_few(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_bytes(200, b'{"results": []}')


def answer_no_ids(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_bytes(200, b'{"results": [{"hits": [{"id": "seven"}]}, {"hits": []}]}')


def answer_nothing(handler: Handler, _status: int, _answer: Any) -> None:
    handler.server.over.wait(20)


def answer_by_drops(handler: Handler, _status: int, _answer: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def drip_headers(handler: Handler, _status: int, _answer: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b".")


def answer_without_end(handler: Handler, _status: int, _answer: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while not handler.server.over.is_set():
        handler.wfile.write(b"1," * 50_000)


def hang_up(handler: Handler, _status: int, _answer: Any) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def send_elsewhere(handler: Handler, _status: int, _answer: Any) -> None:
    handler.send_response(307)
    handler.send_header("Location", f"{handler.server.address}/elsewhere{handler.path}")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


MISBEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        answer_500, answer_garbage, answer_another_json, answer_too_few, answer_no_ids, answer_nothing, answer_by_drops, drip_headers,
        answer_without_end, hang_up, send_elsewhere,
    )
}  # fmt: skip


@contextmanager
def meilisearch_fake() -> Iterator[MeilisearchFake]:
    """The server, while the block runs."""
    server = MeilisearchFake()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
