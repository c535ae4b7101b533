"""Terms, settlements and the split of money, against another EIP-712 implementation and by properties."""

from dataclasses import astuple, replace

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import eip712, escrow
from node.protocol.errors import RuleError
from node.protocol.escrow import DAY, How, Settlement, State, Terms
from tests.protocol.sale import CONTRACT, delivered, disputed, funded, paid
from tests.samples import CHAIN_ID, NOW


def address(n: int) -> bytes:
    return n.to_bytes(20, "big")


TERMS = Terms(
    buyer=address(1),
    seller=address(2),
    payout=address(3),
    arbiter=address(4),
    token=address(5),
    amount=1_000,
    ship_by=NOW + 5 * DAY,
    review=14 * DAY,
    ruling=7 * DAY,
    arbiter_bps=500,
    lapse_bps=5_000,
    payees=bytes(32),
    order=bytes(range(32)),
)


def typed(name: str, members: eip712.Members, values) -> dict:
    """What a wallet is given to sign, for a library of other origin."""
    return {
        "types": {
            "EIP712Domain": [{"name": n, "type": t} for t, n in eip712.DOMAIN_MEMBERS],
            name: [{"name": n, "type": t} for t, n in members],
        },
        "primaryType": name,
        "domain": {
            "name": "Etal Escrow",
            "version": "1",
            "chainId": CHAIN_ID,
            "verifyingContract": "0x" + CONTRACT.hex(),
        },
        "message": {
            member: "0x" + value.hex() if isinstance(value, bytes) else value
            for (_, member), value in zip(members, values, strict=True)
        },
    }


class TestHashes:
    def test_terms_id_is_what_another_implementation_computes(self):
        data = typed("Terms", escrow.TERMS_MEMBERS, TERMS.abi())
        theirs = _hash_eip191_message(encode_typed_data(full_message=data))
        assert escrow.escrow_id(TERMS, CHAIN_ID, CONTRACT) == theirs

    def test_the_type_is_the_contracts(self):
        assert eip712.encode_type("Terms", escrow.TERMS_MEMBERS) == (
            b"Terms(address buyer,address seller,address payout,address arbiter,address token,"
            b"uint128 amount,uint40 shipBy,uint32 review,uint32 ruling,uint16 arbiterBps,"
            b"uint16 lapseBps,bytes32 payees,bytes32 order)"
        )

    def test_id_depends_on_chain_contract_and_every_term(self):
        ids = {
            escrow.escrow_id(TERMS, CHAIN_ID, CONTRACT),
            escrow.escrow_id(TERMS, CHAIN_ID + 1, CONTRACT),
            escrow.escrow_id(TERMS, CHAIN_ID, address(9)),
            *(
                escrow.escrow_id(replace(TERMS, **{name: other}), CHAIN_ID, CONTRACT)
                for name, other in {
                    **dict.fromkeys(("buyer", "seller", "payout", "arbiter", "token"), address(9)),
                    **dict.fromkeys(("amount", "ship_by", "review", "ruling"), 77),
                    **dict.fromkeys(("arbiter_bps", "lapse_bps"), 7),
                    **dict.fromkeys(("payees", "order"), b"\x09" * 32),
                }.items()
            ),
        }
        assert len(ids) == 16

    def test_settlement_signed_by_a_wallet_recovers(self):
        wallet = Account.create()
        settlement = Settlement(bytes(32), NOW, 1_000, 1_000, 0, NOW + DAY)
        data = typed("Settlement", escrow.SETTLEMENT_MEMBERS, astuple(settlement))
        signature = bytes(wallet.sign_typed_data(full_message=data).signature)
        digest = escrow.settlement_digest(settlement, CHAIN_ID, CONTRACT)
        assert escrow.recover_signer(digest, signature) == bytes.fromhex(wallet.address[2:])
        assert escrow.sign_digest(digest, bytes(wallet.key)) == signature

    def test_no_payees_is_zero(self):
        assert escrow.payees_hash([]) == bytes(32)
        assert escrow.payees_hash([(address(7), 100)]) != bytes(32)


class TestRefusals:
    """One term off at a time: the contract's own reason."""

    def test_good_terms_are_taken(self):
        assert escrow.refusal(TERMS, NOW, CONTRACT) is None
        assert escrow.refusal(replace(TERMS, arbiter=bytes(20), ruling=0), NOW, CONTRACT) is None
        assert escrow.refusal(replace(TERMS, review=0), NOW, CONTRACT) is None

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"amount": 0}, "amount is zero"),
            ({"seller": bytes(20)}, "bad seller"),
            ({"payout": bytes(20)}, "bad payout"),
            ({"payout": CONTRACT}, "bad payout"),
            ({"ship_by": NOW}, "bad ship date"),
            ({"ship_by": NOW + 180 * DAY + 1}, "bad ship date"),
            ({"review": 3_599}, "bad review time"),
            ({"review": 90 * DAY + 1}, "bad review time"),
            ({"ruling": DAY - 1}, "bad ruling time"),
            ({"ruling": 90 * DAY + 1}, "bad ruling time"),
            ({"arbiter": bytes(20)}, "bad ruling time"),
            ({"arbiter": TERMS.buyer}, "bad arbiter"),
            ({"arbiter": TERMS.seller}, "bad arbiter"),
            ({"arbiter": TERMS.payout}, "bad arbiter"),
            ({"arbiter": CONTRACT}, "bad arbiter"),
            ({"arbiter_bps": 2_001}, "bad arbiter fee"),
            ({"lapse_bps": 10_001}, "bad lapse share"),
            ({"payees": b"\x01" * 32}, "payees differ"),
        ],
    )
    def test_each_bad_term(self, change, reason):
        assert escrow.refusal(replace(TERMS, **change), NOW, CONTRACT) == reason

    @pytest.mark.parametrize(
        ("payees", "reason"),
        [
            ([(address(8), 5_000), (address(9), 5_000)], None),
            ([(bytes(20), 1)], "bad payee"),
            ([(CONTRACT, 1)], "bad payee"),
            ([(TERMS.arbiter, 1)], "arbiter as payee"),
            ([(address(8), 0)], "bad share"),
            ([(address(8), 5_000), (address(9), 5_001)], "shares above the whole"),
        ],
    )
    def test_payees(self, payees, reason):
        terms = replace(TERMS, payees=escrow.payees_hash(payees))
        assert escrow.refusal(terms, NOW, CONTRACT, payees) == reason


class TestSplit:
    def test_release(self):
        payout = escrow.split(TERMS, 1_000, "release", state=State.CONTESTED)
        assert (payout.how, payout.to_seller, payout.left) == (How.RELEASE, 1_000, 0)
        assert payout.shares == ((TERMS.payout, 1_000),)

    @pytest.mark.parametrize(
        ("state", "to_buyer", "to_seller"),
        [
            (State.FUNDED, 1_000, 0),
            (State.DISPUTED, 1_000, 0),
            (State.DELIVERED, 0, 1_000),
            (State.CONTESTED, 500, 500),
        ],
    )
    def test_timeout(self, state, to_buyer, to_seller):
        payout = escrow.split(TERMS, 1_000, "timeout", state=state)
        assert (payout.how, payout.to_buyer, payout.to_seller) == (How.TIMEOUT, to_buyer, to_seller)

    def test_ruling_takes_the_fee_and_caps_the_share(self):
        payout = escrow.split(TERMS, 1_000, "rule", state=State.DISPUTED, to_seller=10**9)
        assert (payout.to_arbiter, payout.to_seller, payout.to_buyer) == (50, 950, 0)
        assert payout.shares == ((TERMS.arbiter, 50), (TERMS.payout, 950))

    @pytest.mark.parametrize(
        ("amounts", "how"),
        [((10, 0), How.REFUND), ((0, 10), How.RELEASE), ((10, 10), How.SETTLEMENT)],
    )
    def test_settlement_is_named_by_who_gets(self, amounts, how):
        to_buyer, to_seller = amounts
        payout = escrow.split(TERMS, 100, "settle", to_buyer=to_buyer, to_seller=to_seller)
        assert payout.how == how
        assert payout.left == 100 - to_buyer - to_seller

    def test_payees_share_the_sellers_side_and_payout_gets_the_dust(self):
        payees = [(address(8), 3_333), (address(9), 1)]
        terms = replace(TERMS, payees=escrow.payees_hash(payees))
        payout = escrow.split(terms, 100, "release", payees=payees)
        assert payout.shares == ((address(8), 33), (TERMS.payout, 67))

    @pytest.mark.parametrize(
        ("arguments", "reason"),
        [
            ({"verb": "release", "state": State.NONE}, "no such order"),
            ({"verb": "settle"}, "nothing to pay"),
            ({"verb": "settle", "to_buyer": 60, "to_seller": 41}, "more than is held"),
            ({"verb": "rule", "state": State.DELIVERED}, "wrong state"),
            ({"verb": "release", "payees": [(address(8), 1)]}, "payees differ"),
            ({"verb": "steal"}, "no such verb: steal"),
        ],
    )
    def test_reverts(self, arguments, reason):
        with pytest.raises(RuleError) as caught:
            escrow.split(TERMS, 100, **arguments)
        assert caught.value.rule == "escrow.split"
        assert caught.value.message == reason

    @given(
        held=st.integers(1, 2**128 - 1),
        verb=st.sampled_from(["release", "settle", "timeout", "rule"]),
        state=st.sampled_from([State.FUNDED, State.DELIVERED, State.DISPUTED, State.CONTESTED]),
        amounts=st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 2**128 - 1)),
        arbiter_bps=st.integers(0, escrow.MAX_ARBITER_BPS),
        lapse_bps=st.integers(0, escrow.MAX_LAPSE_BPS),
        shares=st.lists(st.integers(1, 625), max_size=16),
    )
    def test_money_is_conserved(self, held, verb, state, amounts, arbiter_bps, lapse_bps, shares):
        payees = [(address(100 + n), bps) for n, bps in enumerate(shares)]
        terms = replace(
            TERMS,
            arbiter_bps=arbiter_bps,
            lapse_bps=lapse_bps,
            payees=escrow.payees_hash(payees),
        )
        try:
            payout = escrow.split(
                terms,
                held,
                verb,
                state=state,
                to_buyer=amounts[0],
                to_seller=amounts[1],
                payees=payees,
            )
        except RuleError:
            return
        parts = (payout.to_buyer, payout.to_seller, payout.to_arbiter, payout.left)
        assert sum(parts) == held and min(parts) >= 0
        assert sum(amount for _, amount in payout.shares) == held - payout.left
        assert all(amount > 0 for _, amount in payout.shares)


class TestPot:
    def test_a_whole_life(self):
        events = [
            funded(1),
            delivered(2),
            paid(3, to_buyer=100, left=900, how=How.REFUND),
            disputed(4),
            paid(5, to_buyer=400, to_seller=455, to_arbiter=45, how=How.RULING),
        ]
        states = [escrow.fold_pot(events[:n]).state for n in range(1, 6)]
        assert states == [
            State.FUNDED,
            State.DELIVERED,
            State.DELIVERED,
            State.CONTESTED,
            State.NONE,
        ]
        pot = escrow.fold_pot(reversed(events + events))
        assert (pot.to_buyer, pot.to_seller, pot.to_arbiter, pot.held) == (500, 455, 45, 0)

    def test_dispute_before_delivery(self):
        assert escrow.fold_pot([funded(1), disputed(2)]).state is State.DISPUTED

    def test_never_funded(self):
        assert escrow.fold_pot([]) is None
        assert escrow.fold_pot([delivered(2)]) is None

    def test_only_the_first_funding_counts(self):
        first = [funded(1), paid(2, to_seller=1_000)]
        again = [funded(3), delivered(4), paid(5, to_buyer=1_000, how=How.REFUND)]
        assert escrow.fold_pot(first + again) == escrow.fold_pot(first)
