"""The chains that people know, by EIP-155 id (CAIP-2 `eip155:`): which hold real money, and when that is accepted.

Ids and coins are those of github.com/ethereum-lists/chains.
"""

from dataclasses import dataclass

from node.protocol.errors import RuleError

PROVEN = False
"""Whether the escrow has been proven well enough to hold real money. While this is False no sentence opens a real network.

Why it is False, and what must hold before it is changed: docs/decisions/real-money-is-confirmed-once.md"""

SENTENCE = "I know that this is real money and that nobody can bring it back"
"""What a person confirms once, word for word, before their node trades on a real network."""


@dataclass(frozen=True)
class Chain:
    id: int
    name: str
    coin: str = "ETH"
    real: bool = False  # its coin is worth something


LOCAL = (31_337, 1_337)
# Each demo takes another one: wallets remember the nonces of a chain that they have seen.
DEMO = range(1_337_000_000, 1_338_000_000)

CHAINS = {
    chain.id: chain
    for chain in (
        *(Chain(id, "a chain on this machine") for id in LOCAL),
        Chain(11_155_111, "Sepolia"),
        Chain(17_000, "Holesky"),
        Chain(560_048, "Hoodi"),
        Chain(84_532, "Base Sepolia"),
        Chain(421_614, "Arbitrum Sepolia"),
        Chain(11_155_420, "OP Sepolia"),
        Chain(80_002, "Polygon Amoy", "POL"),
        Chain(10_200, "Gnosis Chiado", "xDAI"),
        Chain(1, "Ethereum", real=True),
        Chain(10, "OP Mainnet", real=True),
        Chain(100, "Gnosis", "xDAI", real=True),
        Chain(137, "Polygon PoS", "POL", real=True),
        Chain(8_453, "Base", real=True),
        Chain(42_161, "Arbitrum One", real=True),
    )
}


def chain(id: int) -> Chain | None:
    """None for one that isn't known."""
    return Chain(id, "the demo's chain") if id in DEMO else CHAINS.get(id)


def admit(id: int, confirmed: str = "") -> Chain:
    """The chain, if this node may trade there. `confirmed` is what the person has said about real money.

    Raises RuleError "chain.network" for one that isn't accepted, "chain.real_money" for one whose sentence is missing."""
    found = chain(id)
    if found is None or (found.real and not PROVEN):
        what = f"{found.name} ({id}) holds real money" if found else f"Chain {id} is not accepted"
        names = ", ".join(f"{one.name} ({one.id})" for one in CHAINS.values() if not one.real)
        raise RuleError(
            "chain.network",
            f"{what}: until the escrow is proven, only test networks are accepted. Those are {names}",
        )
    if found.real and confirmed != SENTENCE:
        raise RuleError(
            "chain.real_money",
            f"{found.name} ({id}) holds real money. Confirm once that you want to trade there: write into config.toml "
            f'real_money = "{SENTENCE}", or type that sentence where `etal run` asks for it.',
        )
    return found
