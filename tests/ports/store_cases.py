"""What every Store does with disputes."""

from node.ports import CaseRow, Outgoing
from node.protocol.escrow import Disputed, Funded, How, Paid
from tests.fakes.records import DAY, NOW, key, note
from tests.ports.store_orders import CHAIN, terms, update, where

JUDGE = b"j" * 20
ID = b"e" * 32


class CasesSuite:
    def test_disputes_are_found_by_the_arbiter_that_their_funding_names(self, store):
        other = terms(arbiter=b"k" * 20)
        events = [
            *(Funded(bytes([n]) * 32, terms(arbiter=JUDGE), NOW, where(n)) for n in (1, 2, 3)),
            Funded(bytes([4]) * 32, other, NOW, where(4)),
            *(Disputed(bytes([n]) * 32, b"b" * 20, NOW, where(5, n)) for n in (1, 3, 4)),
        ]
        store.chain_apply(CHAIN, update(1, 5, *events))
        assert store.disputed(CHAIN, JUDGE, 9) == [bytes([3]) * 32, bytes([1]) * 32]
        assert store.disputed(CHAIN, JUDGE, 1) == [bytes([3]) * 32]
        assert store.disputed("eip155:1", JUDGE, 9) == []
        store.chain_apply(CHAIN, update(5, 6, keep_to=4, fork=1))
        assert store.disputed(CHAIN, JUDGE, 9) == []

    def test_many_about_little_push_out_none_about_much(self, store):
        def funded(n, amount, token=bytes(20)):
            given = terms(arbiter=JUDGE, amount=amount, token=token)
            return Funded(bytes([n]) * 32, given, NOW, where(n))

        worthless = b"w" * 20
        events = [
            funded(1, 2**100),
            funded(2, 255, token=b"t" * 20),
            *(funded(n, 2**127, token=worthless) for n in (3, 4)),
            *(funded(n, 256) for n in range(5, 9)),
            funded(9, 2**126),
            *(Disputed(bytes([n]) * 32, b"b" * 20, NOW, where(10, n)) for n in range(1, 10)),
            Paid(bytes([9]) * 32, 2**126, 0, 0, 0, How.REFUND, where(11)),
        ]
        store.chain_apply(CHAIN, update(1, 11, *events))
        known = (bytes(20), b"t" * 20)
        found = [id[0] for id in store.disputed(CHAIN, JUDGE, 99, known)]
        assert found == [2, 1, 8, 7, 6, 5, 4, 3, 9]
        assert [id[0] for id in store.disputed(CHAIN, JUDGE, 2, known)] == [2, 1]

    def test_one_that_was_funded_again_is_one(self, store):
        fundings = [Funded(ID, terms(arbiter=JUDGE), NOW, where(n)) for n in (1, 3)]
        store.chain_apply(CHAIN, update(1, 3, *fundings, Disputed(ID, b"b" * 20, NOW, where(2))))
        assert store.disputed(CHAIN, JUDGE, 9) == [ID]

    def test_notes_records_and_mail_are_kept_together(self, store):
        first, second = (note(key(1), ID, text) for text in ("one", "two"))
        mail = Outgoing(second.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
        assert store.case(ID) is None and store.case_records(ID) == []
        assert store.update_case(ID, records=[first]) == [True]
        assert store.update_case(ID, notes={"a": 1}, records=[first, second], outgoing=[mail]) == [
            False,
            True,
        ]
        store.update_case(ID, notes={"b": 2})
        assert store.case(ID) == CaseRow(ID, {"a": 1, "b": 2})
        assert store.cases() == [CaseRow(ID, {"a": 1, "b": 2})]
        assert store.case_records(ID) == [first, second]
        assert store.case_bytes() == len(first.raw) + len(second.raw)
        assert store.case_undelivered(ID) == {second.id}
        assert store.outbox(NOW) == [mail]
        store.receipted(second.id)
        assert store.case_undelivered(ID) == set()

    def test_what_is_forgotten_is_gone_with_its_mail(self, store):
        said = note(key(1), ID, "one")
        store.update_case(
            ID,
            records=[said],
            outgoing=[Outgoing(said.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)],
        )
        store.forget_case(ID)
        assert store.case(ID) is None and store.case_records(ID) == []
        assert store.case_bytes() == 0 and store.outbox(NOW) == []
        store.forget_case(ID)
