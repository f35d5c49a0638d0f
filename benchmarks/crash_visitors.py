"""Visitors who do not give up: they send each message under its own id until it is acknowledged.

What they were told is written down, to be compared with what the database holds at the end.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

RETRY_SECONDS = 0.02
REPLY_SECONDS = 120
QUESTIONS = (
    "how do I put this on my site",
    "who won the 1998 world cup",
    "where is my data kept",
    "hoe zet ik dit op mijn website",
)


@dataclass
class Sent:
    """A message as its visitor sent it, and what was acknowledged of it."""

    channel: str
    conversation: str  # its id; on the REST channel the sender's name
    native_id: str
    text: str
    seq: int | None = None  # what the acknowledgement said
    replies: tuple[str, ...] | None = None  # on the REST channel, where they are its response
    acknowledged: bool = False


@dataclass
class Record:
    """Everything the visitors know. `seen` is what they were shown, by place."""

    sent: list[Sent] = field(default_factory=list)
    seen: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    retries: int = 0
    surprises: list[str] = field(default_factory=list)


class Surprise(Exception):
    """The server did what it never should, so that this visitor can't go on."""


class Line:
    """The way to the server; a request is made until there is an answer to it."""

    def __init__(self, session: aiohttp.ClientSession, record: Record) -> None:
        self._session = session
        self.record = record
        self.closing = False  # visitors finish what they are at, and go

    async def request(self, method: str, path: str, **options: Any) -> Any:
        while True:
            try:
                async with self._session.request(method, path, **options) as response:
                    if response.status < 400:
                        return await response.json()
                    if response.status < 500:
                        raise Surprise(f"{path} was refused with status {response.status}")
            except (aiohttp.ClientError, TimeoutError, OSError):
                self.record.retries += 1
            await asyncio.sleep(RETRY_SECONDS)


class Visitor(ABC):
    """Repeats the same visit until the line closes, or until nothing fits any more."""

    def __init__(self, line: Line, name: str) -> None:
        self._line = line
        self._name = name
        self._count = 0

    async def run(self) -> None:
        try:
            await self.begin()
            while not self._line.closing:
                await self.visit()
        except (Surprise, TimeoutError) as error:
            self._line.record.surprises.append(f"visitor {self._name} stopped: {error!r}")

    @abstractmethod
    async def begin(self) -> None:
        """Do what comes before the first visit."""

    @abstractmethod
    async def visit(self) -> None:
        """Ask, be handed to staff, and stop."""


class WebVisitor(Visitor):
    """Talks as the widget does: the acknowledgement first, replies by polling."""

    def __init__(self, line: Line, name: str) -> None:
        super().__init__(line, name)
        self._cursor = 0
        self._id = ""
        self._headers: Mapping[str, str] = {}

    async def begin(self) -> None:
        started = await self._line.request("POST", "/api/v1/conversations", json={})
        self._id = started["id"]
        self._headers = {"Authorization": f"Bearer {started['token']}"}

    async def visit(self) -> None:
        await self._say(QUESTIONS[0])
        await self._say("a person, please", "/ask_person")
        question = await self._reply("question")
        yes = question["buttons"][0]
        await self._say(yes["title"], yes["payload"])
        await self._reply("handoff")
        await self._say("this is for staff")
        await self._say("stop")
        await self._reply("text")
        for text in QUESTIONS:  # all at once: nobody waits for a reply
            await self._say(text)

    async def _say(self, text: str, payload: str | None = None) -> None:
        self._count += 1
        sent = Sent("web", self._id, f"{self._name}-{self._count}", text)
        self._line.record.sent.append(sent)
        body = {"id": sent.native_id, "text": text, "payload": payload}
        done = await self._line.request(
            "POST", "/api/v1/messages", json=body, headers=self._headers
        )
        sent.acknowledged, sent.seq = True, done["seq"]

    async def _reply(self, kind: str) -> Any:
        """Return the assistant's next message of a kind."""
        async with asyncio.timeout(REPLY_SECONDS):
            while True:
                for message in await self._news():
                    self._cursor = message["seq"]
                    if message["author"] == "assistant" and message["kind"] == kind:
                        return message

    async def _news(self) -> list[dict[str, Any]]:
        path = f"/api/v1/messages?after={self._cursor}&wait=5"
        found = await self._line.request("GET", path, headers=self._headers)
        messages: list[dict[str, Any]] = found["messages"]
        for message in messages:
            place = (self._id, message["seq"])
            self._line.record.seen[place] = (message["author"], message["text"])
        return messages


class RestVisitor(Visitor):
    """Talks as a Rasa REST client does: the replies are the response."""

    async def begin(self) -> None:
        """Nothing: the first message opens the conversation."""

    async def visit(self) -> None:
        await self._say(QUESTIONS[self._count % len(QUESTIONS)])
        buttons = [
            button
            for reply in await self._say("/ask_person")
            for button in reply.get("buttons", [])
        ]
        if not buttons:
            raise Surprise("the wish for a person got no question")
        await self._say(buttons[0]["payload"])
        await self._say("this is for staff")
        await self._say("stop")

    async def _say(self, text: str) -> list[dict[str, Any]]:
        self._count += 1
        sent = Sent("rest", f"local:{self._name}", f"{self._name}-{self._count}", text)
        self._line.record.sent.append(sent)
        metadata = {"message_id": sent.native_id}
        body = {"sender": self._name, "message": text, "metadata": metadata}
        replies: list[dict[str, Any]] = await self._line.request(
            "POST", "/webhooks/rest/webhook", json=body
        )
        told = [reply["text"] for reply in replies if reply["custom"]["kind"] != "disclosure"]
        sent.acknowledged, sent.replies = True, tuple(told)
        return replies
