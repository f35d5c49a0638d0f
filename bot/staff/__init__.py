"""Staff: who may sit at the desk, how they sign in, and what they read."""

from bot.staff.access import record_access
from bot.staff.accounts import (
    Staff,
    add_staff,
    disable_staff,
    find_staff,
    list_staff,
    staff_names,
)
from bot.staff.invitations import (
    accept_invitation,
    check_invitation,
    create_invitation,
    needs_first_staff,
)
from bot.staff.passwords import check_password, hash_password, verify_password
from bot.staff.sessions import Session, close_session, find_session, renew_session, sign_in

__all__ = [
    "Session",
    "Staff",
    "accept_invitation",
    "add_staff",
    "check_invitation",
    "check_password",
    "close_session",
    "create_invitation",
    "disable_staff",
    "find_session",
    "find_staff",
    "hash_password",
    "list_staff",
    "needs_first_staff",
    "record_access",
    "renew_session",
    "sign_in",
    "staff_names",
    "verify_password",
]
