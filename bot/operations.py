"""What operators ask a running server: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import time

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Connection, func, select

from bot.database.tables import handoff, turn
from bot.errors import AskfirstError
from bot.web_barrier import Handler, route_of
from bot.web_keys import DATABASE, ENGINE, KNOWLEDGE

REGISTRY: web.AppKey[CollectorRegistry] = web.AppKey("metrics", CollectorRegistry)
SECONDS: web.AppKey[Histogram] = web.AppKey("request_seconds", Histogram)
REQUESTS: web.AppKey[Counter] = web.AppKey("requests", Counter)


def setup(app: web.Application) -> None:
    registry = CollectorRegistry()
    app[REGISTRY] = registry
    app[SECONDS] = Histogram(
        "askfirst_request_seconds", "Time to answer a request", ["route"], registry=registry
    )
    app[REQUESTS] = Counter(
        "askfirst_requests", "Requests answered", ["route", "status"], registry=registry
    )
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    app.middlewares.append(measure)


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count by route, never by path: paths can carry what visitors typed."""
    route = route_of(request)
    started = time.perf_counter()
    status = "error"
    try:
        response = await handler(request)
        status = str(response.status)
    except web.HTTPException as error:
        status = str(error.status)
        raise
    except AskfirstError as error:
        status = str(error.status)
        raise
    finally:
        request.app[SECONDS].labels(route).observe(time.perf_counter() - started)
        request.app[REQUESTS].labels(route, status).inc()
    return response


async def healthz(_request: web.Request) -> web.Response:
    """Alive: the loop answers. Nothing else is asked."""
    return web.json_response({"status": "alive"})


async def readyz(request: web.Request) -> web.Response:
    """Ready: the database answers, a model and articles are loaded; else 503 says which isn't.

    `held_back` has the places of golden questions for which changed articles are not in use yet;
    their words are for the desk and the log.
    """
    checks = {
        "model": request.app[ENGINE].model is not None,
        "articles": len(request.app[KNOWLEDGE].current.library.articles) > 0,
        "database": await _database_answers(request),
    }
    ready = all(checks.values())
    held_back = [broken.place for broken in request.app[KNOWLEDGE].held_back]
    status = "ready" if ready else "not ready"
    body = {"status": status, "checks": checks, "held_back": held_back}
    return web.json_response(body, status=200 if ready else 503)


async def _database_answers(request: web.Request) -> bool:
    try:
        await request.app[DATABASE].read(lambda connection: connection.execute(select(1)).scalar())
    except AskfirstError:
        return False
    return True


async def metrics(request: web.Request) -> web.Response:
    """Return counters in Prometheus' text format; none carries a visitor's words or ids."""
    turns, waiting = await request.app[DATABASE].read(_counts)
    registry = CollectorRegistry()
    for outcome, count in turns:
        _gauge(registry, outcome, count)
    Gauge("askfirst_handoffs_waiting", "Visitors who wait", registry=registry).set(waiting)
    body = generate_latest(request.app[REGISTRY]) + generate_latest(registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _gauge(registry: CollectorRegistry, outcome: str, count: int) -> None:
    name = f"askfirst_turns_{outcome}"
    Gauge(name, f"Turns stored with outcome {outcome}", registry=registry).set(count)


def _counts(connection: Connection) -> tuple[list[tuple[str, int]], int]:
    rows = connection.execute(select(turn.c.outcome, func.count()).group_by(turn.c.outcome))
    waiting = connection.execute(
        select(func.count()).where(handoff.c.state == "requested")
    ).scalar_one()
    return [(str(outcome), int(count)) for outcome, count in rows], int(waiting)
