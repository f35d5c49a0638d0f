"""Articles that their own title does not find: others have its words, and more of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import bm25s
import numpy as np

from bot.knowledge.articles import WARNING, HelpArticle, Library
from bot.knowledge.checking.findings import Finding, at
from bot.knowledge.passages import passages_of
from bot.knowledge.search import Knowledge
from bot.knowledge.terms import Terms

FIRST = 5  # among so many articles the title must find its own


def not_found_by_title(library: Library, knowledge: Knowledge | None) -> Iterator[Finding]:
    """Search for each title by its words alone, which is quick.

    What fails is asked of `knowledge` as visitors would, where that is at hand.
    """
    for language in library.languages:
        articles = [one for one in library.articles if one.language == language]
        terms = Terms(language)
        titles = [terms.of(article.title) for article in articles]
        for article, found in zip(articles, _first(articles, titles, terms), strict=True):
            if not _has(found, article) and knowledge is not None:
                hits = knowledge.rank_articles(article.title, language=language, k=FIRST)
                found = [hit.article for hit in hits]
            if not _has(found, article):
                others = f"; {found[0].file} fits it better" if found else ""
                message = f"its own title does not find it{others}: write a title that tells"
                yield at(article, article.line_of("title"), WARNING, "unreached", message)


def _has(found: Sequence[HelpArticle], article: HelpArticle) -> bool:
    return any(one.id == article.id for one in found)


def _first(
    articles: Sequence[HelpArticle], titles: Sequence[Sequence[str]], terms: Terms
) -> Iterator[Sequence[HelpArticle]]:
    """Yield for each title the articles that its words find, best first."""
    vocabulary: dict[str, int] = {}
    documents, owners = [], []
    for number, (article, title) in enumerate(zip(articles, titles, strict=True)):
        for passage in passages_of(article):
            words = [*title, *title, *terms.of("\n".join((*passage.heading_path, passage.quote)))]
            documents.append([vocabulary.setdefault(word, len(vocabulary)) for word in words])
            owners.append(number)
    if not vocabulary:
        yield from ([] for _ in titles)
        return
    scorer = bm25s.BM25(method="lucene")
    scorer.index((documents, vocabulary), create_empty_token=False, show_progress=False)
    owner_of = np.array(owners)
    for title in titles:
        best = np.zeros(len(articles), dtype=np.float32)
        if title:
            ids = [vocabulary[word] for word in dict.fromkeys(title)]
            np.maximum.at(best, owner_of, scorer.get_scores_from_ids(ids))
        order = np.argsort(-best, kind="stable")[:FIRST]
        yield [articles[one] for one in order if best[one] > 0]
