"""Signing in and out."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from referral_hub import sign_in as accounts
from referral_hub.errors import HubError, TooManyTries, Unauthenticated
from referral_hub.http_status import status_of
from referral_hub.unit_of_work import Hub
from web.forms import Filled, Form, one
from web.security import session_cookie, session_cookie_name
from web.site import render


@get("/sign-in", sync_to_thread=True)
def show_sign_in(request: Request[Any, Any, Any], hub: NamedDependency[Hub], next: FromQuery[str] = "/") -> Response[str]:  # noqa: A002  # the query's word
    """The form."""
    return render(request, hub, None, "sign_in.html", form=Filled(), next=local_path(next))


@post("/sign-in", sync_to_thread=True)
def do_sign_in(request: Request[Any, Any, Any], hub: NamedDependency[Hub], data: Form) -> Response[Any]:
    """A new session, then the page that was asked for."""
    target = local_path(one(data, "next"))
    name = session_cookie_name(hub.settings)
    peer = request.client.host if request.client else None
    try:
        signed = accounts.sign_in(hub, one(data, "email"), one(data, "password"), peer, replaces=request.cookies.get(name))
    except (Unauthenticated, TooManyTries) as fault:
        return _again(request, hub, data, fault, target)
    return Redirect(target, status_code=303, cookies=[session_cookie(hub.settings, signed.secret)])


@post("/sign-out", sync_to_thread=True)
def do_sign_out(request: Request[Any, Any, Any], hub: NamedDependency[Hub]) -> Redirect:
    """The session ends here and on the server."""
    secret = request.cookies.get(session_cookie_name(hub.settings))
    if secret:
        with hub.begin(None) as work:
            accounts.sign_out(work, secret)
    return Redirect("/sign-in", status_code=303, cookies=[session_cookie(hub.settings, "")])


def local_path(path: str) -> str:
    """A path of this hub: never an address of somewhere else."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(sign) < 32 for sign in path):
        return "/"
    return path


def _again(request: Request[Any, Any, Any], hub: Hub, data: dict[str, Any], fault: HubError, target: str) -> Response[str]:
    form = Filled(values={"email": one(data, "email")}, message=fault.detail)
    return render(request, hub, None, "sign_in.html", status=status_of(fault), form=form, next=target)


handlers = [show_sign_in, do_sign_in, do_sign_out]
