"""Transactions and typed data of campaigns: what a wallet is shown is what the contract hashes."""

import pytest
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from node.contracts import campaign_abi, tokens, typed
from node.contracts.abi import decode
from node.contracts.campaign_calls import MAX_SPARE_GAS, CampaignCalls
from node.contracts.wallet import MAX_GAS
from node.protocol.campaign import (
    COIN,
    MAX_AUTHORIZATIONS,
    MAX_REFUNDS,
    Authorization,
    Terms,
    Tranche,
    authorization_nonce,
    campaign_id,
    objection_digest,
    tranches_hash,
)

CHAIN_ID, CONTRACT, TOKEN, BACKER = 31_337, b"\xca" * 20, b"\x70" * 20, b"\xba" * 20
TRANCHES = (Tranche(200, 4_000), Tranche(300, 6_000))
DOMAIN = {"name": "A", "version": "1", "chainId": CHAIN_ID, "verifyingContract": TOKEN}


class Some(CampaignCalls):
    chain_id, contract = CHAIN_ID, CONTRACT

    def admit_token(self, token):
        pass

    def domain_of(self, token):
        return DOMAIN


def terms(token: bytes = TOKEN) -> Terms:
    people = (b"\x01" * 20, b"\x02" * 20, token)
    return Terms(*people, 1_000, 200, 5_000, tranches_hash(TRANCHES), b"\x0a" * 32)


def digest(asked: dict) -> bytes:
    """By code that isn't ours."""
    message = encode_typed_data(full_message=asked)
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_the_opening_that_is_shown_is_the_campaigns_id():
    assert digest(Some().opening(terms())) == campaign_id(terms(), CHAIN_ID, CONTRACT)


@pytest.mark.parametrize("objects", [True, False])
def test_an_objection(objects):
    asked = Some().objection(terms(), objects, 3, 99)
    assert asked["message"]["objects"] is objects  # a wallet shows a word, and hashes no text
    id = campaign_id(terms(), CHAIN_ID, CONTRACT)
    assert digest(asked) == objection_digest(id, objects, 3, 99, CHAIN_ID, CONTRACT)


def test_an_authorization_names_the_campaign_and_the_order():
    order = b"\x0d" * 32
    asked = Some().authorization(terms(), BACKER, 7, 99, order)
    nonce = authorization_nonce(campaign_id(terms(), CHAIN_ID, CONTRACT), order)
    assert asked["message"] == {
        "from": "0x" + BACKER.hex(),
        "to": "0x" + CONTRACT.hex(),
        "value": "7",
        "validAfter": "0",
        "validBefore": "99",
        "nonce": "0x" + nonce.hex(),
    }
    values = (BACKER, CONTRACT, 7, 0, 99, nonce)
    members = (tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS)
    assert digest(asked) == typed.digest(DOMAIN, *members, values)


def test_coin_comes_with_the_pledge_and_a_token_does_not():
    assert Some().pledge(terms(COIN), 7, bytes(32)).value == 7
    assert Some().pledge(terms(), 7, bytes(32)).value == 0


def test_calls_carry_what_was_given():
    given = Authorization(BACKER, 7, 1, 99, b"\x0d" * 32, b"\x05" * 70)
    raw = bytes.fromhex(Some().pledge_with_authorizations(terms(), [given]).data[2:])
    function = campaign_abi.PLEDGE_WITH_AUTHORIZATIONS
    assert raw[:4] == function.selector
    told, each = decode(function.kinds, raw[4:])
    assert campaign_abi.terms_of(told) == terms()
    assert each == (("0x" + BACKER.hex(), 7, 1, 99, b"\x0d" * 32, b"\x05" * 70),)


@pytest.mark.parametrize("token", [COIN, TOKEN])
def test_the_largest_batch_is_one_that_the_wallet_offers_gas_for(token):
    refund = Some().refund(terms(token), [BACKER] * MAX_REFUNDS)
    given = [Authorization(BACKER, 7, 1, 99, bytes(32), b"\x05" * 65)] * MAX_AUTHORIZATIONS
    pledges = Some().pledge_with_authorizations(terms(token), given)
    assert refund.spare_gas == pledges.spare_gas == MAX_SPARE_GAS
    # docs/spec/campaign.md, Gas; a quarter is added to what is estimated
    assert refund.spare_gas + MAX_REFUNDS * 20_000 * 5 // 4 + 60_000 < MAX_GAS
    assert pledges.spare_gas + MAX_AUTHORIZATIONS * 73_000 * 5 // 4 < MAX_GAS
