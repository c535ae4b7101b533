"""The address that a contract has on every chain: EIP-1014, through the deployer that most chains share.

The deployer is Arachnid's deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy): called with
salt ‖ creation code, it creates the contract and answers its address, for anybody. It was made by one transaction that fits every
chain because it names none (before EIP-155), and whose signature nobody can have made with a key: r and s are all twos. That its
signer is `SIGNER` and what it creates is `PROXY` is computed anew in tests/contracts/test_create2.py.
"""

from functools import cache

from eth_hash.auto import keccak

from node.contracts.artifacts import artifact

PROXY = bytes.fromhex("4e59b44847b379578588920ca78fbf26c0b4956c")
SIGNER = bytes.fromhex("3fab184622dc19b6109349b94811493bf2a45362")
PROXY_GAS_PRICE = 100 * 10**9  # wei per gas, signed into the transaction
PROXY_COST = 100_000 * PROXY_GAS_PRICE  # wei that the signer must hold: its whole gas limit
PROXY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe036016000816020823780358282"
    "34f58015156039578182fd5b8082525050506014600cf3"
)
PROXY_TRANSACTION = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe" + PROXY_CODE.hex() + "1b"
    "a0" + "22" * 32 + "a0" + "22" * 32
)

SALT = bytes(32)
"""Of every contract of ours. Other code has another address anyhow, and zeros are what a tool takes that is told nothing."""


def create2_address(deployer: bytes, salt: bytes, creation: bytes) -> bytes:
    """EIP-1014."""
    return keccak(b"\xff" + deployer + salt + keccak(creation))[12:]


@cache
def address_everywhere(name: str) -> bytes:
    """Where Escrow, Campaign or TestToken is on every chain that has it through the common deployer: its constructor takes nothing, and
    what differs between chains it reads there."""
    return create2_address(PROXY, SALT, artifact(name).creation)


def deploying_call(name: str) -> bytes:
    """What the common deployer is to be called with."""
    return SALT + artifact(name).creation
