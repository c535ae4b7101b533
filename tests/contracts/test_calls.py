"""Calldata for a wallet. That the contract understands it is shown by the suite of the port."""

from dataclasses import replace

import pytest

from node.contracts import abi
from node.contracts.calls import Calls
from node.protocol.errors import RuleError
from node.protocol.escrow import NO_PAYEES, NOBODY, Terms

TOKEN = b"\x70" * 20
TERMS = Terms(*[b"\1" * 20] * 3, NOBODY, NOBODY, 55, 2, 3, 0, 0, 0, NO_PAYEES, b"\2" * 32)
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


def test_unknown_tokens_and_shared_proceeds_are_refused():
    for ask in (
        lambda: Known().approve(b"\x71" * 20, 1),
        lambda: Known().fund_with_permit(TERMS, 9, b"\3" * 65),
    ):
        with pytest.raises(RuleError) as refused:
            ask()
        assert refused.value.rule == "chain.token"
    shared = replace(TERMS, payees=b"\4" * 32)
    for verb in (Known().fund, Known().release, Known().timeout):
        with pytest.raises(RuleError) as refused:
            verb(shared)
        assert refused.value.rule == "chain.payees"
