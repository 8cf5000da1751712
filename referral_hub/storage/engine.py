"""The only place where SQLite and PostgreSQL differ."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError

from referral_hub.errors import BadSettings, Unavailable

BUSY_TIMEOUT_MS = 10_000
CACHE_KIB = 2_000
"""Pages of the database that a connection holds; SQLite's own default."""
WRITER_CACHE_KIB = 32_768
"""The one writer may hold more: an import writes to all over the indexes."""
# Values of a statement stay out of error texts: they are personal data.
_POOL: dict[str, Any] = {"pool_size": 16, "max_overflow": 32, "hide_parameters": True}


class Database:
    """An engine with two doors: `read()` and `write()`, each one transaction."""

    def __init__(self, url: str) -> None:
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError as fault:
            raise BadSettings("REFERRAL_HUB_DATABASE_URL is not a database address (sqlite:///FILE or postgresql://...).") from fault
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = sa.create_engine(parsed, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, **_POOL)
            _configure_sqlite(self.engine)
        elif parsed.get_backend_name() == "postgresql":
            self.engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, **_POOL)
        else:
            raise BadSettings("REFERRAL_HUB_DATABASE_URL names neither SQLite nor PostgreSQL; those two are supported.")
        # SQLite has one writer: threads that queue here wait their turn instead of sleeping in its busy handler.
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One snapshot; nothing is kept."""
        with _as_words(), self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            connection.begin()  # closed with the connection, which rolls back
            yield connection

    @contextmanager
    def write(self, *, foreign_keys: bool = True) -> Iterator[sa.Connection]:
        """One transaction: committed when the block is left, rolled back by any exception.

        `foreign_keys=False` is for migrations on SQLite, which make tables anew.
        """
        if not self.is_sqlite:
            with _as_words(), self.engine.begin() as connection:
                yield connection
            return
        with self._writer, _as_words(), self.engine.connect() as connection:
            connection.info["write"] = True
            _enforce_foreign_keys(connection, foreign_keys)
            _set_cache(connection, WRITER_CACHE_KIB)
            try:
                with connection.begin():
                    yield connection
            finally:
                connection.info.pop("write", None)
                _enforce_foreign_keys(connection, True)
                _set_cache(connection, CACHE_KIB)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def ask_driver(connection: sa.Connection, text: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a select in the driver's own words, within the connection's transaction.

    For what every request asks: SQLAlchemy takes longer to describe such a result than the database to find it.
    """
    driver: Any = connection.connection.driver_connection
    found: list[tuple[Any, ...]] = driver.execute(text, values).fetchall()
    return found


_HEALTH = {
    *(OperationalError, sqlite3.OperationalError, psycopg.OperationalError),
    *(DatabaseError, sqlite3.DatabaseError, psycopg.DatabaseError),
}


@contextmanager
def _as_words() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError, psycopg.DatabaseError) as fault:
        if type(fault) not in _HEALTH:
            raise  # a constraint or a statement of ours, not the database's health
        raise Unavailable("The database does not answer now; nothing was changed. Try again in a moment.") from fault


def _enforce_foreign_keys(connection: sa.Connection, on: bool) -> None:
    # On the driver's own connection: the pragma does nothing inside a transaction, and SQLAlchemy would begin one.
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _set_cache(connection: sa.Connection, kib: int) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA cache_size=-{kib}")


def _configure_sqlite(engine: sa.Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN would come too late for IMMEDIATE
        cursor = connection.cursor()
        # FULL: with NORMAL, 50 of 50 acknowledged writes were not yet on disk.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        # On the driver's own connection: every request begins one, and SQLAlchemy takes longer to say it than SQLite to do it.
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if connection.info.get("write") else "BEGIN")
