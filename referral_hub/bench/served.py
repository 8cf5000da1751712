"""The hub as its own program serves it, with PostGIS in the place of the match index where a file says so.

For `uvicorn --factory referral_hub.bench.served:create_app`; the environment is the hub's own, and
REFERRAL_HUB_BENCH_POSTGIS names the file that `keep_for_served` wrote.
"""

from __future__ import annotations

import os
import pickle  # nosec B403 # reads only what this program wrote
import threading
from pathlib import Path

from litestar import Litestar

from referral_hub import app
from referral_hub.actors import COMMAND_LINE
from referral_hub.bench.postgis import PostgisFinder, Settler
from referral_hub.bench.postgis_load import Catalog
from referral_hub.matching.index import index_of, use_finder
from referral_hub.matching.match_index import Found, Query
from referral_hub.settings import read_settings
from referral_hub.unit_of_work import Hub

POSTGIS = "REFERRAL_HUB_BENCH_POSTGIS"


class FinderForThreads:
    """A PostgisFinder for each thread: a connection serves one request at a time."""

    def __init__(self, address: str, catalog: Catalog, settler: Settler) -> None:
        self._given = (address, catalog, settler)
        self._own = threading.local()

    def find(self, query: Query, *, whole: bool) -> Found:
        """See matching.match_index.Finder."""
        finder: PostgisFinder | None = getattr(self._own, "finder", None)
        if finder is None:
            finder = self._own.finder = PostgisFinder(*self._given)
        return finder.find(query, whole=whole)


def keep_for_served(path: Path, address: str, catalog: Catalog) -> None:
    """Write what another process needs to ask the same PostGIS."""
    path.write_bytes(pickle.dumps((address, catalog)))


def create_app() -> Litestar:
    """As `referral-hub serve` has it."""
    kept = os.environ.pop(POSTGIS, None)
    settings = read_settings()
    hub = Hub(settings)
    if kept:
        address, catalog = pickle.loads(Path(kept).read_bytes())  # noqa: S301  # nosec B301 # written by keep_for_served
        with hub.read(COMMAND_LINE) as work:
            settler = Settler(index_of(work)[0], catalog)
        use_finder(hub, FinderForThreads(address, catalog, settler))
    return app.create_app(settings, hub)
