"""Passwords: what is good enough, and that only a hash is kept."""

from __future__ import annotations

import pytest

from referral_hub.passwords import COMMON, SHORTEST, fault_of_password, hash_password, hash_secret, is_password, new_password, new_token

EMAIL = "ana.ortiz@example.org"


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("a quiet harbor at dawn", True),
        ("twelve chars", True),
        ("eleven char", False),
        ("", False),
        ("x" * 12, False),
        ("121212121212", False),
        ("Password1234", False),
        (" ANA.ortiz@example.org ", False),
        ("ana.ortiz@example.org plus more", True),
        ("aB3$" * 64 + "z", False),
    ],
)
def test_a_password_is_long_enough_and_not_among_the_first_guesses(password: str, is_good: bool) -> None:
    assert (fault_of_password(password, EMAIL) is None) is is_good


def test_the_name_before_the_at_sign_is_no_password() -> None:
    assert fault_of_password("wilhelmina.brandt", "wilhelmina.brandt@example.org") == "must not be the mail address"


def test_the_common_ones_would_otherwise_pass() -> None:
    assert all(len(word) >= SHORTEST and word == word.lower() for word in COMMON)


def test_only_the_right_password_fits_and_nobody_s_fits_none() -> None:
    stored = hash_password("a quiet harbor at dawn")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_password(stored, "a quiet harbor at dawn")
    assert not is_password(stored, "A quiet harbor at dawn")
    assert not is_password(None, "a quiet harbor at dawn")
    assert not is_password("not a hash", "a quiet harbor at dawn")


def test_made_secrets_differ_and_are_long() -> None:
    passwords, tokens = {new_password() for _ in range(50)}, {new_token() for _ in range(50)}
    assert len(passwords) == len(tokens) == 50
    assert all(fault_of_password(password, EMAIL) is None for password in passwords)
    assert all(token.startswith("rh_") and len(token) >= len("rh_") + 43 for token in tokens)


def test_a_secret_with_any_characters_has_a_hash() -> None:
    assert hash_secret("\udcff\u0000é") != hash_secret("")
