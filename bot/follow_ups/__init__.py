"""Follow-ups by mail: asked for, confirmed by the address, sent under a live grant, stopped.

`effects` note a wish and put the one confirmation mail out; `confirmation` makes the follow-up
once the address confirmed; `sender` sends what is due; `unsubscribe` ends the permission.
"""

from bot.follow_ups.address import mask_address
from bot.follow_ups.confirmation import FollowUp, confirm_follow_up
from bot.follow_ups.effects import AskConfirmation, RecordWish
from bot.follow_ups.sender import DueSender
from bot.follow_ups.transport import FileTransport, MailError, SmtpTransport, make_transport

__all__ = [
    "AskConfirmation",
    "DueSender",
    "FileTransport",
    "FollowUp",
    "MailError",
    "RecordWish",
    "SmtpTransport",
    "confirm_follow_up",
    "make_transport",
    "mask_address",
]
