"""The sample extension by its vectors, and that it fits the registry as ours do."""

import json
from pathlib import Path

import pytest

from node.protocol.admission import Verdict, admit
from node.protocol.errors import EtalError
from node.protocol.extensions.goods import EXTENSION as GOODS
from node.protocol.registry import standard
from tests.docs.test_derive import derive
from tests.extensions.tickets import ID, Tickets
from tests.protocol.sale import BODY, changed, sign
from tests.samples import NETWORK, NOW, Holding

FOLDER = Path(__file__).with_name("tickets")
VECTORS = json.loads((FOLDER / "vectors.json").read_text("utf-8"))
TICKETS = Tickets()
REGISTRY = standard([TICKETS])
EVENING = VECTORS["listings"][0]["block"]


def each(name: str) -> list:
    return [pytest.param(row, id=row["why"]) for row in VECTORS[name]]


def judged(record, registry=REGISTRY):
    return admit(record.raw, NETWORK, registry, Holding(), NOW)


def listing(block: dict):
    return sign("listing", changed(BODY, extensions={ID: block}), slug="concert")


def rule_of(compute):
    try:
        return None, compute()
    except EtalError as error:
        return error.rule, None


@pytest.mark.parametrize("row", each("listings"))
def test_listings(row):
    assert judged(listing(row["block"])).rule == row["rule"]


@pytest.mark.parametrize("row", each("availabilities"))
def test_availabilities(row):
    record = sign("availability", {"extensions": {ID: row["block"]}}, slug="concert")
    assert judged(record).rule == row["rule"]


@pytest.mark.parametrize("row", each("prices"))
def test_prices(row):
    rule, price = rule_of(lambda: TICKETS.price(EVENING, {"seats": row["seats"]}, 1000))
    assert (rule, price) == (row.get("rule"), row.get("price"))


@pytest.mark.parametrize("row", each("sales"))
def test_sales(row):
    before = {"seats": row["left"]}
    lines = [{"seats": seats} for seats in row["sold"]]
    rule, after = rule_of(lambda: TICKETS.reserve(before, lines))
    assert rule == row.get("rule")
    if rule is None:
        assert TICKETS.available(after, {}) == row["then"]
        assert TICKETS.give_back(after, lines) == before
        assert TICKETS.in_stock(EVENING, after) == (row["then"] > 0)


def test_the_form_of_a_line_knows_the_limit_of_this_listing():
    seats = TICKETS.order_fields(EVENING)["seats"]
    assert (seats.low, seats.high) == (1, EVENING["most"])


def test_it_is_shown_in_words():
    assert TICKETS.rows(EVENING) == [
        ("Starts", "2027-05-26 19:00 UTC"),
        ("Doors open", "2027-05-26 18:00 UTC"),
        ("Venue", "Salle Molière, Lyon"),
        ("Seats", "80"),
        ("Most seats for one order", "6"),
    ]


def test_a_node_without_it_keeps_what_it_cannot_judge():
    broken = listing(next(row["block"] for row in VECTORS["listings"] if row["rule"]))
    assert judged(broken, standard()).verdict is Verdict.ACCEPT


def test_its_folder_is_whole_and_its_spec_as_derived():
    assert TICKETS.spec == derive.filled(TICKETS.spec, REGISTRY)
    assert all(rule.id.startswith(ID + ".") for rule in TICKETS.rules)
    named = {
        row["rule"]
        for rows in VECTORS.values()
        if isinstance(rows, list)
        for row in rows
        if "rule" in row
    }
    assert {rule.id for rule in TICKETS.rules} <= named
    assert REGISTRY.extension("goods") is GOODS
