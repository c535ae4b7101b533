"""What the pages about sales say of the code is what the code says. (Tables between markers are derived by docs/spec/derive.py.)"""

import re
from pathlib import Path

import pytest

from node.protocol import commitment, offers, order_state, orders, pledged_reviews, reviews
from node.protocol.kinds.listing.categories import CATEGORIES
from node.protocol.units import MINOR_UNITS

SPEC = Path(__file__).parents[2] / "docs" / "spec"


def page(name: str) -> str:
    return (SPEC / f"{name}.md").read_text("utf-8")


def rows(text: str, prefix: str) -> list[tuple[str, str]]:
    return re.findall(rf"^\| `({prefix}\.[a-z_]+)` \| (.*) \|$", text, re.MULTILINE)


def test_drawings_are_the_tables():
    drawn = re.findall(r"```mermaid\n(.*?)\n```", page("order"), re.DOTALL)
    assert drawn == [orders.talk_diagram(), orders.money_diagram()]


def test_rules_of_terms():
    rules = (offers.OFFER_RULE, offers.FREE_RULE, *offers.TERMS_RULES)
    found = [row for row in rows(page("offer"), "terms") if row[0] != "terms.lines"]
    assert found == [(rule.id, rule.text) for rule in rules]


def test_rules_of_verdicts():
    found = rows(page("review"), "verdict")
    both = (*reviews.RULES, *pledged_reviews.RULES)
    assert found == [(rule.id, rule.text) for rule in both]
    for verdict in (reviews.UNKNOWN_LISTING, reviews.REFUNDED):
        assert f"`{verdict.reason}`" in page("review")


def test_stages_and_verbs():
    text = page("order")
    stages = re.search(r"## Stage\n(.*?)\n## ", text, re.DOTALL)[1]
    assert set(re.findall(r"^\| `([a-z]+)` \|", stages, re.MULTILINE)) == set(order_state.Stage)
    verbs = re.search(r"## What each can do.*?\n(.*?)\nDeadlines", text, re.DOTALL)[1]
    found = re.findall(r"^\| `([a-z_]+)` \| ([a-z]+) \|", verbs, re.MULTILINE)
    either = order_state.EITHER
    assert dict(found) == {
        verb: "either" if sides == either else sides[0]
        for verb, (sides, _) in order_state.VERBS.items()
    }


def test_parts():
    text = re.search(r"## Commitment\n(.*?)\nEach part", page("offer"), re.DOTALL)[1]
    found = re.findall(r"^\| `([a-z]+)` \|", text, re.MULTILINE)
    assert tuple(found) == commitment.PARTS


def test_categories():
    for slug, label in CATEGORIES.items():
        assert f"`{slug}` ({label})" in page("kinds")


def test_currencies():
    sentence = re.search("Minor units are 2 decimals.*", page("offer"))[0]
    assert set(re.findall("[A-Z]{3}", sentence)) == set(MINOR_UNITS)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("offer", f"1 to {commitment.MAX_LINES} lines (`MAX_LINES`)"),
        ("offer", f"{commitment.MAX_LINES_BYTES:,} bytes, `MAX_LINES_BYTES`"),
        ("offer", f"{commitment.MAX_DELIVERY_BYTES:,} bytes, `MAX_DELIVERY_BYTES`"),
        ("offer", f"{offers.FUND_WITHIN // 3600} hours (`FUND_WITHIN`)"),
        ("order", f"{orders.MAX_MESSAGES}th (`MAX_MESSAGES`)"),
    ],
)
def test_limits(name, stated):
    assert stated in page(name)
