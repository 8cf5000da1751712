"""Who asks, for which organization, by which channel."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec


class Role(StrEnum):
    """What somebody is to the network; the first six sign in, `patient` and `system` never do."""

    CARE_MANAGER = "care_manager"
    CARE_VIEWER = "care_viewer"
    PARTNER_STAFF = "partner_staff"
    PARTNER_LEAD = "partner_lead"
    COORDINATOR = "coordinator"
    AUDITOR = "auditor"
    PATIENT = "patient"
    SYSTEM = "system"


class Channel(StrEnum):
    """How a step was taken."""

    PORTAL = "portal"
    API = "api"
    COMMAND = "command"
    LETTER = "letter"
    MAIL = "mail"
    """A link that was mailed to a partner."""
    CLOCK = "clock"
    SAMPLE = "sample"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The asker of an action. `account_id` is None for the system and for a patient with a letter."""

    account_id: UUID | None
    organization_id: UUID | None
    role: Role
    name: str
    channel: Channel = Channel.PORTAL


SYSTEM = Actor(account_id=None, organization_id=None, role=Role.SYSTEM, name="Referral Hub", channel=Channel.CLOCK)
COMMAND_LINE = Actor(account_id=None, organization_id=None, role=Role.SYSTEM, name="Command line", channel=Channel.COMMAND)
