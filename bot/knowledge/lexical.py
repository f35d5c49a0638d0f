"""Finding by words: BM25 (Robertson and Zaragoza 2009) over terms, kept by tantivy.

Documents are numbered by keys of 63 bits that their owner chooses. A folder holds an index for
ever: opening it maps its files, and changing it writes new ones beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

KEY, TERMS = "key", "terms"
WRITER_BYTES = 64_000_000
WHITESPACE, COUNTED = "whitespace", "freq"

Keys = NDArray[np.int64]
Scores = NDArray[np.float32]
Document = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class Ranking:
    """What was found, best first: the keys of documents and their scores."""

    keys: Keys
    scores: Scores


NOTHING = Ranking(np.empty(0, np.int64), np.empty(0, np.float32))


class Lexical:
    """The words of documents. Threads may search it at the same time."""

    def __init__(self, folder: Path | None) -> None:
        """Open the index in a folder, or make an empty one there; without a folder in memory."""
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        self._index.config_reader("manual")  # this object alone says when there is news
        self._searcher = self._index.searcher()

    @property
    def size(self) -> int:
        return int(self._searcher.num_docs)

    def change(self, gone: Iterable[int], new: Iterable[Document]) -> None:
        """Take documents out and put others in, together or not at all."""
        writer = self._index.writer(WRITER_BYTES, num_threads=1)
        for key in gone:
            writer.delete_documents_by_query(tantivy.Query.term_query(self._schema, KEY, key))
        for key, terms in new:
            document = tantivy.Document()
            document.add_unsigned(KEY, key)
            document.add_text(TERMS, " ".join(terms))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, terms: Sequence[str], k: int) -> Ranking:
        """Return the k documents whose words fit best; each term counts once."""
        if not terms or k <= 0:
            return NOTHING
        searcher = self._searcher
        found = searcher.search(self._any_of(terms), k, count=False).hits
        keys = searcher.fast_field_values(KEY, [address for _, address in found])
        return Ranking(
            np.array(keys, np.int64), np.array([score for score, _ in found], np.float32)
        )

    def frequency(self, term: str) -> int:
        """Return in how many documents a term is."""
        return int(self._searcher.doc_freq(TERMS, term))

    def _any_of(self, terms: Sequence[str]) -> tantivy.Query:
        queries = [
            tantivy.Query.term_query(self._schema, TERMS, term, index_option=COUNTED)
            for term in terms
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in queries])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field(KEY, indexed=True, fast=True)
    builder.add_text_field(TERMS, tokenizer_name=WHITESPACE, index_option=COUNTED)
    return builder.build()
