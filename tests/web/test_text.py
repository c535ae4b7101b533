import html
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.text import MAX_TEXT, TAGS, markdown, plain


class Seen(HTMLParser):
    """Every tag and attribute in some HTML."""

    def __init__(self, source: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_ordinary_markdown():
    shown = markdown("# Tea\n\nHolds *one* litre.\n\n- green\n- blue\n\n`x` ~~old~~")
    assert shown == (
        "<h3>Tea</h3>\n<p>Holds <em>one</em> litre.</p>\n<ul>\n<li>green</li>\n<li>blue</li>\n</ul>\n"
        "<p><code>x</code> <s>old</s></p>\n"
    )


def test_headings_stay_below_those_of_the_page():
    tags = [tag for tag, _ in Seen(markdown("\n\n".join("#" * n + " x" for n in range(1, 7)))).tags]
    assert tags == ["h3", "h4", "h5", "h6", "h6", "h6"]


def test_links_leave_without_a_trace():
    ((_, _), (tag, attributes)) = Seen(markdown("[x](https://a.example/y)")).tags
    assert (tag, attributes["href"]) == ("a", "https://a.example/y")
    assert set(attributes["rel"].split()) == {"nofollow", "noopener", "noreferrer", "ugc"}


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](vbscript:x)",
        "[x](/orders/1/release)",
        "[x](//evil.example)",
        "[x](http://evil.example)",
        "[x](file:///etc/passwd)",
        "![x](https://evil.example/pixel.png)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        '[x](https://a.example "onclick=\\"alert(1)\\"")',
        "<a href='https://a.example' onclick='x'>x</a>",
        "<style>*{}</style>",
        "<svg/onload=alert(1)>",
        "```\n</code><script>\n```",
        "&lt;script&gt;",
    ],
)
def test_nothing_runs_loads_or_acts(source):
    assert_harmless(markdown(source))


def assert_harmless(shown: str) -> None:
    for tag, attributes in Seen(shown).tags:
        assert tag in TAGS
        assert set(attributes) <= {"href", "rel"}
        assert attributes.get("href", "https://").startswith(("https://", "ipfs://"))


FRAGMENTS = ["<", ">", "[", "](", ")", "!", "`", "*", "&", "#x3c;", "javascript:", "\\", "\n", "x"]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join))
def test_no_mixture_is_harmful(source):
    assert_harmless(markdown(source))


def test_a_text_is_cut():
    assert len(markdown("x" * (2 * MAX_TEXT))) < MAX_TEXT + 20
    assert markdown("> " * 5000 + "x").count("<blockquote>") <= 20


def test_plain_is_one_line_cut_at_a_word():
    assert plain(" one\n two  three ") == "one two three"
    assert plain("one two three", 9) == "one two…"
    assert html.escape(plain("<b>")) == "&lt;b&gt;"
