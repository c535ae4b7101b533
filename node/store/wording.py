"""Turns what a person typed into a full text query that can't fail, whatever was typed."""

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 200
MAX_PIECES = 12
SHORTEST_PREFIX = 2

PIECE = re.compile(r'(?P<minus>-?)"(?P<phrase>[^"]*)"|(?P<word>\S+)')


@dataclass(frozen=True)
class Wording:
    """Two FTS5 expressions. `wanted` is None where no word narrows the search; `hopeless`: typed, but no word in it."""

    wanted: str | None = None
    unwanted: str | None = None
    hopeless: bool = False


def plain(text: str) -> str:
    """One form for the many ways to write a character (Unicode NFKC), and nothing that a database chokes on."""
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return unicodedata.normalize("NFKC", text)


def parse(text: str) -> Wording:
    """Words must all occur, "a phrase" as it stands, -word not at all; the last word may be the beginning of one.

    Anything else that a query language knows is taken as a plain word. Beyond MAX_CHARACTERS and MAX_PIECES text is ignored.
    """
    text = plain(text)[:MAX_CHARACTERS].lstrip()
    wanted: list[str] = []
    unwanted: list[str] = []
    for number, piece in enumerate(PIECE.finditer(text)):
        if number == MAX_PIECES:
            break
        word, phrase = piece["word"], piece["phrase"]
        negative = word.startswith("-") if word is not None else piece["minus"] == "-"
        content = phrase if word is None else word.lstrip("-")
        if not any(character.isalnum() for character in content):
            continue
        unfinished = word is not None and piece.end() == len(text) and not negative
        (unwanted if negative else wanted).append(_quoted(content, unfinished))
    return Wording(
        " AND ".join(wanted) or None,
        " OR ".join(unwanted) or None,
        hopeless=bool(text) and not wanted and not unwanted,
    )


def _quoted(content: str, unfinished: bool) -> str:
    star = "*" if unfinished and len(content) >= SHORTEST_PREFIX else ""
    return '"' + content.replace('"', '""') + '"' + star
