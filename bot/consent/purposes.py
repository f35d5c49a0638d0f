"""What a permission can be for. A purpose is asked alone and never widened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Purpose:
    """One use of personal data; with `double_opt_in` a yes counts only once confirmed."""

    code: str
    double_opt_in: bool
    legal_basis: str = "consent"


PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        purpose.code: purpose
        for purpose in (
            Purpose("handoff", double_opt_in=False),
            Purpose("follow_up", double_opt_in=True),
            Purpose("updates", double_opt_in=True),
            Purpose("remember", double_opt_in=False),
            Purpose("improve", double_opt_in=False),
        )
    }
)

DOUBLE_OPT_IN = frozenset(code for code, purpose in PURPOSES.items() if purpose.double_opt_in)
