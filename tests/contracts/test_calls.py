"""Calldata for a wallet. That the contract understands it is shown by the suite of the port."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from node.contracts import abi, calls
from node.contracts.calls import CALL_GAS, COIN_PUSH_GAS, TOKEN_PUSH_GAS, Calls
from node.protocol.errors import RuleError
from node.protocol.escrow import NO_PAYEES, NOBODY, Settlement, Terms, payees_hash

CONTRACT = Path(__file__).parents[2] / "contracts" / "Escrow.vy"
TOKEN = b"\x70" * 20
TERMS = Terms(*[b"\1" * 20] * 3, NOBODY, NOBODY, 55, 2, 3, 0, 0, 0, NO_PAYEES, b"\2" * 32)
PAYEES = ((b"\5" * 20, 100), (b"\6" * 20, 50))
IN_TOKENS = replace(TERMS, token=TOKEN)


class Known(Calls):
    chain_id = 31_337
    contract = b"\xe5" * 20

    def admit_token(self, token: bytes) -> None:
        if token != TOKEN:
            raise RuleError("chain.token", "unknown")


def called(transaction) -> bytes:
    return bytes.fromhex(transaction.data[2:])


def test_coins_go_with_the_call_and_tokens_dont():
    assert Known().fund(TERMS).value == 55
    assert Known().fund(IN_TOKENS).value == 0


def test_calls_go_to_the_escrow_on_its_chain_and_an_approval_to_the_token():
    sent = Known().release(TERMS)
    assert (bytes.fromhex(sent.to[2:]), sent.chain_id) == (Known.contract, 31_337)
    assert called(sent)[:4] == abi.RELEASE.selector
    approval = Known().approve(TOKEN, 7)
    assert bytes.fromhex(approval.to[2:]) == TOKEN
    assert called(approval) == abi.APPROVE(Known.contract, 7)


@pytest.mark.parametrize(("v", "sent"), [(0, 27), (1, 28), (27, 27), (28, 28)])
def test_some_wallets_count_v_from_zero(v, sent):
    call = called(Known().fund_with_permit(IN_TOKENS, 9, b"\3" * 64 + bytes([v])))
    assert call == abi.fund_with_permit(IN_TOKENS, 9, b"\3" * 64 + bytes([sent]))


def test_a_signature_of_another_length_is_refused():
    with pytest.raises(RuleError) as refused:
        Known().fund_with_permit(IN_TOKENS, 9, b"\3" * 64)
    assert refused.value.rule == "chain.permit"


def test_unknown_tokens_and_other_payees_are_refused():
    for ask in (
        lambda: Known().approve(b"\x71" * 20, 1),
        lambda: Known().fund_with_permit(TERMS, 9, b"\3" * 65),
    ):
        with pytest.raises(RuleError) as refused:
            ask()
        assert refused.value.rule == "chain.token"
    shared = replace(TERMS, payees=payees_hash(PAYEES))
    for verb in (Known().fund, Known().release, Known().timeout):
        assert called(verb(shared, PAYEES))
        for terms, payees in ((shared, ()), (shared, PAYEES[::-1]), (TERMS, PAYEES)):
            with pytest.raises(RuleError) as refused:
                verb(terms, payees)
            assert refused.value.rule == "chain.payees"


def test_gas_is_spared_for_every_receiver_whose_push_may_fail():
    def given(to_buyer: int, to_seller: int):
        return (
            Known().settle(TERMS, Settlement(b"\4" * 32, 1, 55, to_buyer, to_seller, 9)).spare_gas
        )

    one = Known().release(TERMS).spare_gas
    assert one > COIN_PUSH_GAS * 64 // 63 + CALL_GAS
    assert (given(55, 0), given(0, 55), given(5, 50)) == (one, one, 2 * one)
    assert Known().timeout(TERMS).spare_gas == 2 * one
    assert Known().rule(TERMS, 5).spare_gas == 3 * one
    shared = replace(TERMS, payees=payees_hash(PAYEES))
    assert Known().release(shared, PAYEES).spare_gas == 3 * one
    assert Known().release(IN_TOKENS).spare_gas > TOKEN_PUSH_GAS * 64 // 63 + CALL_GAS
    for quiet in (
        Known().fund(TERMS),
        Known().deliver(TERMS),
        Known().withdraw(NOBODY, TOKEN, TOKEN),
    ):
        assert quiet.spare_gas == 0


def test_the_contract_gives_receivers_what_is_said_here():
    said = CONTRACT.read_text("utf-8")
    for name in ("COIN_PUSH_GAS", "TOKEN_PUSH_GAS", "CALL_GAS"):
        (amount,) = re.findall(rf"^{name}: constant\(uint256\) = ([\d_]+)$", said, re.M)
        assert int(amount) == getattr(calls, name)
