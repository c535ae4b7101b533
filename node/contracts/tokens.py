"""ERC-20 tokens: what they call themselves and whether a wallet can permit (EIP-2612) or authorize (EIP-3009) by signature.

A token's contract is hostile until shown otherwise: it may lie, answer at length, or change its mind. Its words are bounded
and only displayed; which currency it stands for comes from our own configuration.
"""

from dataclasses import dataclass

from eth_hash.auto import keccak

from node.contracts import abi, answers
from node.contracts.networks import caip19, network
from node.contracts.rpc import Caller, RpcError
from node.contracts.typed import separator, typed_data
from node.ports import Token
from node.protocol.eip712 import encode_type
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
PERMIT_TYPE = keccak(encode_type("Permit", PERMIT_MEMBERS))
DOMAINS = (  # tried in turn, until one hashes to the token's own DOMAIN_SEPARATOR
    ("name", "version", "chainId", "verifyingContract"),
    ("name", "chainId", "verifyingContract"),
    ("name", "version", "verifyingContract"),
)
AUTHORIZATION_MEMBERS = (
    ("address", "from"),
    ("address", "to"),
    ("uint256", "value"),
    ("uint256", "validAfter"),
    ("uint256", "validBefore"),
    ("bytes32", "nonce"),
)
AUTHORIZATION = "ReceiveWithAuthorization"
AUTHORIZATION_TYPE = keccak(encode_type(AUTHORIZATION, AUTHORIZATION_MEMBERS))

SYMBOL = abi.Function("symbol")
NAME = abi.Function("name")
DECIMALS = abi.Function("decimals")
VERSION = abi.Function("version")
SEPARATOR = abi.Function("DOMAIN_SEPARATOR")
PERMIT_TYPEHASH = abi.Function("PERMIT_TYPEHASH")
AUTHORIZATION_TYPEHASH = abi.Function("RECEIVE_WITH_AUTHORIZATION_TYPEHASH")
AUTHORIZATION_STATE = abi.Function("authorizationState", "address", "bytes32")


@dataclass(frozen=True)
class KnownToken:
    """A token that the configuration names. `currency` is the ISO 4217 code that it is pegged to, if any."""

    address: bytes
    currency: str | None = None


@dataclass(frozen=True)
class Discovered:
    """`domain` is the token's EIP-712 domain, the members that it uses, in order, with their values; None where it has none that a
    wallet could sign for safely."""

    token: Token
    domain: dict[str, object] | None


def coin(chain_id: int) -> Token:
    """The chain's own coin."""
    return Token(caip19(chain_id, NOBODY), network(chain_id).coin, 18, permit=False)


async def read(
    rpc: Caller, contract: bytes, what: bytes, most: int = MAX_WORDS, at: str = "latest"
) -> bytes:
    """eth_call at this block. Raises Unavailable, or RpcError when the contract reverts."""
    asked = {"to": "0x" + contract.hex(), "data": "0x" + what.hex()}
    return answers.data(await rpc.call("eth_call", asked, at), most=most)


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
    domain = await _domain(rpc, known.address, chain_id)
    token = Token(
        asset=caip19(chain_id, known.address),
        symbol=shown or "?",
        decimals=decimals,
        permit=domain is not None and await _permits(rpc, known.address),
        authorization=domain is not None and await _authorizes(rpc, known.address),
        currency=known.currency,
    )
    return Discovered(token, domain)


async def _domain(rpc: Caller, token: bytes, chain_id: int) -> dict[str, object] | None:
    """The domain whose hash the token itself names; None: a wallet can't sign for it safely."""
    named = await _optional(rpc, token, SEPARATOR(), "bytes32")
    name = await _text(rpc, token, NAME)
    if named is None or name is None or len(name.encode()) > MAX_NAME:
        return None
    version = await _text(rpc, token, VERSION)
    for spelled in dict.fromkeys((version or "1", "1", "2")):
        values = {"name": name, "version": spelled, "chainId": chain_id, "verifyingContract": token}
        for members in DOMAINS:
            domain = {member: values[member] for member in members}
            if separator(domain) == named:
                return domain
    return None


async def _permits(rpc: Caller, token: bytes) -> bool:
    nonce = await _optional(rpc, token, abi.NONCES(NOBODY), "uint256")
    typehash = await _optional(rpc, token, PERMIT_TYPEHASH(), "bytes32")
    # a permit of another shape, such as DAI's, is none
    return nonce is not None and typehash in (None, PERMIT_TYPE)


async def _authorizes(rpc: Caller, token: bytes) -> bool:
    """EIP-3009 has every token answer what became of a nonce, and name the type that is signed; some leave out the second."""
    state = await _optional(rpc, token, AUTHORIZATION_STATE(NOBODY, bytes(32)), "bool")
    typehash = await _optional(rpc, token, AUTHORIZATION_TYPEHASH(), "bytes32")
    return state is not None and typehash in (None, AUTHORIZATION_TYPE)


def permit_typed_data(
    domain: dict[str, object], owner: bytes, spender: bytes, value: int, nonce: int, deadline: int
) -> dict:
    """EIP-712 JSON for eth_signTypedData_v4."""
    return typed_data(domain, "Permit", PERMIT_MEMBERS, (owner, spender, value, nonce, deadline))


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
