"""Transcripts: what staff may review, found by need, language, outcome, date and words."""

from bot.transcripts.finding import Filters, Page, Summary, find_transcripts
from bot.transcripts.reading import Line, Permission, Transcript, open_transcript, read_lines
from bot.transcripts.rules import Access, NotReviewable, find_access

__all__ = [
    "Access",
    "Filters",
    "Line",
    "NotReviewable",
    "Page",
    "Permission",
    "Summary",
    "Transcript",
    "find_access",
    "find_transcripts",
    "open_transcript",
    "read_lines",
]
