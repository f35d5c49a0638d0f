"""`/chat` in a browser that runs no JavaScript, and the trees it renders."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot.channels.chat_tree import TAGS, to_html
from bot.knowledge.tree import TAGS as ARTICLE_TAGS
from bot.widget.script import FOLDER
from tests.widget.conftest import QUESTION, Watched, violations

NewPage = Callable[..., Watched]


@pytest.fixture
def page(new_page: NewPage, live_server: str) -> Page:
    found = new_page(java_script_enabled=False).page
    found.goto(f"{live_server}/chat?lang=en")
    return found


def ask(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Send").click()


def test_page_says_that_software_answers_and_sets_no_cookie(page: Page) -> None:
    expect(page.locator(".intro")).to_contain_text("software")
    ask(page, QUESTION)
    assert page.context.cookies() == []
    assert page.locator("meta[http-equiv]").count() == 0


def test_question_gets_a_quoted_answer_with_its_source(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator(".answer blockquote")).not_to_be_empty()
    assert "/help/" in str(page.locator(".answer figcaption a").first.get_attribute("href"))
    expect(page.locator("textarea")).to_have_value("")


def test_second_question_goes_on_in_the_same_conversation(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "And how do I remove it?")
    expect(page.locator(".visitor p")).to_have_text([QUESTION, "And how do I remove it?"])


def test_sending_the_same_page_twice_stores_the_words_once(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "And how do I remove it?")
    page.reload()  # the browser posts the same form again
    expect(page.locator(".visitor p")).to_have_text([QUESTION, "And how do I remove it?"])


def test_choice_is_a_button_and_keeps_what_was_being_typed(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("summary").click()
    page.locator("textarea").fill("half a thou")
    page.get_by_role("button", name="Talk to a person").last.click()
    expect(page.locator("textarea")).to_have_value("half a thou")
    page.locator(".question .choices button").nth(1).click()
    expect(page.locator(".question .choices")).to_have_count(0)
    expect(page.locator("textarea")).to_have_value("half a thou")


def test_agreeing_to_a_person_shows_the_place_in_line(page: Page) -> None:
    page.locator("summary").click()
    page.get_by_role("button", name="Talk to a person").click()
    page.locator(".question .choices button").first.click()
    expect(page.locator(".state")).to_contain_text("in line")


def test_choice_that_was_not_offered_is_refused(page: Page, live_server: str) -> None:
    ask(page, QUESTION)
    token = page.locator("[name=token]").get_attribute("value")
    form: dict[str, str | float | bool] = {
        "token": str(token),
        "choice": "/affirm",
        "text": "kept",
    }
    response = page.request.post(f"{live_server}/chat", form=form)
    assert response.status == 400
    assert "no longer open" in response.text()
    assert "kept</textarea>" in response.text()


def test_empty_words_get_a_hint(page: Page) -> None:
    ask(page, "   ")
    expect(page.locator("form .notice")).to_contain_text("write your question")
    expect(page.locator("[name=token]")).to_have_value("")


def test_too_long_words_are_kept(page: Page) -> None:
    ask(page, "x" * 4001)
    expect(page.locator("form .notice")).to_contain_text("1 characters too long")
    expect(page.locator("textarea")).to_have_value("x" * 4001)


def test_lost_conversation_keeps_the_words_and_starts_anew(page: Page, live_server: str) -> None:
    form: dict[str, str | float | bool] = {
        "token": "unknown",
        "text": QUESTION,
        "lang": "en",
    }
    response = page.request.post(f"{live_server}/chat", form=form)
    assert response.status == 410
    assert f"{QUESTION}</textarea>" in response.text()
    assert 'name="token" value=""' in response.text()


def test_checking_says_that_nothing_is_new(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("textarea").fill("draft")
    page.get_by_role("button", name="Check for new messages").click()
    expect(page.locator("form .notice")).to_contain_text("no new messages")
    expect(page.locator("textarea")).to_have_value("draft")
    expect(page.locator(".visitor p")).to_have_text([QUESTION])


def test_erasing_leaves_the_last_words_and_no_token(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("summary").click()
    page.get_by_role("button", name="Erase my data").click()
    page.locator(".question .choices button").first.click()
    expect(page.locator(".erased")).to_be_visible()
    expect(page.locator(".visitor")).to_have_count(0)
    expect(page.locator("[name=token]")).to_have_value("")


def test_markup_that_is_typed_stays_text(page: Page) -> None:
    ask(page, "<b>bold</b><script>alert(1)</script>")
    expect(page.locator(".visitor p")).to_have_text("<b>bold</b><script>alert(1)</script>")
    assert page.locator(".visitor b").count() == 0


def test_page_is_kept_nowhere(page: Page, live_server: str) -> None:
    assert page.request.get(f"{live_server}/chat").headers["cache-control"] == "no-store"


def test_browser_language_is_spoken_when_none_is_asked_for(
    new_page: NewPage, live_server: str
) -> None:
    page = new_page(locale="nl-NL").page
    page.goto(f"{live_server}/chat")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    expect(page.locator("h1")).to_have_text("Stel een vraag")


@pytest.mark.parametrize(
    "look", [{}, {"color_scheme": "dark"}, {"viewport": {"width": 320, "height": 568}}]
)
def test_no_state_has_an_accessibility_fault(
    new_page: NewPage, live_server: str, look: dict[str, Any]
) -> None:
    page = new_page(**look).page
    page.goto(f"{live_server}/chat?lang=en")
    found = violations(page)
    ask(page, QUESTION)
    page.locator("summary").click()
    found += violations(page)
    page.get_by_role("button", name="Talk to a person").last.click()
    found += violations(page)
    assert found == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("tree", "html"),
    [
        (
            ["p", "a < b & ", ["strong", "c"]],
            "<p>a &lt; b &amp; <strong>c</strong></p>",
        ),
        ([["p", "one"], ["p", "two"]], "<p>one</p><p>two</p>"),
        (["p", "a", ["br"], "b"], "<p>a<br>b</p>"),
        (
            ["a", {"href": 'https://x.example/?a="b'}, "x"],
            '<a href="https://x.example/?a=&#34;b">x</a>',
        ),
        (
            ["a", {"href": "/help/en/x", "onclick": "bad()"}, "x"],
            '<a href="/help/en/x">x</a>',
        ),
        (["a", {"href": "javascript:alert(1)"}, "x"], "x"),
        (["a", {"href": "http://[broken"}, "x"], "x"),
        (["a", "x"], "x"),
        (["p", {"style": "color:red"}, "x"], "<p>x</p>"),
        (["script", "alert(1)"], "alert(1)"),
        (["ol", {"start": 4}, ["li", ["mark", "x"]]], '<ol start="4"><li><mark>x</mark></li></ol>'),
        (["ol", {"start": '4" onclick="bad()'}], "<ol></ol>"),
        (["table"], '<div class="wide" tabindex="0"><table></table></div>'),
        ([], ""),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_tree_becomes_html_from_the_list_of_tags_only(tree: Any, html: str) -> None:
    assert str(to_html(tree)) == html


def test_every_tag_that_articles_give_is_shown_here_and_in_the_widget() -> None:
    assert TAGS == ARTICLE_TAGS
    listed = re.search(r'new Set\(\n\s*"([a-z0-9 ]+)"', (FOLDER / "nodes.js").read_text())
    assert listed is not None
    assert set(listed[1].split()) == ARTICLE_TAGS
