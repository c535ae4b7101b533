"""ERC-20 tokens: what they call themselves and whether a wallet can permit by signature (EIP-2612).

A token's contract is hostile until shown otherwise: it may lie, answer at length, or change its mind. Its words are bounded
and only displayed; which currency it stands for comes from our own configuration.
"""

from dataclasses import dataclass
from typing import Protocol

from eth_abi import encode as abi_encode
from eth_hash.auto import keccak

from node.contracts import abi, answers
from node.contracts.networks import caip19, network
from node.contracts.rpc import RpcError
from node.ports import Token
from node.protocol.errors import Unavailable
from node.protocol.escrow import NOBODY

MAX_WORDS = 4_096  # bytes of a token's answer
MAX_NAME = 64  # bytes of UTF-8; a longer name means no permit
MAX_SYMBOL = 11  # characters shown
MAX_DECIMALS = 36
PERMIT_MEMBERS = (
    ("address", "owner"),
    ("address", "spender"),
    ("uint256", "value"),
    ("uint256", "nonce"),
    ("uint256", "deadline"),
)
PERMIT_TYPE = keccak(
    f"Permit({','.join(f'{kind} {name}' for kind, name in PERMIT_MEMBERS)})".encode()
)
DOMAINS = (  # tried in turn, until one hashes to the token's own DOMAIN_SEPARATOR
    ("name", "version", "chainId", "verifyingContract"),
    ("name", "chainId", "verifyingContract"),
    ("name", "version", "verifyingContract"),
)
KINDS = {
    "name": "string",
    "version": "string",
    "chainId": "uint256",
    "verifyingContract": "address",
}

SYMBOL = abi.Function("symbol")
NAME = abi.Function("name")
DECIMALS = abi.Function("decimals")
VERSION = abi.Function("version")
SEPARATOR = abi.Function("DOMAIN_SEPARATOR")
PERMIT_TYPEHASH = abi.Function("PERMIT_TYPEHASH")


class Caller(Protocol):
    async def call(self, method: str, *params: object) -> object: ...


@dataclass(frozen=True)
class KnownToken:
    """A token that the configuration names. `currency` is the ISO 4217 code that it is pegged to, if any."""

    address: bytes
    currency: str | None = None


@dataclass(frozen=True)
class Permit:
    """The token's EIP-712 domain: the members that it uses, in order, with their values."""

    domain: dict[str, object]


@dataclass(frozen=True)
class Discovered:
    token: Token
    permit: Permit | None


def coin(chain_id: int) -> Token:
    """The chain's own coin."""
    return Token(caip19(chain_id, NOBODY), network(chain_id).coin, 18, permit=False)


async def read(rpc: Caller, contract: bytes, what: bytes, most: int = MAX_WORDS) -> bytes:
    """eth_call at the latest block. Raises Unavailable, or RpcError when the contract reverts."""
    asked = {"to": "0x" + contract.hex(), "data": "0x" + what.hex()}
    return answers.data(await rpc.call("eth_call", asked, "latest"), most=most)


async def read_number(rpc: Caller, contract: bytes, what: bytes) -> int:
    """A single uint256 that a contract returns."""
    return abi.decode(["uint256"], await read(rpc, contract, what))[0]


async def discover(rpc: Caller, known: KnownToken, chain_id: int) -> Discovered:
    """Metadata and permit domain. Raises Unavailable "chain.token" for what isn't a usable ERC-20."""
    symbol = await _text(rpc, known.address, SYMBOL)
    decimals = await _optional(rpc, known.address, DECIMALS(), "uint256")
    if symbol is None or not isinstance(decimals, int) or decimals > MAX_DECIMALS:
        raise Unavailable(
            "chain.token", f"0x{known.address.hex()} on chain {chain_id} is not a usable token."
        )
    shown = "".join(one for one in symbol if one.isascii() and one.isalnum())[:MAX_SYMBOL]
    permit = await _permit(rpc, known.address, chain_id)
    token = Token(
        asset=caip19(chain_id, known.address),
        symbol=shown or "?",
        decimals=decimals,
        permit=permit is not None,
        currency=known.currency,
    )
    return Discovered(token, permit)


async def _permit(rpc: Caller, token: bytes, chain_id: int) -> Permit | None:
    """The domain whose hash the token itself names; None: a wallet can't sign for it safely."""
    separator = await _optional(rpc, token, SEPARATOR(), "bytes32")
    nonce = await _optional(rpc, token, abi.NONCES(NOBODY), "uint256")
    name = await _text(rpc, token, NAME)
    typehash = await _optional(rpc, token, PERMIT_TYPEHASH(), "bytes32")
    if separator is None or nonce is None or name is None or len(name.encode()) > MAX_NAME:
        return None
    if typehash is not None and typehash != PERMIT_TYPE:
        return None  # a permit of another shape, such as DAI's
    version = await _text(rpc, token, VERSION)
    for spelled in dict.fromkeys((version or "1", "1", "2")):
        values = {"name": name, "version": spelled, "chainId": chain_id, "verifyingContract": token}
        for members in DOMAINS:
            domain = {member: values[member] for member in members}
            if _hash(domain) == separator:
                return Permit(domain)
    return None


def _hash(domain: dict[str, object]) -> bytes:
    described = ",".join(f"{KINDS[name]} {name}" for name in domain)
    kinds, values = ["bytes32"], [keccak(f"EIP712Domain({described})".encode())]
    for name, value in domain.items():
        text = isinstance(value, str)
        kinds.append("bytes32" if text else KINDS[name])
        values.append(keccak(value.encode()) if text else value)
    return keccak(abi_encode(kinds, values))


def permit_typed_data(
    permit: Permit, owner: bytes, spender: bytes, value: int, nonce: int, deadline: int
) -> dict:
    """EIP-712 JSON for eth_signTypedData_v4: numbers as decimal text (the chain's id excepted), addresses as hex."""
    shown = {
        name: "0x" + one.hex() if isinstance(one, bytes) else one
        for name, one in permit.domain.items()
    }
    return {
        "types": {
            "EIP712Domain": [{"name": name, "type": KINDS[name]} for name in permit.domain],
            "Permit": [{"name": name, "type": kind} for kind, name in PERMIT_MEMBERS],
        },
        "primaryType": "Permit",
        "domain": shown,
        "message": {
            "owner": "0x" + owner.hex(),
            "spender": "0x" + spender.hex(),
            "value": str(value),
            "nonce": str(nonce),
            "deadline": str(deadline),
        },
    }


async def _optional(rpc: Caller, token: bytes, what: bytes, kind: str) -> object:
    """One word of this kind; None when the token reverts or answers something else."""
    try:
        return abi.decode([kind], await read(rpc, token, what))[0]
    except RpcError:
        return None
    except Unavailable as error:
        if error.rule == "chain.answer":
            return None
        raise


async def _text(rpc: Caller, token: bytes, what: abi.Function) -> str | None:
    """A string, or the bytes32 that early tokens answered with."""
    found = await _optional(rpc, token, what(), "string")
    if isinstance(found, str):
        return found
    word = await _optional(rpc, token, what(), "bytes32")
    if not isinstance(word, bytes):
        return None
    try:
        return word.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        return None
