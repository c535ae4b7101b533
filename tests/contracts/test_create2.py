"""The address that a contract has everywhere: the EIP's examples, the common deployer's facts, and two chains."""

import pytest
from eth_account import Account
from eth_hash.auto import keccak

from node.contracts.artifacts import artifact, genuine_code
from node.contracts.create2 import (
    PROXY,
    PROXY_CODE,
    PROXY_COST,
    PROXY_TRANSACTION,
    SALT,
    SIGNER,
    address_everywhere,
    create2_address,
    deploying_call,
)

# deployer, salt, creation code, address: the examples of EIP-1014
EXAMPLES = [
    ("00" * 20, "00" * 32, "00", "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38"),
    ("deadbeef" + "00" * 16, "00" * 32, "00", "b928f69bb1d91cd65274e3c79d8986362984fda3"),
    (
        "deadbeef" + "00" * 16,
        "00" * 12 + "feed000000000000000000000000000000000000",
        "00",
        "d04116cdd17bebe565eb2422f2497e06cc1c9833",
    ),
    ("00" * 20, "00" * 32, "deadbeef", "70f2b2914a2a4b783faefb75f459a580616fcb5e"),
    (
        "00000000000000000000000000000000deadbeef",
        "00" * 28 + "cafebabe",
        "deadbeef",
        "60f3f640a8508fc6a86d45df051962668e1e8ac7",
    ),
    ("00" * 20, "00" * 32, "", "e33c0c7f7df4809055c3eba6c09cfe4baf1bd9e0"),
]


@pytest.mark.parametrize("deployer, salt, creation, address", EXAMPLES)
def test_the_examples_of_the_eip(deployer, salt, creation, address):
    found = create2_address(*map(bytes.fromhex, (deployer, salt, creation)))
    assert found.hex() == address


def test_the_common_deployer_is_what_its_own_transaction_makes():
    """Nobody is trusted for its address: it follows from the transaction, which is good on every chain."""
    assert (
        Account.recover_transaction(PROXY_TRANSACTION)
        == "0x3fAB184622Dc19b6109349B94811493BF2a45362"
    )
    assert bytes.fromhex("3fAB184622Dc19b6109349B94811493BF2a45362") == SIGNER
    first = b"\xd6\x94" + SIGNER + b"\x80"  # RLP of [signer, nonce 0]
    assert keccak(first)[12:] == PROXY
    assert PROXY_CODE in PROXY_TRANSACTION
    assert PROXY_COST == 10**16


def test_the_address_follows_from_the_creation_code_alone():
    creation = artifact("Escrow").creation
    assert address_everywhere("Escrow") == create2_address(PROXY, SALT, creation)
    assert address_everywhere("Escrow") != address_everywhere("TestToken")
    assert deploying_call("Escrow") == SALT + creation
    codes = {genuine_code(chain_id, address_everywhere("Escrow")) for chain_id in (1, 31_337)}
    assert len(codes) == 2  # what is there differs, where it is doesn't
