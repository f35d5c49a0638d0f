"""Knowledge: articles → passages → index → search → `Answer` or `NoAnswer`.

`load_articles` reads a folder, `Knowledge` holds what was read and finds in it, `find_answer`
decides whether a passage may be said.
"""

from bot.knowledge.answers import Answer, NoAnswer, find_answer
from bot.knowledge.articles import ArticleProblem, HelpArticle, Library
from bot.knowledge.loader import load_articles
from bot.knowledge.passages import Passage
from bot.knowledge.search import Hit, Knowledge

__all__ = [
    "Answer",
    "ArticleProblem",
    "HelpArticle",
    "Hit",
    "Knowledge",
    "Library",
    "NoAnswer",
    "Passage",
    "find_answer",
    "load_articles",
]
