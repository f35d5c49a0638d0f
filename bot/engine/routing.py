"""Which need a message is treated as: stop, privacy, person and pending questions come first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.conversation.needs import (
    ACTING,
    ANSWERS,
    FALLBACK,
    FORGET,
    NOTHING,
    OUT_OF_SCOPE,
    PERSON,
    REPHRASE,
    SEARCHED,
    STOP,
    WHICH_NEED,
)
from bot.conversation.plain_answers import is_no, is_stop, is_unsure, is_yes
from bot.conversation.types import Heard
from bot.conversation.wishes import Judged, Named, judge, named_in
from bot.engine.understood import Understood, likeliest

# Needs that give way to a question in the same message, even one behind a comma.
MANNERS = ANSWERS | {"greet", "thanks", "goodbye", "praise"}
# Needs that don't, because they have an answer of their own.
LASTING = SEARCHED | {"suggest_idea"}
# What is still said before the answer when it does give way.
SAID = frozenset({"bot_challenge"})

# The thresholds, all of them. Confidences are calibrated and sum to 1 over all needs; chosen on
# `golden/needs.csv`, where from 0.5 on no acting need that was meant is lost.
# An acting need is acted upon from here; below, the message is searched for.
ACTING_CONFIDENCE = 0.5
# What a wish is worth at most whose words may be about something else.
UNCLEAR_CONFIDENCE = 0.49
# What sounds like an answer though nothing was asked is taken for one from here.
ANSWER_CONFIDENCE = 0.8
# A need is close to the likeliest one from this share of its confidence, if it is no mere noise.
CLOSE_SHARE, CLOSE_FLOOR = 0.4, 0.15
# A sentence asks by itself from here, and a part cut out of one from there.
ASKING_SENTENCE, ASKING_PART = 0.6, 0.85
# A clause acts from here if the message as a whole hints at it, a clear sentence by itself.
ACTING_CLAUSE, HINT, ACTING_ALONE = 0.85, 0.05, 0.95
# So many clauses are a mail: what it is as a whole says little of its sentences.
MAIL_CLAUSES = 5
MOST_CHOICES = 3
# A complaint is never a choice beside a person: its reply has the way to one.
CHOSEN = SEARCHED - {"complain"}


@dataclass(frozen=True)
class Part:
    """A clause of a message with what it was understood as by itself."""

    text: str
    sentence: bool
    understood: Understood

    @property
    def asks(self) -> bool:
        """Tell whether it is a question, or a trouble, of its own that articles may answer."""
        understood = self.understood
        if understood.need not in SEARCHED:
            return False
        question = self.sentence and self.text.rstrip().endswith("?")
        least = ASKING_SENTENCE if self.sentence else ASKING_PART
        return question or understood.confidence >= least


def settle(understood: Understood, *, text: str, pending: Mapping[str, Any] | None) -> Understood:
    """Decide the need of a text by itself.

    An address given when one was asked for is the answer to that question. An acting need
    below its confidence is searched for like any other question, never acted upon.
    """
    plain = _plain_need(text, pending)
    if plain is not None:
        return understood.treated_as(plain, 1.0)
    if understood.need in ACTING and understood.confidence < ACTING_CONFIDENCE:
        return understood.treated_as(FALLBACK, understood.confidence)
    return understood


def route(
    whole: Understood,
    parts: Sequence[Part],
    *,
    text: str,
    pending: Mapping[str, Any] | None,
) -> tuple[Understood, Heard]:
    """Decide the need a turn is run with, and what else the message asks.

    `parts` are the message's clauses, none if it has but one. At most one acting need is acted
    upon; what the other clauses ask is searched for. Thanks and a question is the question.
    While a permission waits for its answer nothing is asked besides.
    """
    if _plain_need(text, pending) is not None:
        return settle(whole, text=text, pending=pending), Heard()
    questions = [part for part in parts if part.asks]
    waiting = _waits(pending)
    named = named_in(text)
    if _denied(whole, text, named, waiting=waiting):
        if waiting or not questions:
            return whole.treated_as("deny", whole.confidence), Heard(parts=_texts(questions))
        whole = _without(whole, whole.need)
    whole = believed(whole, text)
    parts = [_believed_part(part, text) for part in parts]
    settled = _heard_as(whole, text, pending)
    if waiting and settled.need in ANSWERS:
        return settled, Heard(parts=_texts(questions))
    acting = _acting_needs(settled, whole, parts, named)
    close = () if waiting or _asked_which(pending) else close_needs(whole.ranking)
    clear = any(one.clear for one in named)
    if len(acting) == 1 and settled.need in ACTING and len(close) > 1 and not clear:
        return whole.treated_as(FALLBACK, whole.confidence), Heard(close=close)
    if acting:
        need, *others = acting
        heard = Heard(parts=_texts(questions), also=tuple(others))
        return whole.treated_as(need, acting[need]), heard
    settled = _lead_by_question(settled, questions)
    also = _said_besides(settled, whole, parts) if questions else ()
    if not waiting and not _asked_which(pending):
        close = tuple(dict.fromkeys((*close, *(one.need for one in named))))
    return settled, Heard(parts=_texts(questions), close=close, also=also)


def believed(understood: Understood, text: str) -> Understood:
    """Return what was understood, without certainty of a wish that the words don't bear out."""
    heard = {understood.need, *(str(item["name"]) for item in understood.ranking)}
    for need in heard.intersection({STOP, FORGET, PERSON}):
        judged = judge(need, text)
        if judged is Judged.DENIED:
            understood = _without(understood, need)
        elif judged is Judged.UNCLEAR:
            understood = _at_most(understood, need, UNCLEAR_CONFIDENCE)
    return understood


def close_needs(ranking: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the needs a message may mean, likeliest first, if the choice would matter.

    That is when an acting need is among them and is not the one clear choice. All needs that
    search count as one. A single acting need is one that was not sure enough to act upon.
    """
    if not ranking or likeliest(ranking) == OUT_OF_SCOPE:
        return ()
    least = max(CLOSE_FLOOR, CLOSE_SHARE * float(ranking[0]["confidence"]))
    near = [str(item["name"]) for item in ranking if float(item["confidence"]) >= least]
    first_searched = next((need for need in near if need in CHOSEN), None)
    offered = [need for need in near if need in ACTING or need == first_searched]
    sure = float(ranking[0]["confidence"]) >= ACTING_CONFIDENCE and offered == near[:1]
    if sure or not ACTING.intersection(offered):
        return ()
    return tuple(offered[:MOST_CHOICES])


def _plain_need(text: str, pending: Mapping[str, Any] | None) -> str | None:
    """Return the need of words that mean one thing only: stop, a plain yes, the address asked."""
    if is_stop(text):
        return STOP
    if pending and (is_yes(text) or (pending.get("kind") == "address" and "@" in text)):
        return "affirm"
    if _waits(pending) and is_unsure(text):
        return "affirm"  # no plain yes: the question is put once more
    if is_no(text):
        return "deny"
    return None


def _waits(pending: Mapping[str, Any] | None) -> bool:
    """Tell whether a permission, an address or an erasure waits for its answer."""
    return pending is not None and pending.get("kind") not in {WHICH_NEED, REPHRASE, NOTHING}


def _heard_as(whole: Understood, text: str, pending: Mapping[str, Any] | None) -> Understood:
    """Settle a message; what sounds like an answer when nothing was asked is searched for."""
    settled = settle(whole, text=text, pending=pending)
    if settled.need in ANSWERS and not _answerable(pending, settled.confidence, text):
        return settled.treated_as(FALLBACK, settled.confidence)
    return settled


def _answerable(pending: Mapping[str, Any] | None, confidence: float, text: str) -> bool:
    """Tell whether what sounds like a yes or a no can be one; without a conversation it can."""
    asked = pending is None or _waits(pending) or _asked_which(pending)
    return asked or confidence >= ANSWER_CONFIDENCE or is_yes(text) or is_no(text)


def _denied(whole: Understood, text: str, named: Sequence[Named], *, waiting: bool) -> bool:
    """Tell whether a message says no to what it sounds like, or to the question that waits."""
    if waiting and any(one.denying for one in named):
        return True  # "don't mail me" to "shall I mail you?"
    return (
        whole.need in {STOP, FORGET, PERSON}
        and "?" not in text
        and judge(whole.need, text) is Judged.DENIED
    )


def _believed_part(part: Part, text: str) -> Part:
    """Return a clause as `believed`; what it is about may stand elsewhere in the message."""
    need = part.understood.need
    if judge(need, part.text) is Judged.UNCLEAR and judge(need, text) is Judged.MEANT:
        return part
    return replace(part, understood=believed(part.understood, part.text))


def _without(understood: Understood, need: str) -> Understood:
    """Return what was understood without a need, as if it had not been heard."""
    ranking = [item for item in understood.ranking if item["name"] != need]
    without = replace(understood, ranking=ranking)
    if understood.need != need:
        return without
    return without.treated_as(FALLBACK, understood.confidence)


def _at_most(understood: Understood, need: str, confidence: float) -> Understood:
    ranking = [
        {**item, "confidence": min(float(item["confidence"]), confidence)}
        if item["name"] == need
        else item
        for item in understood.ranking
    ]
    lowered = replace(understood, ranking=ranking)
    if understood.need != need:
        return lowered
    return lowered.treated_as(need, min(understood.confidence, confidence))


def _asked_which(pending: Mapping[str, Any] | None) -> bool:
    return pending is not None and pending.get("kind") == WHICH_NEED


def _acting_needs(
    settled: Understood, whole: Understood, parts: Sequence[Part], named: Sequence[Named]
) -> dict[str, float]:
    """Return what the message wants done, and how sure that is.

    Stop comes first, then the message's own need, then others in the message's order. What is
    named in passing counts only beside another.
    """
    needs = {settled.need: settled.confidence} if settled.need in ACTING else {}
    needs |= {one.need: 1.0 for one in named if one.clear}
    mail = len(parts) >= MAIL_CLAUSES
    out_of_scope = likeliest(whole.ranking) == OUT_OF_SCOPE
    hinted = {str(item["name"]) for item in whole.ranking if float(item["confidence"]) >= HINT}
    for part in parts:
        need, confidence = part.understood.need, part.understood.confidence
        clear = part.sentence and confidence >= ACTING_ALONE
        believed = clear or (need in hinted and confidence >= ACTING_CLAUSE)
        if need in ACTING and believed and (mail or not out_of_scope):
            needs.setdefault(need, confidence)
    if needs:
        needs |= {one.need: 0.0 for one in named if one.need not in needs}
    return dict(sorted(needs.items(), key=lambda item: item[0] != STOP or not item[1]))


def _lead_by_question(settled: Understood, questions: Sequence[Part]) -> Understood:
    """Let a question come before thanks and the like."""
    whole_ones = [part for part in questions if part.sentence]
    leading = questions if settled.need in MANNERS else whole_ones
    if not leading or settled.need in LASTING:
        return settled
    lead = max(leading, key=lambda part: part.understood.confidence).understood
    return settled.treated_as(lead.need, lead.confidence)


def _said_besides(settled: Understood, whole: Understood, parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the needs whose one sentence is said before the answer to the question."""
    sure = (part.understood for part in parts if part.understood.confidence >= ASKING_SENTENCE)
    named = dict.fromkeys(one.need for one in (whole, *sure))
    return tuple(need for need in named if need in SAID and need != settled.need)


def _texts(parts: Iterable[Part]) -> tuple[str, ...]:
    return tuple(part.text for part in parts)
