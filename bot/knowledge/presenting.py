"""An answer made ready to be said: in the form its need asks for, its sentences marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.knowledge.answers import Answer
from bot.knowledge.articles import HelpArticle
from bot.knowledge.excerpt import Asked, answering
from bot.knowledge.form import best_form
from bot.knowledge.links import page_url
from bot.knowledge.passages import Passage, passages_of
from bot.knowledge.search import Knowledge
from bot.knowledge.units import Span, item_number


@dataclass(frozen=True)
class Presented:
    """An answer, the places in its text that match the question, and how its section goes on.

    `first` is the number of the list item with which the text begins, where the text itself
    does not say it. `goes_on` tells that the section has more after the passage.
    """

    answer: Answer
    marks: tuple[Span, ...] = ()
    first: int | None = None
    goes_on: bool = False


def present(
    knowledge: Knowledge, answer: Answer, *, need: str | None, question: str, base_url: str
) -> Presented:
    """Return a found answer as it is to be read. Only a passage of the same article comes out."""
    source = answer.sources[0]
    article = knowledge.library.find(source.article)
    if article is None:  # the articles changed since it was found
        return Presented(answer)
    asked = Asked(question, article.language)
    passages = passages_of(article)
    hit = _passage_of(passages, source.passage, source.url)
    if hit is None:
        return Presented(answer, answering(answer.text, asked))
    best = best_form(need, hit, passages, asked)
    if best is not hit:
        answer = _answer_with(answer, article, best, base_url)
    section = [one for one in passages if one.anchor == best.anchor]
    return Presented(
        answer,
        answering(best.quote, asked),
        first_number(section, best),
        goes_on=section[-1] != best,
    )


def _passage_of(passages: Sequence[Passage], quote: str, url: str) -> Passage | None:
    anchor = url.rpartition("#")[2]
    same = [one for one in passages if one.quote == quote]
    return next((one for one in same if one.anchor == anchor), same[0] if same else None)


def _answer_with(answer: Answer, article: HelpArticle, best: Passage, base_url: str) -> Answer:
    url = page_url(article, best.anchor, base_url)
    source = replace(answer.sources[0], url=url, passage=best.quote)
    return replace(answer, text=best.quote, sources=(source,))


def first_number(section: Sequence[Passage], passage: Passage) -> int | None:
    """Return the number of the list item a passage begins with, if its list began before it."""
    before = "".join(one.text for one in section if one.start < passage.start)
    if not before or not passage.quote:
        return None
    return item_number(before + passage.text, len(before) + passage.text.find(passage.quote))
