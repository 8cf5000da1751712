"""A folder that stands in for the outside: one file a message, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def put_file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file under its final name only once it is complete; the same name again replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / name
    half = folder / f".{name}.part"
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(place)
    return place
