"""Authorizations of EIP-3009: made by a library of other origin, given to a token in both forms."""

from dataclasses import dataclass

import boa
from eth_abi import decode, encode
from eth_account import Account
from eth_utils import keccak
from world import address_of

PLAIN = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
BYTES = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
NEVER = 2**256 - 1


def members(text):
    return [dict(zip(("type", "name"), part.split(), strict=True)) for part in text.split(",")]


TYPES = {
    "ReceiveWithAuthorization": members(
        "address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce"
    ),
    "CancelAuthorization": members("address authorizer,bytes32 nonce"),
}


@dataclass(frozen=True)
class Authorization:
    """What is signed, and the signature; `digest` is for contract wallets."""

    giver: bytes
    taker: bytes
    value: int
    after: int
    before: int
    nonce: bytes
    signature: bytes
    digest: bytes

    def words(self):
        return (self.giver, self.taker, self.value, self.after, self.before, self.nonce)


def sign(token, key, kind, message):
    """(65 bytes, digest) of a message of TYPES in the test token's domain."""
    domain = {
        "name": "Étal Test Dollar",
        "version": "1",
        "chainId": boa.env.evm.patch.chain_id,
        "verifyingContract": token.address,
    }
    done = Account.sign_typed_data(key, domain, {kind: TYPES[kind]}, message)
    return bytes(done.signature), bytes(done.message_hash)


def authorization(token, key, taker, value, nonce, after=0, before=NEVER, giver=None):
    """Signed by `key`; `giver` when it is another's account."""
    giver = giver or address_of(key)
    message = {"from": giver, "to": taker, "value": value}
    message |= {"validAfter": after, "validBefore": before, "nonce": nonce}
    signature, digest = sign(token, key, "ReceiveWithAuthorization", message)
    return Authorization(giver, taker, value, after, before, nonce, signature, digest)


def split(signature):
    """v, r, s"""
    return signature[64], signature[:32], signature[32:64]


def types_of(form):
    return form.removesuffix(")").partition("(")[2].split(",")


def calldata(form, given):
    last = split(given.signature) if form == PLAIN else (given.signature,)
    return keccak(text=form)[:4] + encode(types_of(form), [*given.words(), *last])


def reason_of(done):
    """None on success, "" for a revert without a reason."""
    if not done.is_error:
        return None
    text = done.output
    return decode(["string"], text[4:])[0] if text[:4] == b"\x08\xc3y\xa0" else ""


def receive(token, form, given, sender=None):
    """The reason why the token refuses, or None."""
    sender = sender or given.taker
    return reason_of(boa.env.execute_code(token.address, sender=sender, data=calldata(form, given)))
