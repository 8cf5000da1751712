"""Who may do what, as one literal table: every route of the application with the answer for every member of the cast.

The third column says on which of Omar's records: a referral by its state (`asked` stands for every one that was
sent), `action:STATE` for a step on a page, or `-`. A route that is not here, or a row without a route, fails.
"""

from __future__ import annotations

from msgspec import Struct

from tests.tenancy.world import MEMBERS, RECORDS

ASKED = tuple(name for name in RECORDS if name != "draft")

TABLE = """
#                                                            on                  ana ben hana pia lee zoe cora alma uma
GET    /health/live                                          -                   200 200 200  200 200 200 200  200  200
GET    /health/ready                                         -                   200 200 200  200 200 200 200  200  200
GET    /hsds                                                 -                   200 200 200  200 200 200 200  200  200
GET    /hsds/services                                        -                   200 200 200  200 200 200 200  200  200
GET    /hsds/services/{service_id}                           pantry              200 200 200  200 200 200 200  200  200
GET    /hsds/services/{service_id}                           refuge              200 200 200  200 200 200 200  200  200
GET    /hsds/service_at_locations                            -                   200 200 200  200 200 200 200  200  200
GET    /hsds/service_at_locations/{listing_id}               pantry              200 200 200  200 200 200 200  200  200
GET    /hsds/service_at_locations/{listing_id}               refuge              200 200 200  200 200 200 200  200  200
GET    /hsds/organizations                                   -                   200 200 200  200 200 200 200  200  200
GET    /hsds/organizations/{organization_id}                 pantry              200 200 200  200 200 200 200  200  200
GET    /hsds/organizations/{organization_id}                 refuge              200 200 200  200 200 200 200  200  200
GET    /hsds/taxonomies                                      -                   200 200 200  200 200 200 200  200  200
GET    /hsds/taxonomies/{taxonomy_id}                        -                   200 200 200  200 200 200 200  200  200
GET    /hsds/taxonomy_terms                                  -                   200 200 200  200 200 200 200  200  200
GET    /hsds/taxonomy_terms/{term_id}                        -                   200 200 200  200 200 200 200  200  200
GET    /schema                                               -                   200 200 200  200 200 200 200  200  200
GET    /schema/openapi.json                                  -                   200 200 200  200 200 200 200  200  200
GET    /schema/{path}                                        -                   404 404 404  404 404 404 404  404  404
GET    /static/{file_path}                                   -                   200 200 200  200 200 200 200  200  200
HEAD   /static/{file_path}                                   -                   200 200 200  200 200 200 200  200  200

GET    /api/taxonomy-terms                                   -                   200 200 200  200 200 200 200  200  401
GET    /api/services                                         -                   200 200 200  200 200 200 200  200  401
GET    /api/service-at-locations                             -                   403 403 403  403 403 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/capacity       pantry              403 403 403  200 200 404 200  403  401
GET    /api/service-at-locations/{listing_id}/listing        pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/hours  pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/words  pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/contact pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/languages pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/documents pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/area   pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/eligibility pantry              403 403 403  403 200 403 200  403  401
PUT    /api/service-at-locations/{listing_id}/listing/paused pantry              403 403 403  403 200 403 200  403  401
GET    /api/directory-changes                                -                   403 403 403  403 403 403 200  403  401
GET    /api/directory-changes/{change_set_id}                -                   403 403 403  403 403 403 200  403  401
POST   /api/directory-changes/{change_set_id}/undo           -                   403 403 403  403 403 403 200  403  401
GET    /api/duplicates                                       -                   403 403 403  403 403 403 200  403  401
POST   /api/duplicates                                       -                   403 403 403  403 403 403 200  403  401
GET    /api/duplicates/{duplicate_id}                        -                   403 403 403  403 403 403 200  403  401
POST   /api/duplicates/{duplicate_id}/merge                  -                   403 403 403  403 403 403 200  403  401
POST   /api/duplicates/{duplicate_id}/apart                  -                   403 403 403  403 403 403 200  403  401
GET    /api/service-at-locations/{listing_id}/provenance     pantry              403 403 403  200 200 404 200  403  401
GET    /api/service-at-locations/{listing_id}/provenance     refuge              403 403 403  404 404 200 200  403  401
GET    /api/directory-work                                   -                   403 403 403  200 200 200 200  403  401
POST   /api/service-at-locations/{listing_id}/reports        pantry              200 200 200  200 200 200 200  403  401
POST   /api/corrections/{correction_id}                      -                   403 403 403  200 200 404 200  403  401
GET    /api/differences                                      -                   403 403 403  403 403 403 200  403  401
POST   /api/differences                                      -                   403 403 403  403 403 403 200  403  401
POST   /api/services/{service_id}/confirm                    pantry              403 403 403  200 200 404 200  403  401
POST   /api/matches                                          -                   200 200 200  403 403 403 200  403  401
POST   /api/matches                                          omar                200 200 404  403 403 403 403  403  401
GET    /api/match-costs                                      -                   200 200 200  403 403 403 200  403  401
PUT    /api/match-costs                                      -                   403 403 403  403 403 403 200  403  401
GET    /api/area-medians                                     -                   200 200 200  403 403 403 200  403  401
GET    /api/room-days                                        -                   403 403 403  200 200 200 200  403  401
PUT    /api/room-days                                        -                   403 403 403  403 403 403 200  403  401
PUT    /api/area-medians                                     -                   403 403 403  403 403 403 200  403  401
GET    /api/referrers                                        -                   200 200 200  403 403 403 200  403  401
PUT    /api/referrers                                        -                   403 403 403  403 403 403 200  403  401
GET    /api/rule-suggestions                                 -                   403 403 403  200 200 200 200  403  401
POST   /api/rule-suggestions                                 -                   403 403 403  403 403 403 200  403  401
POST   /api/rule-suggestions/{suggestion_id}/confirm         -                   403 403 403  200 200 404 200  403  401
POST   /api/rule-suggestions/{suggestion_id}/dismiss         -                   403 403 403  200 200 404 200  403  401
POST   /api/rule-suggestions/{suggestion_id}/reopen          -                   403 403 403  200 200 404 200  403  401

GET    /api/patients                                         -                   200 200 200  403 403 403 403  403  401
POST   /api/patients                                         -                   201 403 201  403 403 403 403  403  401
GET    /api/patients/{patient_id}                            -                   200 200 404  403 403 403 403  403  401
PATCH  /api/patients/{patient_id}                            -                   200 403 404  403 403 403 403  403  401
GET    /api/patients/{patient_id}/facts                      -                   200 200 404  403 403 403 403  403  401
PUT    /api/patients/{patient_id}/facts                      -                   200 403 404  403 403 403 403  403  401
GET    /api/patients/{patient_id}/consents                   -                   200 200 404  403 403 403 403  403  401
POST   /api/patients/{patient_id}/consents                   -                   201 403 404  403 403 403 403  403  401
POST   /api/consents/{consent_id}/revoke                     -                   200 403 404  403 403 403 403  403  401
GET    /api/patients/{patient_id}/needs                      -                   200 200 404  403 403 403 403  403  401
POST   /api/patients/{patient_id}/needs                      -                   201 403 404  403 403 403 403  403  401
GET    /api/needs/{need_id}                                  -                   200 200 404  403 403 403 403  403  401

GET    /api/worklist                                         -                   200 200 200  200 200 200 200  403  401
GET    /api/referrals                                        -                   200 200 200  200 200 200 200  403  401
POST   /api/referrals                                        -                   201 403 404  403 403 403 403  403  401
GET    /api/referrals/{referral_id}                          draft               200 200 404  404 404 404 200  403  401
GET    /api/referrals/{referral_id}                          asked               200 200 404  200 200 404 200  403  401
GET    /api/referrals/{referral_id}/events                   draft               200 200 404  404 404 404 200  403  401
GET    /api/referrals/{referral_id}/events                   asked               200 200 404  200 200 404 200  403  401
GET    /api/referrals/{referral_id}/next-services            draft               200 403 404  403 403 403 403  403  401
GET    /api/referrals/{referral_id}/next-services            asked               200 403 404  403 403 403 403  403  401
POST   /api/referrals/{referral_id}/send                     draft               200 403 404  404 404 404 409  403  401
POST   /api/referrals/{referral_id}/accept                   sent                409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/waitlist                 sent                409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/decline                  sent                409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/viewed                   sent                409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/answer                   sent                200 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/withdraw                 sent                200 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/forward                  sent                200 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/mark-error               sent                200 403 404  409 409 404 200  403  401
POST   /api/referrals/{referral_id}/question                 accepted            200 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/attempt                  accepted            409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/appointment              accepted            200 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/start                    accepted            409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/serve                    accepted            409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/give-up                  accepted            409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/undo-accept              accepted            409 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/still-working            accepted            409 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/hold                     accepted            200 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/resume                   paused              200 403 404  200 200 404 409  403  401
POST   /api/referrals/{referral_id}/witness                  served              200 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/close                    served              200 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/close                    declined            200 403 404  409 409 404 409  403  401
POST   /api/referrals/{referral_id}/reopen                   closed              200 403 404  200 200 404 409  403  401

GET    /                                                     -                   200 200 200  200 200 200 200  302  303
GET    /sign-in                                              -                   200 200 200  200 200 200 200  200  200
POST   /sign-in                                              -                   401 401 401  401 401 401 401  401  401
POST   /sign-out                                             -                   303 303 303  303 303 303 303  303  303
GET    /directory                                            -                   200 200 200  200 200 200 200  200  303
GET    /directory.csv                                        -                   403 403 403  403 403 403 200  403  303
GET    /directory/{listing_id}                               pantry              200 200 200  200 200 200 200  200  303
GET    /directory/{listing_id}                               refuge              200 200 200  200 200 200 200  200  303
GET    /directory/{listing_id}/sources                       pantry              403 403 403  200 200 404 200  403  303
GET    /directory/{listing_id}/sources                       refuge              403 403 403  404 404 200 200  403  303
GET    /directory/{listing_id}/report                        pantry              200 200 200  200 200 200 200  403  303
POST   /directory/{listing_id}/report                        pantry              303 303 303  303 303 303 303  403  303
GET    /directory-work                                       -                   403 403 403  200 200 200 200  403  303
POST   /corrections/{correction_id}                          -                   403 403 403  303 303 404 303  403  303
POST   /services/{service_id}/confirm                        pantry              403 403 403  303 303 404 303  403  303
POST   /organizations/{organization_id}/ask                  -                   403 403 403  403 403 403 303  403  303
POST   /organizations/{organization_id}/revoke-links         -                   403 403 403  403 403 403 303  403  303
GET    /c/{secret}                                           mail                200 200 200  200 200 200 200  200  200
GET    /c/{secret}                                           no-link             404 404 404  404 404 404 404  404  404
POST   /c/confirm                                            mail                303 303 303  303 303 303 303  303  303
POST   /c/confirm                                            no-link             404 404 404  404 404 404 404  404  404
POST   /c/wrong                                              mail                303 303 303  303 303 303 303  303  303
POST   /c/wrong                                              no-link             404 404 404  404 404 404 404  404  404
GET    /differences                                          -                   403 403 403  403 403 403 200  403  303
POST   /differences                                          -                   403 403 403  403 403 403 303  403  303
POST   /differences/undo                                     -                   403 403 403  403 403 403 303  403  303
GET    /listings                                             -                   403 403 403  200 200 200 200  403  303
POST   /listings/{listing_id}/capacity                       pantry              403 403 403  303 303 404 303  403  303
GET    /listings/{listing_id}                                pantry              403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      hours               403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      words               403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      contact             403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      languages           403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      documents           403 403 403  403 200 403 200  403  303
GET    /listings/{listing_id}/{section}                      area                403 403 403  403 200 403 200  403  303
POST   /listings/{listing_id}/{section}                      hours               403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/{section}                      words               403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/{section}                      contact             403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/{section}                      languages           403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/{section}                      documents           403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/{section}                      area                403 403 403  403 303 403 303  403  303
GET    /listings/{listing_id}/eligibility                    pantry              403 403 403  403 200 403 200  403  303
POST   /listings/{listing_id}/eligibility                    pantry              403 403 403  403 303 403 303  403  303
POST   /listings/{listing_id}/pause                          pantry              403 403 403  403 303 403 303  403  303
GET    /directory-changes                                    -                   403 403 403  403 403 403 200  403  303
GET    /directory-changes/{change_set_id}                    -                   403 403 403  403 403 403 200  403  303
POST   /directory-changes/{change_set_id}/undo               -                   403 403 403  403 403 403 303  403  303
GET    /duplicates                                           -                   403 403 403  403 403 403 200  403  303
POST   /duplicates                                           -                   403 403 403  403 403 403 303  403  303
GET    /duplicates/{duplicate_id}                            -                   403 403 403  403 403 403 200  403  303
POST   /duplicates/{duplicate_id}/merge                      -                   403 403 403  403 403 403 303  403  303
POST   /duplicates/{duplicate_id}/apart                      -                   403 403 403  403 403 403 303  403  303
GET    /rule-suggestions                                     -                   403 403 403  200 200 200 200  403  303
POST   /rule-suggestions                                     -                   403 403 403  403 403 403 303  403  303
POST   /rule-suggestions/{suggestion_id}/confirm             -                   403 403 403  303 303 404 303  403  303
POST   /rule-suggestions/{suggestion_id}/dismiss             -                   403 403 403  303 303 404 303  403  303
POST   /rule-suggestions/{suggestion_id}/reopen              -                   403 403 403  303 303 404 303  403  303

GET    /referrers                                            -                   403 403 403  403 403 403 200  403  303
POST   /referrers                                            -                   403 403 403  403 403 403 303  403  303
GET    /medians                                              -                   403 403 403  403 403 403 200  403  303
POST   /medians                                              -                   403 403 403  403 403 403 303  403  303
GET    /imports                                              -                   403 403 403  403 403 403 200  403  303
POST   /imports                                              -                   403 403 403  403 403 403 400  403  303
GET    /imports/{job_id}                                     -                   403 403 403  403 403 403 200  403  303
GET    /imports/{job_id}/columns                             -                   403 403 403  403 403 403 200  403  303
POST   /imports/{job_id}/columns                             -                   403 403 403  403 403 403 400  403  303
POST   /imports/{job_id}/run                                 -                   403 403 403  403 403 403 400  403  303
POST   /imports/{job_id}/undo                                -                   403 403 403  403 403 403 409  403  303
POST   /imports/{job_id}/delete                              -                   403 403 403  403 403 403 303  403  303
GET    /imports/{job_id}/report                              -                   403 403 403  403 403 403 200  403  303
GET    /imports/{job_id}/mapping                             -                   403 403 403  403 403 403 200  403  303
GET    /costs                                                -                   403 403 403  403 403 403 200  403  303
POST   /costs                                                -                   403 403 403  403 403 403 303  403  303

GET    /patients                                             -                   200 200 200  403 403 403 403  403  303
POST   /patients                                             -                   200 200 200  403 403 403 403  403  303
GET    /patients/new                                         -                   200 403 200  403 403 403 403  403  303
POST   /patients/new                                         -                   303 403 303  403 403 403 403  403  303
GET    /patients/{patient_id}                                -                   200 200 404  403 403 403 403  403  303
GET    /patients/{patient_id}/edit                           -                   200 403 404  403 403 403 403  403  303
POST   /patients/{patient_id}/edit                           -                   303 403 404  403 403 403 403  403  303
GET    /patients/{patient_id}/facts                          -                   200 403 404  403 403 403 403  403  303
POST   /patients/{patient_id}/facts                          -                   303 403 404  403 403 403 403  403  303
GET    /patients/{patient_id}/consents/new                   -                   200 403 404  403 403 403 403  403  303
POST   /patients/{patient_id}/consents/new                   -                   303 403 404  403 403 403 403  403  303
POST   /consents/{consent_id}/revoke                         -                   303 403 404  403 403 403 403  403  303
GET    /patients/{patient_id}/needs/new                      -                   200 403 404  403 403 403 403  403  303
POST   /patients/{patient_id}/needs/new                      -                   303 403 404  403 403 403 403  403  303
GET    /help/order                                           -                   200 200 200  403 403 403 200  403  303
GET    /needs/{need_id}/match                                -                   200 200 404  403 403 403 403  403  303
GET    /needs/{need_id}/match                                refuge              200 200 404  403 403 403 403  403  303
POST   /needs/{need_id}/facts                                -                   303 403 404  403 403 403 403  403  303
GET    /needs/{need_id}/send/{listing_id}                    pantry              200 403 404  403 403 403 403  403  303
GET    /needs/{need_id}/send/{listing_id}                    refuge              200 403 404  403 403 403 403  403  303
POST   /needs/{need_id}/send/{listing_id}                    pantry              303 403 404  403 403 403 403  403  303

GET    /referrals                                            -                   200 200 200  200 200 200 200  403  303
GET    /referrals/{referral_id}                              draft               200 200 404  404 404 404 200  403  303
GET    /referrals/{referral_id}                              asked               200 200 404  200 200 404 200  403  303
POST   /referrals/{referral_id}/{action}                     send:draft          303 403 404  404 404 404 409  403  303
POST   /referrals/{referral_id}/{action}                     accept:sent         409 403 404  303 303 404 409  403  303
POST   /referrals/{referral_id}/{action}                     decline:sent        409 403 404  303 303 404 409  403  303
POST   /referrals/{referral_id}/{action}                     withdraw:sent       303 403 404  409 409 404 409  403  303
POST   /referrals/{referral_id}/{action}                     start:accepted      409 403 404  303 303 404 409  403  303
POST   /referrals/{referral_id}/{action}                     serve:accepted      409 403 404  303 303 404 409  403  303
POST   /referrals/{referral_id}/{action}                     close:served        303 403 404  409 409 404 409  403  303
POST   /referrals/{referral_id}/{action}                     expire:sent         404 404 404  404 404 404 404  404  303

GET    /referrals/{referral_id}/letter                       draft               200 403 404  403 403 403 403  403  303
GET    /referrals/{referral_id}/letter                       asked               200 403 404  403 403 403 403  403  303
POST   /referrals/{referral_id}/letter                       accepted            200 403 404  403 403 403 403  403  303
POST   /referrals/{referral_id}/letter/revoke                accepted            303 403 404  403 403 403 403  403  303
GET    /r                                                    -                   200 200 200  200 200 200 200  200  200
GET    /r/{secret}                                           link                200 200 200  200 200 200 200  200  200
GET    /r/{secret}                                           no-link             200 200 200  200 200 200 200  200  200
POST   /r/open                                               link                200 200 200  200 200 200 200  200  200
POST   /r/open                                               code                200 200 200  200 200 200 200  200  200
POST   /r/open                                               wrong-year          404 404 404  404 404 404 404  404  404
POST   /r/open                                               no-link             404 404 404  404 404 404 404  404  404
POST   /r/answer                                             link                200 200 200  200 200 200 200  200  200
POST   /r/answer                                             no-link             404 404 404  404 404 404 404  404  404
"""


class Row(Struct, frozen=True):
    """One line of the table on one record."""

    method: str
    template: str
    on: str
    statuses: dict[str, int]

    def __str__(self) -> str:
        return f"{self.method} {self.template} [{self.on}]"


def _read(line: str) -> list[Row]:
    method, template, on, *statuses = line.split()
    answers = dict(zip(MEMBERS, map(int, statuses), strict=True))
    return [Row(method, template, name, answers) for name in (ASKED if on == "asked" else (on,))]


ROWS = [row for line in TABLE.splitlines() if line and not line.startswith("#") for row in _read(line)]
READS = [row for row in ROWS if row.method in ("GET", "HEAD")]
WRITES = [row for row in ROWS if row.method not in ("GET", "HEAD")]
