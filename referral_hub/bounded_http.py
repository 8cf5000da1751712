"""HTTP as the hub is served: parsed by httptools, with a bound on what stands before a body, which httptools has not.

Without it a stranger could fill the memory with headers. h11, which parses where httptools is not installed, has its own.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 65_536
"""Bytes of an unfinished request line and headers, as h11 has it; what has come in one piece may be more by that piece."""
TOO_LARGE = "The request line and headers are too large."


class BoundedHttp(HttpToolsProtocol):
    """One connection; for `uvicorn --http referral_hub.bounded_http:BoundedHttp`."""

    _heads = 0
    """Requests of the connection whose head is whole."""
    _is_in_head = True
    _unfinished = 0
    """Bytes of a head that is not whole yet."""

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        heads, was_in_head = self._heads, self._is_in_head
        super().data_received(data)
        if not (was_in_head and self._is_in_head and heads == self._heads):
            self._unfinished = 0
            return
        self._unfinished += len(data)
        if self._unfinished > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def on_headers_complete(self) -> None:
        """See httptools.HttpRequestParser."""
        self._heads += 1
        self._is_in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """See httptools.HttpRequestParser."""
        self._is_in_head = True
        super().on_message_complete()
