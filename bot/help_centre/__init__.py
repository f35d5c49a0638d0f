"""The help centre: every article as a page that works without JavaScript, and a search.

The same articles go out for programs: sitemap, Atom feeds, `llms.txt`, Markdown, JSON-LD. It
reads what `bot.knowledge` holds and stores one thing, how often an article was found helpful.
It sets no cookie.
"""

from aiohttp import web

from bot.help_centre import helpful, machine_pages, pages

__all__ = ["setup"]


def setup(app: web.Application) -> None:
    """Add the routes; `/static/help/` is served by the application."""
    machine_pages.setup(app)
    helpful.setup(app)
    pages.setup(app)
