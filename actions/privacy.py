"""What do you have on me, and forget me: both work in the conversation itself."""

from __future__ import annotations

from actions.base import AskfirstAction, Talk
from actions.questions import ERASE, ask_erasure
from bot.privacy import DATA_LINK_USE, subject_summary


class ActionShowMyData(AskfirstAction):
    """Says what is kept, in numbers, with a link of one hour to all of it."""

    def name(self) -> str:
        return "action_show_my_data"

    async def reply(self, talk: Talk) -> None:
        visitor_id, now = talk.turn.conversation.visitor_id, talk.turn.now
        settings = talk.services.settings
        summary = await talk.services.database.read(
            lambda connection: subject_summary(connection, visitor_id, now)
        )
        token = talk.services.keys.sign(DATA_LINK_USE, visitor_id)
        talk.say_words(
            "my_data",
            messages=summary.messages,
            originals=summary.originals,
            permissions=summary.permissions,
            addresses=summary.addresses,
            mails=summary.mails,
            reads=summary.reads,
            hours=settings.originals_hours,
            url=f"{settings.base_url}/privacy/data/{token}",
        )


class ActionForgetMe(AskfirstAction):
    """Asks once before everything is erased, since it can't be undone."""

    def name(self) -> str:
        return "action_forget_me"

    async def reply(self, talk: Talk) -> None:
        question_id = talk.turn.id_for("erase")
        ask_erasure(talk, question_id)
        talk.turn.asks = {"kind": ERASE, "event_id": question_id}
        talk.turn.outcome = "asked"
