"""Keys: made on the first start, kept in the data directory, never in the database.

One master secret; every use derives its own key from it, so that a token for one purpose
is worthless for another.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot.errors import AskfirstError, Gone, NotFound, SettingsError

MASTER_BYTES = 32


class WrongKey(AskfirstError):
    """A stored value does not open with this data directory's key."""

    code = "keys.wrong"


class Keys:
    """Encrypts, looks up and signs. Values encrypted here are unreadable in a database copy."""

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_BYTES:
            raise ValueError(f"a master key has {MASTER_BYTES} bytes")
        self._master = master
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("encrypt")))

    def _derive(self, use: str) -> bytes:
        return hmac.new(self._master, f"askfirst/{use}".encode(), hashlib.sha256).digest()

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        try:
            return self._fernet.decrypt(token).decode()
        except InvalidToken as error:
            raise WrongKey("a stored value was encrypted with another key") from error

    def look_up(self, value: str) -> str:
        """Return a keyed digest by which an encrypted value can be found again."""
        return hmac.new(self._derive("look-up"), value.encode(), hashlib.sha256).hexdigest()

    def sign(self, use: str, value: str) -> str:
        """Return a URL-safe token that carries `value`, valid for this `use` alone."""
        return self._serializer(use).dumps(value)

    def unsign(self, use: str, token: str, *, max_age_seconds: int | None = None) -> str:
        """Return the value of a token; raise `NotFound` if forged, `Gone` if too old."""
        try:
            return str(self._serializer(use).loads(token, max_age=max_age_seconds))
        except SignatureExpired as error:
            raise Gone("This link has expired.", code="link.expired") from error
        except BadSignature as error:
            raise NotFound("This link is not valid.", code="link.invalid") from error

    def _serializer(self, use: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._derive("sign"), salt=use)


def token_hash(token: str) -> str:
    """Return what is stored of a bearer token: its digest, never the token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def new_token() -> str:
    """Return a random URL-safe token of 256 bits."""
    return secrets.token_urlsafe(32)


def load_keys(data_dir: Path) -> Keys:
    """Read the master key of a data directory; make directory and key when absent.

    Raises `SettingsError` naming what cannot be used.
    """
    path = data_dir / "keys" / "master.key"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o700)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return _read_or_make(path)
    except OSError as error:
        raise SettingsError(
            f"data_dir: {data_dir} cannot be used: {error.strerror}", field="data_dir"
        ) from error
    except ValueError as error:
        raise SettingsError(
            f"{path}: {error}; restore it from a backup", field="data_dir"
        ) from error


def _read_or_make(path: Path) -> Keys:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Keys(path.read_bytes())
    with os.fdopen(descriptor, "wb") as file:
        master = secrets.token_bytes(MASTER_BYTES)
        file.write(master)
        file.flush()
        os.fsync(file.fileno())
    return Keys(master)
