"""One Struct read from the environment (prefix REFERRAL_HUB_); docs/deployment.md has a row for each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from referral_hub.errors import BadSettings

PREFIX = "REFERRAL_HUB_"
ESTIMATE = "estimate"
TABLE = "table"
GEOCODER_SCHEMES = ("nominatim+http", "nominatim+https", "census+http", "census+https")
ROUTING_SCHEMES = ("valhalla+http", "valhalla+https", "osrm+http", "osrm+https")
LARGEST_IMPORT_MB = 1024
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that a deployment may choose."""

    data_dir: Path = Path("var")
    database_url: str = ""
    """Empty: the SQLite file hub.sqlite in data_dir."""
    base_url: str = "http://127.0.0.1:8000"
    secret_key: str = ""
    mail: str = ""
    """`outbox:FOLDER` or `smtp://`; empty: the folder mail in data_dir."""
    text: str = ""
    """`outbox:FOLDER` or `https://`; empty: the folder text in data_dir."""
    search: str = "embedded"
    """`embedded` or `meilisearch+https://KEY@HOST`."""
    geocoder: str = TABLE
    """`table`, `nominatim+https://HOST` or `census+https://HOST`."""
    routing: str = ESTIMATE
    """`estimate`, `valhalla+https://HOST` or `osrm+https://HOST`."""
    import_limit_mb: int = 256
    """The largest spreadsheet that is imported or uploaded."""
    webhook_allow: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    log_level: str = "info"
    now: datetime | None = None
    """Tests only: the clock stands still here."""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'hub.sqlite'}"

    @property
    def is_local(self) -> bool:
        """Whether the hub is reached from this machine only (plain http is then no danger)."""
        return (urlsplit(self.base_url).hostname or "") in LOCAL_HOSTS

    @property
    def has_https(self) -> bool:
        return urlsplit(self.base_url).scheme == "https"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from the environment.

    Raises:
        BadSettings: a value cannot be used, or NOW is set on a public address.
    """
    given = {name.removeprefix(PREFIX).lower(): value for name, value in environment.items() if name.startswith(PREFIX)}
    unknown = sorted(set(given) - set(Settings.__struct_fields__))
    if unknown:
        raise BadSettings(f"Unknown settings: {', '.join(PREFIX + name.upper() for name in unknown)}. See docs/deployment.md.")
    values: dict[str, object] = {name: value for name, value in given.items() if value}
    if "data_dir" in values:
        values["data_dir"] = Path(str(values["data_dir"]))
    for name in ("webhook_allow", "trusted_proxies"):
        if name in values:
            values[name] = tuple(part.strip() for part in str(values[name]).split(",") if part.strip())
    if "import_limit_mb" in values:
        values["import_limit_mb"] = _megabytes(str(values["import_limit_mb"]))
    if "now" in values:
        values["now"] = _instant(str(values["now"]))
    settings = Settings(**values)  # type: ignore[arg-type]  # each value has the field's type by the lines above
    scheme = urlsplit(settings.base_url).scheme
    if scheme not in ("http", "https"):
        raise BadSettings("REFERRAL_HUB_BASE_URL must begin with http:// or https://.")
    if not _is_server(settings.geocoder, TABLE, GEOCODER_SCHEMES):
        raise BadSettings("REFERRAL_HUB_GEOCODER is `table`, `nominatim+https://HOST` or `census+https://HOST` (or http, with a port).")
    if not _is_server(settings.routing, ESTIMATE, ROUTING_SCHEMES):
        raise BadSettings("REFERRAL_HUB_ROUTING is `estimate`, `valhalla+https://HOST` or `osrm+https://HOST` (or http, with a port).")
    if settings.now is not None and not settings.is_local:
        raise BadSettings("REFERRAL_HUB_NOW is for tests: it cannot be used with a public REFERRAL_HUB_BASE_URL.")
    return settings


def _is_server(value: str, word: str, schemes: tuple[str, ...]) -> bool:
    """Whether a setting is its word, or the address of a server of these kinds."""
    try:
        parts = urlsplit(value)
        return value == word or (parts.scheme in schemes and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        return False


def _megabytes(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST_IMPORT_MB:
        raise BadSettings(f"REFERRAL_HUB_IMPORT_LIMIT_MB is a whole number of megabytes from 1 to {LARGEST_IMPORT_MB}.")
    return int(text)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadSettings("REFERRAL_HUB_NOW is not a time such as 2026-11-23T09:00:00-05:00.") from fault
    if moment.tzinfo is None:
        raise BadSettings("REFERRAL_HUB_NOW needs an offset, as in 2026-11-23T09:00:00-05:00.")
    return moment
