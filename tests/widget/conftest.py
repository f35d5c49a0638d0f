"""Watched pages: what a page under test shows, asked for and did that it must not do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

# answered by a shipped help article
QUESTION = "How do I add the widget to my site?"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NewPage = Callable[..., "Watched"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 320, "height": 568},
        "has_touch": True,
        "is_mobile": True,
    },
    "forced": {"forced_colors": "active"},
}
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error("POLICY " + event.violatedDirective + " " + event.blockedURI));
"""


@dataclass
class Watched:
    """A page with what it asked for and what went wrong in it."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def part(self, selector: str) -> Any:
        return self.page.locator(f"askfirst-widget {selector}")

    def visit(self, path: str = "/demo?lang=en") -> None:
        self.page.goto(self.base + path)
        self.page.locator("askfirst-widget").wait_for(state="attached")

    def open(self) -> None:
        self.part(".launcher").click()

    def say(self, text: str) -> None:
        self.part("textarea").fill(text)
        self.part("textarea").press("Enter")

    def wait_until(self, seen: Callable[[], bool]) -> None:
        """Wait for what this process hears from the browser, which comes later than it happens."""
        for _ in range(200):
            if seen():
                return
            self.page.wait_for_timeout(25)
        raise AssertionError("not seen within 5 seconds")

    def choose_in_menu(self, name: str) -> None:
        self.part("[aria-controls=menu]").click()
        self.part(".menu").get_by_text(name, exact=True).click()

    def kept(self) -> Any:
        """Return what is stored in the browser: session, local, cookies."""
        return self.page.evaluate(
            "() => [Object.keys(sessionStorage), Object.keys(localStorage), document.cookie]"
        )

    def own_words(self) -> list[str]:
        found: list[str] = self.part(".message.visitor .body").all_inner_texts()
        return found


def violations(page: Page) -> list[tuple[str, Any]]:
    """Return what axe finds on a page as it is now: rules and where they are broken."""
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = Axe().run(page, options=options).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def answered(watched: Watched, question: str = QUESTION) -> None:
    watched.open()
    watched.say(question)
    watched.part(".answer").first.wait_for()


def send_from_elsewhere(watched: Watched, text: str) -> None:
    """Send into this chat as another tab of the same visitor would."""
    token = watched.page.evaluate("() => JSON.parse(sessionStorage.askfirst).token")
    response = watched.page.request.post(
        f"{watched.base}/api/v1/messages",
        headers={"Authorization": f"Bearer {token}"},
        data={"id": uuid.uuid4().hex, "text": text, "payload": None},
    )
    assert response.status == 202


@pytest.fixture
def new_page(live_server: str, browser: Browser) -> Iterator[Callable[..., Watched]]:
    """Return a maker of watched pages, each in a context of its own."""
    contexts = []

    def make(**options: Any) -> Watched:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        watched = Watched(page, live_server)
        page.add_init_script(WATCH_POLICY)
        page.on("request", lambda request: watched.requests.append(request.url))
        page.on("pageerror", lambda error: watched.problems.append(str(error)))
        page.on(
            "console",
            lambda line: watched.problems.append(line.text) if "POLICY" in line.text else None,
        )
        return watched

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def watched(new_page: Callable[..., Watched]) -> Watched:
    return new_page()
