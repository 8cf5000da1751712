"""A PostgreSQL of our own for the comparison: started in a folder, tuned for reading, reached by a socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg

from referral_hub.errors import Unavailable

_START_SECONDS = 60
_OWNER = "bench"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "40",
    # Everything in memory, and a planner that knows it.
    "work_mem": "64MB",
    "maintenance_work_mem": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # a request of milliseconds does not wait for workers to start
    # What is lost when the machine fails is a benchmark.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "autovacuum": "off",
}


class PostgisServer:
    """A server with PostGIS while the block lasts.

    Raises:
        Unavailable: its programs or the extension are not installed.
    """

    def __init__(self, shared_buffers: str = "3GB") -> None:
        why = why_not()
        if why:
            raise Unavailable(why)
        self._settings = {**_SETTINGS, "shared_buffers": shared_buffers}

    def __enter__(self) -> Self:
        programs = _find_programs()
        self._account = "postgres" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        self._folder = Path(tempfile.mkdtemp(prefix="hub-postgis-"))
        if self._account:
            account = pwd.getpwnam(self._account)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
        data = self._folder / "data"
        arguments = ["--username", _OWNER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        made = subprocess.run(  # noqa: S603  # a program of the system's package, our own arguments
            [programs / "initdb", "--pgdata", data, *arguments],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            **self._as_account(),
        )
        if made.returncode:
            raise Unavailable(f"initdb: {made.stderr.strip()}")
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        self._log = (self._folder / "log").open("wb")
        self._process = subprocess.Popen(  # noqa: S603  # as above
            [programs / "postgres", "-D", data, "-c", f"unix_socket_directories={self._folder}", *options],
            stdout=self._log,
            stderr=self._log,
            cwd=self._folder,
            **self._as_account(),
        )
        self._wait()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(timeout=_START_SECONDS)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def address(self) -> str:
        """As libpq takes it."""
        return f"host={self._folder} user={_OWNER} dbname=postgres"

    def _as_account(self) -> dict[str, Any]:
        return {"user": self._account, "group": self._account, "extra_groups": []} if self._account else {}

    def _wait(self) -> None:
        last = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.address).close()
            except psycopg.OperationalError as fault:
                if self._process.poll() is not None or time.monotonic() > last:
                    raise Unavailable(f"PostgreSQL did not start: {(self._folder / 'log').read_text()}") from fault
                time.sleep(0.02)
            else:
                return


def why_not() -> str:
    """Why PostGIS cannot be measured here; empty where it can."""
    try:
        programs = _find_programs()
    except Unavailable as fault:
        return fault.detail
    version = programs.parent.name
    if not Path(f"/usr/share/postgresql/{version}/extension/postgis.control").is_file():
        return f"PostGIS is not installed for PostgreSQL {version}: apt-get install postgresql-{version}-postgis-3."
    return ""


def _find_programs() -> Path:
    """The folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if not found:
        raise Unavailable("PostgreSQL's server is not installed: apt-get install postgresql postgresql-15-postgis-3.")
    return found[-1].parent
