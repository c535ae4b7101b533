from node.ports import Block, ChainUpdate
from node.protocol.escrow import Funded
from node.protocol.reviews import committed_to
from tests.fakes.records import NOW, key, review
from tests.ports.store_orders import hash_of, terms, where

ANNA = key(1)


def fill(store, made_up: int):
    """One review that was paid for, and newer ones that weren't; returns the first."""
    genuine = review(key(10), ANNA.public)
    fakes = [review(key(100 + n), ANNA.public, created=NOW + 1) for n in range(made_up)]
    store.put([genuine, *fakes])
    proof, paid = genuine.body["proof"], terms(order=committed_to(genuine.body))
    block = Block(1, hash_of(1), NOW)
    funded = Funded(proof["order"], paid, NOW, where(1))
    store.chain_apply(proof["escrow"], ChainUpdate(0, (block,), (funded,), block, 0, 0))
    return genuine


def test_no_more_is_read_than_is_wanted(store):
    genuine = fill(store, 300)
    plans = []
    for slug in (None, "lamp"):
        asked = []
        store._db.connection.exec_trace = lambda cursor, *sql, to=asked: to.append(sql) or True
        assert store.reviews_of(ANNA.public, slug, 5)[0] == genuine
        store._db.connection.exec_trace = None
        ((sql, bindings),) = asked
        plans += [row[3] for row in store._db.rows("EXPLAIN QUERY PLAN " + sql, bindings)]
    assert not [step for step in plans if "TEMP B-TREE" in step]
    assert {step for step in plans if step.startswith(("SCAN", "SEARCH reviews"))} == {
        "SEARCH reviews USING COVERING INDEX reviews_of_seller (seller=?)",
        "SEARCH reviews USING COVERING INDEX reviews_of_listing (seller=? AND slug=?)",
    }


def test_what_was_kept_before_the_index_knew_of_money_is_found_when_it_is_made_anew(reopen):
    store = reopen()
    genuine = fill(store, 9)
    store._db.change("UPDATE reviews SET escrow = '', purchase = x'', committed = x'', backed = 0")
    assert store.reviews_of(ANNA.public)[0] != genuine
    store._db.change("UPDATE marks SET value = x'' WHERE name = 'index made by'")
    assert reopen().reviews_of(ANNA.public)[0] == genuine
