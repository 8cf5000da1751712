"""A hub on a SQLite file of its own with a made-up network in it, for as long as a benchmark lasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from referral_hub import sign_in
from referral_hub.actors import COMMAND_LINE, Role
from referral_hub.bench.network import NOW, Written, generate
from referral_hub.bench.places import Country
from referral_hub.partners import taxonomy
from referral_hub.partners.listing import Listing
from referral_hub.partners.listing_row import ListingRow
from referral_hub.settings import Settings
from referral_hub.storage.migrate import migrate
from referral_hub.storage.ready_listings import make_row
from referral_hub.unit_of_work import Hub

BATCH = 20_000
"""Listings a transaction."""
PARENTS: dict[str, str | None] = {term.code: term.parent for term in taxonomy.TERMS}
_NAMES = {term.code: term.name for term in taxonomy.TERMS}
_EMAIL = "bench@example.org"


class Opened(NamedTuple):
    """The hub, and the secret of a token that may ask it."""

    hub: Hub
    token: str


def open_stage(folder: Path, count: int, seed: int, country: Country | None = None, now: datetime = NOW) -> Opened:
    """A new hub in a folder, with `count` listings of the network of a seed; its clock stands still."""
    hub = Hub(Settings(data_dir=folder, now=now))
    migrate(hub.database)
    with hub.begin(COMMAND_LINE) as work:
        clinic = sign_in.add_organization(work, "Benchmark Clinic")
        sign_in.add_account(work, email=_EMAIL, role=Role.CARE_MANAGER, organization=clinic.id, name="Benchmark")
        _, secret = sign_in.create_token(work, _EMAIL, expires_days=1)
    written = generate(count, seed, country)
    while part := list(islice(written, BATCH)):
        with hub.begin(COMMAND_LINE) as work:
            work.listings.put(row_of(one) for one in part)
    return Opened(hub, secret)


def row_of(written: Written) -> ListingRow:
    """A generated listing as the hub keeps it ready for matching."""
    return make_row(written.listing, written.other_names, written.description, _NAMES)


def read_stage(hub: Hub) -> Iterator[tuple[Listing, str]]:
    """Every listing of a hub with its search words, as an outsider gets them."""
    decoder = msgspec.msgpack.Decoder(Listing)
    with hub.read(COMMAND_LINE) as work:
        for row in work.listings.rows():
            if row.record is not None:
                yield decoder.decode(row.record), row.words


def put_changed(hub: Hub, listings: Iterable[tuple[Listing, str]]) -> None:
    """Store listings with their words in place of what is stored of them."""
    rows = (
        ListingRow(id=one.id, number=0, record=msgspec.msgpack.encode(one), words=words, other_names="", description="")
        for one, words in listings
    )
    with hub.begin(COMMAND_LINE) as work:
        work.listings.put(rows)
