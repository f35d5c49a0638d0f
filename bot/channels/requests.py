"""Reads what a request brings, and says clearly what is wrong with it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.errors import BadInput, NotSignedIn, TooLarge, WrongMediaType
from bot.web_body import in_time

MAX_BODY_BYTES = 64 * 1024


async def read_json(request: web.Request) -> Mapping[str, Any]:
    """Return the JSON object a request carries.

    Raises `WrongMediaType` (415) for another media type, `TooLarge` (413) over 64 kB and
    `BadInput` (400) for anything that is not a JSON object in UTF-8.
    """
    if request.content_type != "application/json":
        raise WrongMediaType("Send the body as application/json.")
    if request.content_length is not None and request.content_length > MAX_BODY_BYTES:
        raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
    body = await in_time(_read_some(request))
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is not valid JSON.", code="input.json") from error
    if not isinstance(content, dict):
        raise BadInput("The body must be a JSON object.", code="input.json")
    return content


async def _read_some(request: web.Request) -> bytes:
    """Return the body, or as much of it as shows that it is too large."""
    body = await request.content.read(MAX_BODY_BYTES + 1)
    while len(body) <= MAX_BODY_BYTES and (more := await request.content.read(MAX_BODY_BYTES)):
        body += more
    return body


def text_field(
    content: Mapping[str, Any], name: str, *, required: bool = True, max_chars: int | None = None
) -> str | None:
    """Return a string field; raise `BadInput` naming it when it is missing or no string."""
    value = content.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str):
        raise BadInput(f"`{name}` must be a string.", field=name)
    if max_chars is not None and len(value) > max_chars:
        raise BadInput(f"`{name}` has at most {max_chars} characters.", field=name)
    if "\x00" in value:
        raise BadInput(f"`{name}` is not text.", field=name, code="message.binary")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:  # lone surrogates, which no database takes
            raise BadInput(f"`{name}` is not valid text.", field=name) from error
    return value


def bearer_token(request: web.Request) -> str:
    """Return the bearer token of a request; raise `NotSignedIn` without one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise NotSignedIn("Send the token as `Authorization: Bearer ...`.")
    return token.strip()


def same_secret(given: str, expected: str) -> bool:
    """Compare without telling by time how much was right."""
    return hmac.compare_digest(
        given.encode(errors="surrogatepass"), expected.encode(errors="surrogatepass")
    )


def int_query(request: web.Request, name: str, default: int, *, low: int, high: int) -> int:
    """Return a whole number from the query; raise `BadInput` naming it when it is none."""
    try:
        value = int(request.query.get(name, default))
    except ValueError as error:
        raise BadInput(f"`{name}` must be a whole number.", field=name) from error
    if not low <= value <= high:
        raise BadInput(f"`{name}` must be between {low} and {high}.", field=name)
    return value
