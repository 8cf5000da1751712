"""Mail through an SMTP server: `smtp://[name:password@]host[:port]`, or `smtps://` for TLS from the start."""

from __future__ import annotations

import smtplib
import ssl
from urllib.parse import unquote, urlsplit

from referral_hub.adapters.eml import write_eml
from referral_hub.errors import BadSettings
from referral_hub.ports import DeliveryFailed, Mail

TIMEOUT_S = 15
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class SmtpMailer:
    """One connection a message. Beyond this machine it insists on TLS."""

    def __init__(self, address: str, sender: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise BadSettings("REFERRAL_HUB_MAIL is neither `outbox:FOLDER` nor `smtp://HOST:PORT`.")
        self._host = parts.hostname
        self._port = parts.port or (465 if parts.scheme == "smtps" else 587)
        self._name = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._tls_first = parts.scheme == "smtps"
        self._sender = sender

    def send(self, mail: Mail) -> None:
        message = write_eml(mail, self._sender)
        try:
            with self._connect() as server:
                if self._name:
                    server.login(self._name, self._password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as fault:
            raise DeliveryFailed(type(fault).__name__) from fault

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls_first:
            return smtplib.SMTP_SSL(self._host, self._port, timeout=TIMEOUT_S, context=context)
        server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_S)
        if self._host not in _LOCAL:
            server.starttls(context=context)
        return server
