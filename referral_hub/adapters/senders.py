"""Which mailer and which text sender the settings name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from referral_hub.adapters.mailer_outbox import OutboxMailer
from referral_hub.adapters.mailer_smtp import SmtpMailer
from referral_hub.adapters.text_outbox import OutboxTexts
from referral_hub.errors import BadSettings
from referral_hub.ports import Mailer, TextMessages
from referral_hub.settings import Settings

OUTBOX = "outbox:"


def mailer_of(settings: Settings) -> Mailer:
    """The mailer of REFERRAL_HUB_MAIL; raises BadSettings for an address that is none."""
    sender = f"no-reply@{urlsplit(settings.base_url).hostname or 'localhost'}"
    if settings.mail and not settings.mail.startswith(OUTBOX):
        return SmtpMailer(settings.mail, sender)
    return OutboxMailer(_folder(settings, settings.mail, "mail"), sender)


def texts_of(settings: Settings) -> TextMessages:
    """The text sender of REFERRAL_HUB_TEXT; raises BadSettings for what is no folder (no provider is built in yet)."""
    if settings.text and not settings.text.startswith(OUTBOX):
        raise BadSettings("REFERRAL_HUB_TEXT takes `outbox:FOLDER`; sending through a provider is not built in.")
    return OutboxTexts(_folder(settings, settings.text, "text"))


def _folder(settings: Settings, value: str, name: str) -> Path:
    given = value.removeprefix(OUTBOX)
    return Path(given) if given else settings.data_dir / name
