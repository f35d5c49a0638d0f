"""The one error tree. Everything in it is safe to show: no message carries a visitor's words.

An error outside this tree is a bug; the two fault barriers (the web middleware and the
turn) turn it into an apology for the visitor and a traceback for the operator.
"""

from __future__ import annotations

from typing import Any


class AskfirstError(Exception):
    """A failure that has a name, a sentence for people, and an HTTP status.

    `code` is dotted and stable; clients may switch on it. `field` names the offending
    input (a JSON key, a setting, a form field) where there is one.
    """

    code = "askfirst.error"
    status = 500

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code

    def as_json(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the project's one JSON error shape."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "field": self.field,
                "request_id": request_id,
            }
        }


class BadInput(AskfirstError):
    """What was sent cannot be used; sending it again unchanged will not help."""

    code = "input.invalid"
    status = 400


class TooLarge(BadInput):
    code = "input.too_large"
    status = 413


class WrongMediaType(BadInput):
    code = "input.media_type"
    status = 415


class SettingsError(BadInput):
    """A setting is unknown or has a value that cannot be used; `field` names it."""

    code = "settings.invalid"


class NotSignedIn(AskfirstError):
    code = "access.token"
    status = 401


class NotAllowed(AskfirstError):
    code = "access.denied"
    status = 403


class NotFound(AskfirstError):
    code = "input.not_found"
    status = 404


class TooSlow(AskfirstError):
    code = "input.too_slow"
    status = 408


class Conflict(AskfirstError):
    code = "input.conflict"
    status = 409


class Gone(AskfirstError):
    """It was there and was erased or has ended for good."""

    code = "input.gone"
    status = 410


class TooMany(AskfirstError):
    code = "input.too_many"
    status = 429


class Unavailable(AskfirstError):
    """A part this depends on is missing or does not answer; trying again later may help."""

    code = "service.unavailable"
    status = 503


class DatabaseUnavailable(Unavailable):
    """The database is locked, full, gone or not upgraded. Nothing was stored."""

    code = "database.unavailable"


class ModelUnavailable(Unavailable):
    code = "model.unavailable"


class ConsentRefused(AskfirstError):
    """The ledger or one of its gates did not accept a row; the effect did not happen."""

    code = "consent.refused"
    status = 409


class NoLiveGrant(ConsentRefused):
    code = "consent.no_live_grant"
