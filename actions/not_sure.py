"""Not sure: one question between close needs, and three steps where the articles hold nothing.

The order: what fits an article is quoted at once. Else, if two needs are close and to choose
matters, the visitor is asked which, once. Else the visitor is asked for other words; then gets
the nearest articles; then the way to a person, which was one press away all the time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from actions.base import Talk
from bot.conversation.needs import ACTING, FALLBACK, REPHRASE, WHICH_NEED
from bot.conversation.types import Button, Source
from bot.knowledge import Found, NoAnswer


def need_button(talk: Talk, need: str) -> Button:
    """Return a button that runs a need with the words of this message, however much later."""
    payload = f"/{need}{json.dumps({'about': talk.turn.message.id})}"
    title = "none_of_these" if need == FALLBACK else f"need_{need}"
    return Button(talk.words(title), payload)


def acting_buttons(talk: Talk) -> Sequence[Button]:
    """Return buttons for what the visitor may have wanted done, if that was not sure."""
    return [need_button(talk, need) for need in talk.turn.heard.close if need in ACTING]


def may_ask_need(talk: Talk) -> bool:
    """Tell whether there is a choice to put: of two needs at least."""
    return len(talk.turn.heard.close) > 1


def ask_need(talk: Talk) -> None:
    """Put the one question between close needs, in the visitor's words, with a way out."""
    turn = talk.turn
    needs = (*turn.heard.close, FALLBACK)
    talk.say(talk.words("which_need"), buttons=[need_button(talk, need) for need in needs])
    turn.asks = {
        "kind": WHICH_NEED,
        "misses": _misses(talk),
        "needs": list(needs),
        "about": turn.message.id,
    }
    turn.outcome = "unsure"


def is_need_asked(talk: Talk) -> bool:
    """Tell whether the last reply asked which need is meant."""
    return (talk.turn.pending or {}).get("kind") == WHICH_NEED


def say_not_found(talk: Talk, found: Found | None) -> None:
    """Take the next step where nothing was found: other words, the nearest articles, a person."""
    turn, misses = talk.turn, _misses(talk)
    nearest = own_nearest(found) if isinstance(found, NoAnswer) else ()
    buttons = (*acting_buttons(talk), talk.person_button())
    if "ask_person" in turn.heard.close:
        buttons = buttons[:-1]
    turn.outcome = "no_answer"
    turn.asks = {"kind": REPHRASE, "misses": misses + 1}
    if misses == 0:
        text = talk.words("no_answer")
    elif misses == 1 and nearest:
        text = talk.words("nearest", items="\n".join(_link(source) for source in nearest))
    else:
        text = talk.words("no_answer_person")
    talk.say(text, kind="no_answer", buttons=buttons)


def own_nearest(found: NoAnswer) -> Sequence[Source]:
    """Return the nearest of the owner's articles; a third party's is never put beside them."""
    return [source for source in found.nearest if source.affiliate is None]


def say_out_of_scope(talk: Talk) -> None:
    """Say what is answered here; from the second time in a row on with the way to a person."""
    turn, misses = talk.turn, _misses(talk)
    turn.outcome = "no_answer"
    turn.asks = {"kind": REPHRASE, "misses": misses + 1}
    if misses < 2:
        talk.say_words("out_of_scope", kind="no_answer", person=misses > 0)
    else:
        talk.say_words("no_answer_person", kind="no_answer", person=True)


def _misses(talk: Talk) -> int:
    """Return how many messages in a row, up to this one, found nothing."""
    return int((talk.turn.pending or {}).get("misses", 0))


def _link(source: Source) -> str:
    title = source.title.replace("[", "(").replace("]", ")")
    return f"- [{title}]({source.url})"
