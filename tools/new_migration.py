"""Write the next migration: what leads from the last one to the tables as the code has them now.

`python -m tools.new_migration "add a column"`. Read what it wrote: a rename looks like a drop and an add.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from referral_hub.storage.engine import Database
from referral_hub.storage.migrate import migrate, newest_revision, write_revision


def main(arguments: list[str]) -> int:
    """0 written, 2 wrong usage."""
    if len(arguments) != 1 or not arguments[0].strip():
        sys.stderr.write('Say what changes: python -m tools.new_migration "add a column"\n')
        return 2
    number = int(newest_revision() or 0) + 1
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'last.sqlite'}")
        migrate(database)
        path = write_revision(database, arguments[0].strip(), f"{number:04}")
        database.dispose()
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", path], check=True)  # noqa: S603  # the file just written
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
