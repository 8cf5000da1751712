"""A sidecar: one JSON object, kind -> source id -> fields that HSDS has no place for. Of each entry only its place stays in memory."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from referral_hub.partners.imports.report import Report
from referral_hub.partners.tabular import OWN_EXPORT

LIMIT = 256 << 20
"""Bytes."""
_BOM = b"\xef\xbb\xbf"
_CONFIDENTIAL = b'"confidential"'


class Sidecar:
    """The entries that no record has taken yet; two ids are told apart by eight bytes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_own = False
        """Beside a hub's own export: the documents are to be read as they stand."""
        self.whole: dict[str, dict[str, msgspec.Raw]] = {}
        """Records by kind and source id that no document need hold: the words that all organizations use."""
        self.confidential: set[str] = set()
        """Source ids of the places that it may call confidential."""
        self._spool: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed with this object
        weakref.finalize(self, self._spool.close)
        self._keys, self._starts = array("q"), array("q")
        self._order = self._sorted = np.empty(0, np.int64)
        self._taken = bytearray()

    def add(self, kind: str, entries: dict[str, msgspec.Raw]) -> None:
        """More entries, before the first is taken."""
        start = self._spool.seek(0, 2)
        for source_id, raw in entries.items():
            self._keys.append(hash((kind, source_id)))
            self._starts.append(start)
            start += self._spool.write(msgspec.json.encode([kind, source_id, raw]) + b"\n")
            if kind == "location" and _CONFIDENTIAL in bytes(raw):
                self.confidential.add(source_id)
        self._taken.extend(bytes(len(entries)))

    def take(self, kind: str, source_ids: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """(source id, fields) of those records that it says something of; each is taken once."""
        names = list(source_ids)
        if not names or not self._keys:
            return
        if len(self._order) < len(self._keys):
            keys = np.array(self._keys, np.int64)
            self._order = np.argsort(keys)
            self._sorted = keys[self._order]
        wanted = np.fromiter((hash((kind, name)) for name in names), np.int64, len(names))
        found = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        for number in np.flatnonzero(self._sorted[found] == wanted).tolist():
            place = int(self._order[found[number]])
            if not self._taken[place]:
                self._taken[place] = 1
                yield names[number], self._entry(place)[2]

    def left(self) -> Iterator[tuple[str, str]]:
        """(kind, source id) of the entries that no record took."""
        for place, taken in enumerate(self._taken):
            if not taken:
                kind, source_id, _ = self._entry(place)
                yield kind, source_id

    def _entry(self, place: int) -> Any:
        self._spool.seek(self._starts[place])
        return msgspec.json.decode(self._spool.readline())


def read_sidecar(path: Path, kinds: frozenset[str], whole: frozenset[str], report: Report) -> Sidecar:
    """A sidecar that may say something of these kinds, and hold records of the kinds `whole`; faults go to the report."""
    sidecar = Sidecar(path.name)
    try:
        if path.stat().st_size > LIMIT:
            report.fault(path.name, None, None, "the file is larger than 256 MB; split it")
            return sidecar
        given = msgspec.json.decode(path.read_bytes().removeprefix(_BOM), type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        report.fault(path.name, None, None, "the sidecar is one object: kind -> id -> fields")
    except msgspec.DecodeError as fault:
        report.fault(path.name, None, None, f"the file is not JSON ({fault})")
    except UnicodeDecodeError:
        report.fault(path.name, None, None, "the file is not UTF-8 text")
    except OSError as fault:
        report.fault(path.name, None, None, f"the file cannot be read ({fault.strerror})")
    else:
        sidecar.is_own = given.pop(OWN_EXPORT, None) is not None
        for kind, raw in given.items():
            try:
                entries = msgspec.json.decode(raw if kind in kinds | whole else b"", type=dict[str, msgspec.Raw])
                if kind in whole:
                    sidecar.whole[kind] = entries
                else:
                    sidecar.add(kind, entries)
            except msgspec.DecodeError:
                report.fault(path.name, None, kind, f"{kind} has no fields of ours; kinds: {', '.join(sorted(kinds))}")
    return sidecar


def is_of_own_export(path: Path) -> bool:
    """Whether a hub wrote this sidecar: its mark stands first in it."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip().startswith(f'{{"{OWN_EXPORT}"'.encode())
    except OSError:  # told where it is read as a whole
        return False
