"""What is kept about a visitor: seen in numbers, handed over in full, erased for good."""

from bot.privacy.erasure import EraseVisitor, ErasureReceipt, erase_visitor
from bot.privacy.export import export_visitor
from bot.privacy.summary import (
    DATA_LINK_SECONDS,
    DATA_LINK_USE,
    Summary,
    subject_summary,
)

__all__ = [
    "DATA_LINK_SECONDS",
    "DATA_LINK_USE",
    "EraseVisitor",
    "ErasureReceipt",
    "Summary",
    "erase_visitor",
    "export_visitor",
    "subject_summary",
]
