"""What readers of the help centre said of an article, as counts: nothing of who said it."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, Table, Text

from bot.database.types import metadata

# One row for an article, a language and a day (UTC). No address, no time of day, no words.
article_helpful = Table(
    "article_helpful",
    metadata,
    Column("article", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("yes", Integer, nullable=False, server_default="0"),
    Column("no", Integer, nullable=False, server_default="0"),
)
