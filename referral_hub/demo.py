"""The demo: an embedded database with the sample network, made once, and the sign-ins of the cast."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from referral_hub.storage.migrate import migrate
from referral_hub.unit_of_work import Hub
from seeds.load import SAMPLE_SIGN_INS, load_sample

SIGN_INS_FILE = "sign-ins.json"


def prepare_demo(hub: Hub, tell: Callable[[str], None]) -> dict[str, str]:
    """Bring the database to today's schema with the sample network in it; the sign-ins by mail address.

    Passwords are made on this machine the first time and kept beside the data, readable by its owner only.
    """
    sign_ins = _sign_ins(hub.settings.data_dir / SIGN_INS_FILE)
    migrate(hub.database)
    load_sample(hub, sign_ins, tell)
    return sign_ins


def _sign_ins(path: Path) -> dict[str, str]:
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    path.parent.mkdir(parents=True, exist_ok=True)
    made = {email: _speakable_password() for email in SAMPLE_SIGN_INS}
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    return made


def _speakable_password() -> str:
    """Sixty bits in groups that a person can read out."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))
