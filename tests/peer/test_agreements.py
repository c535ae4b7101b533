"""Parts paid and given back, proposals and their acceptance: by the node's own wallets and by one in the browser, through crashes."""

import pytest
import trio

from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, InputError
from node.protocol.escrow import NOBODY, address_of, sign_digest
from tests import contract_wallet
from tests.fakes.contract import Signed
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, ETH, market, until
from tests.peer.sales import heal, order, paid, part, put_up, sold, stage, transaction
from tests.peer.test_wallet_requests import digest_of

DAY = 86_400
PRICE = ETH // 100 + 1_000
PART = PRICE // 3


async def sold_by_node(m) -> str:
    """A paid order whose buyer is the node's own wallet."""
    id = await order(m, await put_up(m), account=m.buyer.address)
    await m.buyer.peer.fund(id)
    await until(lambda: m.buyer.sent)
    m.chain.mine(3)
    await until(lambda: "accept" in m.seller.peer.order(id).actions)
    m.buyer.sent.clear()
    return id


def held(side, id) -> int:
    found = side.peer.order(id).held
    return found.amount if found else 0


async def offered(side, id):
    """The first proposal of the other side that stands here."""
    return await until(lambda: next((p for p in side.peer.order(id).proposals if not p.mine), None))


async def balance(m, account: bytes) -> int:
    return await m.wallet.balance(account, NOBODY)


BUYER = address_of(BUYER_WALLET)


class TestParts:
    async def test_milestones_by_the_nodes_wallet_and_then_the_rest(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            before = await balance(m, m.seller.account)
            for number in (1, 2):
                await m.buyer.peer.release(id, PART)
                await until(lambda n=number: held(m.seller, id) == PRICE - n * PART)
                await until(lambda: not m.buyer.notes(id)["wishes"])
            assert await balance(m, m.seller.account) == before + 2 * PART
            assert stage(m.seller, id) == "funded"
            await m.buyer.peer.release(id)
            await until(lambda: stage(m.seller, id) == "released")
            assert m.buyer.sent == ["settle", "settle", "release"]
            assert m.seller.peer.order(id).paid_out["seller"] == PRICE
            # it was released before it was sent: the seller can still say that it is
            assert "ship" in m.seller.peer.order(id).actions

    async def test_a_part_given_back_by_the_seller_leaves_the_order_going_on(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            before = await balance(m, BUYER)
            await m.seller.peer.refund(id, PART)
            await until(lambda: held(m.buyer, id) == PRICE - PART)
            assert await balance(m, BUYER) == before + PART
            await m.seller.peer.accept(id)
            await m.seller.peer.ship(id)
            await until(lambda: stage(m.buyer, id) == "shipped")
            await m.pay(id, "release")
            await until(lambda: stage(m.buyer, id) == "settled")
            m.chain.mine(3)
            await m.buyer.peer.write_review(id, 4, "A scratch, and a part back for it.")
            await trio.sleep(5)
            listing = m.buyer.peer.order(id).listing
            found = m.buyer.peer.listing(listing.author.id, listing.slug)
            assert [each.verdict for each in found.reviews] == ["verified"]

    async def test_another_wallet_pays_a_part_that_its_person_has_decided(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.release(id, PART)
            draft = m.buyer.peer.order(id).draft
            assert (draft.verb, draft.to_seller.amount, draft.to_buyer.amount) == (
                "release_part",
                PART,
                0,
            )
            assert draft.left.amount == PRICE - PART
            await m.pay(id, "release_part")
            await until(lambda: held(m.seller, id) == PRICE - PART)
            assert m.buyer.peer.order(id).draft is None
            assert transaction(m.buyer, id, "release_part").status == "mined"

    async def test_a_draft_can_be_dropped(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.release(id, PART)
            await m.buyer.peer.drop_draft(id)
            assert m.buyer.peer.order(id).draft is None
            with pytest.raises(Conflict) as caught:
                await m.buyer.peer.wallet_request(id, "release_part", BUYER_ACCOUNT)
            assert caught.value.rule == "order.draft"

    @pytest.mark.parametrize("amount", [0, -1, PRICE + 1])
    async def test_no_more_than_is_held_and_no_less_than_something(self, autojump_clock, amount):
        async with market() as m:
            id = await sold(m)
            for side, verb in ((m.buyer, "release"), (m.seller, "refund")):
                with pytest.raises(InputError) as caught:
                    await getattr(side.peer, verb)(id, amount)
                assert (caught.value.rule, caught.value.field) == ("order.amount", "amount")


class TestOnce:
    """The contract takes a second payment by the side that gives: the node must not send one."""

    async def test_a_part_survives_a_crash_and_is_paid_once(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            m.chain.automine = False
            await m.buyer.peer.release(id, PART)
            await until(lambda: m.chain.pool)
            await m.buyer.restart()
            await trio.sleep(30)
            m.chain.mine(3)
            await until(lambda: held(m.buyer, id) == PRICE - PART)
            await m.buyer.restart()
            await until(lambda: not m.buyer.notes(id)["wishes"])
            m.chain.automine = True
            await trio.sleep(3_600)
            assert held(m.buyer, id) == PRICE - PART
            assert len(m.chain.ledger.pots) == 1

    async def test_one_that_waited_for_the_chain_is_sent_after_a_restart(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            m.chain.set_down(True)
            await m.buyer.peer.release(id, PART)
            await m.buyer.stop()
            m.chain.set_down(False)
            await m.buyer.start()
            await until(lambda: held(m.buyer, id) == PRICE - PART)
            assert m.buyer.sent == ["settle"]

    async def test_a_mined_part_is_never_sent_again_though_its_event_is_left_out(
        self, autojump_clock
    ):
        async with market() as m:
            id = await sold_by_node(m)
            m.chain.forgetful = True
            await m.buyer.peer.release(id, PART)
            await until(lambda: m.buyer.sent)
            m.chain.mine(3)
            await trio.sleep(2 * 3_600)
            assert m.buyer.sent == ["settle"]
            assert transaction(m.buyer, id, "release_part").status == "mined"

    async def test_the_contract_is_asked_what_it_holds_before_a_part_is_sent(self, autojump_clock):
        """Its transaction is forgotten as if it had been sent from a copy of this node, and the event is left out."""
        async with market() as m:
            id = await sold_by_node(m)
            m.chain.forgetful = True
            await m.buyer.peer.release(id, PART)
            await until(lambda: m.buyer.sent)
            m.chain.mine(3)
            await trio.sleep(5)
            await m.buyer.stop()
            notes = m.buyer.notes(id)
            lost = {**notes, "transactions": {}, "statuses": {}, "earlier": {}}
            m.buyer.store.update_order(id_from_text(id), notes=lost)
            await m.buyer.start()
            await until(lambda: transaction(m.buyer, id, "release_part").status == "given_up")
            assert m.buyer.sent == ["settle"]

    async def test_two_at_once_are_refused(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            m.chain.automine = False
            await m.buyer.peer.release(id, PART)
            with pytest.raises(Conflict) as caught:
                await m.buyer.peer.release(id, PART + 1)
            assert caught.value.rule == "order.busy"
            await until(lambda: m.chain.pool)
            await m.seller.peer.settle(id, PART, 0)
            await offered(m.buyer, id)
            assert "accept_settlement" not in m.buyer.peer.order(id).actions
            with pytest.raises(Conflict):
                await m.buyer.peer.accept_settlement(id)

    async def test_what_the_other_side_paid_meanwhile_ends_it(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            m.buyer.escrow.poor = True
            await m.buyer.peer.release(id, PART)
            await until(lambda: transaction(m.buyer, id, "release_part").trouble)
            await m.seller.peer.refund(id, PART)
            await until(lambda: held(m.buyer, id) == PRICE - PART)
            m.buyer.escrow.poor = False
            shown = await until(
                lambda: (t := transaction(m.buyer, id, "release_part")).status == "given_up" and t
            )
            assert shown.rule == "order.held"
            assert m.buyer.sent == []


class TestProposals:
    async def test_the_seller_offers_a_part_back_and_the_buyers_wallet_takes_it(
        self, autojump_clock
    ):
        async with market() as m:
            id = await sold(m)
            before, sellers = await balance(m, BUYER), await balance(m, m.seller.account)
            await m.seller.peer.settle(id, PART, 0, "For the scratch.")
            shown = await offered(m.buyer, id)
            assert (shown.by, shown.binding, shown.text) == ("seller", True, "For the scratch.")
            assert (shown.to_buyer.amount, shown.to_seller.amount) == (PART, 0)
            assert shown.left.amount == PRICE - PART
            assert m.seller.peer.order(id).proposals[0].mine
            await m.pay(id, "accept_settlement")
            await until(lambda: held(m.seller, id) == PRICE - PART)
            assert await balance(m, BUYER) == before + PART
            assert await balance(m, m.seller.account) == sellers  # it cost the seller nothing
            for side in (m.buyer, m.seller):
                assert side.peer.order(id).proposals == ()

    async def test_a_split_of_everything_is_signed_by_one_and_carried_out_by_the_other(
        self, autojump_clock
    ):
        async with market() as m:
            id = await sold_by_node(m)
            buyers, sellers = await balance(m, m.buyer.account), await balance(m, m.seller.account)
            await m.buyer.peer.settle(id, PRICE - PART, PART)
            shown = await offered(m.seller, id)
            assert not shown.binding
            await m.seller.peer.accept_settlement(id, shown.id)
            await until(lambda: stage(m.buyer, id) == "settled")
            assert await balance(m, m.buyer.account) == buyers + PRICE - PART
            assert await balance(m, m.seller.account) == sellers + PART
            assert (m.buyer.sent, m.seller.sent) == ([], ["settle"])

    async def test_the_wallet_in_the_browser_signs_what_its_person_proposes(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.settle(id, PRICE - PART, PART, "Half of it is broken.")
            assert m.buyer.peer.order(id).proposals == ()
            request = await m.buyer.peer.wallet_request(id, "settle", BUYER_ACCOUNT)
            (step,) = request.steps
            assert (step.kind, step.verb) == ("typed", "settle")
            assert step.request["message"]["toSeller"] == str(PART)
            signature = "0x" + sign_digest(digest_of(step.request), BUYER_WALLET).hex()
            request = await m.buyer.peer.wallet_request(id, "settle", BUYER_ACCOUNT, signature)
            assert request.steps == ()
            assert m.buyer.peer.order(id).draft is None
            shown = await offered(m.seller, id)
            assert shown.text == "Half of it is broken."
            await m.seller.peer.accept_settlement(id)
            await until(lambda: stage(m.buyer, id) == "settled")

    @pytest.mark.parametrize("wrong", ["0x", "nonsense", "another key"])
    async def test_what_is_no_signature_of_it_is_refused(self, autojump_clock, wrong):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.settle(id, PRICE - PART, PART)
            request = await m.buyer.peer.wallet_request(id, "settle", BUYER_ACCOUNT)
            if wrong == "another key":
                digest = digest_of(request.steps[0].request)
                wrong = "0x" + sign_digest(digest, m.seller.secret).hex()
            with pytest.raises(InputError) as caught:
                await m.buyer.peer.wallet_request(id, "settle", BUYER_ACCOUNT, wrong)
            assert caught.value.rule == "wallet.signature"
            assert m.buyer.peer.order(id).proposals == ()

    async def test_who_only_asks_signs_nothing(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.settle(id, PART, 0, "Could I have a part back?")
            shown = await offered(m.seller, id)
            assert not shown.binding
            await m.seller.peer.accept_settlement(id)
            await until(lambda: held(m.buyer, id) == PRICE - PART)

    async def test_a_newer_one_of_a_side_takes_the_place_of_its_last(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.buyer.peer.settle(id, PART, 0)
            await m.buyer.peer.settle(id, PART + 1, 0)
            shown = await until(
                lambda: [p for p in m.seller.peer.order(id).proposals if p.to_buyer.amount > PART]
            )
            assert len(m.seller.peer.order(id).proposals) == len(shown) == 1

    async def test_two_that_accept_at_once_are_paid_once(self, autojump_clock):
        async with market() as m:
            id = await sold_by_node(m)
            await m.buyer.peer.settle(id, 0, PART)
            await m.seller.peer.settle(id, PART, 0)
            await offered(m.buyer, id)
            await offered(m.seller, id)
            m.chain.automine = False
            await m.buyer.peer.accept_settlement(id)
            await m.seller.peer.accept_settlement(id)
            await until(lambda: len(m.chain.pool) == 2)
            m.chain.mine(3)
            m.chain.automine = True
            await until(lambda: held(m.buyer, id) == PRICE - PART)
            await trio.sleep(3_600)
            assert held(m.buyer, id) == held(m.seller, id) == PRICE - PART

    async def test_it_ends_by_itself(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            await m.seller.peer.settle(id, PART, 0, days=1)
            await offered(m.buyer, id)
            m.chain.pass_time(DAY + 60)
            m.chain.mine(2)
            await until(lambda: not m.buyer.peer.order(id).proposals)
            with pytest.raises(Conflict):
                await m.pay(id, "accept_settlement")

    async def test_the_other_side_hears_of_it_once_it_is_there_again(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            part(m)
            await m.seller.peer.settle(id, PART, 0)
            await trio.sleep(60)
            assert m.buyer.peer.order(id).proposals == ()
            heal(m)
            await until(lambda: m.buyer.peer.order(id).proposals, 7_200)

    async def test_the_days_are_bounded(self, autojump_clock):
        async with market() as m:
            id = await sold(m)
            for days in (0, 91):
                with pytest.raises(InputError):
                    await m.seller.peer.settle(id, PART, 0, days=days)

    async def test_nothing_is_settled_where_nothing_is_held(self, autojump_clock):
        async with market() as m:
            id = await order(m, await put_up(m))
            for side in (m.buyer, m.seller):
                with pytest.raises(Conflict):
                    await side.peer.settle(id, 1, 0)


class TestContractWallets:
    async def test_a_contract_wallet_signs_as_the_chain_says_and_may_take_it_back(
        self, autojump_clock
    ):
        async with market() as m:
            wallet = bytes([9]) * 20
            m.chain.contracts[wallet] = address_of(BUYER_WALLET)
            m.chain.give(wallet, 10 * ETH)
            account = "0x" + wallet.hex()
            id = await order(m, await put_up(m), account=account)
            request = await m.buyer.peer.wallet_request(id, "fund", account)
            m.chain.submit(Signed(b"\x01" * 32, wallet, m.transaction(request.steps[0].request)))
            m.chain.mine(3)
            await until(lambda: "settle" in m.seller.peer.order(id).actions)
            await m.buyer.peer.settle(id, PART, PRICE - PART)
            request = await m.buyer.peer.wallet_request(id, "settle", account)
            digest = digest_of(request.steps[0].request)
            signature = "0x" + contract_wallet.signature(digest, BUYER_WALLET).hex()
            await m.buyer.peer.wallet_request(id, "settle", account, signature)
            await offered(m.seller, id)
            await until(lambda: m.buyer.peer.order(id).proposals)
            owner = m.chain.contracts.pop(wallet)
            await m.seller.peer.accept_settlement(id)
            await until(lambda: transaction(m.seller, id, "accept_settlement").status == "given_up")
            assert m.seller.sent == []
            m.chain.contracts[wallet] = owner
            await m.seller.peer.accept_settlement(id)
            await until(lambda: stage(m.seller, id) == "settled")


async def test_a_paid_order_by_browser_is_untouched_by_all_this(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await paid(m, id)
        await m.pay(id, "release")
        await until(lambda: stage(m.seller, id) == "released")
