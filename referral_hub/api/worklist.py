"""GET /api/worklist: what needs the asker today."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from referral_hub.actors import Actor
from referral_hub.referrals import reading
from referral_hub.unit_of_work import Hub


@get("/worklist", sync_to_thread=True)
def show_worklist(hub: NamedDependency[Hub], actor: NamedDependency[Actor]) -> reading.Worklist:
    """What needs you today, in order, with the reason."""
    with hub.read(actor) as work:
        return reading.worklist(work)


handlers = [show_worklist]
