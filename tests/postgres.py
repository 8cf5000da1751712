"""A real PostgreSQL server that the tests start themselves, and the fixtures that run a test on both databases."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from referral_hub.settings import Settings
from referral_hub.storage.engine import Database
from referral_hub.storage.migrate import migrate
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub

OWNER = "hub"
TEMPLATE = "template_hub"
START_SECONDS = 60


class PostgresServer:
    """One server in a folder of its own, reached by a socket in that folder: no port, no password, no trace left."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # PostgreSQL refuses to run as root; Debian's package makes this account.
        self._account = "postgres" if os.geteuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="hub-pg-"))
        if self._account:
            account = pwd.getpwnam(self._account)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        self._numbers = count(1)
        data = self._folder / "data"
        self._run("initdb", "--pgdata", data, "--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self._folder,
            # What is lost when this machine fails are tests.
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
            "timezone": "Pacific/Auckland",  # far from UTC: a time that loses its zone on the way shows
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(data), *options],
            stdout=self._log,
            stderr=self._log,
            cwd=self._folder,
            **self._as_account(),
        )
        self._wait_until_it_answers()
        self._command(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
        template = Database(self.url(TEMPLATE))
        metadata.create_all(template.engine)
        template.dispose()

    def url(self, database: str) -> str:
        """The address of one of its databases, as REFERRAL_HUB_DATABASE_URL takes it."""
        return sa.URL.create("postgresql", OWNER, database=database, query={"host": str(self._folder)}).render_as_string(hide_password=False)

    def new_database(self, *, empty: bool = False) -> str:
        """The name of a fresh database: with every table and no row, or with nothing at all."""
        name = f"hub_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier("template0" if empty else TEMPLATE))
        self._command(statement)
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected."""
        self._command(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=START_SECONDS)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _as_account(self) -> dict[str, Any]:
        return {"user": self._account, "group": self._account, "extra_groups": []} if self._account else {}

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], cwd=self._folder, capture_output=True, text=True, check=False, **self._as_account()
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self._folder), user=OWNER, dbname="postgres", autocommit=True)

    def _command(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _wait_until_it_answers(self) -> None:
        last = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError as fault:
                if self._process.poll() is not None or time.monotonic() > last:
                    raise RuntimeError(f"PostgreSQL did not start: {(self._folder / 'log').read_text()}") from fault
                time.sleep(0.02)
            else:
                return


def find_programs() -> Path | None:
    """The folder of the newest installed server's programs."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if installed:
        return installed[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server for this test process; under xdist each worker has its own."""
    programs = find_programs()
    if programs is None:
        pytest.fail("PostgreSQL's server is not installed: run tools/system_packages.sh.")
    server = PostgresServer(programs)
    yield server
    server.stop()


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@contextmanager
def fresh_url(kind: str, folder: Path, request: pytest.FixtureRequest, *, empty: bool = False) -> Iterator[str]:
    """The address of a fresh database of one kind, with every table or with nothing at all."""
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'hub.sqlite'}"
        if not empty:
            database = Database(url)
            metadata.create_all(database.engine)
            database.dispose()
        yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database(empty=empty)
    yield server.url(name)
    server.drop(name)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with every table, on SQLite and then on PostgreSQL."""
    with fresh_url(request.param, tmp_path, request) as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on SQLite and then on PostgreSQL."""
    with fresh_url(request.param, tmp_path, request, empty=True) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database with every table, on SQLite and then on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def empty_database(empty_database_url: str) -> Iterator[Database]:
    """A database without any table, on SQLite and then on PostgreSQL."""
    database = Database(empty_database_url)
    yield database
    database.dispose()


@pytest.fixture
def hub_on_both(database_url: str, tmp_path: Path) -> Iterator[Hub]:
    """The fixture `hub`, on SQLite and then on PostgreSQL."""
    from tests.conftest import NOW

    hub = Hub(Settings(data_dir=tmp_path, database_url=database_url, now=NOW))
    yield hub
    hub.database.dispose()


@pytest.fixture
def migrated_on_both(empty_database_url: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub as a deployment has it: migrated, on SQLite and then on PostgreSQL, with the clock standing at NOW."""
    from tests.conftest import NOW

    hub = Hub(Settings(data_dir=tmp_path, database_url=empty_database_url, now=NOW))
    migrate(hub.database)
    yield hub
    hub.close()
