"""What a turn can do to permissions; each is applied inside the turn's one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.consent.acts import ask, defer, give, refuse
from bot.consent.contacts import store_contact_point
from bot.consent.endings import withdraw, withdraw_grant
from bot.consent.events import ANY
from bot.errors import ConsentRefused
from bot.keys import Keys


@dataclass(frozen=True)
class RequestPermission:
    """Record that the question was put; its reply shows the notice's exact words."""

    event_id: str
    visitor_id: str
    purpose: str
    channel: str
    scope_id: str
    asked_on: str
    notice_id: str
    idem_key: str
    contact_point_id: str = ANY

    def apply(self, connection: Connection, now: datetime) -> None:
        ask(
            connection,
            now,
            visitor_id=self.visitor_id,
            purpose=self.purpose,
            channel=self.channel,
            scope_id=self.scope_id,
            asked_on=self.asked_on,
            notice_id=self.notice_id,
            idem_key=self.idem_key,
            contact_point_id=self.contact_point_id,
            event_id=self.event_id,
        )


@dataclass(frozen=True)
class GivePermission:
    """Record the yes; evidence is what the visitor said, never shown when this is printed."""

    event_id: str
    request_event_id: str
    method: str
    idem_key: str
    expires_at: datetime | None = None
    contact_point_id: str | None = None
    evidence: str | None = field(default=None, repr=False)
    keys: Keys | None = field(default=None, repr=False)
    asked_on: str | None = None

    def apply(self, connection: Connection, now: datetime) -> None:
        give(
            connection,
            now,
            request_event_id=self.request_event_id,
            method=self.method,
            idem_key=self.idem_key,
            expires_at=self.expires_at,
            contact_point_id=self.contact_point_id,
            asked_on=self.asked_on,
            event_id=self.event_id,
            evidence=self.evidence,
            keys=self.keys,
        )


@dataclass(frozen=True)
class AnswerPermission:
    """Record a no (`refused`) or a not now (`deferred`)."""

    event_id: str
    request_event_id: str
    action: str
    method: str
    idem_key: str
    asked_on: str | None = None

    def apply(self, connection: Connection, now: datetime) -> None:
        acts = {"refused": refuse, "deferred": defer}
        if self.action not in acts:
            raise ConsentRefused("an answer without a yes is refused or deferred")
        acts[self.action](
            connection,
            now,
            request_event_id=self.request_event_id,
            method=self.method,
            idem_key=self.idem_key,
            asked_on=self.asked_on,
            event_id=self.event_id,
        )


@dataclass(frozen=True)
class StoreContactPoint:
    """Keep the address just named, encrypted, for the yes that narrows to it."""

    contact_point_id: str
    visitor_id: str
    kind: str
    value: str = field(repr=False)
    keys: Keys = field(repr=False)

    def apply(self, connection: Connection, now: datetime) -> None:
        store_contact_point(
            connection,
            self.keys,
            visitor_id=self.visitor_id,
            kind=self.kind,
            value=self.value,
            now=now,
            id=self.contact_point_id,
        )


@dataclass(frozen=True)
class WithdrawAll:
    """Stop: end everything, or everything for some purposes."""

    visitor_id: str
    asked_on: str
    method: str
    idem_prefix: str
    purposes: Collection[str] | None = None

    def apply(self, connection: Connection, now: datetime) -> None:
        withdraw(
            connection,
            self.visitor_id,
            now,
            asked_on=self.asked_on,
            method=self.method,
            idem_prefix=self.idem_prefix,
            purposes=self.purposes,
        )


@dataclass(frozen=True)
class WithdrawGrant:
    """End one grant; nothing happens if it has ended already."""

    visitor_id: str
    grant_id: str
    asked_on: str
    method: str
    idem_key: str

    def apply(self, connection: Connection, now: datetime) -> None:
        withdraw_grant(
            connection,
            self.visitor_id,
            self.grant_id,
            now,
            asked_on=self.asked_on,
            method=self.method,
            idem_key=self.idem_key,
        )
