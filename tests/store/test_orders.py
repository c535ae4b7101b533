from dataclasses import replace

import pytest

from node.ports import OrderRow, Outgoing, Query
from node.protocol.errors import Rejected, StateError, Unavailable
from node.protocol.registry import Registry
from tests.fakes.records import DAY, NOW, REGISTRY, key, listing, note, profile

ANNA = key(1)
ROW = OrderRow(b"o" * 32, "seller", b"f" * 32, b"c" * 32, b"e" * 32, NOW, {}, {"old": 1})
FIRST = note(key(2), ROW.id, "Hello")


@pytest.fixture
def placed(store):
    store.add_order(ROW, FIRST, None)
    return store


def test_an_update_that_fails_has_done_nothing(placed):
    placed._registry = Registry(
        tuple(kind for kind in REGISTRY.kinds if kind.id != "profile"), REGISTRY.extensions
    )
    with pytest.raises(StateError):
        placed.update_order(
            ROW.id,
            notes={"new": 2},
            messages=[note(ANNA, ROW.id, "Shipped")],
            outgoing=[Outgoing(b"m" * 32, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)],
            records=[listing(ANNA), profile(ANNA, "Anna")],
        )
    assert placed.order(ROW.id) == ROW
    assert placed.messages(ROW.id) == [FIRST]
    assert placed.outbox(NOW) == []
    assert placed.search(Query(), NOW).total == 0


def test_an_order_that_can_not_be_stored_whole_is_not_stored(store):
    bad = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW, {"salt": 1.5})
    with pytest.raises(Rejected):
        store.add_order(bad, FIRST, Outgoing(b"m" * 32, b"c" * 32, b"sealed", 0, NOW, NOW + DAY))
    assert store.order(bad.id) is None
    assert store.outbox(NOW) == []


def test_notes_that_could_not_be_read_back_are_refused(placed):
    with pytest.raises(StateError):
        placed.update_order(ROW.id, notes={"big": "x" * 2_000_000})
    assert placed.order(ROW.id) == ROW


def test_an_order_knows_no_third_side(store):
    with pytest.raises(StateError):
        store.add_order(OrderRow(b"p" * 32, "arbiter", b"", b"", None, NOW), FIRST, None)


def test_a_damaged_secret_is_said(placed):
    placed._db.change("UPDATE orders SET sealed_secret = zeroblob(60)")
    with pytest.raises(Unavailable) as raised:
        placed.order(ROW.id)
    assert raised.value.rule == "store.damaged"


def test_nothing_printed_tells_a_secret(placed):
    assert "k" * 32 not in repr(placed._vault)


@pytest.mark.parametrize("side", [None, "buyer"])
@pytest.mark.parametrize("after", [False, True])
def test_a_page_is_read_along_an_index(placed, side, after):
    placed.add_order(replace(ROW, id=b"p" * 32), note(key(2), b"p" * 32, "Hello"), None)
    mark = placed.order_rows(limit=1).next if after else None
    asked = []
    placed._db.connection.exec_trace = lambda cursor, sql, bindings: (
        asked.append((sql, bindings)) or True
    )
    placed.order_rows(side, mark)
    placed._db.connection.exec_trace = None
    ((sql, bindings),) = asked
    plan = [step[-1] for step in placed._db.rows(f"EXPLAIN QUERY PLAN {sql}", bindings)]
    assert len(plan) == 1, plan
    assert plan[0].startswith("SEARCH" if side or after else "SCAN") and "USING INDEX" in plan[0]
