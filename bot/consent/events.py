"""A consent event: what was asked or decided, and the digest that chains it to the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import to_text
from bot.database.tables import consent_event

GENESIS = "genesis"
ANY = "-"  # no particular address, no particular scope
HASHED = tuple(column.name for column in consent_event.columns if column.name != "hash")
HASH_PREFIX = b"consent-event-v1\n"


@dataclass(frozen=True)
class EventDraft:
    """An event on its way into the ledger. `idem_key` names the act it comes from.

    `evidence` is what the visitor said or pressed; it is stored encrypted and erasable.
    """

    visitor_id: str
    purpose: str
    channel: str
    action: str
    asked_on: str
    actor: str
    method: str
    idem_key: str
    contact_point_id: str = ANY
    scope_id: str = ANY
    answers_event_id: str | None = None
    notice_id: str | None = None
    expires_at: datetime | None = None
    id: str | None = None
    evidence: str | None = None


@dataclass(frozen=True)
class ConsentEvent:
    """A row of the ledger."""

    seq: int
    id: str
    visitor_id: str
    purpose: str
    channel: str
    contact_point_id: str
    scope_id: str
    asked_on: str
    action: str
    answers_event_id: str | None
    notice_id: str | None
    occurred_at: datetime
    expires_at: datetime | None
    actor: str
    method: str
    evidence_commitment: str | None
    idem_key: str
    prev_hash: str
    hash: str

    @property
    def what(self) -> tuple[str, str, str, str]:
        """Return what a permission is for: purpose, channel, address and scope."""
        return (self.purpose, self.channel, self.contact_point_id, self.scope_id)


def digest(row: Mapping[str, Any]) -> str:
    """Return the hash that a ledger row must carry; times may be moments or stored text."""
    content = {name: _stored(row[name]) for name in HASHED}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(HASH_PREFIX + canonical.encode()).hexdigest()


def commitment(salt: str, evidence: str) -> str:
    """Return what the ledger keeps of evidence: worthless without the erasable salt."""
    return hashlib.sha256(bytes.fromhex(salt) + evidence.encode()).hexdigest()


def _stored(value: Any) -> Any:
    return to_text(value) if isinstance(value, datetime) else value
