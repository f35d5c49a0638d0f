"""The form that a need asks for: steps for a problem, the table for a comparison."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.knowledge.excerpt import Asked
from bot.knowledge.markdown import block_parser
from bot.knowledge.passages import Passage

FEWEST_STEPS = 2
# The form's passage must have at least this share of the question's terms the found one has.
KEPT_SHARE = 0.5


def has_steps(markdown: str) -> bool:
    """Say whether a passage has a numbered list of several items."""
    tokens = block_parser().parse(markdown)
    ordered = any(token.type == "ordered_list_open" for token in tokens)
    items = sum(token.type == "list_item_open" and token.markup in ".)" for token in tokens)
    return ordered and items >= FEWEST_STEPS


def has_table(markdown: str) -> bool:
    return any(token.type == "table_open" for token in block_parser().parse(markdown))


FORMS: dict[str, Callable[[str], bool]] = {"fix_problem": has_steps, "compare_options": has_table}


def best_form(
    need: str | None, hit: Passage, passages: Sequence[Passage], asked: Asked | None = None
) -> Passage:
    """Return the passage in the form a need asks for, else the one that was found.

    `passages` are those of the article, in order. The form is looked for in the section of the
    found passage, and below its heading if there is only one there; what is about less of the
    question (`asked`) than half of what the found passage is about is not taken.
    """
    fits = FORMS.get(need or "")
    if fits is None or fits(hit.quote):
        return hit
    section = [one for one in _section(hit, passages) if fits(one.quote)]
    below = [one for one in _below(hit, passages) if fits(one.quote)]
    only = {one.anchor for one in below}
    candidates = [*section, *(below[:1] if len(only) == 1 else ())]
    return next((one for one in candidates if _keeps(one, hit, asked)), hit)


def _section(hit: Passage, passages: Sequence[Passage]) -> list[Passage]:
    """Return what stands under the same heading, what follows first."""
    own = [one for one in passages if one.anchor == hit.anchor and one != hit]
    return sorted(own, key=lambda one: (one.start < hit.start, one.start))


def _below(hit: Passage, passages: Sequence[Passage]) -> list[Passage]:
    """Return what stands under headings below that of the found passage."""
    path = hit.heading_path
    deeper = [one for one in passages if len(one.heading_path) > len(path)]
    return [one for one in deeper if path and one.heading_path[: len(path)] == path]


def _keeps(one: Passage, hit: Passage, asked: Asked | None) -> bool:
    if asked is None:
        return True
    return len(asked.found_in(_read(one))) >= KEPT_SHARE * len(asked.found_in(_read(hit)))


def _read(passage: Passage) -> str:
    return " ".join([*passage.heading_path, passage.quote])
