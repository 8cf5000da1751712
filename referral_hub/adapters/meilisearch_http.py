"""The way of the `meilisearch` client to its server: every exchange ends at a moment and at a size, and goes nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import httpx
import msgspec
from meilisearch import Client
from meilisearch._httprequests import HttpRequests
from meilisearch.config import Config
from meilisearch.errors import MeilisearchCommunicationError, MeilisearchError
from meilisearch.index import Index

LARGEST_ANSWER = 8_000_000
"""Bytes; ten thousand ids take half a million."""
CONNECT_SECONDS = 0.4


class ServerRefused(MeilisearchError):
    """An answer that is no success; `status` is HTTP's."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class BoundedRequests(HttpRequests):
    """HttpRequests with a deadline: the client's own would follow a slow drip for ever, a redirect and a proxy."""

    def __init__(self, config: Config, total_seconds: float) -> None:
        super().__init__(config)
        self._total_seconds = total_seconds

    def send_request(
        self,
        http_method: Callable[..., Any],
        path: str,
        body: Any = None,
        content_type: str | None = None,
        *,
        serializer: type[json.JSONEncoder] | None = None,
    ) -> Any:
        """The answer's JSON; raises MeilisearchError, or what is wrong with the answer."""
        if serializer is not None:
            raise ValueError("bodies are plain JSON here")
        method = http_method.__name__.upper()
        content = None if method in ("GET", "HEAD") or (body is None and content_type is None) else msgspec.json.encode(body)
        headers = {"Authorization": self.headers["Authorization"], "Accept-Encoding": "identity"}
        if content is not None:
            headers["Content-Type"] = content_type or "application/json"
        data = self._exchange(method, f"{self.config.url}/{path}", content, headers)
        return msgspec.json.decode(data) if data else None

    def _exchange(self, method: str, url: str, content: bytes | None, headers: dict[str, str]) -> bytes:
        """The body of an answer, in a thread of its own: headers that come drop by drop run into no other limit."""
        answers: SimpleQueue[bytes | Exception] = SimpleQueue()
        client = httpx.Client(
            timeout=httpx.Timeout(self._total_seconds, connect=min(CONNECT_SECONDS, self._total_seconds)),
            trust_env=False,
            follow_redirects=False,
        )

        def read() -> None:
            try:
                answers.put(_read_body(client, method, url, content, headers))
            except Exception as fault:
                answers.put(fault)
            finally:
                client.close()

        threading.Thread(target=read, daemon=True, name="meilisearch").start()
        try:
            answer: bytes | Exception = answers.get(timeout=self._total_seconds)
        except Empty:
            client.close()  # ends the thread, too
            raise MeilisearchCommunicationError("the answer does not end") from None
        if isinstance(answer, httpx.HTTPError):
            raise MeilisearchCommunicationError(type(answer).__name__) from answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def _read_body(client: httpx.Client, method: str, url: str, content: bytes | None, headers: dict[str, str]) -> bytes:
    data = bytearray()
    with client.stream(method, url, content=content, headers=headers) as response:
        for part in response.iter_raw():
            data += part
            if len(data) > LARGEST_ANSWER:
                raise MeilisearchCommunicationError("the answer does not end")
        if not response.is_success:
            raise ServerRefused(response.status_code)
    return bytes(data)


class BoundedClient(Client):
    """The client with that way for everything that the hub does with it."""

    def __init__(self, address: str, key: str, total_seconds: float) -> None:
        super().__init__(address, key)
        self._total_seconds = total_seconds
        self.http = BoundedRequests(self.config, total_seconds)
        self.task_handler.http = self.http

    def index(self, uid: str) -> Index:
        """An index by the same way."""
        index = super().index(uid)
        index.http = self.http
        index.task_handler.http = self.http
        return index

