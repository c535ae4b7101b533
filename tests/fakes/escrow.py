"""A chain with one escrow and one token in memory, deterministic and without waiting, for tests of everything above it.

`MemoryChain` is the chain, which tests push about (`mine`, `pass_time`, `reorg`, `automine`, `down`, `refusing`);
`MemoryEscrow` is one node's view of it and passes the same suite as the real adapter.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace

import trio
from eth_hash.auto import keccak

from node.contracts import abi, networks, tokens
from node.contracts.wallet import checksummed
from node.ports import Block, ChainUpdate, Token, Transaction
from node.protocol import eip712
from node.protocol.errors import Rejected, RuleError, StateError, Unavailable
from node.protocol.escrow import (
    NO_PAYEES,
    NOBODY,
    Delivered,
    Disputed,
    EscrowEvent,
    Funded,
    Paid,
    State,
    Terms,
    Where,
    address_of,
    escrow_id,
    recover_signer,
    refusal,
    settlement_digest,
    sign_digest,
    split,
)

SAFE_DEPTH = 2
FINAL_DEPTH = 4
READ_SPAN = 3  # blocks in one reading
START = 1_800_000_000
CONTRACT = bytes.fromhex("e5c0" * 10)
TOKEN = bytes.fromhex("70ce" * 10)


@dataclass(frozen=True)
class Pot:
    held: int
    since: int
    until: int
    state: State


@dataclass
class Ledger:
    """What the chain knows after a block."""

    pots: dict[bytes, Pot] = field(default_factory=dict)
    balances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, account)
    allowances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, owner)
    claims: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, account)
    nonces: dict[bytes, int] = field(default_factory=dict)  # permits of the token

    def move(self, token: bytes, giver: bytes, taker: bytes, amount: int, reason: str) -> None:
        owned = self.balances.get((token, giver), 0)
        _demand(owned >= amount, reason)
        self.balances[token, giver] = owned - amount
        self.balances[token, taker] = self.balances.get((token, taker), 0) + amount


@dataclass(frozen=True)
class Signed:
    hash: bytes
    sender: bytes
    transaction: Transaction


@dataclass(frozen=True)
class Mined:
    block: Block
    done: dict[bytes, bool]  # transaction -> whether it succeeded
    events: tuple[EscrowEvent, ...]
    ledger: Ledger


class MemoryChain:
    """Transactions are mined at once while `automine` is on, else they wait for `mine`.

    `down` makes every question fail, `forgetful` leaves every event out of what is told, `refusing` holds accounts that take no payment, which then become claims.
    """

    def __init__(self, chain_id: int = 31_337, time: int = START):
        self.chain_id = chain_id
        self.contract = CONTRACT
        self.token = TOKEN
        self.automine = True
        self.down = False
        self.forgetful = False
        self.refusing: set[bytes] = set()
        self.pool: list[Signed] = []
        self.sent = 0
        self._offset = 0
        self._salt = 0
        self._changed = trio.Event()
        self._blocks = [Mined(Block(0, keccak(b"genesis"), time), {}, (), Ledger())]

    @property
    def head(self) -> Block:
        return self._blocks[-1].block

    @property
    def ledger(self) -> Ledger:
        return self._blocks[-1].ledger

    @property
    def next_time(self) -> int:
        """When the next block will be."""
        return self.head.time + 1 + self._offset

    def block(self, number: int) -> Mined | None:
        return self._blocks[number] if 0 <= number < len(self._blocks) else None

    def give(self, account: bytes, amount: int, token: bytes = NOBODY) -> None:
        """Out of nothing, in the latest block."""
        have = self.ledger.balances.get((token, account), 0)
        self.ledger.balances[token, account] = have + amount

    def pass_time(self, seconds: int) -> None:
        """The next block comes so much later."""
        self._offset += seconds

    def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self._mine(self.pool)
            self.pool = []
        self._tell()

    def reorg(self, depth: int) -> None:
        """Replace the last `depth` blocks by as many empty ones; their transactions are forgotten."""
        del self._blocks[len(self._blocks) - depth :]
        for _ in range(depth):
            self._mine([])
        self._tell()

    def submit(self, signed: Signed) -> None:
        """Raises RuleError "chain.reverted" for what would fail in the next block."""
        Call(self, deepcopy(self.ledger), self.next_time).run(signed)
        self.pool.append(signed)
        if self.automine:
            self.mine()

    def status(self, hash: bytes) -> str:
        for mined in self._blocks:
            if hash in mined.done:
                return "mined" if mined.done[hash] else "failed"
        return "pending" if any(one.hash == hash for one in self.pool) else "unknown"

    async def wait(self) -> None:
        """Until something has changed."""
        await self._changed.wait()

    def set_down(self, down: bool) -> None:
        self.down = down
        self._tell()

    def _mine(self, signed: Sequence[Signed]) -> None:
        self._salt += 1
        number, time = self.head.number + 1, self.next_time
        self._offset = 0
        hash = keccak(self.head.hash + number.to_bytes(8, "big") + self._salt.to_bytes(8, "big"))
        ledger, events, done = deepcopy(self.ledger), [], {}
        for one in signed:
            call = Call(self, deepcopy(ledger), time)
            try:
                call.run(one)
            except RuleError:
                done[one.hash] = False
                continue
            done[one.hash], ledger = True, call.ledger
            for event in call.events:
                where = Where(number, hash, len(events), one.hash, time)
                events.append(replace(event, where=where))
        self._blocks.append(Mined(Block(number, hash, time), done, tuple(events), ledger))

    def _tell(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()


class Call:
    """One transaction on a ledger, by the contract's rules. Raises RuleError "chain.reverted" with its reasons."""

    def __init__(self, chain: MemoryChain, ledger: Ledger, now: int):
        self.chain, self.ledger, self.now = chain, ledger, now
        self.events: list[EscrowEvent] = []

    def run(self, signed: Signed) -> None:
        sender, asked = signed.sender, signed.transaction
        raw, value = bytes.fromhex(asked.data[2:]), asked.value
        owned = self.ledger.balances.get((NOBODY, sender), 0)
        if owned < value:
            raise RuleError("chain.funds", "This wallet doesn't hold enough to pay that.")
        to = bytes.fromhex(asked.to[2:])
        if to == self.chain.token and raw[:4] == abi.APPROVE.selector:
            spender, amount = abi.decode(abi.APPROVE.kinds, raw[4:])
            if abi.address(spender) == self.chain.contract:
                self.ledger.allowances[to, sender] = amount
            return
        known = {function.selector: function for function in abi.ESCROW_FUNCTIONS}
        function = known.get(raw[:4])
        _demand(to == self.chain.contract and function is not None, "no such function")
        values = [
            abi.terms_of(given)
            if kind == abi.TERMS
            else [(abi.address(who), share) for who, share in given]
            if kind == abi.PAYEES
            else given
            for kind, given in zip(function.kinds, abi.decode(function.kinds, raw[4:]), strict=True)
        ]
        getattr(self, f"_{function.name}")(sender, value, *values)

    # ---- money in

    def _fund(self, sender: bytes, value: int, terms: Terms, payees: list) -> None:
        self._open(sender, terms, payees)
        if terms.token == NOBODY:
            _demand(value == terms.amount, "value is not the amount")
            self.ledger.move(NOBODY, sender, self.chain.contract, value, "no coins")
        else:
            _demand(value == 0, "value beside a token")
            self._take(terms)

    def _fundWithPermit(
        self, sender: bytes, _: int, terms: Terms, payees: list, expiry: int, v: int, r, s
    ) -> None:
        self._open(sender, terms, payees)
        values = [sender, self.chain.contract, terms.amount, self.ledger.nonces.get(sender, 0)]
        domain = eip712.Domain("Memory Dollar", "1", self.chain.chain_id, self.chain.token)
        digest = eip712.digest(domain, "Permit", tokens.PERMIT_MEMBERS, [*values, expiry])
        if self.now <= expiry and _signed(sender, digest, r + s + bytes([v])):
            self.ledger.nonces[sender] = self.ledger.nonces.get(sender, 0) + 1
            self.ledger.allowances[terms.token, sender] = terms.amount
        self._take(terms)

    def _open(self, sender: bytes, terms: Terms, payees: list) -> None:
        _demand(sender == terms.buyer, "not the buyer")
        reason = refusal(terms, self.now, self.chain.contract, payees)
        _demand(reason is None, reason or "")
        id = escrow_id(terms, self.chain.chain_id, self.chain.contract)
        _demand(id not in self.ledger.pots, "funded already")
        self.ledger.pots[id] = Pot(terms.amount, self.now, terms.ship_by, State.FUNDED)
        self.events.append(Funded(id, terms, self.now, NOWHERE))

    def _take(self, terms: Terms) -> None:
        _demand(terms.token == self.chain.token, "no such token")
        key = (terms.token, terms.buyer)
        allowed = self.ledger.allowances.get(key, 0)
        _demand(allowed >= terms.amount, "allowance too low")
        self.ledger.allowances[key] = allowed - terms.amount
        self.ledger.move(*key, self.chain.contract, terms.amount, "balance too low")

    # ---- marks

    def _deliver(self, sender: bytes, _: int, terms: Terms) -> None:
        id, pot = self._pot(terms)
        _demand(sender == terms.seller, "not the seller")
        _demand(terms.review != 0, "a deposit")
        _demand(pot.state is State.FUNDED, "wrong state")
        _demand(self.now < pot.until, "too late")
        until = self.now + terms.review
        self.ledger.pots[id] = replace(pot, until=until, state=State.DELIVERED)
        self.events.append(Delivered(id, until, NOWHERE))

    def _dispute(self, sender: bytes, _: int, terms: Terms) -> None:
        id, pot = self._pot(terms)
        _demand(sender in (terms.buyer, terms.seller), "not a party")
        _demand(terms.arbiter != NOBODY, "no arbiter")
        _demand(pot.state in (State.FUNDED, State.DELIVERED), "wrong state")
        _demand(self.now < pot.until, "too late")
        until = self.now + terms.ruling
        state = State.DISPUTED if pot.state is State.FUNDED else State.CONTESTED
        self.ledger.pots[id] = replace(pot, until=until, state=state)
        self.events.append(Disputed(id, sender, until, NOWHERE))

    # ---- money out

    def _release(self, sender: bytes, _: int, terms: Terms, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(sender == terms.buyer, "not the buyer")
        self._pay(terms, pot, "release", payees)

    def _settle(
        self,
        sender: bytes,
        _: int,
        terms: Terms,
        to_buyer: int,
        to_seller: int,
        expiry: int,
        buyer_signature: bytes,
        seller_signature: bytes,
        payees: list,
    ) -> None:
        id, pot = self._pot(terms)
        _demand(self.now < expiry, "expired")
        values = (id, pot.since, pot.held, to_buyer, to_seller, expiry)
        digest = settlement_digest(*values, self.chain.chain_id, self.chain.contract)
        _demand(to_buyer + to_seller > 0, "nothing to pay")
        _demand(to_buyer + to_seller <= pot.held, "more than is held")
        if to_seller:
            agreed = sender == terms.buyer or _signed(terms.buyer, digest, buyer_signature)
            _demand(agreed, "no consent of the buyer")
        if to_buyer:
            agreed = sender == terms.seller or _signed(terms.seller, digest, seller_signature)
            _demand(agreed, "no consent of the seller")
        self._pay(terms, pot, "settle", payees, to_buyer=to_buyer, to_seller=to_seller)

    def _timeout(self, sender: bytes, _: int, terms: Terms, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(self.now >= pot.until, "too early")
        self._pay(terms, pot, "timeout", payees)

    def _rule(self, sender: bytes, _: int, terms: Terms, to_seller: int, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(sender == terms.arbiter, "not the arbiter")
        _demand(self.now < pot.until, "too late")
        self._pay(terms, pot, "rule", payees, to_seller=to_seller)

    def _withdraw(self, sender: bytes, _: int, token: str, to: str) -> None:
        key = (abi.address(token), sender)
        amount = self.ledger.claims.pop(key, 0)
        _demand(amount != 0, "nothing to withdraw")
        self.ledger.move(key[0], self.chain.contract, abi.address(to), amount, "empty")

    def _pay(self, terms: Terms, pot: Pot, verb: str, payees: list, **amounts: int) -> None:
        id = escrow_id(terms, self.chain.chain_id, self.chain.contract)
        try:
            paid = split(terms, pot.held, verb, state=pot.state, payees=payees, **amounts)
        except RuleError as error:
            raise RuleError("chain.reverted", error.message) from None
        if paid.left:
            self.ledger.pots[id] = replace(pot, held=paid.left)
        else:
            del self.ledger.pots[id]
        sums = (paid.to_buyer, paid.to_seller, paid.to_arbiter, paid.left, int(paid.how))
        self.events.append(Paid(id, *sums, NOWHERE))
        for who, amount in paid.shares:
            if who in self.chain.refusing:
                key = (terms.token, who)
                self.ledger.claims[key] = self.ledger.claims.get(key, 0) + amount
            else:
                self.ledger.move(terms.token, self.chain.contract, who, amount, "empty")

    def _pot(self, terms: Terms) -> tuple[bytes, Pot]:
        id = escrow_id(terms, self.chain.chain_id, self.chain.contract)
        _demand(id in self.ledger.pots, "no such order")
        return id, self.ledger.pots[id]


NOWHERE = Where(0, bytes(32), 0, bytes(32), 0)


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise RuleError("chain.reverted", reason)


def _signed(who: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        return recover_signer(digest, signature) == who
    except Rejected:
        return False


class MemoryEscrow:
    """`secret` is the node's own key, if it has one. `since` of the port's real adapter is block 1 here."""

    def __init__(self, chain: MemoryChain, secret: bytes | None = None):
        self._chain = chain
        self._secret = secret
        self.chain = networks.caip2(chain.chain_id)
        self.chain_id = chain.chain_id
        self.contract = chain.contract
        self.since = 1
        self.wallet = None if secret is None else checksummed(address_of(secret))
        self.trouble: str | None = None

    def _up(self) -> MemoryChain:
        if self._chain.down:
            raise Unavailable("chain.unreachable", "The chain's node doesn't answer.")
        return self._chain

    async def verify(self) -> None:
        self._up()

    async def follow(self, window: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainUpdate]:
        known, told = sorted(window), None
        while True:
            self.trouble = "The chain's node doesn't answer." if self._chain.down else None
            update = None if self._chain.down else self._difference(known)
            state = None if update is None else (update.head.hash, update.keep_to)
            if update is None or (state == told and not update.blocks):
                await self._chain.wait()
                continue
            told = (update.head.hash, update.head.number)
            kept = [one for one in known if one[0] <= update.keep_to and not update.reset]
            known = [*kept, *((block.number, block.hash) for block in update.blocks)]
            yield update

    def _difference(self, known: list[tuple[int, bytes]]) -> ChainUpdate:
        stands = [
            number
            for number, hash in known
            if (mined := self._chain.block(number)) is not None and mined.block.hash == hash
        ]
        keep_to = stands[-1] if stands else 0
        head = self._chain.head
        new = [self._chain.block(number) for number in range(keep_to + 1, head.number + 1)]
        return ChainUpdate(
            keep_to=keep_to,
            blocks=tuple(mined.block for mined in new),
            events=self._events(keep_to + 1, head.number),
            head=head,
            safe=max(0, head.number - SAFE_DEPTH),
            final=max(0, head.number - FINAL_DEPTH),
            reset=bool(known) and not stands,
        )

    def _events(self, first: int, last: int) -> tuple[EscrowEvent, ...]:
        if self._chain.forgetful:
            return ()
        blocks = (self._chain.block(number) for number in range(first, last + 1))
        return tuple(event for mined in blocks if mined for event in mined.events)

    async def read(self, first: int, last: int) -> tuple[int, tuple[EscrowEvent, ...]]:
        self._up()
        last = min(last, first + READ_SPAN - 1)
        return last, self._events(first, last)

    async def block_at(self, time: int) -> int:
        numbers = range(1, self._up().head.number + 1)
        return max((n for n in numbers if self._chain.block(n).block.time <= time), default=1)

    async def pot(self, escrow_id: bytes, block: int) -> tuple[int, int]:
        mined = self._up().block(block)
        pot = mined.ledger.pots.get(escrow_id) if mined else None
        return (pot.state, pot.held) if pot else (State.NONE, 0)

    # ---- what a wallet is to sign or send

    def fund(self, terms: Terms) -> Transaction:
        return self._to(abi.fund(_plain(terms)), 0 if any(terms.token) else terms.amount)

    def approve(self, token: bytes, amount: int) -> Transaction:
        self._admit_token(token)
        return self._to(abi.APPROVE(self.contract, amount), to=token)

    async def permit(self, terms: Terms, deadline: int) -> dict:
        self._admit_token(terms.token)
        domain = {"name": "Memory Dollar", "version": "1", "chainId": self.chain_id}
        permit = tokens.Permit({**domain, "verifyingContract": terms.token})
        nonce = self._up().ledger.nonces.get(terms.buyer, 0)
        return tokens.permit_typed_data(
            permit, terms.buyer, self.contract, terms.amount, nonce, deadline
        )

    def fund_with_permit(self, terms: Terms, deadline: int, signature: bytes) -> Transaction:
        self._admit_token(terms.token)
        if len(signature) != 65:
            raise RuleError("chain.permit", "A permit's signature is 65 bytes long.")
        return self._to(abi.fund_with_permit(_plain(terms), deadline, signature))

    def deliver(self, terms: Terms) -> Transaction:
        return self._to(abi.DELIVER(terms.abi()))

    def release(self, terms: Terms) -> Transaction:
        return self._to(abi.RELEASE(_plain(terms).abi(), []))

    def timeout(self, terms: Terms) -> Transaction:
        return self._to(abi.TIMEOUT(_plain(terms).abi(), []))

    def settle(
        self,
        terms: Terms,
        to_buyer: int,
        to_seller: int,
        expiry: int,
        buyer_signature: bytes,
        seller_signature: bytes,
    ) -> Transaction:
        signatures = (buyer_signature, seller_signature)
        return self._to(abi.settle(_plain(terms), to_buyer, to_seller, expiry, *signatures))

    def withdraw(self, token: bytes, to: bytes) -> Transaction:
        return self._to(abi.WITHDRAW(token, to))

    def _to(self, call: bytes, value: int = 0, to: bytes | None = None) -> Transaction:
        address = checksummed(self.contract if to is None else to)
        return Transaction(address, "0x" + call.hex(), value, self.chain_id)

    def _admit_token(self, token: bytes) -> None:
        if token != self._chain.token:
            raise RuleError("chain.token", f"This node doesn't know the token 0x{token.hex()}.")

    # ---- by the node's own wallet

    async def send(self, transaction: Transaction, replaces=(), note=lambda hash: None) -> str:
        if transaction.chain_id != self.chain_id:
            raise RuleError("chain.network", f"This wallet is on chain {self.chain_id} only.")
        sender, chain = address_of(self._own()), self._up()
        stuck = {bytes.fromhex(hash[2:]) for hash in replaces}
        for waiting in chain.pool:
            if waiting.hash in stuck and waiting.sender == sender:
                chain.pool.remove(waiting)
                break
            if (waiting.sender, waiting.transaction) == (sender, transaction):
                return "0x" + waiting.hash.hex()
        chain.sent += 1
        hash = keccak(sender + chain.sent.to_bytes(8, "big") + transaction.data.encode())
        note("0x" + hash.hex())
        chain.submit(Signed(hash, sender, transaction))
        return "0x" + hash.hex()

    def sign_settlement(
        self, escrow_id: bytes, since: int, held: int, to_buyer: int, to_seller: int, expiry: int
    ) -> bytes:
        values = (escrow_id, since, held, to_buyer, to_seller, expiry)
        return sign_digest(settlement_digest(*values, self.chain_id, self.contract), self._own())

    def _own(self) -> bytes:
        if self._secret is None:
            raise StateError("chain.wallet", "This node has no wallet of its own.")
        return self._secret

    # ---- reading

    async def balance(self, account: bytes, token: bytes) -> int:
        return self._up().ledger.balances.get((token, account), 0)

    async def allowance(self, owner: bytes, token: bytes) -> int:
        return self._up().ledger.allowances.get((token, owner), 0)

    async def claims(self, account: bytes, token: bytes) -> int:
        return self._up().ledger.claims.get((token, account), 0)

    async def status(self, transaction: str) -> str:
        try:
            return self._up().status(bytes.fromhex(transaction.removeprefix("0x")))
        except ValueError:
            return "unknown"

    def tokens(self) -> Iterable[Token]:
        yield tokens.coin(self.chain_id)
        asset = networks.caip19(self.chain_id, self._chain.token)
        yield Token(asset, "tUSD", 6, permit=True, currency="USD")


def _plain(terms: Terms) -> Terms:
    if terms.payees != NO_PAYEES:
        raise RuleError("chain.payees", "These terms share the proceeds, which this node can't do.")
    return terms
