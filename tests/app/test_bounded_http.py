"""What stands before a body is bounded: nobody fills the server's memory with headers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from uvicorn.server import ServerState

from referral_hub.bounded_http import LARGEST_HEAD, TOO_LARGE, BoundedHttp
from tests.apart import run_apart

HEAD = b"POST /x HTTP/1.1\r\nHost: 127.0.0.1\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo_length(scope, receive, send) -> None:
    """Answers how long the body was."""
    length, more = 0, True
    while more:
        message = await receive()
        length, more = length + len(message.get("body", b"")), message.get("more_body", False)
    said = str(length).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(said)).encode())]})
    await send({"type": "http.response.body", "body": said})


def with_server(talk: Talk) -> None:
    async def run() -> None:
        config = uvicorn.Config(echo_length, http="referral_hub.bounded_http:BoundedHttp", lifespan="off", log_config=None)
        config.load()
        state = ServerState()
        server = await asyncio.get_running_loop().create_server(
            lambda: BoundedHttp(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            await asyncio.wait_for(talk(reader, writer), 10)
            writer.close()
        assert config.http_protocol_class is BoundedHttp

    run_apart(run())


async def answer_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    return head.split(b"\r\n")[0], await reader.readexactly(length)


@pytest.mark.parametrize("piece", [b"X-Many: " + b"a" * 1000 + b"\r\n", b"a" * 1000])
def test_headers_without_end_are_refused_and_the_connection_is_closed(piece: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + b"X-First: 1" + (b"" if piece.startswith(b"a") else b"\r\n"))
        for _ in range(LARGEST_HEAD // len(piece) + 1):
            writer.write(piece)
            await asyncio.sleep(0.001)
        assert await answer_of(reader) == (b"HTTP/1.1 400 Bad Request", TOO_LARGE.encode())
        assert await reader.read() == b""

    with_server(talk)


def test_large_bodies_and_many_requests_of_one_connection_are_not_taken_for_a_large_head() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for size in (4 * LARGEST_HEAD, 0, 3 * LARGEST_HEAD + 1):
            writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % size)
            for start in range(0, size, 10_000):
                writer.write(b"b" * min(10_000, size - start))
                await writer.drain()
            assert await answer_of(reader) == (b"HTTP/1.1 200 OK", str(size).encode())
        for _ in range(3):
            half = b"X-Half: " + b"a" * (LARGEST_HEAD // 2) + b"\r\n"
            writer.write(HEAD + half)
            await asyncio.sleep(0.01)
            writer.write(b"Content-Length: 0\r\n\r\n")
            assert (await answer_of(reader))[0] == b"HTTP/1.1 200 OK"

    with_server(talk)
