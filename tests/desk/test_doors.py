from __future__ import annotations

import pytest

from bot.staff import create_invitation, disable_staff
from bot.web_guard import CAPACITY, MAX_ADDRESSES, Bucket
from tests.conftest import FixedClock
from tests.desk.conftest import Seat
from tests.desk.scene import PASSWORD, Scene

pytestmark = pytest.mark.asyncio


def invite(scene: Scene) -> str:
    with scene.database.transaction() as connection:
        return create_invitation(connection, scene.clock.now())


async def test_the_welcome_link_makes_the_first_account_and_signs_it_in(
    scene: Scene, seat: Seat
) -> None:
    path = f"/desk/welcome/{invite(scene)}"
    assert "works only once" in await seat.get(path)
    await seat.post(path, name="Sam <b>", email="sam@example.org", password=PASSWORD)
    assert (seat.status, seat.where) == (303, "/desk")
    assert "Signed in as Sam &lt;b&gt;" in await seat.get("/desk")
    assert seat.status == 200


async def test_the_welcome_link_is_dead_after_use(scene: Scene, seat: Seat) -> None:
    path = f"/desk/welcome/{invite(scene)}"
    await seat.post(path, name="Sam", email="sam@example.org", password=PASSWORD)
    assert "used or has expired" in await seat.get(path)
    assert seat.status == 410
    await seat.post(path, name="Eve", email="eve@example.org", password=PASSWORD)
    assert seat.status == 410


async def test_a_short_password_keeps_what_was_entered_and_the_link(
    scene: Scene, seat: Seat
) -> None:
    path = f"/desk/welcome/{invite(scene)}"
    page = await seat.post(path, name="Sam", email="sam@example.org", password="short")
    assert seat.status == 400
    assert "at least 12 characters" in page
    assert 'value="sam@example.org"' in page
    assert "short" not in page.split("<form")[1].replace("short in", "")
    await seat.post(path, name="Sam", email="sam@example.org", password=PASSWORD)
    assert seat.status == 303


async def test_signing_in_sets_a_cookie_that_scripts_and_other_paths_cannot_read(
    scene: Scene, seat: Seat
) -> None:
    await seat.sign_in(scene.staff())
    cookie = seat.headers["Set-Cookie"]
    for part in ("askfirst_desk=", "HttpOnly", "SameSite=Lax", "Path=/desk"):
        assert part in cookie
    assert "Secure" not in cookie  # this server is not reached by https
    assert seat.where == "/desk"


async def test_a_wrong_password_is_refused_and_the_address_kept(scene: Scene, seat: Seat) -> None:
    sam = scene.staff()
    page = await seat.post("/desk/sign-in", email=sam.email, password="wrong password")
    assert seat.status == 401
    assert "wrong" in page
    assert f'value="{sam.email}"' in page
    assert "wrong password" not in page.split("<form")[1]
    assert "Set-Cookie" not in seat.headers


async def test_signing_in_returns_to_the_desk_page_that_was_asked_for(
    scene: Scene, seat: Seat
) -> None:
    sam = scene.staff()
    await seat.get("/desk/transcripts")
    assert seat.where == "/desk/sign-in?next=/desk/transcripts"
    for wanted, got in (
        ("/desk/transcripts", "/desk/transcripts"),
        ("https://evil.example/", "/desk"),
        ("//evil.example/desk", "/desk"),
        ("/desk//evil.example", "/desk"),
        ("/privacy", "/desk"),
    ):
        await seat.post("/desk/sign-in", email=sam.email, password=PASSWORD, next=wanted)
        assert seat.where == got


async def test_signing_out_ends_the_session(scene: Scene, seat: Seat) -> None:
    await seat.sign_in(scene.staff())
    await seat.get("/desk")
    await seat.post("/desk/sign-out")
    assert (seat.status, seat.where) == (303, "/desk/sign-in")
    await seat.get("/desk")
    assert seat.status == 303


async def test_disabled_staff_are_out_with_their_next_request(scene: Scene, seat: Seat) -> None:
    sam = scene.staff()
    await seat.sign_in(sam)
    with scene.database.transaction() as connection:
        disable_staff(connection, sam.email, scene.clock.now())
    await seat.get("/desk")
    assert (seat.status, seat.where) == (303, "/desk/sign-in?next=/desk")
    await seat.sign_in(sam)
    assert seat.status == 401


async def test_sign_in_attempts_from_one_address_are_limited(scene: Scene, seat: Seat) -> None:
    for _ in range(CAPACITY):
        seat.page = ""
        await seat.post("/desk/welcome/forged", name="x")
    page = await seat.post("/desk/sign-in", email="sam@example.org", password=PASSWORD)
    assert seat.status == 429
    assert "Too many attempts" in page
    scene.clock.advance(60)
    await seat.post("/desk/sign-in", email="sam@example.org", password=PASSWORD)
    assert seat.status == 401


async def test_the_desk_speaks_dutch_to_a_dutch_browser(seat: Seat) -> None:
    page = await seat.get("/desk/sign-in", **{"Accept-Language": "nl-BE,nl;q=0.9,en;q=0.8"})
    assert '<html lang="nl">' in page
    assert "Aanmelden bij het bureau" in page


async def test_a_bucket_forgets_addresses_rather_than_grow(clock: FixedClock) -> None:
    bucket = Bucket()
    for number in range(MAX_ADDRESSES + 5):
        assert bucket.take(str(number), clock.now())
    assert len(bucket._left) == MAX_ADDRESSES
