"""A mail as RFC 5322 text."""

from __future__ import annotations

from email.message import EmailMessage

from referral_hub.ports import DeliveryFailed, Mail


def write_eml(mail: Mail, sender: str) -> EmailMessage:
    """The message; its Message-ID is the delivery's id, so that receivers drop doubles.

    Raises:
        DeliveryFailed: the address or subject cannot stand in a header.
    """
    message = EmailMessage()
    try:
        message["From"] = sender
        message["To"] = mail.recipient
        message["Subject"] = mail.subject
    except ValueError as fault:
        raise DeliveryFailed(type(fault).__name__) from fault
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message
