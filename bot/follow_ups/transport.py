"""How a mail leaves: by SMTP, or as an .eml file in the data directory when none is set up."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from bot.errors import SettingsError, Unavailable
from bot.settings import Settings

TIMEOUT_SECONDS = 20.0
SUBMISSION_PORT, TLS_PORT = 587, 465
_AWAY = (
    aiosmtplib.SMTPConnectError,
    aiosmtplib.SMTPTimeoutError,
    aiosmtplib.SMTPServerDisconnected,
    OSError,
)
_OWN_FILE = re.compile(r"[0-9a-f]{32}\.(?:eml|part)")


class MailError(Unavailable):
    """A mail did not leave. The text says why, and never names an address."""

    code = "mail.not_sent"


class MailServerAway(MailError):
    """Nobody answers; the next mail would fare no better."""

    code = "mail.server_away"


class Transport(Protocol):
    async def send(self, name: str, message: EmailMessage) -> None:
        """Send one mail, known by `name` wherever names count; raise `MailError` if it stays."""
        ...


@dataclass(frozen=True)
class SmtpTransport:
    """Sends through a mail server. STARTTLS is used when offered.

    With a password it is demanded, unless the server is on this machine.
    """

    host: str
    port: int
    use_tls: bool
    username: str | None
    password: str | None

    async def send(self, name: str, message: EmailMessage) -> None:
        recipient = parseaddr(message["To"])[1]
        # bytes, because the library would write the headers anew by its own rules
        content = bytes(message)
        try:
            await aiosmtplib.send(
                content,
                sender=parseaddr(message["From"])[1],
                recipients=[recipient],
                mail_options=[] if recipient.isascii() else ["SMTPUTF8"],
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                use_tls=self.use_tls,
                start_tls=self._start_tls(),
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _translated(error) from None  # the cause would show the address

    def _start_tls(self) -> bool | None:
        if self.use_tls:
            return False
        return True if self.password and not _is_loopback(self.host) else None


@dataclass(frozen=True)
class FileTransport:
    """Writes mails as files that only the owner reads; the same name is the same file."""

    folder: Path

    async def send(self, name: str, message: EmailMessage) -> None:
        try:
            await asyncio.to_thread(self._write, name, bytes(message))
        except OSError as error:
            raise MailError(f"The mail could not be written ({error.strerror}).") from error

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self.folder / f"{name}.part"
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.folder / f"{name}.eml")


def make_transport(settings: Settings) -> Transport:
    """Return the transport that the settings name; raise `SettingsError` for a wrong address."""
    if not settings.smtp_url:
        return FileTransport(outbox_folder(settings))
    wrong = SettingsError(
        "smtp_url: use smtp://user:password@host:port or smtps://host", field="smtp_url"
    )
    try:
        parts = urlsplit(settings.smtp_url)
        port = parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise wrong
    use_tls = parts.scheme == "smtps"
    return SmtpTransport(
        host=parts.hostname,
        port=port or (TLS_PORT if use_tls else SUBMISSION_PORT),
        use_tls=use_tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def outbox_folder(settings: Settings) -> Path:
    return settings.data_dir / "outbox"


def written_mails(folder: Path) -> dict[str, Path]:
    """Return the files that `FileTransport` wrote, by their mail's name."""
    if not folder.is_dir():
        return {}
    return {path.stem: path for path in folder.iterdir() if _OWN_FILE.fullmatch(path.name)}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _translated(error: Exception) -> MailError:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = sorted({str(refused.code) for refused in error.recipients})
        return MailError(f"The mail server refused the recipient ({', '.join(codes)}).")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return MailError(f"The mail server refused the sign-in ({error.code}).")
    if isinstance(error, _AWAY):
        return MailServerAway("The mail server does not answer.")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return MailError(f"The mail server refused the mail ({error.code}).")
    return MailError(f"The mail server could not be used ({type(error).__name__}).")
