"""`referral-hub check`: is everything in place, and what to do where it is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from referral_hub.adapters.search_meilisearch import read_address, why_unusable
from referral_hub.errors import HubError
from referral_hub.letters.render import missing_fonts
from referral_hub.matching.search_server import EMBEDDED
from referral_hub.settings import ESTIMATE, TABLE, Settings
from referral_hub.signing_key import signing_key
from referral_hub.storage.engine import Database
from referral_hub.storage.migrate import is_current

LEAST_FREE_BYTES = 500_000_000
BUILT_YEAR = 2026


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at; `mend` says what to do where it is not good."""

    subject: str
    good: bool
    says: str
    mend: str = ""


def check_hub(settings: Settings, *, deploy: bool = False) -> list[Finding]:
    """Look at the database, the fonts, the mail, the disk and the clock; `deploy` asks for what a public hub needs."""
    looks: list[Callable[[Settings], Iterator[Finding]]] = [_database, _fonts, _mail, _geocoder, _search, _travel, _disk, _clock]
    if deploy:
        looks.append(_public)
    return [finding for look in looks for finding in look(settings)]


def _database(settings: Settings) -> Iterator[Finding]:
    kind = "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"
    try:
        database = Database(settings.database)
        current = is_current(database)
        database.dispose()
    except HubError as error:
        yield Finding("database", good=False, says=error.detail, mend="See that REFERRAL_HUB_DATABASE_URL is right and the server runs.")
        return
    says = f"{kind} answers" if current else f"{kind} answers, its schema is not this program's"
    yield Finding("database", good=current, says=says, mend="referral-hub migrate")


def _fonts(_settings: Settings) -> Iterator[Finding]:
    missing = missing_fonts()
    says = "Letters have their fonts" if not missing else f"Missing for letters: {', '.join(missing)}"
    yield Finding("fonts", good=not missing, says=says, mend="In a source tree: make assets. Else install the wheel again.")


def _mail(settings: Settings) -> Iterator[Finding]:
    for name, value in (("mail", settings.mail), ("text", settings.text)):
        outbox = not value or value.startswith("outbox:")
        says = "is written to an outbox folder, nothing leaves this machine" if outbox else "is sent"
        yield Finding(name, good=True, says=says)


def _geocoder(settings: Settings) -> Iterator[Finding]:
    says = "places without a point get that of their ZIP code, from a table"
    if settings.geocoder != TABLE:
        says = f"addresses of open places are looked up at {urlsplit(settings.geocoder).hostname}"
    yield Finding("geocoder", good=True, says=says)


def _search(settings: Settings) -> Iterator[Finding]:
    if settings.search == EMBEDDED:
        yield Finding("search", good=True, says="words are found by the index in the process")
        return
    try:
        address = read_address(settings.search)
    except HubError as error:
        yield Finding("search", good=False, says=error.detail, mend="See REFERRAL_HUB_SEARCH in docs/deployment.md.")
        return
    fault = why_unusable(address)
    says = fault or f"words are found by {urlsplit(address.url).hostname}, which sees what is searched for"
    yield Finding("search", good=not fault, says=says, mend="See that it runs and that the key is right; searches go on meanwhile.")


def _travel(settings: Settings) -> Iterator[Finding]:
    says = "is estimated here, no home leaves the hub"
    if settings.routing != ESTIMATE:
        says = f"is asked of {urlsplit(settings.routing).hostname}, which learns where patients live"
    yield Finding("travel time", good=True, says=says)


def _disk(settings: Settings) -> Iterator[Finding]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    yield Finding("disk", good=free > LEAST_FREE_BYTES, says=f"{free // 1_000_000:,} MB free", mend="Make room: the hub wants 500 MB.")


def _clock(_settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    yield Finding("clock", good=now.year >= BUILT_YEAR, says=f"{now:%Y-%m-%d %H:%M} UTC", mend="Set this machine's clock (NTP).")


def _public(settings: Settings) -> Iterator[Finding]:
    says = f"REFERRAL_HUB_BASE_URL is {settings.base_url}"
    yield Finding("address", good=settings.has_https, says=says, mend="Give the public https:// address.")
    try:
        signing_key(settings)
        good = bool(settings.secret_key)
        says = "REFERRAL_HUB_SECRET_KEY is set" if good else "REFERRAL_HUB_SECRET_KEY is not set"
    except HubError as error:
        good, says = False, error.detail
    yield Finding("secret key", good=good, says=says, mend="Set it to at least 32 random characters.")
    runs = settings.now is None
    yield Finding("now", good=runs, says="the clock runs" if runs else "REFERRAL_HUB_NOW stops the clock", mend="Unset it.")
    sends = settings.mail.startswith("smtp")
    yield Finding("mail", good=sends, says="SMTP is set" if sends else "no SMTP server is set", mend="Set REFERRAL_HUB_MAIL=smtp://USER:PASSWORD@HOST.")
