"""POST /api/matches: which services may help, best first, with the reasons in minutes."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from referral_hub.actors import Actor
from referral_hub.api.outline import LARGEST_NAMED, check_match
from referral_hub.care import actions as care_actions
from referral_hub.matching import actions
from referral_hub.matching.answers import MatchAnswer
from referral_hub.matching.facts import MatchRequest
from referral_hub.unit_of_work import Hub


@post("/matches", status_code=200, sync_to_thread=True, before_request=check_match, request_max_body_size=LARGEST_NAMED)
def match(hub: NamedDependency[Hub], actor: NamedDependency[Actor], data: JSONBody[MatchRequest]) -> MatchAnswer:
    """Match facts with services; `patient_id` takes the stored facts, and `facts` goes over them."""
    with hub.read(actor) as work:
        if data.patient_id is not None:
            return care_actions.match_for_patient(work, data.patient_id, data)
        return actions.match_services(work, data)


handlers = [match]
