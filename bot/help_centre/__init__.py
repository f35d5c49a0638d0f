"""The help centre: every article as a page that works without JavaScript, and a search.

It reads only what `bot.knowledge` holds; it stores nothing and sets no cookie.
"""

from bot.help_centre.pages import setup

__all__ = ["setup"]
