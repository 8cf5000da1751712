"""Archives that strangers send: what is taken, and every trick that is refused before anything is unpacked."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from referral_hub.errors import ImportRefused
from referral_hub.partners.imports.archives import DIRECTORY, MB, WORKBOOK, ArchiveLimits, check_archive, open_archive

SMALL = ArchiveLimits(file_bytes=4 * MB, entries=10, entry_bytes=2 * MB, total_bytes=3 * MB, ratio=100, ratio_from=MB)


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return file


def special(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return entry


def patched(file: io.BytesIO, change: Callable[[bytearray], None]) -> io.BytesIO:
    data = bytearray(file.getvalue())
    change(data)
    return io.BytesIO(bytes(data))


def refusal(file: io.BytesIO | Path, limits: ArchiveLimits = SMALL) -> str:
    with pytest.raises(ImportRefused) as refused:
        check_archive(file, limits, name=None if isinstance(file, Path) else "upload.zip")
    assert len(refused.value.errors) == 1
    assert refused.value.detail.endswith("Nothing was imported.")
    return refused.value.detail


def test_files_are_read_from_folders_too_and_folders_are_no_files(tmp_path: Path):
    path = tmp_path / "directory.zip"
    path.write_bytes(packed(("data/", b""), ("data/services.csv", b"id,name\n1,A\n"), ("datapackage.json", b"{}")).getvalue())
    with open_archive(path) as archive:
        assert archive.names == ("data/services.csv", "datapackage.json")
        assert archive.size("datapackage.json") == 2
        with archive.open("data/services.csv") as file:
            assert file.readlines() == [b"id,name\n", b"1,A\n"]
    assert [item.name for item in tmp_path.iterdir()] == ["directory.zip"]


def test_names_with_backslashes_are_read_as_folders():
    with open_archive(packed(("data\\services.csv", b"id"))) as archive:
        assert archive.names == ("data/services.csv",)


def test_a_fault_of_the_reader_stays_its_own():
    with pytest.raises(ValueError, match="mine"), open_archive(packed(("a.csv", b"id"))) as archive, archive.open("a.csv"):
        raise ValueError("mine")


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("../services.csv", "leads out"),
        ("data/../../services.csv", "leads out"),
        ("..\\services.csv", "leads out"),
        ("/etc/services.csv", "root of a disk"),
        ("\\\\server\\services.csv", "root of a disk"),
        ("C:\\services.csv", "root of a disk"),
        ("c:services.csv", "root of a disk"),
        ("a\x1b[2Jb.csv", "cannot be shown"),
        ("a\u202egpj.csv", "cannot be shown"),
        ("services.csv\0.txt", "cannot be shown"),
        ("n" * 300, "too long"),
        (special("services.csv", stat.S_IFLNK | 0o777), "is a link"),
        (special("services.csv", stat.S_IFIFO | 0o600), "neither a file nor a folder"),
        (special("services.csv", stat.S_IFCHR | 0o600), "neither a file nor a folder"),
        ("inner.zip", "an archive itself"),
        ("INNER.ZIP", "an archive itself"),
        ("data/inner.tar.gz", "an archive itself"),
    ],
)
def test_an_entry_that_could_do_harm_is_refused(entry: str | zipfile.ZipInfo, says: str):
    if isinstance(entry, str) and "\0" in entry:
        safe = entry.replace("\0", "0")
        file = patched(packed((safe, b"id")), lambda data: data.__setitem__(slice(None), data.replace(safe.encode(), entry.encode())))
    else:
        file = packed((entry, b"id,name"))
    told = refusal(file)
    assert says in told
    assert all(letter.isprintable() for letter in told)


@pytest.mark.parametrize("begins", [packed(("a", b"b")).getvalue(), b"\x1f\x8b\x08....", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh9"])
def test_an_archive_within_shows_whatever_it_is_called(begins: bytes):
    assert "services.csv: the entry is an archive itself" in refusal(packed(("services.csv", begins)))


def test_a_workbook_may_carry_another_document():
    check_archive(packed(("xl/embeddings/sheet.xlsx", packed(("a", b"b")).getvalue())), WORKBOOK)


def test_more_entries_than_the_limit_are_refused():
    assert "it holds 11 entries; at most 10" in refusal(packed(*((f"{number}.csv", b"") for number in range(11))))


def test_a_long_table_of_contents_is_not_read(monkeypatch: pytest.MonkeyPatch):
    file = packed(*((f"{number:0200}.csv", b"") for number in range(60)))
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the table of contents was read"))
    assert "at most 10 entries" in refusal(file)


def test_a_long_table_of_contents_in_the_long_form_is_not_read(monkeypatch: pytest.MonkeyPatch):
    file = packed(("a.csv", b"id"))
    end = file.getvalue().rfind(b"PK\x05\x06")
    long_form = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("the table of contents was read"))
    assert "at most 10 entries" in refusal(patched(file, lambda data: data.__setitem__(slice(end, end), long_form + locator)))


def test_an_ordinary_archive_in_the_long_form_is_read():
    file = packed(("a.csv", b"id"))
    start, end = file.getvalue().rfind(b"PK\x01\x02"), file.getvalue().rfind(b"PK\x05\x06")
    long_form = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, end - start, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    with open_archive(patched(file, lambda data: data.__setitem__(slice(end, end), long_form + locator))) as archive:
        assert archive.names == ("a.csv",)


def test_a_bomb_is_refused_by_its_ratio_its_size_and_its_total():
    zeros = bytes(2 * MB)
    assert "more than 100 times" in refusal(packed(("a.csv", zeros)))
    assert "the entry unpacks to more than 2 MB" in refusal(packed(("a.csv", bytes(3 * MB))))
    noise = b"".join(struct.pack("<Q", (number * 0x9E3779B97F4A7C15) & (2**64 - 1)) for number in range(MB // 9))
    assert "it unpacks to more than 3 MB" in refusal(packed(*((f"{n}.csv", noise) for n in range(4)), method=zipfile.ZIP_DEFLATED))
    assert "it is larger than 4 MB" in refusal(packed(*((f"{n}.csv", noise) for n in range(5)), method=zipfile.ZIP_STORED))


def test_a_small_entry_may_be_as_even_as_it_likes():
    check_archive(packed(("a.csv", bytes(MB))), SMALL)


def test_entries_that_overlap_are_refused():
    file = packed(*((f"{number}.csv", b"id,name\n" * 100) for number in range(4)), method=zipfile.ZIP_STORED)

    def stretch(data: bytearray) -> None:
        at = 0
        while (at := data.find(b"PK\x01\x02", at)) >= 0:
            struct.pack_into("<LL", data, at + 20, 1_500, 1_500)
            at += 4

    assert "its entries overlap" in refusal(patched(file, stretch))


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2001])
def test_a_password_is_refused(flag: int):
    file = packed(("a.csv", b"id"))
    at = file.getvalue().rfind(b"PK\x01\x02")
    assert "password" in refusal(patched(file, lambda data: struct.pack_into("<H", data, at + 8, flag)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_cannot_be_bounded_is_refused(method: int):
    assert "pack it as an ordinary zip" in refusal(packed(("a.csv", b"id"), method=method))


def test_a_name_that_is_there_twice_is_refused():
    assert "there twice" in refusal(packed(("services.csv", b"id"), ("Services.CSV", b"id")))


def test_an_entry_that_unpacks_to_more_than_it_promised_is_refused_in_the_middle():
    file = packed(("a.csv", b"id,name\n" * 100_000))
    at = file.getvalue().rfind(b"PK\x01\x02")
    with (
        open_archive(patched(file, lambda data: struct.pack_into("<L", data, at + 24, 500_000)), SMALL) as archive,
        archive.open("a.csv") as entry,
        pytest.raises(ImportRefused, match=r"a\.csv: it is damaged"),
    ):
        entry.read()


@pytest.mark.parametrize("data", [b"", b"PK", b"id,name\n1,A\n", b"PK\x05\x06", b"PK\x03\x04" + bytes(100), b"PK\x05\x06" + b"\xff" * 18])
def test_what_is_no_archive_is_refused(data: bytes):
    assert "no zip archive" in refusal(io.BytesIO(data)) or "is damaged" in refusal(io.BytesIO(data))


def test_every_cut_and_every_changed_byte_is_read_or_refused_and_nothing_else():
    whole = packed(("services.csv", b"id,name\n" * 50), ("datapackage.json", b"{}")).getvalue()
    for place in range(len(whole)):
        for data in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            try:
                with open_archive(io.BytesIO(data), SMALL) as archive:
                    for name in archive.names:
                        with archive.open(name) as file:
                            file.read()
            except ImportRefused:
                continue


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path)
    assert "gone.zip" in refusal(tmp_path / "gone.zip")


def test_the_directory_limits_hold_what_a_hundred_thousand_services_take():
    assert DIRECTORY.entry_bytes >= 256 * MB
    assert DIRECTORY.total_bytes >= DIRECTORY.entry_bytes
