"""What visitors write never gets into what the server writes: log, warnings, standard error."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.live import LiveServer

CANARY = "Secretsson"
# What Rasa's own reader of `/need{...}` would take for a payload and complain about.
SLASHED = (
    "/ask_person please my name is Piet Secretsson 0612345678",
    "/learn_how my name is Secretsson",
    "/forget_me now Piet Secretsson",
    '/affirm{"question": "Secretsson jan@example.com',
    '/affirm{"question": "Secretsson jan@example.com"} and more of Secretsson',
    '/affirm{"Secretsson": "x"}',
    "/affirm{Secretsson}",
    "/affirm@0.9 Secretsson",
    "/Secretsson",
    "/{Secretsson",
    "/ @Secretsson",
    "//Secretsson",
    "／ask_person Secretsson",
    "\u200b/ask_person Secretsson",
    "\n/ask_person Secretsson",
    "Secretsson says:\n/ask_person Secretsson",
    "hello. /ask_person Secretsson! /deny{Secretsson and how do I put this on my site?",
)


def say(url: str, message: str) -> Any:
    body = json.dumps({"sender": f"logs{abs(hash(message))}", "message": message}).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{url}/webhooks/rest/webhook", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return json.load(response)


def test_words_behind_a_slash_are_answered_and_not_logged(live: LiveServer) -> None:
    before = len(live.log)
    for message in SLASHED:
        replies = say(live.url, message)
        assert replies, message
        assert "went wrong" not in replies[-1]["text"], message
    written = live.log[before:]
    assert CANARY not in written
    assert "0612345678" not in written
    assert "jan@example.com" not in written
    assert "Warning" not in written


@pytest.mark.parametrize("command", ["/start", "/help", "/unknown_thing", "/affirm{bad}"])
def test_command_that_is_no_payload_is_answered_like_words(live: LiveServer, command: str) -> None:
    replies = say(live.url, command)
    assert len(replies) >= 2  # the disclosure, and an answer
    assert "went wrong" not in replies[-1]["text"]
