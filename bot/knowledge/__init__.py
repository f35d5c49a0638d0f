"""Knowledge: articles → passages → index → search → `Answer` or `NoAnswer`.

`load_articles` reads a folder, `Knowledge` holds what was read and finds in it, `find_answer`
decides whether a passage may be said, `choose_answers` what a message of several parts gets.
"""

from bot.knowledge.answers import (
    Answer,
    Found,
    NoAnswer,
    choose_answers,
    find_answer,
    of_different_articles,
)
from bot.knowledge.articles import ArticleProblem, HelpArticle, Library
from bot.knowledge.loader import load_articles
from bot.knowledge.passages import Passage
from bot.knowledge.search import Hit, Knowledge

__all__ = [
    "Answer",
    "ArticleProblem",
    "Found",
    "HelpArticle",
    "Hit",
    "Knowledge",
    "Library",
    "NoAnswer",
    "Passage",
    "choose_answers",
    "find_answer",
    "load_articles",
    "of_different_articles",
]
