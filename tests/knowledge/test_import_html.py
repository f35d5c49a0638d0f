"""HTML to Markdown, pages among their menus, and saved folders of pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.knowledge.importing.clean_html import escaped, to_markdown
from bot.knowledge.importing.items import Unusable
from bot.knowledge.importing.pages import read_page
from bot.knowledge.markdown import parser, words_of
from tests.knowledge.imports import errors, run, write

MENU = '<nav><a href="/">Home</a></nav><aside>Related</aside><footer>Copyright 2026</footer>'
BODY = """<h1>Return a <em>parcel</em></h1>
<p>You may return it within <strong>30 days</strong>, see <a href="terms.html#x">our terms</a>.</p>
<h2>Steps</h2>
<ol><li>Open <b>My orders</b>.<ul><li>On a phone: the menu.</li></ul></li>
<li>Print the label:<pre><code class="language-sh">lp label.pdf
# &lt;done&gt; *now*
</code></pre></li></ol>
<table><tr><th>Country</th><th>Cost</th></tr><tr><td>NL</td><td>a | b</td></tr></table>"""


def converted(html: str, base: str = "https://shop.example/help/") -> str:
    return to_markdown(html, base, lambda _address: None)[0]


def test_headings_lists_tables_links_and_code_are_kept() -> None:
    page = read_page(f"<html lang=NL><body>{MENU}<main>{BODY}</main></body>".encode())

    assert (page.content.title, page.language) == ("Return a parcel", "nl")
    assert converted(page.content.html).rstrip().splitlines() == [
        "You may return it within **30 days**, see "
        "[our terms](https://shop.example/help/terms.html#x).",
        "",
        "## Steps",
        "",
        "1. Open **My orders**.",
        "   - On a phone: the menu.",
        "2. Print the label:",
        "",
        "   ```sh",
        "   lp label.pdf",
        "   # <done> *now*",
        "   ```",
        "",
        "| Country | Cost   |",
        "| ------- | ------ |",
        "| NL      | a \\| b |",
    ]


@pytest.mark.parametrize("frame", ["<main>{}</main>", "<article>{}</article>", "<div>{}</div>"])
def test_the_content_is_found_among_what_is_around_it(frame: str) -> None:
    around = '<div class="top"><a href="/">Home</a> <a href="/a">About us</a></div>'
    text = f"<html><body>{around}{MENU}{frame.format(BODY)}<div>Share this</div></body></html>"
    found = converted(read_page(text.encode()).content.html)

    assert "within **30 days**" in found and "Country" in found
    for word in ("Home", "About us", "Related", "Copyright", "Share this"):
        assert word not in found


def test_nothing_of_a_page_is_loaded_or_run() -> None:
    text, remarks = to_markdown(
        '<p onclick="x()">One <script>alert(1)</script><style>p{}</style>'
        '<iframe src="//x"></iframe>'
        '<a href="javascript:alert(1)">two</a> <a href="data:text/html,x">three</a></p>'
        '<img src="https://t.example/p.gif" width="1"><img src="/no-words.png">'
        '<a href="/x"><img src="/label.png" alt="A label"></a><img src="/box.png" alt="A box">'
        '<svg><script>x</script></svg><form><input value="secret">form</form>',
        "https://shop.example/",
        lambda _address: None,
    )

    assert text == (
        "One two three\n\n[A label](https://shop.example/x)[A box](https://shop.example/box.png)\n"
    )
    assert remarks == ["1 images without a description were left out"]


def test_links_lead_to_the_article_that_a_page_became() -> None:
    text, _ = to_markdown(
        '<p><a href="terms#x">terms</a> <a href="#below">below</a> '
        '<a href="mailto:a@b.example">m</a> <a href="/card"><h3>Card</h3><p>Words</p></a> '
        '<a href="/x"></a></p>',
        "https://shop.example/returns",
        {"https://shop.example/terms": "terms.md"}.get,
    )

    assert "[terms](terms.md) below [m](mailto:a@b.example)" in text
    assert "/card" not in text and "### Card" in text


def test_bytes_are_read_as_the_server_or_the_page_says() -> None:
    html = (
        "<html><head><meta charset=windows-1252></head><body><main>caf\u00e9</main></body></html>"
    )

    assert "café" in read_page(html.encode("cp1252")).content.html
    assert "café" in read_page(html.encode("utf-8"), charset="utf-8").content.html
    assert (
        "café" in read_page(html.replace("windows-1252", "nonsense").encode("cp1252")).content.html
    )


@pytest.mark.parametrize(
    "raw", [b"<html><body><nav>x</nav></body></html>", b"<!-- -->", b"<p></p>"]
)
def test_pages_without_text_are_named(raw: bytes) -> None:
    with pytest.raises(Unusable):
        read_page(raw)


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Co"]), max_size=40))
@example("<script>alert(1)</script>")
@example("1. x * y _z_ [a](b) `c` &amp; \\* # - + > | ![i](j) <b> http://a.example/b_c")
def test_words_stay_the_words_they_are(text: str) -> None:
    """What a page shows as text is text in the article, whatever Markdown would make of it."""
    words = " ".join(text.replace("\xa0", " ").split())
    html = words.replace("&", "&amp;").replace("<", "&lt;")
    tokens = parser().parse(converted(f"<p>x {html} x</p>"))
    shown = words_of(converted(f"<p>x {html} x</p>"))

    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    kinds = {child.type for child in tokens[1].children or ()}
    assert kinds <= {"text", "text_special", "softbreak", "link_open", "link_close"}
    assert shown.split() == f"x {words} x".split()
    assert words_of(escaped(f"x {words} x")).split() == f"x {words} x".split()


def test_saved_folder_becomes_articles_that_link_to_each_other(tmp_path: Path) -> None:
    page = "<html lang='{}'><head><title>Shop</title></head><body>{}<main>{}</main></body></html>"
    terms = "<h1>Terms</h1><p>Our terms.</p>"
    source = write(
        tmp_path / "site",
        {
            "returns.html": page.format("en-GB", MENU, BODY),
            "terms.html": page.format("en", MENU, terms),
            "nl/terms.htm": page.format("nl", MENU, "<h1>Voorwaarden</h1><p>Onze voorwaarden.</p>"),
            "fr.html": page.format("fr", "", "<p>Bonjour tout le monde.</p>"),
            "none.html": page.format("en", MENU, ""),
            "binary.html": b"<html>\x00",
        },
    )
    into = tmp_path / "articles"
    found = run(source, into)

    assert (found.code, found.counts) == (1, {"new": 3, "left out": 3})
    assert "--language" in found.reasons("left out")["fr.html"]
    text = (into / "en/site/returns.md").read_text()
    assert "[our terms](terms.md)" in text
    assert text.count("# Return a parcel") == 1
    assert (into / "nl/site/terms.md").is_file()
    assert errors(into) == []
    assert run(source, into).counts == {"unchanged": 3, "left out": 3}
