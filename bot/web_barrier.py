"""The first fault barrier: every error leaves in one shape, with a request id, and no secrets."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import aiohttp_jinja2
from aiohttp import web

from bot.clock import new_id
from bot.errors import AskfirstError
from bot.web_keys import SETTINGS, TEXTS

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

JSON_PREFIXES = ("/api/", "/webhooks/", "/healthz", "/readyz", "/metrics")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}


@web.middleware
async def barrier(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors of the project's tree as they say, and anything else with 500."""
    request_id = new_id()[:12]
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _render(request, _from_http(error), request_id)
    except AskfirstError as error:
        if error.status >= 500:
            logger.error("request %s to %s failed: %s", request_id, route_of(request), error.code)  # noqa: TRY400  # expected: its code says enough
        response = _render(request, error, request_id)
    except Exception:
        logger.exception("request %s to %s failed", request_id, route_of(request))
        response = _render(request, AskfirstError("Something went wrong on our side."), request_id)
    if not response.prepared:
        _secure(response, request_id)
    return response


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a browser that asks whether a site may use the API."""
    if request.method == "OPTIONS" and _allowed_origin(request):
        response = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "7200"
        return response
    return await handler(request)


async def name_allowed_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let the sites that the owner named read every answer, streams and errors too.

    Runs when a response is about to leave; no cookies or other credentials are involved.
    """
    origin = _allowed_origin(request)
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
    if request.path.startswith("/api/"):
        response.headers["Vary"] = "Origin"


def _allowed_origin(request: web.Request) -> str | None:
    origin = request.headers.get("Origin", "")
    known = request.path.startswith("/api/") and origin in request.app[SETTINGS].allowed_origins
    return origin if known else None


def route_of(request: web.Request) -> str:
    """Return the route's pattern; a path can carry tokens and what visitors typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _secure(response: web.StreamResponse, request_id: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request_id


def _from_http(error: web.HTTPException) -> AskfirstError:
    codes = {404: "input.not_found", 405: "input.method", 413: "input.too_large"}
    messages = {404: "There is nothing here.", 413: "That is too large."}
    problem = AskfirstError(
        messages.get(error.status, error.reason), code=codes.get(error.status, "input.invalid")
    )
    problem.status = error.status
    return problem


def _render(request: web.Request, error: AskfirstError, request_id: str) -> web.Response:
    """Return JSON to programs and a page to people."""
    if request.path.startswith(JSON_PREFIXES) or "text/html" not in request.headers.get(
        "Accept", ""
    ):
        return web.json_response(error.as_json(request_id), status=error.status)
    settings, texts = request.app[SETTINGS], request.app[TEXTS]
    return aiohttp_jinja2.render_template(
        "pages/error.html",
        request,
        {
            "error": error,
            "request_id": request_id,
            "language": settings.languages[0],
            "t": texts.get(settings.languages[0]),
        },
        status=error.status,
    )
