"""Keyboard, reading, languages, looks, accessibility and policy, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.widget.conftest import (
    LOOKS,
    QUESTION,
    NewPage,
    Watched,
    answered,
    send_from_elsewhere,
    violations,
)

# -- keyboard, reading, unread -----------------------------------------------------------------


def test_keyboard_opens_writes_sends_and_closes(watched: Watched) -> None:
    page = watched.page
    watched.visit()
    watched.part(".launcher").focus()
    page.keyboard.press("Enter")
    expect(watched.part("textarea")).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(watched.part("textarea")).to_have_value("one\ntwo")
    page.keyboard.press("Enter")
    expect(watched.part("textarea")).to_have_value("")
    assert watched.own_words() == ["one\ntwo"]
    page.keyboard.press("Escape")
    expect(watched.part(".panel")).to_be_hidden()
    expect(watched.part(".launcher")).to_be_focused()


def test_escape_closes_the_menu_first_and_gives_the_focus_back(
    watched: Watched,
) -> None:
    watched.visit()
    watched.open()
    watched.part("[aria-controls=menu]").press("Enter")
    expect(watched.part(".menu button").first).to_be_focused()
    watched.page.keyboard.press("Escape")
    expect(watched.part(".menu")).to_be_hidden()
    expect(watched.part("[aria-controls=menu]")).to_be_focused()
    expect(watched.part(".panel")).to_be_visible()


def test_tab_leaves_the_panel_on_a_large_screen(watched: Watched) -> None:
    watched.visit()
    watched.open()
    for _ in range(12):
        watched.page.keyboard.press("Tab")
        if watched.page.evaluate("() => document.activeElement.tagName") != "ASKFIRST-WIDGET":
            return
    pytest.fail("the focus never left the panel")


def test_page_behind_a_full_screen_panel_rests_and_wakes(new_page: NewPage) -> None:
    watched = new_page(**LOOKS["phone"])
    watched.visit()
    watched.open()
    assert watched.page.evaluate("() => document.body.inert") is True
    watched.part(".tool").last.click()
    assert watched.page.evaluate("() => document.body.inert") is False


def test_enter_that_ends_a_composition_does_not_send(watched: Watched) -> None:
    watched.visit()
    watched.open()
    watched.part("textarea").fill("にほん")
    for init in ("{isComposing: true}", "{keyCode: 229}"):
        watched.part("textarea").evaluate(
            "(input) => input.dispatchEvent(new KeyboardEvent('keydown',"
            f" {{key: 'Enter', bubbles: true, composed: true, cancelable: true, ...{init}}}))"
        )
    expect(watched.part("textarea")).to_have_value("にほん")
    assert watched.own_words() == []


def test_reading_back_is_not_disturbed_by_new_messages(new_page: NewPage) -> None:
    watched = new_page(viewport={"width": 1280, "height": 420})
    watched.visit()
    answered(watched)
    watched.say(QUESTION)
    expect(watched.part(".answer")).to_have_count(2)
    watched.part(".log").evaluate("(log) => { log.scrollTop = 0; }")
    send_from_elsewhere(watched, QUESTION)
    watched.part(".jump").wait_for()
    expect(watched.part(".answer")).to_have_count(3)
    assert watched.part(".log").evaluate("(log) => log.scrollTop") == 0
    watched.part(".jump").click()
    expect(watched.part(".jump")).to_be_hidden()


def test_unread_messages_are_counted_in_the_launchers_name(watched: Watched) -> None:
    watched.visit()
    answered(watched)
    watched.page.keyboard.press("Escape")
    send_from_elsewhere(watched, QUESTION)
    expect(watched.part(".badge")).to_have_text("1")
    expect(watched.part(".launcher")).to_have_attribute(
        "aria-label", re.compile("1 unread message")
    )
    watched.open()
    watched.page.keyboard.press("Escape")
    expect(watched.part(".badge")).to_be_hidden()
    expect(watched.part(".launcher")).not_to_have_attribute("aria-label", re.compile("unread"))


def test_messages_are_announced_once_and_replayed_ones_not_again(
    watched: Watched,
) -> None:
    watched.visit()
    answered(watched)
    log = watched.part("[role=log]")
    expect(log).to_have_attribute("aria-live", "polite")
    assert watched.part("[role=log] [aria-live]").count() == 1
    assert watched.part("[role=log] [aria-live]").first.get_attribute("aria-live") == "off"


# -- looks, languages, policy ------------------------------------------------------------------


def test_dutch_page_speaks_dutch(watched: Watched) -> None:
    watched.visit("/demo?lang=nl")
    expect(watched.part(".launcher")).to_have_text("Stel een vraag")
    watched.open()
    expect(watched.part(".panel")).to_have_attribute("lang", "nl")
    expect(watched.part(".intro")).to_contain_text("software")


def test_right_to_left_page_has_the_launcher_on_the_left(watched: Watched) -> None:
    watched.visit()
    watched.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    box = watched.part(".launcher").bounding_box()
    assert box["x"] < 100


def test_position_start_puts_the_launcher_at_the_other_side(watched: Watched) -> None:
    watched.visit("/demo?lang=en&position=start")
    box = watched.part(".launcher").bounding_box()
    assert box["x"] < 100


def test_reduced_motion_moves_nothing(new_page: NewPage) -> None:
    watched = new_page(reduced_motion="reduce")
    watched.visit()
    watched.open()
    watched.part(".dots").evaluate("(dots) => { dots.hidden = false; }")
    running = watched.page.evaluate(
        "() => document.querySelector('askfirst-widget').shadowRoot.getAnimations().length"
    )
    assert running == 0


def test_small_screen_scrolls_one_way_and_every_target_is_large(
    new_page: NewPage,
) -> None:
    watched = new_page(**LOOKS["phone"])
    watched.visit()
    answered(watched)
    for selector in (".panel", ".log"):
        wide = watched.part(selector).evaluate("(e) => e.scrollWidth - e.clientWidth")
        assert wide <= 0, selector
    watched.part("[aria-controls=menu]").click()
    small = watched.part("button:visible, .menu a, textarea").evaluate_all(
        "all => all.map((e) => [e.textContent, e.getBoundingClientRect()])"
        ".filter(([, box]) => box.width && (box.width < 44 || box.height < 44))"
        ".map(([text]) => text)"
    )
    assert small == []


def test_axe_sees_faults(watched: Watched) -> None:
    """If the checker itself did not run, the tests below would pass on anything."""
    watched.page.set_content("<html><body><img src='x'><button></button><input></body></html>")
    found = {rule for rule, _ in violations(watched.page)}
    assert {"image-alt", "button-name", "label"} <= found


@pytest.mark.parametrize("look", LOOKS)
def test_no_state_has_an_accessibility_fault(new_page: NewPage, look: str) -> None:
    watched = new_page(**LOOKS[look])
    found: dict[str, Any] = {}

    def check(state: str) -> None:
        watched.page.wait_for_timeout(250)  # contrast is measured when nothing moves any more
        found[state] = violations(watched.page)

    watched.visit()
    check("closed")
    watched.open()
    check("open")
    watched.say(QUESTION)
    watched.part(".answer").first.wait_for()
    check("answered")
    watched.part("[aria-controls=menu]").click()
    check("menu")
    watched.part(".menu button").first.click()
    watched.part(".question").wait_for()
    check("question")
    watched.page.route("**/api/v1/messages", lambda route: route.abort())
    watched.say("Not now, thank you")
    watched.part(".unsent").wait_for()
    check("not sent")
    watched.page.unroute("**/api/v1/messages")
    watched.part(".unsent button").click()
    expect(watched.part(".unsent")).to_have_count(0)
    watched.choose_in_menu("Erase my data")
    watched.part(".question .choice").last.wait_for()
    watched.part(".question .choice").first.click()
    watched.part(".erased").wait_for()
    check("erased")
    assert {state: faults for state, faults in found.items() if faults} == {}


def test_whole_conversation_breaks_no_policy(watched: Watched) -> None:
    watched.visit()
    policy = watched.page.request.get(f"{watched.base}/demo").headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    answered(watched)
    watched.choose_in_menu("Talk to a person")
    watched.part(".question .choice").last.click()
    watched.say("x" * 600)
    with watched.page.expect_download():
        watched.choose_in_menu("Download my data")
    watched.page.reload()
    watched.part(".answer").first.wait_for()
    assert watched.problems == []


def test_policy_watch_sees_a_violation(watched: Watched) -> None:
    """The control for the test above."""
    watched.visit()
    watched.page.evaluate(
        "() => { const e = document.createElement('img'); e.src = 'https://other.example/x.png';"
        " document.body.append(e); }"
    )
    watched.page.wait_for_timeout(200)
    assert any("img-src" in problem for problem in watched.problems)
