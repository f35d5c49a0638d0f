"""When sending fails, and when a conversation ends: nothing is lost and nothing is doubled."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.widget.conftest import QUESTION, Watched, answered

FORGE_TOKEN = """() => sessionStorage.setItem("askfirst",
  JSON.stringify({id: "x", token: "gone", open: true}))"""


# -- when sending fails ------------------------------------------------------------------------


def test_failed_send_keeps_the_words_and_try_again_sends_them_once(
    watched: Watched,
) -> None:
    watched.visit()
    watched.page.route("**/api/v1/conversations", lambda route: route.abort())
    watched.open()
    watched.say(QUESTION)
    watched.part(".unsent").wait_for()
    expect(watched.part(".dots")).to_be_hidden()
    assert watched.own_words() == [QUESTION]
    watched.page.unroute("**/api/v1/conversations")
    watched.part(".unsent button").click()
    watched.part(".answer").first.wait_for()
    expect(watched.part(".unsent")).to_have_count(0)
    assert watched.own_words() == [QUESTION]


def test_send_whose_receipt_was_lost_is_not_doubled(watched: Watched) -> None:
    """The server has the message but the browser never heard so: the second send is no second."""

    def lose_receipt(route: Route) -> None:
        route.fetch()
        route.abort()

    watched.visit()
    watched.page.route("**/api/v1/messages", lose_receipt, times=1)
    watched.open()
    watched.say(QUESTION)
    watched.part(".answer").first.wait_for()
    watched.page.wait_for_timeout(300)
    watched.page.reload()
    watched.part(".answer").first.wait_for()
    watched.page.wait_for_timeout(500)
    assert watched.own_words() == [QUESTION]
    assert watched.part(".answer").count() == 1


def test_unavailable_server_is_tried_again_without_a_click(watched: Watched) -> None:
    watched.visit()
    watched.page.route("**/api/v1/messages", lambda route: route.fulfill(status=503), times=1)
    watched.open()
    watched.say(QUESTION)
    watched.part(".unsent").wait_for()
    watched.part(".answer").first.wait_for(timeout=15000)
    expect(watched.part(".unsent")).to_have_count(0)
    assert watched.own_words() == [QUESTION]


def test_unsent_words_outlive_a_reload(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.page.route("**/api/v1/messages", lambda route: route.abort())
    watched.say("And how do I remove it?")
    watched.part(".unsent").wait_for()
    watched.page.unroute("**/api/v1/messages")
    watched.page.reload()
    expect(watched.part(".message.visitor .body")).to_have_text(
        [QUESTION, "And how do I remove it?"]
    )
    expect(watched.part(".unsent")).to_have_count(0)


def test_too_long_words_are_not_sent_and_stay(watched: Watched) -> None:
    watched.visit()
    watched.open()
    watched.say("x" * 4001)
    expect(watched.part(".status").last).to_contain_text("1 characters too long")
    expect(watched.part("textarea")).to_have_value("x" * 4001)
    assert not [url for url in watched.requests if "/api/" in url]


# -- the end of a conversation -----------------------------------------------------------------


def test_erase_empties_the_chat_and_the_storage(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.choose_in_menu("Erase my data")
    watched.part(".question .choice").first.click()
    watched.part(".erased").wait_for()
    assert watched.own_words() == []
    assert watched.part(".answer").count() == 0
    assert watched.kept() == [[], [], ""]
    watched.say(QUESTION)
    watched.part(".answer").first.wait_for()
    assert watched.own_words() == [QUESTION]


def test_erase_before_anything_was_sent_asks_nobody(watched: Watched) -> None:
    watched.visit()
    watched.open()
    watched.choose_in_menu("Erase my data")
    expect(watched.part(".status").last).to_contain_text("Nothing is stored")
    assert not [url for url in watched.requests if "/api/" in url]


def test_unknown_conversation_is_forgotten_calmly(watched: Watched) -> None:
    watched.visit()
    watched.page.evaluate(FORGE_TOKEN)
    watched.page.reload()
    expect(watched.part(".notice")).to_contain_text("no longer kept")
    assert watched.kept() == [[], [], ""]
    watched.say(QUESTION)
    watched.part(".answer").first.wait_for()


def test_download_gives_a_readable_file(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    with watched.page.expect_download() as waiting:
        watched.choose_in_menu("Download my data")
    content = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert QUESTION in json.dumps(content)


def test_person_is_two_presses_away(watched: Watched) -> None:
    watched.visit()
    watched.open()
    watched.choose_in_menu("Talk to a person")
    card = watched.part(".question")
    card.wait_for()
    styles = card.locator(".choice").evaluate_all(
        """buttons => buttons.map((button) => {
          const look = getComputedStyle(button);
          const { width, height } = button.getBoundingClientRect();
          const { color, backgroundColor, fontWeight, fontSize, borderColor } = look;
          return [color, backgroundColor, fontWeight, fontSize, borderColor, width, height].join();
        })"""
    )
    assert len(styles) >= 2
    assert len(set(styles)) == 1


def test_choice_is_used_once_and_leaves_the_focus_in_the_chat(watched: Watched) -> None:
    watched.visit()
    watched.open()
    watched.choose_in_menu("Talk to a person")
    watched.part(".question .choice").nth(1).focus()
    watched.page.keyboard.press("Enter")
    expect(watched.part(".question .choice")).to_have_count(0)
    expect(watched.part("textarea")).to_be_focused()
