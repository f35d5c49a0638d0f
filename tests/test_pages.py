"""Every public page in Chromium: no accessibility violation, no foreign request, no overflow."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.widget.conftest import LOOKS, violations

PAGES = (
    "/", "/help/en/", "/help/nl/put-on-your-website", "/help/en/put-on-your-website",
    "/help/search?q=desk&language=en", "/help/search?q=xyzzy", "/privacy", "/privacy?lang=nl",
    "/chat", "/demo", "/desk/sign-in", "/nothing-here",
)  # fmt: skip


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_page_is_accessible_fits_and_asks_nobody_else(
    live_server: str, browser: Browser, look: str
) -> None:
    context = browser.new_context(**LOOKS[look])
    page = context.new_page()
    foreign: list[str] = []
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(live_server) else foreign.append(request.url)
        ),
    )
    found: dict[str, Any] = {}
    for path in PAGES:
        page.goto(live_server + path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        problems = [*violations(page), *([("overflow", wide)] if wide > 0 else [])]
        if problems:
            found[path] = problems
    context.close()
    assert found == {}
    assert foreign == []


def test_pages_work_without_javascript(live_server: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server}/chat")
    page.locator("textarea").fill("how do I put this on my site")
    page.get_by_role("button", name="Send").click()
    link = page.locator("a[href*='/help/en/']").last
    href = link.get_attribute("href") or ""
    link.click()
    assert page.locator(f"[id='{href.split('#')[1]}']").count() == 1
    context.close()


def test_question_that_search_does_not_find_goes_to_the_assistant(
    live_server: str, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server}/help/search?language=en&q=zzyzx%20qwrtp")
    page.get_by_role("button", name="Ask the assistant this question").click()
    assert page.url == f"{live_server}/chat"
    assert page.get_by_text("zzyzx qwrtp").count() == 1
    context.close()
