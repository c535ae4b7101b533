"""One escrow contract, and the chain that it is on."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from node.protocol.escrow import EscrowEvent, Order, Payee, Settlement, Terms


@dataclass(frozen=True)
class Block:
    number: int
    hash: bytes
    time: int


@dataclass(frozen=True)
class ChainUpdate:
    """One step of following: forget blocks above `keep_to`, then add. `reset` means a reorganisation deeper than the window:
    forget every event of this chain, they come again from the start."""

    keep_to: int  # number of the last block that still stands
    blocks: tuple[Block, ...]  # new, ascending
    events: tuple[EscrowEvent, ...]  # also of blocks told before, where they had been left out
    head: Block
    safe: int  # number of the highest block that the chain itself calls safe
    final: int
    reset: bool = False


@dataclass(frozen=True)
class Token:
    asset: str  # CAIP-19
    symbol: str
    decimals: int
    permit: bool  # EIP-2612
    authorization: bool = False  # EIP-3009
    currency: str | None = None  # ISO 4217, from our configuration, never from the token


@dataclass(frozen=True)
class Transaction:
    """What a wallet is asked to send (EIP-1474 fields; value in wei). `spare_gas` is what it may need beyond what an estimate says;
    `most_fee` the wei that its gas may cost, where less than the wallet itself would bear: the same call with another limit is the same."""

    to: str
    data: str
    value: int
    chain_id: int
    spare_gas: int = 0
    most_fee: int | None = field(default=None, compare=False)


class Escrow(Protocol):
    """One escrow contract on one chain. `verify` comes before any money moves.

    Where several nodes of the chain are configured, nothing is told of the contract, its events or the blocks that most of them
    don't say alike; until they do, that is `trouble`, and questions raise Unavailable."""

    chain: str  # CAIP-2
    chain_id: int
    contract: bytes
    since: (
        int  # number of the first block that can hold events of the contract; certain once verified
    )
    wallet: str | None  # EIP-55 address of the node's own key, if it has one
    trouble: (
        str | None
    )  # what is wrong with following the chain, in a sentence; None while all is well
    endpoint_troubles: Sequence[
        str
    ]  # a sentence about each node of the chain that does worse than the others
    token_troubles: Sequence[str]  # a sentence for each configured token that can't be used
    tokens_known: bool  # whether all configured tokens have told what they are

    async def verify(self) -> None:
        """Compare the chain's id and the code there with ours, immutables masked, and read the tokens. Raises Unavailable or RuleError."""

    async def read_tokens(self) -> None:
        """Ask the configured tokens that haven't told it yet what they are. Raises nothing: see `token_troubles`."""

    def follow(self, window: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainUpdate]: ...
    async def read(self, first: int, last: int) -> tuple[int, Sequence[EscrowEvent]]:
        """The events of final blocks once more, as many blocks as one request gives: (the last of them, events in the order
        of the chain). Raises Unavailable."""

    async def block_at(self, time: int) -> int:
        """Number of the last block whose time isn't after this one, `since` at least. Raises Unavailable."""

    async def pot(self, escrow_id: bytes, block: int) -> tuple[int, int]:
        """(state, held) in the contract's own storage after this block; zeros for what was never funded or is paid out.
        Raises Unavailable."""

    # what a wallet is to sign or send; pure ABI work
    # `payees` are those whom the terms name by their hash: RuleError "chain.payees" where they aren't
    def fund(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction: ...
    def approve(self, token: bytes, amount: int) -> Transaction: ...
    async def permit(self, terms: Terms, deadline: int) -> dict:
        """EIP-712 typed data (EIP-2612) for the buyer to sign, with the token's own domain and current nonce."""

    def fund_with_permit(
        self, terms: Terms, deadline: int, signature: bytes, payees: Sequence[Payee] = ()
    ) -> Transaction: ...
    def authorization(self, terms: Terms, valid_before: int) -> dict:
        """EIP-712 typed data (EIP-3009, the order's id as the nonce) by whose signature anybody can fund this order, before then.
        RuleError "chain.authorization" for a token that takes none."""

    def fund_with_authorization(
        self,
        terms: Terms,
        valid_before: int,
        signature: bytes,
        payees: Sequence[Payee] = (),
    ) -> Transaction:
        """What anybody sends."""

    def fund_many(self, orders: Sequence[Order]) -> Transaction:
        """Several orders of one buyer, all or none. RuleError "chain.orders" for more than MAX_ORDERS."""

    def deliver(self, terms: Terms, expiry: int = 0, signature: bytes = b"") -> Transaction:
        """What the seller sends; with its signature, anybody."""

    def dispute(
        self, terms: Terms, by: bytes, expiry: int = 0, signature: bytes = b""
    ) -> Transaction:
        """`by` is the buyer or the seller, who sends it; with its signature, anybody."""

    def release_many(self, orders: Sequence[Order]) -> Transaction:
        """As `fund_many`."""

    # typed data (EIP-712) of what a party signs so that anybody can send it; `since` is the time of the funding
    def settlement(self, settlement: Settlement) -> dict: ...
    def delivery(self, terms: Terms, since: int, expiry: int) -> dict: ...
    def disputing(self, terms: Terms, since: int, expiry: int) -> dict: ...

    def release(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction: ...
    def timeout(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction: ...
    def rule(self, terms: Terms, to_seller: int, payees: Sequence[Payee] = ()) -> Transaction:
        """What the arbiter sends."""

    def settle(
        self,
        terms: Terms,
        settlement: Settlement,
        payees: Sequence[Payee] = (),
        *,
        buyer: bytes = b"",
        seller: bytes = b"",
    ) -> Transaction:
        """`buyer` and `seller` are their signatures; who sends it needs none, nor who gives nothing."""

    def withdraw(self, token: bytes, who: bytes, to: bytes) -> Transaction:
        """What waits for `who`, to anywhere if `who` sends this, else to `who`."""

    # by the node's own wallet
    async def send(
        self,
        transaction: Transaction,
        replaces: Sequence[str] = (),
        note: Callable[[str], None] = ...,
    ) -> str:
        """Sign with the node's wallet and broadcast; returns the transaction hash. `note` is called with it before anything
        is broadcast; where it raises, nothing is. If one of the hashes `replaces` waits to be mined, the new transaction
        takes its place (the same nonce, higher fees), or its hash comes back where it can't; only one of them is ever mined.
        Raises Unavailable, or RuleError naming "chain.reverted" (with the contract's reason) or "chain.funds"."""

    async def fee(self, transaction: Transaction, replaces: Sequence[str] = ()) -> int:
        """What `send` would pay for this at most if it was sent now, in wei, in the place of what it replaces. Raises as `send`
        does for what would be refused."""

    def sign_authorization(self, terms: Terms, valid_before: int) -> bytes: ...
    def sign_settlement(self, settlement: Settlement) -> bytes: ...
    def sign_delivery(self, terms: Terms, since: int, expiry: int) -> bytes: ...
    def sign_dispute(self, terms: Terms, since: int, expiry: int) -> bytes: ...
    def sign_binding(self, persona: bytes, network: str, until: int) -> bytes:
        """By the node's own wallet, that this persona speaks for it on this network of personas until then: 65 bytes."""

    # reading
    async def is_signed(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        """Whether this is the account's signature, by its key or, now, by its contract (EIP-1271). Raises Unavailable."""

    async def is_authorized(self, terms: Terms, valid_before: int, signature: bytes) -> bool:
        """The same of the buyer's signature over `authorization`."""

    async def balance(self, account: bytes, token: bytes) -> int:
        """In the smallest unit; a zero `token` is the chain's own coin."""

    async def allowance(self, owner: bytes, token: bytes) -> int: ...
    async def claims(self, account: bytes, token: bytes) -> int: ...
    async def status(self, transaction: str) -> str:
        """unknown | pending | failed | mined"""

    def tokens(self) -> Iterable[Token]:
        """The assets that this node knows on this chain; nothing else is ever paid with."""
