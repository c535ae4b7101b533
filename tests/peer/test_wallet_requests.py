import pytest

from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.escrow import sign_digest
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, BUYER_WALLET, market, mug, until
from tests.peer.sales import order, paid, place, put_up, stage

HASH = "0x" + "ab" * 32
DOLLARS = {"amount": "5000", "unit": "USD"}


def digest_of(typed):
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    return _hash_eip191_message(encode_typed_data(full_message=typed))


async def test_a_permit_and_one_transaction_fund_in_a_token(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m, price=DOLLARS, **free_post()))
        first = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)
        (step,) = first.steps
        assert (step.kind, step.verb) == ("typed", "permit")
        assert step.request["message"]["value"] in (50_000_000, "50000000")
        signature = "0x" + sign_digest(digest_of(step.request), BUYER_WALLET).hex()
        then = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT, signature)
        (step,) = then.steps
        assert (step.kind, step.verb) == ("transaction", "fund")
        await m.send(step.request)
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)


async def test_without_a_permit_it_is_approved_and_then_funded(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m, price=DOLLARS, **free_post()))
        request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT, permit=False)
        assert [step.verb for step in request.steps] == ["approve", "fund"]
        await m.send(request.steps[0].request)
        request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT, permit=False)
        assert [step.verb for step in request.steps] == ["fund"]
        await m.send(request.steps[0].request)
        await until(lambda: stage(m.seller, id) == "funded")


async def test_a_signature_that_was_not_asked_for_is_refused(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m, price=DOLLARS, **free_post()))
        for signature in ("0x" + "00" * 65, "junk"):
            with pytest.raises(InputError):
                await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT, signature)


async def test_the_wrong_account_is_told_so_before_the_wallet_opens(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        with pytest.raises(Conflict):
            await m.buyer.peer.wallet_request(id, "fund", m.seller.address)
        with pytest.raises(InputError):
            await m.buyer.peer.wallet_request(id, "fund", "0x12")
        with pytest.raises(NotFound):
            await m.buyer.peer.wallet_request(id, "steal", BUYER_ACCOUNT)


async def test_an_empty_account_is_told_so_before_the_wallet_opens(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        account = (bytes(20), bytes.fromhex(BUYER_ACCOUNT[2:]))
        held = m.chain.ledger.balances
        for amount, obstacle in ((0, "funds.coin"), (10**16 + 2_000, "funds.gas")):
            held[account] = amount
            request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)
            assert (request.obstacle, request.steps) == (obstacle, ())
            assert request.message


async def test_nothing_is_paid_for_what_has_just_been_sold(autojump_clock):
    async with market() as m:
        view = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        first, second = await order(m, view), await order(m, view)
        await paid(m, first)
        await until(lambda: m.buyer.peer.order(second).listing.stock == 0)
        request = await m.buyer.peer.wallet_request(second, "fund", BUYER_ACCOUNT)
        assert (request.obstacle, request.steps) == ("sold_out", ())


async def test_nothing_is_paid_for_a_variant_that_has_just_been_sold(autojump_clock):
    async with market() as m:
        variants = [{"id": "blue", "label": "Blue"}, {"id": "red", "label": "Red"}]
        block = {**mug()["extensions"]["goods"], "variants": variants}
        stock = {"goods": {"stock": {"blue": 1, "red": 1}}}
        view = await put_up(m, extensions={"goods": block}, availability=stock)
        placed = [
            await m.buyer.peer.place_order(
                view.id, [{"quantity": 1, "variant": name}], ADDRESS, account=BUYER_ACCOUNT
            )
            for name in ("blue", "red")
        ]
        left = {"goods": {"stock": {"blue": 0, "red": 1}}}
        await m.seller.peer.set_availability(view.slug, left)
        await until(lambda: m.buyer.peer.listing_by_id(view.id).stock == 1)
        obstacles = [
            (await m.buyer.peer.wallet_request(one.id, "fund", BUYER_ACCOUNT)).obstacle
            for one in placed
        ]
        assert obstacles[0] == "sold_out"
        assert obstacles[1] != "sold_out"


async def test_what_the_state_forbids_is_not_asked_of_a_wallet(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        for verb in ("release", "timeout", "take_back"):
            with pytest.raises(Conflict):
                await m.buyer.peer.wallet_request(id, verb, BUYER_ACCOUNT)
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        with pytest.raises(Conflict):
            await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)


async def test_a_noted_transaction_is_a_hint_alone(autojump_clock):
    async with market() as m:
        id = await place(m, await put_up(m))
        for verb, hash in (("fund", "0x12"), ("steal", HASH), ("fund", HASH + "00")):
            with pytest.raises(InputError):
                await m.buyer.peer.note_transaction(id, verb, hash)
        await m.buyer.peer.note_transaction(id, "fund", HASH)
        assert stage(m.buyer, id) == "funding"
        assert "fund" not in m.buyer.peer.order(id).actions
        assert stage(m.buyer, id) != "funded"


async def test_a_wallet_that_does_not_know_the_chain_is_told_about_it(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        chain = (await m.buyer.peer.wallet_request(id, "fund")).chain
        assert chain["chainId"] == hex(31_337)
        assert chain["nativeCurrency"]["decimals"] == 18


def free_post():
    goods = {"condition": "new", "shipping": [_post()]}
    return {"extensions": {"goods": goods}}


def _post():
    return {"id": "post", "label": "Post", "zones": ["FR"], "price": "0"}
