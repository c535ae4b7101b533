"""What is kept on disk."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from node.ports.escrow import ChainUpdate
from node.protocol.escrow import EscrowEvent
from node.protocol.record import Record


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


@dataclass(frozen=True)
class CaseRow:
    """What must be remembered of a dispute beside what was sent about it and the chain's events."""

    id: bytes  # the escrow id
    notes: dict = field(default_factory=dict)


@dataclass(frozen=True)
class CampaignRow:
    """What must be remembered of a campaign that this node has a part in."""

    id: bytes  # the contract's, 32 bytes
    raw: bytes  # the creator's record
    notes: dict = field(default_factory=dict)


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

    def newest(self, kind: str, limit: int) -> list[Record]:
        """The latest record of each author, or of each of its slugs, of a kind that replaces; newest first, tombstones included."""

    def by_author(self, kind: str, author: bytes, limit: int = 1000) -> list[Record]: ...
    def back_reviews(self, contract: str, campaign: bytes, order: bytes) -> None:
        """A campaign that is over in this contract (CAIP-10) held a pledge for this order: reviews that cite it come before others."""

    def reviews_of(self, seller: bytes, slug: str | None = None, limit: int = 200) -> list[Record]:
        """Those first whose parts a funding committed to that was followed, of the escrow and id that they cite, or that a pledge was
        made for (`back_reviews`); the newest first among these and among the others. The latest of each author."""

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
    def add_orders(
        self,
        placed: Sequence[tuple[OrderRow, Record, Outgoing | None]],
        facts: Mapping[str, bytes],
    ) -> None:
        """Several as `add_order` does, and the node's own facts that change with them."""

    def note_orders(self, notes: Mapping[bytes, dict]) -> None:
        """Merge notes into several orders, as `update_order` does into one."""

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

    def chain_apply(self, chain: str, update: ChainUpdate) -> None:
        """Forget the events of undone blocks, add new ones and remember the window, atomically."""

    def events(self, chain: str, escrow_id: bytes, limit: int = 2**40) -> list[EscrowEvent]:
        """The first `limit` of this id, in the order of the chain."""

    def unseen_funded(self, chain: str, seller: bytes) -> list[EscrowEvent]:
        """Funded events naming this seller's address for which no order is known."""

    # disputes
    def disputed(
        self, chain: str, arbiter: bytes, limit: int, tokens: Collection[bytes] = ()
    ) -> list[bytes]:
        """Escrow ids that name this arbiter and were disputed: those that hold money first, those in `tokens` before others, of each
        token the largest first (so that many small ones push out none that is larger), funded last first among equals."""

    def case(self, escrow_id: bytes) -> CaseRow | None: ...
    def cases(self, limit: int = 10_000) -> list[CaseRow]: ...
    def update_case(
        self,
        escrow_id: bytes,
        *,
        notes: dict | None = None,
        records: Sequence[Record] = (),
        outgoing: Sequence[Outgoing] = (),
    ) -> list[bool]:
        """Merge `notes`, append records, queue outgoing, all in one transaction; True for each record that was new."""

    def case_records(self, escrow_id: bytes) -> list[Record]: ...
    def case_bytes(self) -> int:
        """Of all that was sent about disputes."""

    def case_undelivered(self, escrow_id: bytes) -> set[bytes]:
        """Ids of the records of one case that have no receipt, those given up included."""

    def forget_case(self, escrow_id: bytes) -> None:
        """Delete what was sent about a dispute, with what of it waits to be sent."""

    # campaigns
    def campaign(self, id: bytes) -> CampaignRow | None: ...
    def campaigns(self, limit: int = 10_000) -> list[CampaignRow]:
        """Those joined last first."""

    def join_campaign(self, id: bytes, raw: bytes) -> None:
        """Keep this record for ever, in place of an earlier one of the same campaign. Its notes stay."""

    def note_campaign(self, id: bytes, notes: dict) -> None:
        """Merge notes, as `update_order` does. Raises NotFound for a campaign that wasn't joined."""

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
