"""Tables of accounts, sessions, tokens, failed sign-ins and idempotent answers."""

from __future__ import annotations

from referral_hub import accounts
from referral_hub.storage.schema import table_of

account = table_of(accounts.Account, "account", references={"organization_id": "organization"}, unique=[("email",)])
session = table_of(accounts.Session, "session", primary=("id_hash",), references={"account_id": "account"})
api_token = table_of(accounts.ApiToken, "api_token", references={"account_id": "account"}, unique=[("token_hash",)])
sign_in_try = table_of(accounts.SignInTry, "sign_in_try", indexes=[("subject", "at")])
idempotent_answer = table_of(
    accounts.IdempotentAnswer,
    "idempotent_answer",
    primary=("account_id", "key"),
    references={"account_id": "account"},
    indexes=[("created_at",)],
)
