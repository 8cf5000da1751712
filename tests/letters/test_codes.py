"""Codes that are hard to guess, easy to type, and worth nothing in a stolen table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral_hub.care.model import Patient
from referral_hub.ids import new_id
from referral_hub.letters import codes

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
OMAR = Patient(
    id=new_id(),
    organization_id=new_id(),
    given_name="Omar",
    family_name="Haddad",
    birth_date=date(1959, 5, 4),
    created_at=NOW,
    updated_at=NOW,
)


def mint() -> codes.Minted:
    return codes.mint_code(referral_id=new_id(), cycle=1, patient=OMAR, language="en", now=NOW, by=None)


def test_a_typed_code_has_sixty_bits_and_a_link_a_hundred_and_twenty_eight() -> None:
    assert codes.CODE_BITS >= 60
    assert codes.TOKEN_BYTES * 8 >= 128
    assert len({mint().code for _ in range(200)}) == 200
    assert {len(mint().token) for _ in range(20)} == {32}


def test_a_code_is_four_groups_of_four_without_look_alikes() -> None:
    code = mint().code
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert not set("01OIQLSBZGU") & set(codes.ALPHABET)
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET)


def test_every_symbol_of_the_alphabet_turns_up() -> None:
    assert set("".join(mint().code.replace("-", "") for _ in range(300))) == set(codes.ALPHABET)


def test_only_hashes_are_kept() -> None:
    minted = mint()
    stored = msgspec.json.encode(minted.record).decode()
    assert minted.token not in stored
    assert minted.code not in stored
    assert minted.code.replace("-", "") not in stored
    assert minted.record.code_hash == codes.hashes_of(minted.code)[0]
    assert minted.record.link_hash == codes.hashes_of(minted.token)[1]


@given(st.text(codes.ALPHABET, min_size=16, max_size=16), st.sampled_from([" ", "-", "", " - "]), st.booleans())
def test_a_code_is_read_however_it_is_typed(plain: str, gap: str, lower: bool) -> None:
    typed = f" {gap.join(plain[n : n + 4] for n in range(0, 16, 4))} "
    assert codes.read_code(typed.lower() if lower else typed) == plain


@pytest.mark.parametrize(("typed", "meant"), [("Z", "2"), ("s", "5"), ("G", "6"), ("b", "8"), ("u", "V")])
def test_a_look_alike_is_taken_for_its_symbol(typed: str, meant: str) -> None:
    assert codes.read_code(f"ACDE FHJK MNPR TVW{typed}") == f"ACDEFHJKMNPRTVW{meant}"


@pytest.mark.parametrize("typed", ["", "ACDE-FHJK-MNPR", "ACDE-FHJK-MNPR-TVWXY", "ACDE-FHJK-MNPR-TVW0", "ACDE-FHJK-MNPR-TVW!", "é" * 16])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert codes.read_code(typed) is None


def test_a_letter_opens_for_ninety_days_until_revoked_or_locked() -> None:
    record = mint().record
    assert codes.is_open(record, NOW)
    assert codes.is_open(record, NOW + timedelta(days=90) - timedelta(seconds=1))
    assert not codes.is_open(record, NOW + timedelta(days=90))
    assert not codes.is_open(msgspec.structs.replace(record, revoked_at=NOW), NOW)
    assert codes.is_open(msgspec.structs.replace(record, tries=4), NOW)
    assert not codes.is_open(msgspec.structs.replace(record, tries=5), NOW)


@pytest.mark.parametrize(
    ("typed", "fits"),
    [("1959", True), (" 1959 ", True), ("1958", False), ("59", False), ("", False), ("nineteen", False), ("１９５９", False)],
)
def test_the_second_item_is_the_year_of_birth(typed: str, fits: bool) -> None:
    assert codes.fits_year(OMAR, typed) is fits


def test_nobody_without_a_birth_date_is_let_in_by_an_empty_year() -> None:
    assert not codes.fits_year(msgspec.structs.replace(OMAR, birth_date=None), "")
