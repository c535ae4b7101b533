"""This implementation agrees with each vector of kinds, goods, offers, orders and reviews."""

import itertools

import pytest

from node.protocol import offers, orders, reviews
from node.protocol.admission import Decision, Verdict, admit
from node.protocol.commitment import Line, check_opened, commitment, leaf
from node.protocol.errors import EtalError
from node.protocol.kinds.listing import KIND as LISTING
from node.protocol.kinds.order import KIND as ORDER
from node.protocol.record import Record, parse
from node.protocol.registry import standard
from tests.samples import NETWORK, NOW, Holding
from tests.vectors.rows import each, load
from tests.vectors.shapes import event_of

REGISTRY = standard()
GOODS = REGISTRY.extension("goods")


def record(raw: str) -> Record:
    return parse(bytes.fromhex(raw), NETWORK)


def octets(values: dict) -> dict:
    return {name: bytes.fromhex(value) for name, value in values.items()}


def rule_of(compute) -> str | None:
    try:
        compute()
    except EtalError as error:
        return error.rule
    return None


# ---- records


VALID = [*each("kinds", "valid"), *each("goods", "valid")]
INVALID = [*each("kinds", "invalid"), *each("goods", "invalid")]


def judged(row: dict) -> Decision:
    return admit(bytes.fromhex(row["raw"]), NETWORK, REGISTRY, Holding(), NOW, private=True)


@pytest.mark.parametrize("row", VALID)
def test_valid_record(row):
    decision = judged(row)
    assert (decision.verdict, decision.rule) == (Verdict.ACCEPT, None), decision.message
    assert decision.record.kind == row["kind"]
    assert decision.record.id.hex() == row["id"]


@pytest.mark.parametrize("row", INVALID)
def test_invalid_record(row):
    decision = judged(row)
    assert (decision.verdict, decision.rule) == (Verdict.REJECT, row["rule"])


def test_every_rule_is_broken_once():
    broken = {row["rule"] for file in ("kinds", "goods") for row in load(file)["invalid"]}
    mine = ("profile", "listing", "availability", "review", "order")
    rules = {rule.id for kind in REGISTRY.kinds if kind.id in mine for rule in kind.rules}
    assert broken >= rules | {rule.id for rule in GOODS.rules}
    terms = {row["rule"] for row in load("offers")["terms"]}
    assert terms == {
        None,
        *("terms.lines", "order.lines", "order.delivery", "field.required"),
        offers.OFFER_RULE.id,
        offers.FREE_RULE.id,
        *(rule.id for rule in offers.TERMS_RULES),
    }
    reasons = {row["reason"] for row in load("reviews")["verdicts"]}
    assert reasons >= {rule.id for rule in reviews.RULES} | {"", "verdict.refunded"}


def test_every_stage_is_reached():
    assert {row["stage"] for row in load("orders")["folds"]} == set(orders.Stage)


# ---- goods


@pytest.mark.parametrize("row", each("goods", "prices"))
def test_price(row):
    block, line = GOODS.listing.from_json(row["listing"]), GOODS.order.from_json(row["line"])
    if "rule" in row:
        assert rule_of(lambda: GOODS.price(block, line, int(row["base"]))) == row["rule"]
    else:
        assert GOODS.price(block, line, int(row["base"])) == int(row["price"])


@pytest.mark.parametrize("row", each("goods", "deliveries"))
def test_delivery(row):
    block = GOODS.listing.from_json(row["listing"])
    delivery = GOODS.delivery.from_json(row["delivery"])
    if "rule" in row:
        assert rule_of(lambda: GOODS.delivery_price(block, delivery)) == row["rule"]
    else:
        assert GOODS.delivery_price(block, delivery) == int(row["price"])


@pytest.mark.parametrize("row", each("goods", "reservations"))
def test_reservation(row):
    stock = {"stock": row["stock"]}
    if "rule" in row:
        assert rule_of(lambda: GOODS.reserve(stock, row["lines"])) == row["rule"]
    else:
        assert GOODS.reserve(stock, row["lines"]) == {"stock": row["left"]}


# ---- offers


@pytest.mark.parametrize("row", each("offers", "quotes"))
def test_quote(row):
    body = LISTING.fields.read(record(row["listing"]).body)
    lines = [Line(n["extension"], GOODS.order.from_json(n["block"])) for n in row["lines"]]
    delivery = GOODS.delivery.from_json(row["delivery"])

    def total():
        return offers.total(body, lines, delivery, row["asset"], REGISTRY)

    if "rule" in row:
        assert rule_of(total) == row["rule"]
        return
    amounts = {n: int(row["quote"][n]) for n in ("items", "delivery", "total")}
    assert total() == offers.Quote(**row["quote"] | amounts)


@pytest.mark.parametrize("row", each("offers", "commitments"))
def test_commitment(row):
    parts, salts = octets(row["parts"]), octets(row["salts"])
    assert {name: leaf(name, parts[name], salts[name]) for name in parts} == octets(row["leaves"])
    assert commitment(parts, salts).hex() == row["commitment"]


@pytest.mark.parametrize("row", each("offers", "openings"))
def test_opening(row):
    opened = {n: tuple(octets(o).values()) for n, o in row["opened"].items()}
    committed = bytes.fromhex(row["commitment"])
    assert rule_of(lambda: check_opened(committed, octets(row["leaves"]), opened)) == row["rule"]


@pytest.mark.parametrize("row", each("offers", "terms"))
def test_terms(row):
    listing, message = record(row["listing"]), record(row["place"])
    body = LISTING.fields.read(listing.body)
    place = ORDER.fields.read(message.body)["place"]

    def check():
        offers.check_terms(body, listing.id, place, message.created, REGISTRY)

    assert rule_of(check) == row["rule"]


# ---- orders

ORDERS = load("orders")


@pytest.mark.parametrize("row", each("orders", "folds"))
def test_fold(row):
    messages = [record(raw) for raw in row["messages"]]
    events = [event_of(each) for each in row["events"]]
    for said in itertools.permutations(messages):
        for done in (events, events[::-1]):
            state = orders.fold(
                bytes.fromhex(ORDERS["id"]),
                bytes.fromhex(ORDERS["seller"]),
                said,
                done,
                row["now"],
                account=ORDERS["account"],
                funding=row["funding"],
                vouched={bytes.fromhex(id) for id in row["vouched"]},
            )
            assert (state.stage, state.talk) == (row["stage"], row["talk"])
            assert (list(state.buyer), list(state.seller)) == (row["buyer"], row["seller"])
            assert state.deadlines == row["deadlines"]
            assert state.paid == {who: int(amount) for who, amount in row["paid"].items()}
            assert [message.id.hex() for message in state.messages] == row["order"]
            assert sorted(id.hex() for id in state.without_effect) == row["without_effect"]
            for kind in ("gifts", "asked", "doubtful"):
                stands = getattr(state.facts.standing, kind)
                assert {each.by: each.message.hex() for each in stands} == row[kind]


# ---- reviews


@pytest.mark.parametrize("row", each("reviews", "verdicts"))
def test_verdict(row):
    listing = record(row["listing"]) if row["listing"] else None
    events = [event_of(each) for each in row["events"]]
    review = record(row["review"])
    verdict = reviews.verdict(review, listing, events, REGISTRY)
    assert (verdict.standing, verdict.reason) == (row["standing"], row["reason"])
    assert list(reviews.dates(review, events)) == row["dates"]
