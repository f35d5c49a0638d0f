"""The widget in a real browser, on the demo page of the real server: asking and coming back."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Route, expect

from tests.widget.conftest import QUESTION, Watched, answered

SEND_AND_WAIT_FOR_DOTS = """async (input) => {
  const dots = input.getRootNode().querySelector(".dots");
  const began = performance.now();
  input.form.requestSubmit();
  while (!dots.checkVisibility() && performance.now() - began < 3000)
    await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


# -- before anything is sent -------------------------------------------------------------------


def test_page_with_closed_widget_stores_nothing_and_asks_for_the_script_only(
    watched: Watched,
) -> None:
    watched.visit()
    watched.page.wait_for_timeout(500)
    paths = {url.removeprefix(watched.base).split("?")[0] for url in watched.requests}
    assert paths <= {"/demo", "/demo.css", "/widget.js", "data:,"}
    assert watched.kept() == [[], [], ""]
    assert (
        watched.page.evaluate(
            "() => document.querySelector('askfirst-widget').shadowRoot.querySelector('.panel')"
        )
        is None
    )


def test_opening_says_that_software_answers_and_still_stores_and_asks_nothing(
    watched: Watched,
) -> None:
    watched.visit()
    before = list(watched.requests)
    watched.open()
    expect(watched.part(".intro")).to_contain_text("software")
    expect(watched.part(".intro a")).to_have_attribute("href", re.compile("/privacy"))
    watched.page.wait_for_timeout(300)
    assert watched.requests == before
    assert watched.kept() == [[], [], ""]


# -- asking and answers ------------------------------------------------------------------------


def test_question_gets_a_quoted_answer_with_its_source(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    answer = watched.part(".answer").first
    expect(answer.locator("blockquote")).not_to_be_empty()
    expect(answer.locator("figcaption a").first).to_have_attribute("href", re.compile("/help/"))
    expect(answer.locator("figcaption .facts").first).to_contain_text("review")
    assert watched.kept() == [["askfirst"], [], ""]


def test_first_words_and_own_words_are_there_once(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.page.wait_for_timeout(300)
    assert watched.own_words() == [QUESTION]
    text = watched.part(".log").inner_text()
    assert text.count("You are talking with software") == 1


def test_typing_shows_at_once_and_goes_with_the_answer(watched: Watched) -> None:
    held: list[Route] = []
    watched.visit()
    watched.open()
    watched.page.route("**/api/v1/conversations", lambda route: held.append(route))
    watched.part("textarea").fill(QUESTION)
    milliseconds = watched.part("textarea").evaluate(SEND_AND_WAIT_FOR_DOTS)
    assert milliseconds < 300
    watched.wait_until(lambda: bool(held))
    held[0].continue_()
    watched.part(".answer").first.wait_for()
    expect(watched.part(".dots")).to_be_hidden()


def test_markup_that_is_typed_stays_text(watched: Watched) -> None:
    words = "<img src=x onerror=alert(1)> **not bold** [x](javascript:alert(1))"
    watched.visit()
    watched.open()
    watched.say(words)
    assert watched.own_words() == [words]
    assert watched.part(".visitor .body > p > *").count() == 0


def test_tree_from_elsewhere_gets_no_tag_or_address_off_the_list(
    watched: Watched,
) -> None:
    tree = [
        [
            "p",
            "a ",
            ["a", {"href": "javascript:alert(1)"}, "link"],
            ["script", "alert(1)"],
        ],
        ["p", {"onclick": "alert(1)"}, ["img", {"src": "x"}], ["strong", "bold"]],
        ["a", {"href": "https://example.org/", "onclick": "alert(1)"}, "good"],
    ]
    message = {
        "seq": 3, "author": "assistant", "name": None, "kind": "text", "text": "x", "tree": tree,
        "buttons": [], "sources": [], "client_id": None, "created_at": "2026-11-22T10:00:00.000Z",
    }  # fmt: skip
    state = {"status": "pending", "staff": None, "waiting": None}
    body = (
        f"id: 3\nevent: message\ndata: {json.dumps(message)}\n\n"
        f"event: state\ndata: {json.dumps(state)}\n\n"
    )
    watched.visit()
    watched.page.route(
        "**/api/v1/events*",
        lambda route: route.fulfill(body=body, content_type="text/event-stream"),
    )
    watched.open()
    watched.say("hello")
    shown = watched.part(".message.assistant .body").first
    shown.wait_for()
    assert shown.locator("script, img, [onclick]").count() == 0
    assert [a.get_attribute("href") for a in shown.locator("a").all()] == ["https://example.org/"]
    assert shown.inner_text().split() == ["a", "linkalert(1)", "bold", "good"]


def test_answer_arrives_when_streams_are_held_back(watched: Watched) -> None:
    watched.visit()
    watched.page.route("**/api/v1/events*", lambda route: None)
    answered(watched)
    assert any("/api/v1/messages?after=" in url for url in watched.requests)
    assert watched.own_words() == [QUESTION]


# -- coming back -------------------------------------------------------------------------------


def test_reload_keeps_the_open_chat_with_everything_once(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.page.reload()
    watched.part(".answer").first.wait_for()
    watched.page.wait_for_timeout(300)
    assert watched.own_words() == [QUESTION]
    assert watched.part(".answer").count() == 1
    assert watched.part(".log").inner_text().count("You are talking with software") == 1
    assert watched.page.evaluate("() => document.activeElement === document.body")


def test_followed_source_and_back_keeps_the_chat(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.part(".answer figcaption a").first.click()
    watched.page.wait_for_url("**/help/**")
    watched.page.go_back()
    watched.part(".answer").first.wait_for()
    assert watched.own_words() == [QUESTION]


def test_closed_chat_stays_closed_and_quiet_after_reload_and_is_there_when_opened(
    watched: Watched,
) -> None:
    watched.visit()
    answered(watched)
    watched.page.keyboard.press("Escape")
    watched.requests.clear()
    watched.page.reload()
    watched.page.wait_for_timeout(300)
    assert not [url for url in watched.requests if "/api/" in url]
    assert watched.part(".panel").count() == 0
    watched.open()
    watched.part(".answer").first.wait_for()
    assert watched.own_words() == [QUESTION]


def test_chat_survives_a_page_that_swaps_its_body(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.page.evaluate("() => document.body.replaceWith(document.createElement('body'))")
    expect(watched.part(".panel")).to_be_visible()
    assert watched.own_words() == [QUESTION]
