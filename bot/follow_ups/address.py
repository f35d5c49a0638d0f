"""How an address is shown: enough to recognise one's own, too little to use another's."""

from __future__ import annotations


def mask_address(address: str) -> str:
    """Return `j***@example.org` for `jan@example.org`; never more than the first letter."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
