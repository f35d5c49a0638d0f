"""Where a visitor stands: the events of the ledger folded into what is open, given and live.

The database's guards keep the `grant` table by the same rules; `verify` compares the two.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from bot.consent.events import ANY, ConsentEvent
from bot.consent.purposes import DOUBLE_OPT_IN

YES = ("given", "renewed")
ENDINGS = ("withdrawn", "revoked", "refused")


@dataclass
class Standing:
    """Events by id: live grants, yeses that wait for confirmation, questions without answer."""

    live: dict[str, ConsentEvent] = field(default_factory=dict)
    unconfirmed: dict[str, ConsentEvent] = field(default_factory=dict)
    unanswered: dict[str, ConsentEvent] = field(default_factory=dict)

    def everything(self) -> list[ConsentEvent]:
        return [*self.live.values(), *self.unconfirmed.values(), *self.unanswered.values()]


def fold(
    events: Iterable[ConsentEvent], double_opt_in: Collection[str] = DOUBLE_OPT_IN
) -> Standing:
    """Fold one visitor's events, oldest first. The clock plays no part: expiry is an event."""
    standing = Standing()
    for event in events:
        advance(standing, event, double_opt_in)
    return standing


def advance(
    standing: Standing, event: ConsentEvent, double_opt_in: Collection[str] = DOUBLE_OPT_IN
) -> None:
    """Take the next event of the same visitor into account."""
    for held in (standing.live, standing.unconfirmed):
        for ended in [other.id for other in held.values() if _ends(event, other)]:
            del held[ended]
    for ended in [other.id for other in standing.unanswered.values() if _closes(event, other)]:
        del standing.unanswered[ended]
    waits = event.action in YES and event.purpose in double_opt_in
    if event.action == "requested":
        standing.unanswered[event.id] = event
    elif waits:
        standing.unconfirmed[event.id] = event
    elif event.action == "confirmed" or event.action in YES:
        standing.unconfirmed.pop(event.answers_event_id or "", None)
        for replaced in [old.id for old in standing.live.values() if old.what == event.what]:
            del standing.live[replaced]
        standing.live[event.id] = event


def _ends(event: ConsentEvent, held: ConsentEvent) -> bool:
    if event.action == "expired":
        return event.what == held.what and event.answers_event_id in {None, held.id}
    return event.action == "erased" or (event.action in ENDINGS and _covers(event, held))


def _closes(event: ConsentEvent, question: ConsentEvent) -> bool:
    if event.action in {*YES, "refused"}:
        return event.answers_event_id == question.id
    if event.action == "requested":  # a newer question takes the place of the same old one
        return event.what == question.what
    return event.action == "erased" or (
        event.action in {"withdrawn", "revoked"} and _covers(event, question)
    )


def _covers(event: ConsentEvent, held: ConsentEvent) -> bool:
    return (
        event.purpose == held.purpose
        and event.channel == held.channel
        and event.contact_point_id in {ANY, held.contact_point_id}
        and event.scope_id in {ANY, held.scope_id}
    )
