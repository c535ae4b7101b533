"""What the peer needs of the world: four ports. Adapters implement them; tests have fakes that pass the same suites.

Store is synchronous: each call is one bounded SQLite statement or transaction. Network and Escrow wait for others and are async.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from node.protocol.escrow import EscrowEvent, Settlement, Terms
from node.protocol.record import Record


class Clock(Protocol):
    """Time, pushed into the pure protocol by whoever calls it."""

    def now(self) -> int:
        """Seconds since the Unix epoch, UTC."""

    async def sleep(self, seconds: float) -> None: ...


# ---------------------------------------------------------------------------------------------- store


@dataclass(frozen=True)
class Query:
    """A search of listings. Empty fields don't filter. `after` is a Page's `next`."""

    text: str = ""
    categories: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()  # ISO 3166-1 alpha-2 of destinations that the listing ships to
    author: bytes | None = None
    unit: str | None = None  # CAIP-19 asset or ISO 4217 currency of the price
    low: int | None = None  # in the smallest unit of `unit`
    high: int | None = None
    facets: tuple[
        tuple[str, str], ...
    ] = ()  # (name, value) pairs from an extension's summary, such as ("condition", "used")
    available_only: bool = False
    sort: str = "best"  # best | newest | price | -price
    after: str | None = None
    limit: int = 24


@dataclass(frozen=True)
class Hit:
    """One listing found, with its effective availability record if there is one."""

    listing: Record
    availability: Record | None


@dataclass(frozen=True)
class Page:
    hits: tuple[Hit, ...]
    total: int
    next: str | None
    facets: dict[str, dict[str, int]]  # "category" -> slug -> count, "condition" -> …


@dataclass(frozen=True)
class Outgoing:
    """A sealed order message that waits for the recipient's receipt."""

    id: bytes  # content id of the record inside
    to: bytes  # persona
    sealed: bytes
    tries: int
    next_try: int
    until: int  # when the message inside expires: nobody takes it after that


@dataclass(frozen=True)
class OrderRow:
    """What must be remembered of an order beside messages and events. `secret` holds salts and keys, only on this node."""

    id: bytes  # the commitment, 32 bytes
    side: str  # "buyer" | "seller"
    offer: bytes  # content id of the cited listing edition
    counterparty: bytes  # persona
    escrow_id: bytes | None
    created: int
    secret: dict = field(default_factory=dict, repr=False)
    notes: dict = field(
        default_factory=dict
    )  # local facts: transactions seen {"fund": "0x…"}, "reserved": true …


@dataclass(frozen=True)
class OrderRows:
    """A part of the orders, newest first. `next` is the mark behind its last row, None where no more follow."""

    rows: tuple[OrderRow, ...]
    next: str | None


class Store(Protocol):
    """Records, search, orders, chain and pictures on disk. Everything returned is durable.

    A method that takes several things stores all of them or none (one transaction)."""

    # records
    def put(self, records: Sequence[Record]) -> list[bool]:
        """Keep each by its kind's keeping rule; True where the record was new and is now kept."""

    def replace(self, old: bytes, record: Record) -> None:
        """Keep one's own `record` in place of the record `old` of one's own, which may be dated later: it was dated ahead by a clock
        that was wrong, so that nobody else has kept it."""

    def has(self, id: bytes) -> bool: ...
    def get(self, id: bytes) -> bytes | None:
        """The raw record of this content id, kept, pinned or evidence."""

    def pin(self, raw: bytes, id: bytes, until: int | None = None) -> None:
        """Keep these bytes, whatever replaces them: for ever (the offer that an order cites), or until a time at which no order can
        come any more that cites them. Pinned again, they are kept for the longer of both."""

    def keep_evidence(self, edition: Record) -> None:
        """Keep a listing's edition, whatever replaces it, for as long as a kept review cites it."""

    def evidence(self, id: bytes) -> bytes | None:
        """The raw edition of this content id that `keep_evidence` was given."""

    def unproven(self, after: int, limit: int) -> tuple[list[Record], int]:
        """Of the `limit` reviews behind the mark `after` (0: from the first), those whose edition isn't evidence yet, and the mark
        behind the last one looked at: `after` itself where no more follow."""

    def revoked(self, author: bytes, signer: bytes) -> bool: ...
    def latest(self, kind: str, author: bytes, slug: str | None = None) -> Record | None:
        """The effective record: greatest (created, id) among signers that are not revoked; tombstones included."""

    def by_author(self, kind: str, author: bytes, limit: int = 1000) -> list[Record]: ...
    def reviews_of(self, seller: bytes, slug: str | None = None, limit: int = 200) -> list[Record]:
        """Those first whose parts a funding committed to that was followed, of the escrow and id that they cite; the newest first
        among these and among the others. The latest of each author."""

    def ids_after(self, cursor: bytes, limit: int) -> list[bytes]:
        """Content ids of kept, spreadable records, sorted bytewise, greater than `cursor`."""

    def counts(self) -> dict[str, int]: ...
    def holdings(self) -> dict[bytes, tuple[int, int]]:
        """author -> (number, bytes) of the records and evidence that are kept of them; what is only pinned doesn't count."""

    def search(self, query: Query, now: int) -> Page: ...
    def nearest(self, text: str) -> str | None:
        """What was perhaps meant by a text of which words are in no listing; None where nothing is near."""

    def sweep(self, now: int) -> int:
        """Delete what has expired; returns how many records that were. What is pinned goes at the end that it was given."""

    # orders
    def add_order(self, row: OrderRow, first: Record, outgoing: Outgoing | None) -> None: ...
    def update_order(
        self,
        id: bytes,
        *,
        notes: dict | None = None,
        messages: Sequence[Record] = (),
        outgoing: Sequence[Outgoing] = (),
        records: Sequence[Record] = (),
    ) -> list[bool]:
        """Merge `notes`, append messages, queue outgoing and put records, all in one transaction."""

    def order(self, id: bytes) -> OrderRow | None: ...
    def forget_order(self, id: bytes) -> None:
        """Delete an order that came to nothing, with its messages and what of them waits to be sent."""

    def order_of_escrow(self, escrow_id: bytes) -> OrderRow | None: ...
    def orders(self, side: str | None = None, limit: int = 1000) -> list[OrderRow]: ...
    def order_rows(
        self, side: str | None = None, after: str | None = None, limit: int = 50
    ) -> OrderRows:
        """At most `limit` orders behind the mark `after`. Raises InputError "query.after" for a mark that isn't one."""

    def order_counts(self) -> dict[str, int]:
        """side -> number of orders, for both sides."""

    def order_ids(self, low: bytes, high: bytes, limit: int) -> list[bytes]:
        """Ids of orders from `low` to `high`, ascending."""

    def undelivered(self, id: bytes) -> set[bytes]:
        """Ids of the messages of one order that have no receipt, those given up included."""

    def messages(self, id: bytes) -> list[Record]: ...
    def outbox(self, now: int, limit: int = 100) -> list[Outgoing]:
        """What is due, longest waiting first; of the same moment, as it was put in: an order's first message before its next."""

    def retry(self, id: bytes, next_try: int) -> None: ...
    def receipted(self, id: bytes) -> bool: ...
    def give_up(self, id: bytes) -> None:
        """Send it no more. It stays undelivered for as long as its order is known."""

    # chain
    def chain_window(self, chain: str) -> list[tuple[int, bytes]]:
        """(number, hash) of the remembered blocks, ascending; the last is where following goes on."""

    def chain_apply(self, chain: str, update: "ChainUpdate") -> None:
        """Forget the events of undone blocks, add new ones and remember the window, atomically."""

    def events(self, chain: str, escrow_id: bytes, limit: int = 2**40) -> list[EscrowEvent]:
        """The first `limit` of this id, in the order of the chain."""

    def unseen_funded(self, chain: str, seller: bytes) -> list[EscrowEvent]:
        """Funded events naming this seller's address for which no order is known."""

    # pictures and other content
    def put_chunk(self, blob: bytes, index: int, data: bytes) -> None: ...
    def chunk(self, blob: bytes, index: int) -> bytes | None: ...
    def put_manifest(self, blob: bytes, raw: bytes, *, keep: bool = False) -> None:
        """`keep`: never removed to make room, as for one's own pictures."""

    def manifest(self, blob: bytes) -> bytes | None: ...

    # the node's own small facts (peers last seen, settings made on pages)
    def fact(self, name: str) -> bytes | None: ...
    def set_fact(self, name: str, value: bytes) -> None: ...
    def close(self) -> None: ...


# -------------------------------------------------------------------------------------------- network


@dataclass(frozen=True)
class Contact:
    peer: str  # libp2p peer id
    address: str  # multiaddr in use
    inbound: bool


Handler = Callable[[str, bytes], Awaitable[bytes]]  # (peer id, request) -> response


class Network(Protocol):
    """Gossip of batches on one topic, and one-request-one-response streams. Never raises for what a peer did, except Unavailable.

    Handlers are registered before `run`. A handler that raises RuleError costs the other side its stream, never the host."""

    peer_id: str

    def handle(self, protocol: str, handler: Handler, *, request_limit: int) -> None: ...
    def on_gossip(self, topic: str, receive: Callable[[str, bytes], Awaitable[bool]]) -> None:
        """`receive` answers False for REJECT alone (the forwarder is blamed)."""

    def on_contact(self, notice: Callable[[Contact, bool], Awaitable[None]]) -> None:
        """Called with True when a peer has connected and can be spoken to, False when it has gone."""

    def addresses(self) -> list[str]: ...
    def contacts(self) -> list[Contact]: ...
    def known(self) -> list[str]:
        """Multiaddrs with /p2p/ that were of use: to begin with after a restart."""

    async def connect(self, address: str) -> str:
        """Dial a multiaddr with /p2p/; returns the peer id. Raises Unavailable."""

    async def publish(self, topic: str, batch: bytes) -> None: ...
    async def request(
        self, peer: str, protocol: str, request: bytes, *, limit: int, timeout: float = 15.0
    ) -> bytes:
        """Raises Unavailable when the peer can't be reached, is too slow, or answers with more than `limit` bytes."""


# --------------------------------------------------------------------------------------------- escrow


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
    currency: str | None = None  # ISO 4217, from our configuration, never from the token


@dataclass(frozen=True)
class Transaction:
    """What a wallet is asked to send (EIP-1474 fields; value in wei). `spare_gas` is what it may need beyond what an estimate says."""

    to: str
    data: str
    value: int
    chain_id: int
    spare_gas: int = 0


class Escrow(Protocol):
    """One escrow contract on one chain. `verify` comes before any money moves."""

    chain: str  # CAIP-2
    chain_id: int
    contract: bytes
    since: int  # number of the first block that can hold events of the contract
    wallet: str | None  # EIP-55 address of the node's own key, if it has one
    trouble: (
        str | None
    )  # what is wrong with following the chain, in a sentence; None while all is well
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
    def fund(self, terms: Terms) -> Transaction: ...
    def approve(self, token: bytes, amount: int) -> Transaction: ...
    async def permit(self, terms: Terms, deadline: int) -> dict:
        """EIP-712 typed data (EIP-2612) for the buyer to sign, with the token's own domain and current nonce."""

    def fund_with_permit(self, terms: Terms, deadline: int, signature: bytes) -> Transaction: ...
    def deliver(self, terms: Terms) -> Transaction: ...
    def release(self, terms: Terms) -> Transaction: ...
    def timeout(self, terms: Terms) -> Transaction: ...
    def settle(
        self, terms: Terms, settlement: Settlement, *, buyer: bytes = b"", seller: bytes = b""
    ) -> Transaction:
        """`buyer` and `seller` are their signatures; who sends it needs none, nor who gives nothing."""

    def withdraw(self, token: bytes, to: bytes) -> Transaction: ...

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

    def sign_settlement(self, settlement: Settlement) -> bytes: ...
    def sign_binding(self, persona: bytes, network: str, until: int) -> bytes:
        """By the node's own wallet, that this persona speaks for it on this network of personas until then: 65 bytes."""

    # reading
    async def balance(self, account: bytes, token: bytes) -> int:
        """In the smallest unit; a zero `token` is the chain's own coin."""

    async def allowance(self, owner: bytes, token: bytes) -> int: ...
    async def claims(self, account: bytes, token: bytes) -> int: ...
    async def status(self, transaction: str) -> str:
        """unknown | pending | failed | mined"""

    def tokens(self) -> Iterable[Token]:
        """The assets that this node knows on this chain; nothing else is ever paid with."""
