"""Every text of the pages is there in every language, with the same placeholders."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import node.web
from node.contracts.essence import SUBJECTS
from node.peer import funds, troubles, wallet_requests
from node.protocol.extensions.goods import EXTENSION as GOODS
from node.protocol.fields import Choice, Field, FieldSet
from node.web.pages.listing_form import FIELDS, WHAT
from node.web.pages.sell import TYPED
from node.web.pages.shares import TYPED as SHARES
from node.web.sentences import TEMPLATES
from tests.web.test_sentences import RAISED

WEB = Path(node.web.__file__).parent
CATALOGUES = sorted((WEB / "locale").glob("*/LC_MESSAGES/*.po"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
TEMPLATE_OPTIONS = {
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}


def used() -> set:
    """Messages of templates and pages, and what declared fields show in forms."""
    found = set()
    for path in (WEB / "templates").glob("*.html"):
        found |= _extracted("jinja2.ext:babel_extract", path, TEMPLATE_OPTIONS)
    for path in (*(WEB / "pages").glob("*.py"), WEB / "sentences.py", WEB / "i18n.py"):
        found |= _extracted("python", path, {})
    shown = FieldSet({name: FIELDS[name] for name in (*WHAT, "extensions")})
    for fields in (shown, TYPED, SHARES, GOODS.listing, GOODS.order, GOODS.delivery):
        found |= _declared(fields)
    found |= {*funds.SENTENCES.values(), funds.SIGN_INSTEAD, wallet_requests.SOLD_OUT}
    found |= set(SUBJECTS.values())
    return found | {GOODS.title, *TEMPLATES, *TYPED_ELSEWHERE} | _of_troubles()


TYPED_ELSEWHERE = {"Carrier", "Note", "Rating", "Text", "Tracking number"}
"""Titles of what is typed into forms that are drawn by hand: errors name them."""

SENTENCES = (
    "FAILED_ONCE",
    "LOST",
    "SLOW",
    "NOT_PAID",
    "NOT_MOVED",
    "NOT_YET",
    "KEEPS_TRYING",
    "TRY_AGAIN",
)


def _of_troubles() -> set[str]:
    every = (
        *troubles.REASONS.values(),
        *troubles.OF_VERB.values(),
        *troubles.RULES.values(),
        troubles.REFUSED,
        troubles.OFFLINE,
    )
    plain = {getattr(troubles, name) for name in SENTENCES}
    return plain | {text for each in every for text in (each.happened, each.todo) if text}


def _extracted(method: str, path: Path, options: dict) -> set:
    with path.open("rb") as source:
        rows = extract(method, source, keywords=KEYWORDS, options=options)
        return {row[1] if isinstance(row[1], str) else tuple(row[1]) for row in rows}


def _declared(fields: FieldSet) -> set[str]:
    found: set[str] = set()
    for field in fields.values():
        found |= {text for text in (field.title, field.help) if text}
        if isinstance(field, Choice):
            found |= set(field.values.values())
        for inner in (getattr(field, name, None) for name in ("field", "fields", "value")):
            if isinstance(inner, Field) and hasattr(inner, "fields"):
                found |= _declared(inner.fields)
            elif isinstance(inner, FieldSet):
                found |= _declared(inner)
    return found


def placeholders(message) -> set[str]:
    texts = [message] if isinstance(message, str) else message
    return {name for text in texts for name in re.findall(r"%\((\w+)\)", text)}


def test_there_are_catalogues():
    assert [path.parts[-3] for path in CATALOGUES] == ["fr"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_catalogue_is_complete(path):
    with path.open("rb") as source:
        catalogue = read_po(source)
    there = {m.id if isinstance(m.id, str) else tuple(m.id): m for m in catalogue if m.id}
    wanted = used()
    assert len(wanted) > 400
    assert not wanted - set(there), "to be translated"
    assert not set(there) - wanted - set(RAISED), "no longer used"
    for id, message in there.items():
        translations = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(translations), id
        assert not message.fuzzy, id
        assert placeholders(translations) == placeholders(id), id
