"""Redaction: what must never be stored is masked, and what help needs stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import CARD, EMAIL, SECRET, mask_secrets, redact


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 please", f"card {CARD} please"),
        ("5500-0000-0000-0004", CARD),
        ("378282246310005.", f"{CARD}."),
        ("4111 1111 1111 1111 12/26 123", f"{CARD} 12/26 123"),
        ("4111111111111111 123", f"{CARD} 123"),
        ("12 4111-1111-1111-1111", f"12 {CARD}"),
        ("password is hunter2", f"password is {SECRET}"),
        ("My Password: s3cr3t!, and more", f"My Password: {SECRET}, and more"),
        ("mijn wachtwoord is Geheim123", f"mijn wachtwoord is {SECRET}"),
        ("pin code = 4321", f"pin code = {SECRET}"),
        ("Authorization: Bearer abcdef1234567890", f"Authorization: Bearer {SECRET}"),
        ("https://x.example/?token=abc123&a=1", f"https://x.example/?token={SECRET}&a=1"),
        ("ghp_" + "a1" * 15, SECRET),
        ("key AKIA" + "ABCD1234" * 2, f"key {SECRET}"),
        ("[x](https://h.example/privacy/data/Im.a-b_c)", "[x](https://h.example/privacy/data/...)"),
        ("a.b+c@mail.example.org, hi", f"{EMAIL}, hi"),
    ],
)
def test_secret_is_masked(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 1234567890123456 has not arrived",  # sixteen digits that are no card
        "my password is not working",
        "my password is wrong every time",
        "mijn wachtwoord is verlopen",
        "what is the token for",
        "call me at 020 123 4567 on 22-11-2026",
        "invoice 2026-000123456789",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redact(text) == text


def test_address_survives_in_the_original_only() -> None:
    assert mask_secrets("mail a@example.org") == "mail a@example.org"


@given(st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once


@given(st.text(), st.text())
def test_a_card_is_masked_wherever_it_stands(before: str, after: str) -> None:
    assert "4111 1111 1111 1111" not in redact(f"{before} 4111 1111 1111 1111 {after}")
