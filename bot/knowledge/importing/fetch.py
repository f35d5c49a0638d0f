"""Fetches pages of one site, and of no other: one host and port, bounded in size and time.

The addresses come from a site's own sitemap and redirects, so they are not trusted: only
http and https to the site that was named, and only machines of the kind that it is on. A site
on the internet cannot lead to one in the private network, by name or by a name that moves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from bot import __version__
from bot.knowledge.importing.items import Unusable

AGENT = "Askfirst"
USER_AGENT = f"{AGENT}/{__version__} (imports help articles for its owner)"
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
MOST_REDIRECTS = 5
_GONE = {404, 410}
_REDIRECTS = {301, 302, 303, 307, 308}
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Fetched:
    """What an address gave; `url` is where it was in the end."""

    url: str
    body: bytes
    media_type: str
    charset: str


@dataclass(frozen=True)
class Site:
    """The host and port that an address names; nothing else is ever asked."""

    host: str
    port: int
    usual: bool

    @classmethod
    def of(cls, url: str) -> Site | None:
        """Return the site of an http or https address, `None` for any other."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return None
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            return None
        return cls(parts.hostname.lower(), port, port == _PORTS[parts.scheme])

    def has(self, url: str) -> bool:
        """Say whether an address is on this site; http and https on their usual ports are one."""
        other = Site.of(url)
        if other is None or other.host != self.host:
            return False
        return other.port == self.port or (self.usual and other.usual)


class _Guard(AbstractResolver):
    """Looks names up, and keeps to private addresses or to public ones, as the first was."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()
        self._private: bool | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if self._private is None and found:
            self._private = not all(is_public(one["host"]) for one in found)
        kept = [one for one in found if self._private or is_public(one["host"])]
        if not kept:
            raise OSError(None, "its name leads into a private network")
        return kept

    async def close(self) -> None:
        await self._inner.close()


def is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _all(_url: str) -> bool:
    return True


class Fetcher:
    """Asks one site, one address at a time, with a pause between. Use as a context manager."""

    def __init__(self, site: Site, pause: float) -> None:
        self.site = site
        self.pause = pause
        self._asked = False

    async def __aenter__(self) -> Fetcher:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=_Guard()),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
            timeout=TIMEOUT,
        )
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def get(self, url: str, largest: int, may: Callable[[str], bool] = _all) -> Fetched:
        """Return what an address gives, following redirects to addresses that it `may` ask.

        Raises `Unusable` with the reason, `gone` for 404 and 410.
        """
        for _ in range(MOST_REDIRECTS + 1):
            if not self.site.has(url):
                host = urlsplit(url).netloc or url[:80]
                raise Unusable(f"it leads to another site, {host}; import that one by itself")
            if not may(url):
                raise Unusable("robots.txt of the site forbids it; allow Askfirst there")
            try:
                answer = await self._once(url, largest)
            except TimeoutError as error:
                raise Unusable("it did not answer in time; import again later") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or type(error).__name__
                raise Unusable(f"it cannot be reached ({reason}); import again later") from error
            if isinstance(answer, Fetched):
                return answer
            url = answer
        raise Unusable("it redirects in circles; put it right on the site")

    async def _once(self, url: str, largest: int) -> Fetched | str:
        """Return what is there, or the address it sends on to."""
        if self._asked and self.pause:
            await asyncio.sleep(self.pause)
        self._asked = True
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return urljoin(url, response.headers.get("Location", ""))
            if response.status != 200:
                gone = response.status in _GONE
                advice = "take it out of the sitemap" if gone else "see whether it opens"
                raise Unusable(f"the site answers {response.status}; {advice}", gone=gone)
            body = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                body += chunk
                if len(body) > largest:
                    size = largest // 1_000_000
                    raise Unusable(f"it is larger than {size} MB; divide it, or leave it out")
            return Fetched(url, bytes(body), response.content_type, response.charset or "")
