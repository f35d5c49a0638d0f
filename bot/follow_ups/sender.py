"""Sends what is due: claim, send, note. A mail leaves once; an interrupted one is found again."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.database import Database
from bot.errors import AskfirstError
from bot.follow_ups.due_confirmations import DueConfirmations
from bot.follow_ups.due_follow_ups import DueFollowUps
from bot.follow_ups.files import forget_mail_files
from bot.follow_ups.rows import Mailbox, MailParts
from bot.follow_ups.transport import FileTransport, MailServerAway, Transport
from bot.keys import Keys
from bot.settings import Settings
from bot.texts import Texts

logger = logging.getLogger(__name__)


class DueSender:
    """Background work: mails whose time has come, each claimed in the database before it leaves.

    A withdrawal counts until the claim is committed. A process that dies between claim and
    note leaves a row in `sending`; after 15 minutes it is sent again under the same Message-ID,
    so by SMTP a mail leaves at least once and mailboxes can tell the copy, and as a file, whose
    name is the row's id, exactly once.
    """

    def __init__(
        self, database: Database, keys: Keys, settings: Settings, texts: Texts, transport: Transport
    ) -> None:
        parts = MailParts(settings, keys, texts)
        self._database = database
        self._transport = transport
        self._mailboxes: tuple[Mailbox, ...] = (DueConfirmations(parts), DueFollowUps(parts))

    async def run_once(self, now: datetime) -> int:
        """Send everything due at `now`; return how many mails left."""
        left = 0
        try:
            for mailbox in self._mailboxes:
                async for _sent in self._empty(mailbox, now):
                    left += 1
        except MailServerAway:
            logger.warning("the mail server does not answer; what is due waits")
        if isinstance(self._transport, FileTransport):
            folder = self._transport.folder
            await self._database.read(lambda connection: forget_mail_files(connection, folder))
        return left

    async def _empty(self, mailbox: Mailbox, now: datetime) -> AsyncIterator[str]:
        """Send what is due and yield the ids of what left."""

        def due(connection: Connection) -> Sequence[str]:
            mailbox.release_stuck(connection, now)
            return mailbox.due(connection, now)

        for row_id in await self._database.write(due):
            if await self._send(mailbox, row_id, now):
                yield row_id

    async def _send(self, mailbox: Mailbox, row_id: str, now: datetime) -> bool:
        """Claim, send and note one mail; say whether it left."""
        if not await self._database.write(lambda found: mailbox.claim(found, row_id, now)):
            return False
        try:
            mail = await self._database.read(lambda found: mailbox.compose(found, row_id, now))
            await self._transport.send(row_id, mail)
        except AskfirstError as error:
            reason = error.message
            logger.warning("a mail did not leave and is kept: %s: %s", row_id, reason)
            await self._database.write(lambda found: mailbox.failed(found, row_id, reason, now))
            if isinstance(error, MailServerAway):
                raise
            return False
        await self._database.write(lambda found: mailbox.sent(found, row_id, now))
        return True
