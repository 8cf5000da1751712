"""Where an export goes: a folder, a zip archive or one file, whole or not at all."""

from __future__ import annotations

import os
import shutil
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from referral_hub.errors import ExportRefused

_SAME_TIME = (1980, 1, 1, 0, 0, 0)
"""Of every entry: the same directory is the same archive, byte for byte."""


class Target(ABC):
    """Takes files one after the other; made by `open_target`."""

    @abstractmethod
    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """The next file; the one before must be closed."""


class _Folder(Target):
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return (self._path / name).open("wb")


class _Archive(Target):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        entry = zipfile.ZipInfo(name, _SAME_TIME)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return self._archive.open(entry, "w", force_zip64=True)  # how large it becomes is not known yet


@contextmanager
def open_target(path: Path) -> Iterator[Target]:
    """A folder, or a zip archive where the path ends in .zip; it stands at `path` when the block is left without a fault.

    An archive that is there already is replaced; a folder must not be there, or be empty.

    Raises:
        ExportRefused: it cannot be written there; nothing is left behind.
    """
    is_archive = path.suffix.lower() == ".zip"
    _check_free(path, is_file=is_archive)
    beside = _beside(path)
    try:
        with _as_refusal(path):
            if is_archive:
                with zipfile.ZipFile(beside, "w") as archive:
                    yield _Archive(archive)
                beside.replace(path)
            else:
                beside.mkdir(parents=True)
                yield _Folder(beside)
                if path.is_dir():
                    path.rmdir()
                beside.rename(path)
    finally:
        _remove(beside)


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """One file, which replaces what is there when the block is left without a fault.

    Raises:
        ExportRefused: it cannot be written there.
    """
    _check_free(path, is_file=True)
    beside = _beside(path)
    try:
        with _as_refusal(path):
            with beside.open("wb") as file:
                yield file
            beside.replace(path)
    finally:
        _remove(beside)


def _check_free(path: Path, *, is_file: bool) -> None:
    if is_file and path.is_dir():
        raise ExportRefused(f"{path} is a folder. Give the name of a file. Nothing was exported.")
    if is_file or not path.exists():
        return
    if not path.is_dir() or any(path.iterdir()):
        raise ExportRefused(f"{path} is there already and is no empty folder. Give another path, or remove it. Nothing was exported.")


def _beside(path: Path) -> Path:
    """Where it is written until it is whole: on the same disk."""
    return path.absolute().with_name(f".{path.absolute().name}.{os.getpid()}.partial")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _as_refusal(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        raise ExportRefused(f"{path} cannot be written ({fault.strerror or fault}). Nothing was exported.") from fault
