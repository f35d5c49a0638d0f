"""Mails written as files go when their rows go: an erasure reaches the outbox folder too."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Connection, select, union_all

from bot.database.tables import follow_up, outbox
from bot.follow_ups.transport import written_mails

logger = logging.getLogger(__name__)


def forget_mail_files(connection: Connection, folder: Path) -> int:
    """Delete the mail files whose rows are gone; return how many.

    The folder is read before the rows: a file is only written after its row was committed, so
    one that appears in between is not taken for a leftover.
    """
    written = written_mails(folder)
    if not written:
        return 0
    known = union_all(select(outbox.c.id), select(follow_up.c.id))
    gone = set(written) - set(connection.execute(known).scalars())
    for name in gone:
        written[name].unlink(missing_ok=True)
    if gone:
        logger.info("deleted %s mail files whose rows were erased", len(gone))
    return len(gone)
