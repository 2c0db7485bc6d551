"""How a platform's site is served: its pages at the simulated time, its robots.txt and log-in page, and its misbehaviour."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trend_assets.errors import HourError
from trend_assets.sandbox.faults import Order, encoded, spoiled
from trend_assets.sandbox.platforms.site import Answer, Asked, Site, moved
from trend_assets.sandbox.state import Sandbox

_log = logging.getLogger(__name__)

TIME_HEADER = "Sandbox-Time"
_RECORD, _TRANSPORT = "sandbox.record", "sandbox.transport"
_METHODS = ("GET", "POST")
"""Some pages fetch their lists with POST; what they send is not read."""
_LOGIN = "<!doctype html><title>Log in</title><h1>Log in</h1><form><input name=user><input name=password type=password></form>"
_SHORT, _FAILED = "Too many requests. Try again later.", "Something went wrong."


def with_transport(app: ASGIApp) -> ASGIApp:
    """Return the application made so that it can hang up; it has to be the outermost one, and the server uvicorn.

    It logs its own errors: uvicorn would log every answer that is under way at the end as one.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        # The only way to the connection: ASGI has no word for closing it.
        scope[_TRANSPORT] = send.__self__.transport  # type: ignore[attr-defined]
        try:
            await app(scope, receive, send)
        except Exception:
            _log.exception("%s %s failed", scope["method"], scope["path"])
            raise

    return wrapped


def site_app(sandbox: Sandbox, site: Site, host: str) -> ASGIApp:
    """Return the site, as it is on a host, as an application below `with_transport`. Every request to it is remembered."""
    pages = [
        Route(address, _answering(sandbox, site, look, here=address == path), methods=_METHODS)
        for path, look in site.pages.items()
        for address in (path, moved(path))
    ]
    own = [Route("/robots.txt", _fixed(PlainTextResponse(site.robots))), Route("/login", _fixed(HTMLResponse(_LOGIN)))]
    app = Starlette(routes=[*own, *pages])

    async def remembered(scope: Scope, receive: Receive, send: Send) -> None:
        record = sandbox.received(host, scope["method"], scope["path"], scope["query_string"].decode("latin-1"))
        scope[_RECORD] = record

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                record["status"] = message["status"]
            await send(message)

        await app(scope, receive, send_on)

    return remembered


class _HangUp(Response):
    """Closes the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        scope[_TRANSPORT].close()
        while (await receive())["type"] != "http.disconnect":
            pass


def _fixed(response: Response) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return response

    return answer


def _answering(
    sandbox: Sandbox, site: Site, look: Callable[[Asked], Answer], *, here: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    """Return the endpoint that answers what `look` sees, unless the site was ordered to misbehave.

    The one that is not `here` is at the address to which payloads move.
    """

    async def answer(request: Request) -> Response:
        try:
            at = sandbox.now(request.headers.get(TIME_HEADER))
        except HourError as error:
            raise HTTPException(400, f"{TIME_HEADER}: {error}") from error
        await asyncio.sleep(sandbox.latency)
        order = sandbox.orders.take(site.name, request.scope["path"], at)
        request.scope[_RECORD] |= {"sandbox_time": f"{at.isoformat()}Z", "fault": order.fault if order else None}
        if order and (instead := await _instead(order, request)):
            return instead
        if order and order.fault == "frozen" and order.at:
            at = order.at
        fault = order.fault if order else None
        form = parse_qsl((await request.body()).decode(errors="replace"))
        query = {**request.query_params, **dict(form)}
        asked = Asked(sandbox.world, at, request.path_params, query, moved=fault == "moved", headers=request.headers)
        found = spoiled(look(asked), fault, site)
        if fault == "moved" and here and not isinstance(found.body, str):
            raise HTTPException(404)
        kind = "text/html" if isinstance(found.body, str) else found.form.media_type
        return Response(encoded(found, fault), found.status, media_type=kind)

    return answer


async def _instead(order: Order, request: Request) -> Response | None:
    """Return what is answered instead of the page; None when it is the page, be it late."""
    if order.fault == "rate_limited":
        headers = {} if order.retry_after is None else {"Retry-After": str(order.retry_after)}
        return PlainTextResponse(_SHORT, 429, headers)
    if order.fault == "server_error":
        return PlainTextResponse(_FAILED, 500)
    if order.fault == "refused":
        return _HangUp()
    if order.fault == "login_wall":
        return RedirectResponse(f"/login?redirect_url={quote(request.scope['path'], safe='')}", 302)
    if order.fault == "timeout":
        await asyncio.sleep(order.seconds)
    return None
