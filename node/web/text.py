"""Texts that strangers wrote, made into HTML that is safe to show: CommonMark without HTML and pictures."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

MAX_TEXT = 10_000  # characters; what is longer is cut
MAX_NESTING = 20  # of quotations, lists and emphasis
TAGS = frozenset({"p", "br", "strong", "em", "s", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "a"})  # fmt: skip
TAGS |= {"h3", "h4", "h5", "h6"}
SCHEMES = frozenset({"https", "ipfs"})
HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5"}  # below those of the page; deeper ones are "h6"

_markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
_markdown.enable("strikethrough").disable("image")


@lru_cache(256)
def markdown(text: str) -> Markup:
    """HTML of a peer's text; links leave with rel="nofollow noopener noreferrer ugc"."""
    tokens = _markdown.parse(text[:MAX_TEXT])
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = HEADINGS.get(token.tag, "h6")
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(
        nh3.clean(
            html,
            tags=set(TAGS),
            attributes={"a": {"href"}, "*": set()},
            url_schemes=set(SCHEMES),
            url_relative="deny",
            link_rel="nofollow noopener noreferrer ugc",
        )
    )


def plain(text: str, limit: int = 200) -> str:
    """The beginning of a text on one line, cut at a word, for cards and descriptions."""
    line = " ".join(text[: 4 * limit].split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"
