"""A small routing server on 127.0.0.1 that answers like Valhalla and like OSRM, or misbehaves as it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import asin, cos, radians, sin, sqrt
from typing import Any
from urllib.parse import parse_qs, urlsplit

Place = tuple[float, float]
KMH = {"auto": 30, "car": 30, "pedestrian": 5, "foot": 5}
DETOUR = 1.3


def seconds(mode: str, start: Place, end: Place) -> float:
    """What this server takes a way to last: a sphere, a detour and a speed of its own."""
    (a, b), (c, d) = start, end
    half = sin(radians(c - a) / 2) ** 2 + cos(radians(a)) * cos(radians(c)) * sin(radians(d - b) / 2) ** 2
    return 2 * 6371 * asin(sqrt(half)) * DETOUR / KMH[mode] * 3600


class RoutingHandler(BaseHTTPRequestHandler):
    """Answers in the shapes of the two servers' documentation; a request that is none of theirs gets a 400."""

    protocol_version = "HTTP/1.1"
    server: RoutingFake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(body)
        (home,) = [(one["lat"], one["lon"]) for one in asked["sources"]]
        points = [(one["lat"], one["lon"]) for one in asked["targets"]]
        is_known = self.path == "/sources_to_targets" and asked["costing"] in ("auto", "pedestrian") and len(points) <= 50
        self._answer(home, points, asked["costing"] if is_known else None, _like_valhalla)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        _, table, version, profile, coordinates = parts.path.split("/")
        places = [(float(pair.split(",")[1]), float(pair.split(",")[0])) for pair in coordinates.split(";")]
        query = parse_qs(parts.query, separator="&")
        wanted = [int(number) for number in query["destinations"][0].split(";")]
        is_known = (table, version, query["sources"]) == ("table", "v1", ["0"]) and profile in ("car", "foot") and len(places) <= 100
        self._answer(places[0], [places[number] for number in wanted], profile if is_known else None, _like_osrm)

    def log_message(self, *_args: Any) -> None:
        """Nothing: the tests look at what was asked instead."""

    def _answer(self, home: Place, points: list[Place], mode: str | None, shape: Callable[[list[float | None]], Any]) -> None:
        self.server.asked.append((mode, home, points))
        if mode is None or not all(abs(latitude) <= 90 for latitude, _ in (home, *points)):
            self.send_bytes(400, b'{"code":"InvalidQuery"}')
            return
        times: list[float | None] = [seconds(mode, home, point) for point in points]
        self.server.behave(self, shape(self.server.lie(times)))

    def send_bytes(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


Behaviour = Callable[[RoutingHandler, Any], None]


class RoutingFake(ThreadingHTTPServer):
    """`asked` keeps (mode, home, points) of every request; `lie` may change the times, `behave` sends the answer."""

    daemon_threads = True

    def __init__(self, handler: type[RoutingHandler] = RoutingHandler) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.asked: list[tuple[str | None, Place, list[Place]]] = []
        self.lie: Callable[[list[float | None]], list[Any]] = list
        self.behave: Behaviour = answer_well
        self.over = threading.Event()

    def handle_error(self, *_args: Any) -> None:
        """A hub that hangs up on a slow answer is no fault here."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def _like_valhalla(times: list[float | None]) -> Any:
    row = [{"from_index": 0, "to_index": place, "time": time, "distance": 1.0} for place, time in enumerate(times)]
    return {"sources_to_targets": [row], "units": "kilometers"}


def _like_osrm(times: list[float | None]) -> Any:
    return {"code": "Ok", "durations": [times], "sources": [{"name": "", "location": [0, 0]}]}


def answer_well(handler: RoutingHandler, answer: Any) -> None:
    handler.send_bytes(200, json.dumps(answer).encode())


def answer_500(handler: RoutingHandler, _answer: Any) -> None:
    handler.send_bytes(500, b"out of order")


def answer_garbage(handler: RoutingHandler, _answer: Any) -> None:
    handler.send_bytes(200, b"<html>sign in to the wireless network</html>")


def answer_another_json(handler: RoutingHandler, _answer: Any) -> None:
    handler.send_bytes(200, b'{"code": "Ok", "durations": [], "sources_to_targets": "none"}')


def answer_nothing(handler: RoutingHandler, _answer: Any) -> None:
    handler.server.over.wait(10)


def answer_by_drops(handler: RoutingHandler, _answer: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        handler.wfile.write(b".")


def answer_without_end(handler: RoutingHandler, _answer: Any) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
    while not handler.server.over.is_set():
        handler.wfile.write(b"1," * 50_000)


def hang_up(handler: RoutingHandler, _answer: Any) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def send_elsewhere(handler: RoutingHandler, _answer: Any) -> None:
    handler.send_response(307)
    handler.send_header("Location", f"{handler.server.address}/elsewhere{handler.path}")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


MISBEHAVIOURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour
    for behaviour in (
        answer_500, answer_garbage, answer_another_json, answer_nothing, answer_by_drops, answer_without_end, hang_up, send_elsewhere,
    )
}  # fmt: skip


@contextmanager
def routing_server(server: RoutingFake | None = None) -> Iterator[RoutingFake]:
    """The server, while the block runs."""
    server = server or RoutingFake()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def dead_address() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
