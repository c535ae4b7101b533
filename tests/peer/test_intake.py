import pytest
import trio

from node.peer import budget, intake
from node.protocol import gossip
from node.protocol.admission import Verdict
from node.protocol.errors import Unavailable
from tests.fakes.records import key, listing, revocation
from tests.peer.market import market

NOW = 1_800_000_000


async def judge(side, *made):
    decisions = await side.peer._intake.records([record.raw for record in made])
    return [decision.verdict for decision in decisions]


async def test_good_records_are_kept_whatever_the_others_are(autojump_clock):
    async with market() as m:
        good, broken = listing(key(1)), listing(key(2)).raw[:-1] + b"\x00"
        decisions = await m.buyer.peer._intake.records([b"junk", good.raw, broken])
        verdicts = [decision.verdict for decision in decisions]
        assert verdicts == [Verdict.REJECT, Verdict.ACCEPT, Verdict.REJECT]
        assert m.buyer.store.has(good.id)


async def test_the_forwarder_is_blamed_for_what_it_could_judge(autojump_clock):
    async with market() as m:
        peer = m.buyer.peer._intake
        assert await peer.batch("x", gossip.pack([listing(key(1)).raw])[0])
        assert not await peer.batch("x", gossip.pack([b"junk"])[0])
        assert not await peer.batch("x", b"no batch")


async def test_a_mistake_in_judging_one_record_keeps_the_others(autojump_clock, monkeypatch):
    async with market() as m:
        bad, good = listing(key(1)), listing(key(2))
        admit = intake.admission.admit

        def broken(raw, *rest):
            if raw == bad.raw:
                raise ZeroDivisionError
            return admit(raw, *rest)

        monkeypatch.setattr(intake.admission, "admit", broken)
        assert await judge(m.buyer, bad, good) == [Verdict.IGNORE, Verdict.ACCEPT]


async def test_pages_hear_of_what_is_new(autojump_clock):
    async with market() as m, m.buyer.world.changes.listen() as changes:
        await judge(m.buyer, listing(key(1)))
        assert (await changes.receive())[0] == "listing"


async def test_what_does_not_fit_is_ignored_and_not_asked_for_again_at_once(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 1)
    async with market() as m:
        first, second = listing(key(1)), listing(key(1), "chair")
        assert await judge(m.buyer, first, second) == [Verdict.ACCEPT, Verdict.IGNORE]
        assert not m.buyer.store.has(second.id)
        assert m.buyer.peer._intake.has(second.id)
        await trio.sleep(intake.DECLINED_FOR + 10)
        assert not m.buyer.peer._intake.has(second.id)


async def test_what_was_declined_is_remembered_within_bounds(autojump_clock, monkeypatch):
    monkeypatch.setattr(intake, "MAX_DECLINED", 3)
    async with market() as m:
        ahead = [listing(key(n), created=NOW + 90_000) for n in range(1, 6)]
        await judge(m.buyer, *ahead)
        remembered = [record for record in ahead if m.buyer.peer._intake.has(record.id)]
        assert remembered == ahead[2:]


async def test_a_revoked_device_has_no_word_any_more(autojump_clock):
    async with market() as m:
        owner, device = key(1), key(2)
        by_device = listing(device, owner=owner)
        assert await judge(m.buyer, by_device) == [Verdict.ACCEPT]
        assert await judge(m.buyer, revocation(owner, device)) == [Verdict.ACCEPT]
        assert m.buyer.store.latest("listing", owner.public, "lamp") is None
        again = listing(device, "chair", owner=owner)
        assert await judge(m.buyer, again) == [Verdict.IGNORE]


async def test_nobody_uses_up_an_authors_room_by_giving_copies_and_old_editions(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 3)
    async with market() as m:
        anna = key(1)
        old, new = listing(anna), listing(anna, created=NOW + 1, text="Longer now.")
        assert await judge(m.buyer, new, new, new) == [
            Verdict.ACCEPT,
            Verdict.IGNORE,
            Verdict.IGNORE,
        ]
        for _ in range(9):
            assert await judge(m.buyer, old, old) == [Verdict.IGNORE] * 2
        assert await judge(m.buyer, listing(anna, "chair"), listing(anna, "vase")) == [
            Verdict.ACCEPT,
            Verdict.ACCEPT,
        ]
        assert await judge(m.buyer, listing(anna, "bowl")) == [Verdict.IGNORE]


async def test_a_record_given_by_two_at_once_counts_once(autojump_clock, monkeypatch):
    monkeypatch.setattr(intake, "YIELD_EVERY", 1)
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 2)
    async with market() as m, trio.open_nursery() as nursery:
        for _ in range(4):
            nursery.start_soon(judge, m.buyer, listing(key(1)))
        await trio.sleep(1)
        assert await judge(m.buyer, listing(key(1), "chair")) == [Verdict.ACCEPT]


async def test_an_edition_that_came_too_late_is_not_asked_for_again_at_once(autojump_clock):
    async with market() as m:
        old, new = listing(key(1)), listing(key(1), created=NOW + 1)
        await judge(m.buyer, new)
        assert not m.buyer.peer._intake.has(old.id)
        await judge(m.buyer, old)
        assert m.buyer.peer._intake.has(old.id) and not m.buyer.store.has(old.id)


async def test_what_a_full_disk_refused_is_not_counted(autojump_clock, monkeypatch):
    monkeypatch.setattr(budget, "MAX_RECORDS_OF_ONE", 1)
    async with market() as m:

        def full(records):
            raise Unavailable("store.full", "the disk is full")

        with monkeypatch.context() as patch:
            patch.setattr(m.buyer.store, "put", full)
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await judge(m.buyer, listing(key(1)))
        assert await judge(m.buyer, listing(key(1))) == [Verdict.ACCEPT]
