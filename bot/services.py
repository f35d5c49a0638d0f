"""What an action may use while it runs: the assistant's parts, and the turn it is in."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from bot.clock import Clock
from bot.consent.notices import Notices
from bot.conversation.types import Turn
from bot.database import Database
from bot.keys import Keys
from bot.knowledge import Knowledge
from bot.knowledge.golden import Broken
from bot.settings import Settings
from bot.texts import Texts


@dataclass
class KnowledgeHolder:
    """The knowledge that answers now; replaced as a whole when articles change.

    `held_back` names the golden questions that broke with the articles on disk, which therefore
    do not answer yet; empty while those answer.
    """

    current: Knowledge
    held_back: tuple[Broken, ...] = ()


@dataclass(frozen=True)
class Services:
    """The parts that actions read from. They are built once, by the wiring."""

    settings: Settings
    database: Database
    keys: Keys
    notices: Notices
    texts: Texts
    knowledge: KnowledgeHolder
    clock: Clock


current_services: ContextVar[Services] = ContextVar("current_services")
current_turn: ContextVar[Turn] = ContextVar("current_turn")
