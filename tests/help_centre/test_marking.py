from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from bot.help_centre.marking import Marker
from tests.help_centre.conftest import Client, fetch

TAGS = re.compile(r"</?mark>")


def test_other_forms_of_the_words_are_marked_and_small_words_are_not() -> None:
    marker = Marker("how do I change the invoices?", "en")

    found = marker.html('<p>The <a href="/invoice">invoice</a> &amp; how it was changed.</p>')

    assert found == (
        '<p>The <a href="/invoice"><mark>invoice</mark></a> &amp; how it was'
        " <mark>changed</mark>.</p>"
    )


def test_entities_and_attributes_are_left_whole() -> None:
    marker = Marker("amp lt title gt", "en")

    assert marker.html('<i title="amp > lt">&lt;b&gt; &amp; amp</i>') == (
        '<i title="amp > lt">&lt;b&gt; &amp; <mark>amp</mark></i>'
    )


@given(st.text(max_size=60), st.text(max_size=120))
def test_marks_change_nothing_of_what_is_said(question: str, text: str) -> None:
    marked = Marker(question, "nl").words(text)

    bare = TAGS.sub("", marked)
    assert html.unescape(bare) == html.unescape(html.escape(text))
    assert "<" not in bare


async def test_what_was_asked_is_marked_on_the_page(client: Client) -> None:
    page = await fetch(client, "/help/search?q=refunding%20</mark>%20days&language=en")

    assert "<mark>Refunds</mark> &amp; returns</a>" in page
    assert "fourteen <mark>days</mark>!" in page
    assert "</mark> days&#34;" not in page.split("<main")[0]


async def test_nothing_found_leads_on(client: Client) -> None:
    page = await fetch(client, f"/help/search?language=en&q={'zzyzx' * 70}")

    assert "No article has these words." in page
    assert '<form action="/chat" method="post">' in page
    assert f'name="text" value="{("zzyzx" * 70)[:300]}"' in page
    assert '<a href="/help/en/">All articles</a>' in page
    assert '<meta name="robots" content="noindex">' in page


async def test_language_that_is_not_spoken_is_said(client: Client) -> None:
    page = await fetch(client, "/help/search?q=site&language=tlh", languages="nl")

    assert "De gevraagde taal wordt hier niet gesproken" in page
    assert "Resultaten" not in page and '<html lang="nl"' in page
