"""The search server that the settings name, if they name one, and how far it has followed the directory."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec

from referral_hub.adapters.search_meilisearch import SETTINGS, MeilisearchServer, fields_of, read_address
from referral_hub.matching.search.model import SearchDocument
from referral_hub.unit_of_work import Hub, Work

EMBEDDED = "embedded"
SERVER_HAS = "search server"
"""Subject of the number up to which the server has taken over the directory."""
SERVER_FORM = "search server form"
"""Subject of the number that says how its documents were made."""

_NOBODY = UUID(int=0)
_servers: WeakKeyDictionary[Hub, MeilisearchServer] = WeakKeyDictionary()
_lock = threading.Lock()


def server_of(hub: Hub, identity: Callable[[], int]) -> MeilisearchServer | None:
    """The hub's one server; None where search is embedded. Its index bears the database's identity: hubs may share a server.

    Raises:
        BadSettings: the setting cannot be read.
    """
    if hub.settings.search == EMBEDDED:
        return None
    with _lock:
        known = _servers.get(hub)
        if known is None and (number := identity()):  # before its first listing a database has none
            known = _servers[hub] = MeilisearchServer(read_address(hub.settings.search), f"referral-hub-{number:x}")
        return known


def server_form(work: Work) -> int:
    """Another number when documents or settings of the index would be made differently: all of it is then sent anew."""
    return _form(work.changes.number("taxonomy"), read_address(work.hub.settings.search).url)


@lru_cache(maxsize=64)
def _form(terms: int, address: str) -> int:
    made = fields_of(SearchDocument(id=_NOBODY, name="", point=(0.0, 0.0)))
    shape = msgspec.json.encode((terms, sorted(made), SETTINGS, address), order="deterministic")
    return int.from_bytes(hashlib.sha256(shape).digest()[:7], "big")
