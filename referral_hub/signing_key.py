"""The key that signs forgery tokens: given by the deployment, or made once and kept beside the data."""

from __future__ import annotations

import os
import secrets

from referral_hub.errors import BadSettings
from referral_hub.settings import Settings

SHORTEST = 32


def signing_key(settings: Settings) -> str:
    """At least 32 characters.

    Raises:
        BadSettings: the key is too short, or a public hub has none.
    """
    if settings.secret_key:
        if len(settings.secret_key) < SHORTEST:
            raise BadSettings(f"REFERRAL_HUB_SECRET_KEY needs at least {SHORTEST} characters.")
        return settings.secret_key
    if not settings.is_local:
        raise BadSettings("A public hub needs REFERRAL_HUB_SECRET_KEY: at least 32 random characters, the same for every worker.")
    path = settings.data_dir / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
