"""Which rows are a visitor's: said once, for the export, the numbers and the erasure."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, select

from bot.database.tables import conversation, message, visitor
from bot.errors import NotFound


def rows_of(table: Table, visitor_id: str) -> ColumnElement[bool]:
    """Match a table's rows of one visitor, by its visitor, conversation or message column."""
    columns = table.c
    if table is visitor:
        return columns.id == visitor_id
    if "visitor_id" in columns:
        return columns.visitor_id == visitor_id
    conversations = select(conversation.c.id).where(conversation.c.visitor_id == visitor_id)
    if "conversation_id" in columns:
        return columns.conversation_id.in_(conversations)
    messages = select(message.c.id).where(message.c.conversation_id.in_(conversations))
    return columns.message_id.in_(messages)


def require_visitor(connection: Connection, visitor_id: str) -> None:
    """Raise `NotFound` when there never was such a visitor."""
    if connection.scalar(select(visitor.c.id).where(visitor.c.id == visitor_id)) is None:
        raise NotFound("There is no such visitor.", code="privacy.no_visitor")
