"""A chain with one escrow, one campaign contract and one token in memory, deterministic and without waiting."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import trio
from eth_hash.auto import keccak

from node.ports import Block
from node.protocol.errors import Rejected, RuleError
from node.protocol.escrow import NOBODY, EscrowEvent, Ledger, Where
from tests import contract_wallet
from tests.fakes.campaign_contract import CampaignCall, CampaignState, concerns
from tests.fakes.contract import CONTRACT, TOKEN, Execution, Keys, Signed

START = 1_800_000_000


@dataclass(frozen=True)
class Mined:
    block: Block
    done: dict[bytes, bool]  # transaction -> whether it succeeded
    events: tuple[EscrowEvent, ...]
    ledger: Ledger
    campaigns: CampaignState = field(default_factory=CampaignState)


class MemoryChain:
    """Transactions are mined at once while `automine` is on, else they wait for `mine`.

    `down` makes every question fail, `syncing` means that the chain's node lacks what it had, `forgetful` leaves every event out of
    what is told, `refusing` holds accounts that take no payment, which then become claims; `contracts` are the wallets that are
    contracts, with the address of the key whose word each takes; `gas_price` is in wei; while it is `failing`, what is mined fails
    although nothing spoke against sending it. `without_campaigns` there is no campaign contract.
    """

    def __init__(self, chain_id: int = 31_337, time: int = START):
        self.chain_id = chain_id
        self.contract = CONTRACT
        self.token = TOKEN
        self.automine = True
        self.down = False
        self.syncing = False
        self.forgetful = False
        self.failing = False
        self.without_campaigns = False
        self.refusing: set[bytes] = set()
        self.contracts: dict[bytes, bytes] = {}
        self.gas_price = 10**9
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
        self.check(signed)
        self.pool.append(signed)
        if self.automine:
            self.mine()

    def check(self, signed: Signed) -> None:
        """Raises RuleError "chain.reverted" likewise."""
        self._run(signed, self.ledger, self._blocks[-1].campaigns, self.next_time)

    def accepts(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        """Whether the contract of this account, if it has one, says that this is its signature."""
        owner = self.contracts.get(account)
        try:
            return owner is not None and contract_wallet.accepts(owner, digest, signature)
        except Rejected:
            return False

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

    def set_syncing(self, syncing: bool) -> None:
        self.syncing = syncing
        self._tell()

    def _mine(self, signed: Sequence[Signed]) -> None:
        self._salt += 1
        number, time = self.head.number + 1, self.next_time
        self._offset = 0
        hash = keccak(self.head.hash + number.to_bytes(8, "big") + self._salt.to_bytes(8, "big"))
        ledger, events, done = self.ledger.copy(), [], {}
        campaigns = self._blocks[-1].campaigns
        for one in signed:
            done[one.hash] = False
            if self.failing:
                continue
            try:
                ledger, campaigns, logged = self._run(one, ledger, campaigns, time)
            except RuleError:
                continue
            done[one.hash] = True
            for event in logged:
                where = Where(number, hash, len(events), one.hash, time)
                events.append(replace(event, where=where))
        block = Block(number, hash, time)
        self._blocks.append(Mined(block, done, tuple(events), ledger, campaigns))

    def _run(
        self, signed: Signed, ledger: Ledger, campaigns: CampaignState, time: int
    ) -> tuple[Ledger, CampaignState, Sequence[EscrowEvent]]:
        """What is after this transaction in the next block, and what nodes follow of it."""
        ledger = ledger.copy()
        if concerns(signed.transaction, self.token) and not self.without_campaigns:
            keys = Keys(self.chain_id, self.accepts).signed
            next_block = (time, self.head.number + 1)
            world = (self.chain_id, self.token, self.refusing, keys)
            call = CampaignCall(*world, ledger, campaigns, *next_block)
            return ledger, call.run(signed.sender, signed.transaction, signed.hash), ()
        call = Execution(self.chain_id, self.refusing, self.accepts, ledger, time)
        call.run(signed)
        return call.ledger, campaigns, call.events

    def _tell(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()
