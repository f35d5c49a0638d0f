"""The desk: where staff see who waits, answer, review transcripts and write follow-ups."""

from __future__ import annotations

from aiohttp import web

from bot.desk import (
    conversation_pages,
    doors,
    follow_up_pages,
    inbox_page,
    stream,
    transcript_pages,
)
from bot.desk.guard import ATTEMPTS, outside, signed_in
from bot.web_guard import Bucket

__all__ = ["setup"]


def setup(app: web.Application) -> None:
    """Add the desk's routes. All but the doors ask for a session."""
    app[ATTEMPTS] = Bucket()
    add = app.router.add_route
    add("GET", "/desk/welcome/{token:[A-Za-z0-9_-]{1,100}}", outside(doors.show_welcome))
    add("POST", "/desk/welcome/{token:[A-Za-z0-9_-]{1,100}}", outside(doors.welcome))
    add("GET", "/desk/sign-in", outside(doors.show_sign_in))
    add("POST", "/desk/sign-in", outside(doors.sign_in))
    add("POST", "/desk/sign-out", signed_in(doors.sign_out))
    add("GET", "/desk", signed_in(inbox_page.show))
    add("GET", "/desk/", signed_in(inbox_page.show))
    add("GET", "/desk/stream", signed_in(stream.follow))
    add("GET", "/desk/conversations/{id:[A-Za-z0-9_-]{1,64}}", signed_in(conversation_pages.show))
    add(
        "POST",
        "/desk/conversations/{id:[A-Za-z0-9_-]{1,64}}/take-over",
        signed_in(conversation_pages.take_over),
    )
    add(
        "POST",
        "/desk/conversations/{id:[A-Za-z0-9_-]{1,64}}/reply",
        signed_in(conversation_pages.reply),
    )
    add(
        "POST",
        "/desk/conversations/{id:[A-Za-z0-9_-]{1,64}}/hand-back",
        signed_in(conversation_pages.hand_back),
    )
    add(
        "POST",
        "/desk/conversations/{id:[A-Za-z0-9_-]{1,64}}/resolve",
        signed_in(conversation_pages.resolve),
    )
    add("GET", "/desk/transcripts", signed_in(transcript_pages.show_list))
    add("GET", "/desk/transcripts/{id:[A-Za-z0-9_-]{1,64}}", signed_in(transcript_pages.show))
    add("GET", "/desk/follow-ups", signed_in(follow_up_pages.show_list))
    add("GET", "/desk/follow-ups/{id:[A-Za-z0-9_-]{1,64}}", signed_in(follow_up_pages.show))
    add("POST", "/desk/follow-ups/{id:[A-Za-z0-9_-]{1,64}}", signed_in(follow_up_pages.write_news))
