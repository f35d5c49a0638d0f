"""Redaction at ingest: what must never be stored is masked before anything is.

Cards and secrets are masked for good (`mask_secrets`); e-mail addresses are masked in
everything people and indexes read (`redact`) and survive only in the encrypted original.
Both are idempotent, and pure. They expect what `bot.plain_text.normalise` returns.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bot.words import all_of

CARD, SECRET, EMAIL = "[card number]", "[secret]", "[e-mail address]"

# Digits with up to three signs between two of them; a card's number is looked for in such a run.
_DIGITS = re.compile(r"(?<!\w)\d(?:[\s./\\,_|*·•:‐-―-]{0,3}\d){12,}(?!\w)")
_SPACED = re.compile(r"\d(?:[ -]?\d)*")
_CARD_LENGTHS = (16, 15, 14, 13, 17, 18, 19)
_CARD_STARTS = "23456"  # what payment networks' numbers begin with
_EMAIL = re.compile(r"[\w.+%'-]+@(?:[\w-]+\.)+[\w-]{2,}", re.UNICODE)
_KEY_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JSON web token
    r"|\b(?:sk|pk|rk)[_-](?:live|test|proj)?[_-]?[A-Za-z0-9_-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[\w-]{30,}",
    re.DOTALL,
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)(?!\[secret\])[\w.~+/=-]{12,}")
_IN_URL = re.compile(
    r"(?i)([?&#](?:access_token|token|api_?key|key|secret|password|pwd|code|sig)=)"
    r"(?!\[secret\])[^\s&#]+"
)
_OWN_LINK = re.compile(r"(/privacy/data/)(?!\.\.\.)[\w.~-]+")


def mask_secrets(text: str) -> str:
    """Mask payment cards (Luhn), passwords, keys and tokens. Nothing can bring them back."""
    text = _KEY_SHAPES.sub(SECRET, text)
    text = _BEARER.sub(rf"\1{SECRET}", text)
    text = _IN_URL.sub(rf"\1{SECRET}", text)
    spoken = _spoken(all_of("secret_names"), all_of("secret_links"), all_of("no_secrets"))
    text = spoken.sub(rf"\1{SECRET}", text)
    text = _codes(all_of("code_names")).sub(rf"\1{SECRET}", text)
    return _DIGITS.sub(_mask_cards, text)


def redact(text: str) -> str:
    """Return what may be stored and shown: secrets and e-mail addresses are placeholders."""
    return hide_own_links(_EMAIL.sub(EMAIL, mask_secrets(text)))


def hide_own_links(text: str) -> str:
    """Take the key out of a visitor's link to their own data: it is for nobody else to follow."""
    return _OWN_LINK.sub(r"\1...", text)


@lru_cache(maxsize=4)
def _spoken(
    names: tuple[str, ...], links: tuple[str, ...], ordinary: tuple[str, ...]
) -> re.Pattern[str]:
    """Return what finds a secret that is said: its name, a link, and no ordinary word behind."""
    name, link, known = _one_of(names, "[ _-]?"), _one_of(links, r"\s+"), _one_of(ordinary, r"\s+")
    return re.compile(
        rf"(?i)\b({name}(?:\s+(?:{link}|=|:)\s+|\s*[:=]\s*))"
        rf"(?!{known}\b)(?!\[secret\])\S+?(?=[,;]?(?:\s|$))"
    )


@lru_cache(maxsize=4)
def _codes(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds a code that stands right behind its name: "cvc 123"."""
    return re.compile(rf"(?i)\b({_one_of(names, '[ _-]?')}\s+)\d{{3,8}}(?!\w)")


def _one_of(entries: tuple[str, ...], space: str) -> str:
    """Return a pattern for any of some entries; without entries one that fits nothing."""
    longest_first = sorted(entries, key=len, reverse=True)
    patterns = [space.join(map(re.escape, entry.split())) for entry in longest_first]
    return f"(?:{'|'.join(patterns) or '(?!)'})"


def _mask_cards(match: re.Match[str]) -> str:
    """Mask every card in a run of digits; an expiry date or a code may stand right behind it."""
    run = match.group()
    places = [place for place, character in enumerate(run) if character.isdecimal()]
    masked, kept = "", 0
    for first, place in enumerate(places):
        if place < kept or (place > 0 and run[place - 1].isdecimal()):
            continue  # inside a card, or not where a group of digits begins
        end = _card_end(run, places[first:])
        if end:
            masked, kept = masked + run[kept:place] + CARD, end
    return masked + run[kept:]


def _card_end(run: str, places: list[int]) -> int | None:
    """Return where the card ends that begins at the first place, or None if none does."""
    for length in _CARD_LENGTHS:
        if len(places) < length or str(int(run[places[0]])) not in _CARD_STARTS:
            continue
        end = places[length - 1] + 1
        whole = end == len(run) or not run[end].isdecimal()
        digits = [int(run[place]) for place in places[:length]]
        if whole and _grouped_as_card(run[places[0] : end]) and _luhn(digits):
            return end
    return None


def _grouped_as_card(number: str) -> bool:
    """Tell whether digits stand as people write a card: dates and addresses in logs don't.

    With spaces or hyphens any groups do. With other signs they are of one length, or of four and
    more; the last one may be shorter.
    """
    if _SPACED.fullmatch(number):
        return True
    lengths = [len(group) for group in re.findall(r"\d+", number)]
    return len({*lengths[:-1]}) == 1 or min(lengths[:-1]) >= 4


def _luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
