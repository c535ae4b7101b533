"""What every Store does with orders, the chain and other content."""

from dataclasses import replace

import pytest

from node.ports import Block, ChainUpdate, OrderRow, Outgoing
from node.protocol.errors import Conflict, InputError, NotFound, Rejected
from node.protocol.escrow import Delivered, Disputed, Funded, Paid, Terms, Where
from tests.fakes.records import DAY, NOW, availability, key, note

ANNA, BEN = key(1), key(2)
CHAIN = "eip155:31337"


class OrdersSuite:
    ROW = OrderRow(
        id=b"o" * 32,
        side="seller",
        offer=b"f" * 32,
        counterparty=b"c" * 32,
        escrow_id=b"e" * 32,
        created=NOW,
        secret={"salts": {"lines": b"s" * 32}},
        notes={"reserved": True},
    )
    MAIL = Outgoing(b"m" * 32, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)

    @pytest.fixture
    def first(self):
        return note(BEN, self.ROW.id, "Rue de la Paix 1, Paris")

    @pytest.fixture
    def placed(self, store, first):
        store.add_order(self.ROW, first, self.MAIL)
        return store

    def test_an_order_comes_back_whole(self, placed, first):
        assert placed.order(self.ROW.id) == self.ROW
        assert placed.order_of_escrow(self.ROW.escrow_id) == self.ROW
        assert placed.messages(self.ROW.id) == [first]
        assert placed.outbox(NOW) == [self.MAIL]

    def test_what_is_not_there(self, store):
        assert store.order(b"x" * 32) is None
        assert store.order_of_escrow(b"x" * 32) is None
        assert store.messages(b"x" * 32) == []
        assert store.orders() == []
        with pytest.raises(NotFound):
            store.update_order(b"x" * 32, notes={"a": 1})

    def test_an_order_is_added_once(self, placed, first):
        with pytest.raises(Conflict):
            placed.add_order(self.ROW, first, None)

    def test_several_orders_are_added_with_what_changes_by_them_or_none(self, store):
        rows = [replace(self.ROW, id=bytes([n]) * 32, escrow_id=bytes([n]) * 32) for n in range(3)]
        placed = [(row, note(BEN, row.id, "Hello"), None) for row in rows]
        store.add_orders(placed[:2], {"cart": b"one is left"})
        assert [store.order(row.id) for row in rows] == [*rows[:2], None]
        assert store.messages(rows[1].id) == [placed[1][1]]
        with pytest.raises(Conflict):
            store.add_orders([placed[2], placed[0]], {"cart": b"empty"})
        assert store.order(rows[2].id) is None
        assert store.fact("cart") == b"one is left"

    def test_several_orders_are_noted_or_none(self, placed, first):
        other = replace(self.ROW, id=b"p" * 32, escrow_id=b"p" * 32)
        placed.add_order(other, note(BEN, other.id, "Hello"), None)
        ids = (self.ROW.id, other.id)
        placed.note_orders({id: {"sent": "0x1"} for id in ids})
        for id in ids:
            assert placed.order(id).notes == {"reserved": True, "sent": "0x1"}
        with pytest.raises(NotFound):
            placed.note_orders({self.ROW.id: {"sent": "0x2"}, b"x" * 32: {}})
        assert placed.order(self.ROW.id).notes["sent"] == "0x1"

    def test_an_order_without_money_or_mail(self, store, first):
        row = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW)
        store.add_order(row, first, None)
        assert store.order(row.id) == row
        assert store.outbox(NOW) == []

    def test_a_forgotten_order_leaves_nothing(self, store, first):
        mail = Outgoing(first.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
        store.add_order(self.ROW, first, mail)
        other = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW)
        store.add_order(other, note(BEN, other.id, "Hello"), self.MAIL)
        store.forget_order(self.ROW.id)
        store.forget_order(self.ROW.id)
        assert store.orders() == [other]
        assert store.messages(self.ROW.id) == []
        assert store.outbox(NOW) == [self.MAIL]
        assert store.order_of_escrow(self.ROW.escrow_id) is None

    def test_an_update_does_everything(self, placed, first):
        second = note(ANNA, self.ROW.id, "Shipped")
        mail = Outgoing(second.id, b"c" * 32, b"sealed too", 0, NOW + 5, NOW + DAY)
        stock = availability(ANNA)
        result = placed.update_order(
            self.ROW.id,
            notes={"fund": "0x12", "reserved": False},
            messages=[first, second],
            outgoing=[mail],
            records=[stock, stock],
        )
        assert result == [False, True, True, False]
        assert placed.order(self.ROW.id).notes == {"fund": "0x12", "reserved": False}
        assert placed.order(self.ROW.id).secret == self.ROW.secret
        assert placed.messages(self.ROW.id) == [first, second]
        assert placed.outbox(NOW) == [self.MAIL]
        assert placed.outbox(NOW + 5) == [self.MAIL, mail]
        assert placed.latest("availability", ANNA.public, "lamp") == stock

    def test_what_the_notes_can_not_hold_is_refused(self, placed):
        for value in (None, 1.5, {1: 2}, object()):
            with pytest.raises(Rejected):
                placed.update_order(self.ROW.id, notes={"bad": value})
        assert placed.order(self.ROW.id) == self.ROW

    def test_what_was_given_or_got_can_be_changed_without_harm(self, placed):
        given = {"list": [1]}
        placed.update_order(self.ROW.id, notes=given)
        given["list"].append(2)
        placed.order(self.ROW.id).notes["list"].append(3)
        assert placed.order(self.ROW.id).notes["list"] == [1]

    def test_mail_waits_and_ends(self, placed):
        placed.retry(self.MAIL.id, NOW + 60)
        assert placed.outbox(NOW + 59) == []
        (waiting,) = placed.outbox(NOW + 60)
        assert (waiting.tries, waiting.next_try) == (1, NOW + 60)
        assert placed.receipted(self.MAIL.id)
        assert not placed.receipted(self.MAIL.id)
        assert placed.outbox(NOW + 60) == []

    def test_mail_that_is_due_at_once_goes_as_it_was_written(self, store, first):
        ids = [bytes([n]) * 32 for n in (9, 1, 5)]
        mail = [Outgoing(id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY) for id in ids]
        store.add_order(self.ROW, first, mail[0])
        store.update_order(self.ROW.id, outgoing=mail[1:])
        assert [each.id for each in store.outbox(NOW)] == ids
        for id in reversed(ids):
            store.retry(id, NOW + 60)
        assert [each.id for each in store.outbox(NOW + 60)] == ids

    def test_mail_that_is_given_up_is_sent_no_more_and_stays_undelivered(self, placed, first):
        mail = Outgoing(first.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
        placed.update_order(self.ROW.id, outgoing=[mail])
        assert mail in placed.outbox(NOW)
        placed.give_up(first.id)
        assert placed.outbox(NOW + 9 * DAY) == [self.MAIL]
        assert placed.undelivered(self.ROW.id) == {first.id}
        assert placed.counts()["outbox"] == 1
        placed.forget_order(self.ROW.id)
        assert placed.undelivered(self.ROW.id) == set()

    def test_orders_by_side_newest_first(self, placed, first):
        late = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW + 1)
        placed.add_order(late, first, None)
        assert placed.orders() == [late, self.ROW]
        assert placed.orders("seller") == [self.ROW]
        assert placed.orders(limit=1) == [late]

    def rows(self, store, number):
        """Orders of which some are of the same second; newest first, as they are listed."""
        made = [
            OrderRow(
                bytes([n]) * 32,
                ("buyer", "seller")[n % 2],
                b"f" * 32,
                b"c" * 32,
                None,
                NOW + n // 4,
            )
            for n in range(number)
        ]
        for row in made:
            store.add_order(row, note(BEN, row.id, "Hello"), None)
        return sorted(made, key=lambda row: (row.created, row.id), reverse=True)

    @pytest.mark.parametrize("side", [None, "seller"])
    @pytest.mark.parametrize("limit", [1, 3, 5, 12, 13])
    def test_pages_hold_every_order_once(self, store, side, limit):
        wanted = [row for row in self.rows(store, 12) if side in (None, row.side)]
        found, after = [], None
        while True:
            page = store.order_rows(side, after, limit)
            assert len(page.rows) <= limit
            found += page.rows
            after = page.next
            if after is None:
                break
            assert len(page.rows) == limit
        assert found == wanted

    def test_a_page_goes_on_where_it_ended_whatever_came_or_went(self, store):
        newest, *_, last = rows = self.rows(store, 9)
        page = store.order_rows(limit=4)
        store.forget_order(rows[3].id)  # the last of the page
        late = OrderRow(b"z" * 32, "buyer", b"f" * 32, b"c" * 32, None, newest.created + 9)
        store.add_order(late, note(BEN, late.id, "Hello"), None)
        assert list(store.order_rows(after=page.next).rows) == rows[4:]
        assert store.order_rows(limit=1).rows == (late,)
        assert store.order_rows(after=page.next).rows[-1] == last

    @pytest.mark.parametrize("mark", ["", "x", "AAAA", "o" * 52, "é", "5/zz"])
    def test_a_mark_that_was_made_up_is_refused(self, placed, mark):
        with pytest.raises(InputError) as fault:
            placed.order_rows(after=mark)
        assert (fault.value.rule, fault.value.field) == ("query.after", "after")

    def test_orders_are_counted_by_side(self, store):
        assert store.order_counts() == {"buyer": 0, "seller": 0}
        self.rows(store, 5)
        assert store.order_counts() == {"buyer": 3, "seller": 2}

    def test_ids_between_two_others(self, store):
        self.rows(store, 5)
        low, high = bytes([1]) * 32, bytes([3]) * 32
        assert store.order_ids(low, high, 9) == [low, bytes([2]) * 32, high]
        assert store.order_ids(low, high, 2) == [low, bytes([2]) * 32]
        assert store.order_ids(bytes([9]) * 32, bytes([10]) * 32, 9) == []

    def test_which_messages_of_an_order_wait_for_a_receipt(self, placed, first):
        assert placed.undelivered(self.ROW.id) == set()  # its mail is of no message
        second = note(ANNA, self.ROW.id, "Shipped")
        mail = Outgoing(second.id, b"c" * 32, b"sealed", 0, NOW + 10**6, NOW + 10**7)
        placed.update_order(self.ROW.id, messages=[second], outgoing=[mail])
        assert placed.undelivered(self.ROW.id) == {second.id}
        assert placed.undelivered(b"x" * 32) == set()
        placed.receipted(second.id)
        assert placed.undelivered(self.ROW.id) == set()

    def test_counts(self, placed):
        counts = placed.counts()
        assert (counts["orders"], counts["outbox"], counts["pinned"]) == (1, 1, 0)


def terms(**changes) -> Terms:
    values = dict(
        buyer=b"b" * 20, seller=b"s" * 20, payout=b"p" * 20, arbiter=bytes(20), token=bytes(20),
        amount=2**127, ship_by=NOW, review=7 * DAY, ruling=0, arbiter_bps=0, lapse_bps=0,
        payees=bytes(32), order=b"o" * 32,
    )  # fmt: skip
    return Terms(**values | changes)


def where(block: int, index: int = 0) -> Where:
    return Where(block, hash_of(block), index, b"t" * 32, NOW + block)


def hash_of(block: int, fork: int = 0) -> bytes:
    return bytes([block % 256, fork]) * 16


def update(first: int, last: int, *events, keep_to: int | None = None, fork=0, reset=False):
    blocks = tuple(Block(n, hash_of(n, fork), NOW + n) for n in range(first, last + 1))
    kept = first - 1 if keep_to is None else keep_to
    return ChainUpdate(kept, blocks, events, Block(last, hash_of(last, fork), NOW), 0, 0, reset)


class ChainSuite:
    ID = b"e" * 32

    def test_the_window_and_events_of_a_chain(self, store):
        assert store.chain_window(CHAIN) == []
        funded = Funded(self.ID, terms(), NOW, where(2))
        delivered = Delivered(self.ID, NOW + 1, where(3, 1))
        disputed = Disputed(self.ID, b"b" * 20, NOW + 2, where(3, 2))
        paid = Paid(self.ID, 1, 2**100, 0, 5, 3, where(4))
        other = Funded(b"x" * 32, terms(), NOW, where(3, 0))
        store.chain_apply(CHAIN, update(1, 3, delivered, disputed, funded, other))
        store.chain_apply(CHAIN, update(4, 4, paid))
        assert store.chain_window(CHAIN) == [(n, hash_of(n)) for n in range(1, 5)]
        assert store.events(CHAIN, self.ID) == [funded, delivered, disputed, paid]
        assert store.events("eip155:1", self.ID) == []

    def test_undone_blocks_take_their_events_along(self, store):
        funded = Funded(self.ID, terms(), NOW, where(2))
        store.chain_apply(CHAIN, update(1, 3, funded, Delivered(self.ID, NOW, where(3))))
        store.chain_apply(CHAIN, update(3, 4, keep_to=2, fork=1))
        assert store.events(CHAIN, self.ID) == [funded]
        assert store.chain_window(CHAIN)[2:] == [(3, hash_of(3, 1)), (4, hash_of(4, 1))]
        store.chain_apply(CHAIN, update(2, 2, keep_to=1, fork=2))
        assert store.events(CHAIN, self.ID) == []
        assert store.chain_window(CHAIN) == [(1, hash_of(1)), (2, hash_of(2, 2))]

    def test_a_reset_forgets_this_chain_alone(self, store):
        event = Funded(self.ID, terms(), NOW, where(1))
        store.chain_apply(CHAIN, update(1, 3, event))
        store.chain_apply("eip155:1", update(1, 3, event))
        again = Funded(self.ID, terms(), NOW, where(7))
        store.chain_apply(CHAIN, update(7, 8, again, keep_to=6, reset=True))
        assert store.events(CHAIN, self.ID) == [again]
        assert [number for number, _ in store.chain_window(CHAIN)] == [7, 8]
        assert store.events("eip155:1", self.ID) == [event]

    def test_the_same_events_again(self, store):
        event = Funded(self.ID, terms(), NOW, where(1))
        store.chain_apply(CHAIN, update(1, 1, event))
        store.chain_apply(CHAIN, update(1, 1, event, event))
        assert store.events(CHAIN, self.ID) == [event]

    def test_an_event_of_a_block_that_was_told_before_comes_late(self, store):
        funded, delivered = (
            Funded(self.ID, terms(), NOW, where(1)),
            Delivered(self.ID, NOW, where(3)),
        )
        store.chain_apply(CHAIN, update(1, 4, delivered))
        store.chain_apply(CHAIN, update(5, 4, funded, keep_to=4))
        assert store.events(CHAIN, self.ID) == [funded, delivered]
        assert store.events(CHAIN, self.ID, 1) == [funded]
        assert [number for number, _ in store.chain_window(CHAIN)] == [1, 2, 3, 4]

    def test_fundings_without_an_order(self, store):
        mine = Funded(self.ID, terms(), NOW, where(1, 0))
        unseen = Funded(b"u" * 32, terms(), NOW, where(1, 1))
        others = Funded(b"x" * 32, terms(seller=b"z" * 20), NOW, where(1, 2))
        store.chain_apply(
            CHAIN, update(1, 2, mine, unseen, others, Paid(b"u" * 32, 0, 1, 0, 0, 1, where(2)))
        )
        row = OrderRow(b"o" * 32, "seller", b"f" * 32, b"c" * 32, self.ID, NOW)
        store.add_order(row, note(BEN, row.id, "Hello"), None)
        assert store.unseen_funded(CHAIN, b"s" * 20) == [unseen]
        assert store.unseen_funded("eip155:1", b"s" * 20) == []


class ContentSuite:
    def test_chunks_and_manifests(self, store):
        blob = b"b" * 32
        assert store.chunk(blob, 0) is None
        assert store.manifest(blob) is None
        store.put_manifest(blob, b"manifest")
        store.put_manifest(blob, b"manifest")
        store.put_chunk(blob, 0, b"zero")
        store.put_chunk(blob, 1, b"one")
        store.put_chunk(blob, 1, b"one")
        assert [store.chunk(blob, index) for index in range(3)] == [b"zero", b"one", None]
        assert store.manifest(blob) == b"manifest"

    def test_facts(self, store):
        assert store.fact("peers") is None
        store.set_fact("peers", b"one")
        store.set_fact("peers", b"two")
        assert store.fact("peers") == b"two"
