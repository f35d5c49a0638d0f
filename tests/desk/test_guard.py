from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from bot.desk.guard import COOKIE
from tests.desk.conftest import Seat
from tests.desk.scene import Scene

pytestmark = pytest.mark.asyncio

OPEN = ("/desk/sign-in", "/desk/welcome/")
Arrive = Callable[[str], Awaitable[Seat]]


def desk_routes(app: web.Application) -> list[tuple[str, str]]:
    """Return method and an example path of every desk route behind the door."""
    found = []
    for route in app.router.routes():
        pattern = route.resource.canonical if route.resource else ""
        path = pattern.replace("{id}", "0" * 32).replace("{token}", "0" * 32)
        if path.startswith("/desk") and not path.startswith(OPEN) and route.method != "HEAD":
            found.append((route.method, path))
    return found


async def test_every_page_behind_the_door_sends_strangers_to_sign_in(
    app: web.Application, seat: Seat
) -> None:
    routes = desk_routes(app)
    assert len(routes) >= 14
    for method, path in routes:
        await (seat.get(path) if method == "GET" else seat.post(path))
        assert seat.status == 303, (method, path)
        assert seat.where.startswith("/desk/sign-in"), (method, path)


async def test_a_forged_cookie_opens_nothing(scene: Scene, seat: Seat) -> None:
    scene.staff()
    await seat.get("/desk", Cookie=f"{COOKIE}=forged")
    assert seat.status == 303


async def test_every_write_needs_the_form_token(
    app: web.Application, scene: Scene, at_desk: Arrive
) -> None:
    seat = await at_desk("Sam")
    talk = scene.talk("Help")
    scene.share(talk)
    writes = [path.replace("0" * 32, talk) for method, path in desk_routes(app) if method == "POST"]
    assert len(writes) >= 6
    for path in writes:
        for token in ("", "wrong", "é"):
            page = await seat.post(path, form_token=token)
            assert seat.status == 403, path
            assert "reload the page" in page
    assert "Take over" in await seat.get(f"/desk/conversations/{talk}")


async def test_the_form_token_of_one_session_is_worthless_in_another(
    scene: Scene, at_desk: Arrive
) -> None:
    sam, kim = await at_desk("Sam"), await at_desk("Kim")
    await sam.get("/desk")
    kim.page = sam.page
    await kim.post("/desk/sign-out")
    assert kim.status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.example"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({}, 303),
    ],
)
async def test_writes_that_another_site_sends_are_refused(
    at_desk: Arrive, headers: dict[str, str], status: int
) -> None:
    seat = await at_desk("Sam")
    await seat.get("/desk")
    await seat.post("/desk/sign-out", headers=headers)
    assert seat.status == status


async def test_signing_in_from_another_site_is_refused(scene: Scene, seat: Seat) -> None:
    sam = scene.staff()
    fields = {"email": sam.email, "password": "x"}
    await seat.post("/desk/sign-in", headers={"Sec-Fetch-Site": "cross-site"}, **fields)
    assert seat.status == 403


async def test_pages_are_not_kept_and_not_framed(at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    for path in ("/desk", "/desk/sign-in", "/desk/transcripts/unknown"):
        await seat.get(path)
        assert seat.headers["Cache-Control"] == "no-store"
        policy = seat.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert seat.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
async def test_a_body_that_is_no_form_is_refused_without_harm(at_desk: Arrive, kind: str) -> None:
    seat = await at_desk("Sam")
    async with seat._session.post(
        seat._server.make_url("/desk/sign-out"),
        data=b"\xff\xfe{",
        headers={"Content-Type": kind},
        allow_redirects=False,
    ) as response:
        assert response.status in {400, 403}


async def test_the_clock_of_a_session_runs_on_every_page(scene: Scene, at_desk: Arrive) -> None:
    seat = await at_desk("Sam")
    for _ in range(4):
        scene.clock.advance(20 * 60)
        await seat.get("/desk/follow-ups")
        assert seat.status == 200
    scene.clock.advance(31 * 60)
    await seat.get("/desk/follow-ups")
    assert seat.status == 303
