"""What the campaign contract couldn't push: noticed, shown, withdrawn, whatever happens meanwhile."""

import pytest
import trio

from node.peer.troubles import OFFLINE, RECEIVER, RULES
from node.protocol.errors import Conflict, InputError
from node.protocol.escrow import NOBODY, address_of
from node.protocol.patterns import address_to_text
from tests.fakes.campaigns import by
from tests.peer.campaigning import PRICE, order, over, pledged, started
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, market, until

COLD = b"\xc0" * 20  # an account whose key isn't on the seller's node
ELSEWHERE = b"\xe1" * 20


async def claims(side, campaign):
    return (await side.peer.campaign(campaign.id)).claims


async def waiting(m, side, campaign):
    for _ in range(100):
        if found := await claims(side, campaign):
            return found[0]
        await trio.sleep(5)
    raise AssertionError("nothing waits")


def notes(side, campaign):
    return side.store.campaign(bytes.fromhex(campaign.id[2:])).notes


async def paid_to_one_that_refuses(m, account):
    """A campaign whose first part couldn't be pushed to its creator's payout."""
    campaign = await started(m, goal=PRICE)
    await pledged(m, campaign)
    m.chain.refusing.add(account)
    await over(m, campaign)
    return campaign


async def missed(m):
    """A campaign that the buyer's node has pledged to; it refuses to take its money back. Returns the order's id too."""
    campaign = await started(m)
    id = await order(m, campaign, account=m.buyer.address)
    await m.buyer.peer.pledge(id)
    await until(lambda: m.buyer.peer.order(id).pledge.amount)
    m.chain.refusing.add(m.buyer.account)
    await over(m, campaign)
    return campaign, id


async def test_a_creator_sees_what_waits_and_takes_it_with_the_nodes_wallet(autojump_clock):
    async with market() as m:
        campaign = await paid_to_one_that_refuses(m, m.seller.account)
        found = await waiting(m, m.seller, campaign)
        part = PRICE * 4 // 10
        assert (found.amount.amount, found.account) == (part, m.seller.address)
        assert found.wallet_is_node and await claims(m.buyer, campaign) == ()
        with pytest.raises(Conflict, match="Nothing waits"):
            await m.buyer.peer.withdraw_campaign(campaign.id)
        (problem,) = m.seller.peer.status().problems
        assert campaign.id[:14] in problem
        m.chain.refusing.clear()
        before = m.chain.ledger.balances[NOBODY, m.seller.account]
        await m.seller.peer.withdraw_campaign(campaign.id)
        with pytest.raises(Conflict, match="on its way"):
            await m.seller.peer.withdraw_campaign(campaign.id)
        await until(lambda: m.chain.ledger.balances[NOBODY, m.seller.account] == before + part)
        await trio.sleep(60)
        m.chain.mine(1)
        await trio.sleep(60)
        assert await claims(m.seller, campaign) == ()
        assert not notes(m.seller, campaign)["wishes"]
        assert m.seller.peer.status().problems == ()
        assert m.seller.sent.count("withdraw") == 1


async def test_what_is_refused_again_goes_elsewhere_if_told_to(autojump_clock):
    async with market() as m:
        campaign, _ = await missed(m)
        await waiting(m, m.buyer, campaign)
        await m.buyer.peer.withdraw_campaign(campaign.id)
        await until(lambda: notes(m.buyer, campaign)["wishes"]["withdraw"].get("trouble"))
        m.chain.mine(10)
        await trio.sleep(120)
        assert not notes(m.buyer, campaign).get("closed")  # however final it is
        for bad, rule in (("nobody", "wallet.account"), ("0x" + "00" * 20, "order.receiver")):
            with pytest.raises(InputError) as refused:
                await m.buyer.peer.withdraw_campaign(campaign.id, bad)
            assert refused.value.rule == rule
        await m.buyer.peer.withdraw_campaign(campaign.id, address_to_text(ELSEWHERE))
        await until(lambda: m.chain.ledger.balances.get((NOBODY, ELSEWHERE)) == PRICE)


async def test_a_backer_sees_it_on_its_order_until_nothing_waits_for_good(autojump_clock):
    async with market() as m:
        campaign, id = await missed(m)
        found = await until(lambda: m.buyer.peer.order(id).pledge.claim)
        assert (found.amount.amount, found.account) == (PRICE, m.buyer.address)
        assert m.seller.peer.order(id).pledge.claim is None
        m.chain.refusing.clear()
        await m.buyer.peer.withdraw_campaign(campaign.id)
        await until(lambda: m.buyer.peer.order(id).pledge.claim is None)
        assert not notes(m.buyer, campaign).get("closed")  # it could still be undone
        m.chain.mine(10)
        await until(lambda: notes(m.buyer, campaign).get("closed"))


async def test_another_wallet_is_told_how_to_withdraw(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        id = await pledged(m, campaign)
        account = address_of(BUYER_WALLET)
        m.chain.refusing.add(account)
        await over(m, campaign)
        await m.buyer.peer.refund_campaign(campaign.id)
        found = await waiting(m, m.buyer, campaign)
        assert found.account == BUYER_ACCOUNT and not found.wallet_is_node
        with pytest.raises(Conflict, match=BUYER_ACCOUNT):
            await m.buyer.peer.withdraw_campaign(campaign.id)
        with pytest.raises(Conflict, match=BUYER_ACCOUNT):
            await m.buyer.peer.campaign_request(campaign.id, "withdraw", address_to_text(COLD))
        to = address_to_text(ELSEWHERE)
        request = await m.buyer.peer.campaign_request(campaign.id, "withdraw", BUYER_ACCOUNT, to)
        hash = by(m.chain, account, m.transaction(request.steps[0].request))
        await m.buyer.peer.note_campaign_transaction(campaign.id, "withdraw", hash)
        await until(lambda: m.buyer.peer.order(id).pledge.claim is None)
        assert m.chain.ledger.balances[NOBODY, ELSEWHERE] == PRICE


async def test_where_another_account_is_paid_that_one_withdraws(autojump_clock):
    async with market(payout=COLD) as m:
        campaign = await paid_to_one_that_refuses(m, COLD)
        found = await waiting(m, m.seller, campaign)
        assert (found.account, found.wallet_is_node) == (address_to_text(COLD), False)


async def test_a_wish_to_withdraw_survives_a_restart_and_is_sent_once(autojump_clock):
    async with market() as m:
        campaign, _ = await missed(m)
        await waiting(m, m.buyer, campaign)
        m.chain.refusing.clear()
        await m.buyer.peer.withdraw_campaign(campaign.id)
        before = m.chain.ledger.balances[NOBODY, m.buyer.account]
        await m.buyer.restart()
        await until(lambda: m.chain.ledger.balances[NOBODY, m.buyer.account] == before + PRICE)
        await m.buyer.restart()
        await until(lambda: not notes(m.buyer, campaign)["wishes"])
        await trio.sleep(60)
        assert await claims(m.buyer, campaign) == ()
        assert m.buyer.sent.count("withdraw") == 1


async def test_what_the_contract_refuses_for_good_is_among_the_problems(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        refused = {"tries": 20, "given_up": True, "rule": "chain.reverted"}
        refused["trouble"] = "chain.reverted: wrong state"
        id = bytes.fromhex(campaign.id[2:])
        m.seller.store.note_campaign(id, {"wishes": {"cancel": refused}})
        (problem,) = m.seller.peer.status().problems
        assert f"Cancel of campaign {campaign.id[:14]} was given up (wrong state)." in problem


@pytest.mark.parametrize(
    ("verb", "rule", "why", "shown"),
    [
        ("cancel", "chain.reverted", "wrong state", "The contract refused it."),
        ("withdraw", "chain.reverted", "receiver or token refused", RECEIVER.happened),
        ("collect", "chain.funds", "insufficient funds", RULES["chain.funds"].happened),
        ("refund", "chain.unreachable", "timed out", OFFLINE.happened),
        ("sponsor", "relay.daily", "enough", RULES["relay.daily"].happened),
        ("sponsor", "other", "Something that is told.", "Something that is told."),
    ],
)
async def test_trouble_is_told_in_words_that_pages_translate(
    autojump_clock, verb, rule, why, shown
):
    async with market() as m:
        campaign = await started(m)
        refused = {"tries": 1, "given_up": True, "rule": rule, "trouble": f"{rule}: {why}"}
        m.seller.store.note_campaign(bytes.fromhex(campaign.id[2:]), {"wishes": {verb: refused}})
        (seen,) = (await m.seller.peer.campaign(campaign.id)).transactions
        assert (seen.trouble, seen.rule) == (shown, rule)
