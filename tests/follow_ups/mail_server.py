"""A real mail server on loopback, for tests that want to see what arrives."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Inbox:
    """Keeps every mail that arrives; refuses recipients whose name starts with `nobody`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[str] = []

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address.startswith("nobody"):
            return f"550 no such user {address}"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.recipients += envelope.rcpt_tos
        self.raw.append(envelope.content)
        parsed = message_from_bytes(envelope.content, policy=default)
        self.mails.append(parsed)
        return "250 OK"


@contextmanager
def mail_server(port: int) -> Iterator[Inbox]:
    """Run a mail server on a port of this machine."""
    inbox = Inbox()
    loop = asyncio.new_event_loop()
    controller = Controller(inbox, hostname=HOST, port=port, loop=loop, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


def part(mail: EmailMessage, kind: str) -> str:
    """Return the plain or html part of a mail."""
    found = mail.get_body(preferencelist=(kind,))
    assert found is not None
    return str(found.get_content())
