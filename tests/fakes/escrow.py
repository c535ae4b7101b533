"""One node's view of a chain in memory; passes the same suite as the real adapter.

Tests push the chain about (`mine`, `pass_time`, `reorg`, `automine`, `down`, `forgetful`, `refusing`).
"""

from collections.abc import AsyncIterator, Iterable, Sequence

from eth_hash.auto import keccak

from node.contracts import networks, tokens
from node.contracts.calls import Calls
from node.contracts.consents import Consents
from node.contracts.wallet import checksummed
from node.ports import ChainUpdate, Token, Transaction
from node.protocol.errors import RuleError, StateError, Unavailable
from node.protocol.escrow import (
    EscrowEvent,
    Settlement,
    State,
    Terms,
    address_of,
    settlement_digest,
    sign_digest,
)
from node.protocol.keys import wallet_binding_digest
from tests.fakes.chain import MemoryChain
from tests.fakes.contract import Signed

SAFE_DEPTH = 2
FINAL_DEPTH = 4
GAS = 200_000  # of any transaction
READ_SPAN = 3  # blocks in one reading


class MemoryEscrow(Calls, Consents):
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
        self.endpoint_troubles: tuple[str, ...] = ()
        self.token_troubles: tuple[str, ...] = ()
        self.tokens_known = True

    def _up(self) -> MemoryChain:
        if self._chain.down:
            raise Unavailable("chain.unreachable", "The chain's node doesn't answer.")
        return self._chain

    async def verify(self) -> None:
        self._up()

    async def read_tokens(self) -> None:
        pass

    async def follow(self, window: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainUpdate]:
        known, told = sorted(window), None
        while True:
            self.trouble = self._wrong()
            update = None if self.trouble else self._difference(known)
            state = None if update is None else (update.head.hash, update.keep_to)
            if update is None or (state == told and not update.blocks):
                await self._chain.wait()
                continue
            told = (update.head.hash, update.head.number)
            kept = [one for one in known if one[0] <= update.keep_to and not update.reset]
            known = [*kept, *((block.number, block.hash) for block in update.blocks)]
            yield update

    def _wrong(self) -> str | None:
        if self._chain.down:
            return "The chain's node doesn't answer."
        return "The chain's node has yet to catch up." if self._chain.syncing else None

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

    # ---- what a wallet is to sign

    async def permit(self, terms: Terms, deadline: int) -> dict:
        self.admit_token(terms.token)
        domain = self.domain_of(terms.token)
        nonce = self._up().ledger.nonces.get((terms.token, terms.buyer), 0)
        return tokens.permit_typed_data(
            domain, terms.buyer, self.contract, terms.amount, nonce, deadline
        )

    def admit_token(self, token: bytes) -> None:
        if token != self._chain.token:
            raise RuleError("chain.token", f"This node doesn't know the token 0x{token.hex()}.")

    def domain_of(self, token: bytes) -> dict:
        self.admit_token(token)
        domain = {"name": "Memory Dollar", "version": "1", "chainId": self.chain_id}
        return {**domain, "verifyingContract": token}

    # ---- by the node's own wallet

    async def fee(self, transaction: Transaction, replaces=()) -> int:
        self._up().check(Signed(bytes(32), address_of(self._own()), transaction))
        return self._price(self._waiting(replaces)) * GAS

    async def send(self, transaction: Transaction, replaces=(), note=lambda hash: None) -> str:
        if transaction.chain_id != self.chain_id:
            raise RuleError("chain.network", f"This wallet is on chain {self.chain_id} only.")
        sender, chain = address_of(self._own()), self._up()
        stuck = self._waiting(replaces)
        limit = transaction.most_fee
        if limit is not None and self._price(stuck) * GAS > limit:
            if stuck is not None:
                return "0x" + stuck.hash.hex()
            raise RuleError("chain.fees", "That is more than may be paid for this.")
        if stuck is not None:
            chain.pool.remove(stuck)
        for waiting in chain.pool:
            if (waiting.sender, waiting.transaction) == (sender, transaction):
                return "0x" + waiting.hash.hex()
        chain.sent += 1
        hash = keccak(sender + chain.sent.to_bytes(8, "big") + transaction.data.encode())
        note("0x" + hash.hex())
        chain.submit(Signed(hash, sender, transaction, self._price(stuck)))
        return "0x" + hash.hex()

    def _waiting(self, replaces) -> Signed | None:
        hashes, own = {bytes.fromhex(hash[2:]) for hash in replaces}, address_of(self._own())
        waiting = (each for each in self._chain.pool if each.sender == own and each.hash in hashes)
        return next(waiting, None)

    def _price(self, stuck: Signed | None) -> int:
        """A tenth more than what it takes the place of."""
        return max(self._chain.gas_price, -(-stuck.price * 11 // 10) if stuck else 0)

    def sign(self, digest: bytes) -> bytes:
        return sign_digest(digest, self._own())

    def sign_settlement(self, settlement: Settlement) -> bytes:
        digest = settlement_digest(settlement, self.chain_id, self.contract)
        return sign_digest(digest, self._own())

    def sign_binding(self, persona: bytes, network: str, until: int) -> bytes:
        digest = wallet_binding_digest(persona, network, until, self.chain_id)
        return sign_digest(digest, self._own())

    def _own(self) -> bytes:
        if self._secret is None:
            raise StateError("chain.wallet", "This node has no wallet of its own.")
        return self._secret

    # ---- reading

    async def accepts(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        return self._up().accepts(account, digest, signature)

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
        yield Token(asset, "tUSD", 6, permit=True, authorization=True, currency="USD")
