"""Search by a Meilisearch server: it finds and orders by words; the hub narrows, counts and reads what is shown itself.

So a server that lies can at most leave something out or order it badly: an id that the hub's own index does not have
makes the whole answer doubtful, and the embedded index answers in its place. Nothing of where a confidential place is
ever goes to the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit
from uuid import UUID, uuid5

import msgspec
from meilisearch.errors import MeilisearchCommunicationError, MeilisearchError
from meilisearch.models.task import TaskInfo
from msgspec import Struct
from msgspec.structs import replace

from referral_hub.adapters.meilisearch_http import BoundedClient, ServerRefused
from referral_hub.adapters.patience import Impatient, Patience
from referral_hub.adapters.search_embedded import EmbeddedSearch
from referral_hub.errors import BadSettings, Unavailable
from referral_hub.matching.search.model import SearchDocument, SearchPage, SearchQuery
from referral_hub.matching.search.tokens import SMALL
from referral_hub.partners.synonyms import MEANINGS

NAME = "meilisearch"
SEARCH_SECONDS = 0.7
"""For everything of one search; with what the embedded index then takes it stays below a second."""
REST_SECONDS = 30.0
"""After a failure nobody asks for so long."""
ADMIN_SECONDS = 20.0
CHECK_SECONDS = 3.0
TASK_SECONDS = 300
BATCH = 1_000
MOST_HITS = 10_000
MOST_TRIES = 5
FIRST_WAIT = 0.2
"""Seconds; doubled after each try."""
_KEYS = UUID("0d1c4f2a-3d0e-5f5e-8a53-6a7f4c1d2b90")
"""Namespace of the search keys' ids: the same index has the same key."""
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
Result = TypeVar("Result")

SETTINGS: dict[str, Any] = {
    "searchableAttributes": ["name", "organization", "other_names", "terms", "description"],
    "displayedAttributes": ["id"],
    "filterableAttributes": ["id", "kinds", "languages", "free", "without_documents", "visited", "_geo"],
    "sortableAttributes": ["takes_referrals", "_geo"],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "typoTolerance": {"enabled": True, "minWordSizeForTypos": {"oneTypo": 4, "twoTypos": 8}, "disableOnNumbers": True},
    "stopWords": sorted(SMALL),
    "synonyms": {phrase: [other for other in meaning if other != phrase] for meaning in MEANINGS for phrase in meaning},
    "pagination": {"maxTotalHits": MOST_HITS},
}
"""As the embedded index does it, as far as the server can."""


class Doubtful(Exception):
    """An answer that cannot be right."""


class Address(Struct, frozen=True):
    """Where a server is, and the key that may make indexes and keys there."""

    url: str
    key: str

    def __repr__(self) -> str:
        return f"Address({self.url!r})"


def read_address(setting: str) -> Address:
    """Out of `meilisearch+http://KEY@HOST`; raises BadSettings."""
    parts = urlsplit(setting)
    try:
        is_good = parts.scheme in ("meilisearch+http", "meilisearch+https") and bool(parts.hostname and parts.username) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise BadSettings("REFERRAL_HUB_SEARCH is `embedded` or `meilisearch+https://KEY@HOST` (or http, with a port).")
    host = parts.netloc.rpartition("@")[2]
    return Address(f"{parts.scheme.removeprefix('meilisearch+')}://{host}{parts.path.rstrip('/')}", unquote(parts.username or ""))


class _Hit(Struct, frozen=True):
    id: UUID


class _Answer(Struct, frozen=True):
    hits: list[_Hit]


class _Answers(Struct, frozen=True):
    results: list[_Answer]


class MeilisearchServer:
    """One index on one server, its settings, its documents and the one key that searches use. Safe between threads."""

    def __init__(
        self, address: Address, index: str, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address, self._index = address, index
        self._sleep = sleep
        self._patience = Patience(NAME, total_seconds=SEARCH_SECONDS, rest_seconds=REST_SECONDS, clock=clock)
        self._admin = BoundedClient(address.url, address.key, ADMIN_SECONDS)
        self._searcher: BoundedClient | None = None

    # Searching

    def find(self, query: SearchQuery) -> tuple[list[UUID], bool]:
        """(ids of the hits in order, whether they have only some of the words).

        Raises:
            Impatient: the server failed, is slow or rests.
        """
        return self._patience.ask(lambda: self._find(query))

    def distrust(self) -> None:
        """An answer was doubtful: the key may have been made anew, too."""
        self._searcher = None

    def _find(self, query: SearchQuery) -> tuple[list[UUID], bool]:
        if self._searcher is None:
            self._searcher = BoundedClient(self._address.url, self._search_key(), SEARCH_SECONDS)
        narrowed = filter_of(query)
        ways = [("all", None, MOST_HITS), ("last", None, BATCH), *([("all", narrowed, BATCH)] if narrowed else [])]
        asked = [self._query(query, strategy, narrow, limit) for strategy, narrow, limit in ways]
        answers = msgspec.convert(self._searcher.multi_search(asked), _Answers).results
        if len(answers) != len(asked) or any(len(one.hits) > limit for one, (_, _, limit) in zip(answers, ways, strict=True)):
            raise Doubtful
        whole, partly, *rest = ([hit.id for hit in answer.hits] for answer in answers)
        found = list(dict.fromkeys([*whole, *(one for more in rest for one in more)]))
        return (found, False) if found else (partly, bool(partly))

    def _query(self, query: SearchQuery, strategy: str, narrow: list[str] | None, limit: int) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "indexUid": self._index,
            "q": query.text[:200],
            "limit": limit,
            "matchingStrategy": strategy,
            "attributesToRetrieve": ["id"],
            "sort": sort_of(query),
        }
        return asked | ({"filter": narrow} if narrow else {})

    def _search_key(self) -> str:
        """The key that may search this index and nothing else."""
        try:
            key = self._admin.get_key(self._key_uid)
        except ServerRefused as fault:
            if fault.status != 404:
                raise
            key = self._admin.create_key(self._key_options())
        if key.actions != ["search"] or key.indexes != [self._index]:
            raise Doubtful
        return key.key

    @property
    def _key_uid(self) -> str:
        return str(uuid5(_KEYS, self._index))

    def _key_options(self) -> dict[str, Any]:
        return {
            "uid": self._key_uid,
            "name": f"Referral Hub searches {self._index}",
            "description": "May search one index.",
            "actions": ["search"],
            "indexes": [self._index],
            "expiresAt": None,
        }

    # Keeping it up

    def has_index(self) -> bool:
        """Whether the index is there; raises Unavailable where the server does not answer."""
        return self._try(self._look_for_index)

    def _look_for_index(self) -> bool:
        try:
            self._admin.get_raw_index(self._index)
        except ServerRefused as fault:
            if fault.status == 404:
                return False
            raise
        return True

    def refill(self, documents: Iterable[SearchDocument]) -> int:
        """All documents into a fresh index, which then takes the place of the one that is searched; how many.

        Raises:
            Unavailable: the server does not answer or refuses; the index that is searched stays as it was.
        """
        fresh = f"{self._index}-next"
        if not self.has_index():
            self._do(lambda: self._admin.create_index(self._index, {"primaryKey": "id"}))
        self._do(lambda: self._admin.delete_index(fresh), may_fail=True)  # left by a refill that was cut off
        self._do(lambda: self._admin.create_index(fresh, {"primaryKey": "id"}))
        self._do(lambda: self._admin.index(fresh).update_settings(SETTINGS))
        count = self._add(fresh, documents)
        self._do(lambda: self._admin.swap_indexes([{"indexes": [self._index, fresh]}]))
        self._do(lambda: self._admin.delete_index(fresh))
        self._try(self._search_key)
        return count

    def push(self, changes: Iterable[tuple[UUID, SearchDocument | None]]) -> int:
        """Changed documents into the index, gone ones out of it; how many. Pushing the same again changes nothing.

        Raises:
            Unavailable: the server does not answer or refuses; push again.
        """
        given = dict(changes)
        gone = [str(one) for one, document in given.items() if document is None]
        for part in _parts(iter(gone)):
            self._remove(part)
        return len(gone) + self._add(self._index, (document for document in given.values() if document is not None))

    def _add(self, index: str, documents: Iterable[SearchDocument]) -> int:
        count = 0
        for part in _parts(iter(documents)):
            self._send(index, [fields_of(document) for document in part])
            count += len(part)
        return count

    def _send(self, index: str, fields: list[dict[str, Any]]) -> None:
        self._do(lambda: self._admin.index(index).add_documents(fields, primary_key="id"))

    def _remove(self, ids: Sequence[str]) -> None:
        listed = ", ".join(map(_quoted, ids))
        self._do(lambda: self._admin.index(self._index).delete_documents(filter=f"id IN [{listed}]"))

    def _do(self, start: Callable[[], TaskInfo], *, may_fail: bool = False) -> None:
        """Start a task and wait until the server has done it."""
        task = self._try(lambda: self._admin.wait_for_task(start().task_uid, timeout_in_ms=TASK_SECONDS * 1000))
        if task.status != "succeeded" and not may_fail:
            raise Unavailable(f"The search server could not do a task ({(task.error or {}).get('code', task.status)}).")

    def _try(self, do: Callable[[], Result]) -> Result:
        """Again and again with longer waits, where that may help."""
        for number in range(MOST_TRIES):
            if number:
                self._sleep(FIRST_WAIT * 2 ** (number - 1))
            try:
                return do()
            except ServerRefused as fault:
                if fault.status not in _AGAIN:
                    raise Unavailable(f"The search server refuses what the hub asks (status {fault.status}): look at its key.") from fault
                last: Exception = fault
            except (MeilisearchCommunicationError, msgspec.MsgspecError, ValueError, TypeError, KeyError) as fault:
                last = fault
        raise Unavailable("The search server does not answer as it should; the embedded index answers meanwhile.") from last


class MeilisearchSearch:
    """A SearchIndex: the server's hits, narrowed, counted and checked by the embedded index, which answers where the server fails."""

    def __init__(self, local: EmbeddedSearch, server: MeilisearchServer, *, is_current: bool = True) -> None:
        self.local, self._server = local, server
        self._is_current = is_current
        """Whether the server has every change that this search has to know."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Forget everything and hold these documents, here and there."""
        given = list(documents)
        self.local.rebuild(given)
        self._server.refill(given)

    def apply(self, changes: Iterable[tuple[UUID, SearchDocument | None]]) -> bool:
        """Take over changed documents, here and there."""
        given = list(changes)
        self._server.push(given)
        return self.local.apply(given)

    def fork(self) -> EmbeddedSearch:
        """What a transaction changes is not the server's business before it is committed."""
        return self.local.fork()

    @property
    def is_worn(self) -> bool:
        """Whether the embedded index should be rebuilt."""
        return self.local.is_worn

    def warm(self, now: datetime) -> None:
        """As the embedded index."""
        self.local.warm(now)

    def search(self, query: SearchQuery) -> SearchPage:
        """The server's hits, or those of the embedded index and why."""
        if not query.text.strip():
            return self.local.search(query)
        if not self._is_current:
            return replace(self.local.search(query), fallback=BEHIND)
        try:
            ids, is_partial = self._server.find(query)
        except Impatient:
            return replace(self.local.search(query), fallback=SILENT)
        if not all(map(self.local.has, ids)):
            self._server.distrust()
            return replace(self.local.search(query), fallback=LYING)
        return replace(self.local.arrange(ids, query), is_partial=is_partial, answered_by=NAME)


BEHIND = "The search server has not taken over the newest changes yet."
SILENT = "The search server does not answer."
LYING = "The search server named services that are not in the directory."


def why_unusable(address: Address) -> str:
    """What keeps a server from being used now; empty where nothing does."""
    try:
        BoundedClient(address.url, address.key, CHECK_SECONDS).get_version()
    except ServerRefused as fault:
        return f"The search server refuses the key (status {fault.status})."
    except (MeilisearchError, msgspec.MsgspecError):
        return SILENT
    return ""


def filter_of(query: SearchQuery) -> list[str]:
    """What narrows a search, as far as the server knows it; all of these must hold."""
    found = []
    if query.kinds is not None:
        found.append(f"kinds IN [{', '.join(map(_quoted, sorted(query.kinds)))}]")
    if query.language is not None:
        found.append(f"languages = {_quoted(_language(query.language))}")
    found += ["free = true"] if query.free else []
    found += ["without_documents = true"] if query.without_documents else []
    home = query.home
    if query.within_m is not None and home is not None and home.latitude is not None and home.longitude is not None:
        # A metre and a thousandth more than asked for: the server measures on a sphere, the hub then exactly.
        found.append(f"_geoRadius({home.latitude}, {home.longitude}, {query.within_m * 1.01 + 1:.0f}) OR visited = false")
    return found


def sort_of(query: SearchQuery) -> list[str]:
    """What orders hits whose words fit alike."""
    home = query.home
    near = [f"_geoPoint({home.latitude}, {home.longitude}):asc"] if home is not None and home.latitude is not None else []
    return ["takes_referrals:desc", *near]


def fields_of(document: SearchDocument) -> dict[str, Any]:
    """A document as the server keeps it. A place has a point there only if distances to it may be told."""
    fields: dict[str, Any] = {
        "id": str(document.id),
        "name": document.name,
        "organization": document.organization,
        "other_names": document.other_names,
        "terms": document.terms,
        "description": document.description,
        "kinds": list(document.kinds),
        "languages": sorted({_language(code) for code in document.languages}),
        "free": document.free,
        "without_documents": document.without_documents,
        "takes_referrals": document.takes_referrals,
        "visited": document.visited,
    }
    if document.visited and document.point is not None:
        fields["_geo"] = {"lat": document.point[0], "lng": document.point[1]}
    return fields


def _language(code: str) -> str:
    return code.casefold().partition("-")[0]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _parts(items: Iterator[Result], size: int = BATCH) -> Iterator[Sequence[Result]]:
    while part := list(islice(items, size)):
        yield part
