"""The chain itself: py-evm with a pool of waiting transactions, a clock that tests can push, and snapshots.

Not safe for threads: whoever serves it holds a lock.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from eth.abc import BlockHeaderAPI, SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.constants import (
    BLANK_ROOT_HASH,
    GENESIS_PARENT_HASH,
    POST_MERGE_DIFFICULTY,
    POST_MERGE_MIX_HASH,
    POST_MERGE_NONCE,
    ZERO_ADDRESS,
)
from eth.db.atomic import AtomicDB
from eth.exceptions import PyEVMError, Revert
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak
from eth_utils import ValidationError

from node.devchain.values import ChainError, Done, Message, Mined

GAS_LIMIT = 30_000_000  # of a block, and of a call
SAFE_DEPTH = 2  # blocks below the head that the chain calls safe
FINAL_DEPTH = 4
MAX_POOL = 1_000  # waiting transactions
MAX_CODE = 131_072  # bytes of a raw transaction
MAX_MINE = 10_000  # blocks mined by one request
ERROR_SELECTOR = bytes.fromhex("08c379a0")  # Error(string)

log = logging.getLogger(__name__)


@dataclass
class Chain:
    """`balances` are the coins at the beginning, wei by address; `now` is the wall clock, Unix seconds."""

    chain_id: int
    balances: dict[bytes, int]
    now: Callable[[], int]
    automine: bool = True
    blocks: list[Mined] = field(default_factory=list, init=False)
    pool: list[SignedTransactionAPI] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        evm = type(
            "DevChain",
            (MiningChain,),
            {
                "chain_id": self.chain_id,
                "vm_configuration": ((0, PragueVM),),
                "create_header_from_parent": _same_gas_limit,
            },
        )
        genesis = {
            "coinbase": ZERO_ADDRESS,
            "difficulty": POST_MERGE_DIFFICULTY,
            "extra_data": b"",
            "gas_limit": GAS_LIMIT,
            "mix_hash": POST_MERGE_MIX_HASH,
            "nonce": POST_MERGE_NONCE,
            "receipt_root": BLANK_ROOT_HASH,
            "timestamp": self.now(),
            "transaction_root": BLANK_ROOT_HASH,
        }
        state = {
            address: {"balance": coins, "storage": {}, "code": b"", "nonce": 0}
            for address, coins in self.balances.items()
        }
        self._evm = evm.from_genesis(AtomicDB(), genesis, state)
        self._builder = self._evm.get_vm().get_transaction_builder()
        self._offset = 0
        self._next_time: int | None = None
        self._salt = 0
        self._snapshots: dict[int, tuple[int, int]] = {}
        self._places: dict[bytes, tuple[int, int]] = {}  # transaction -> block, index
        self._numbers: dict[bytes, int] = {}  # block hash -> number
        self._append(Mined(self._evm.get_canonical_head()))

    # ---- looking

    @property
    def head(self) -> Mined:
        return self.blocks[-1]

    def at(self, tag: str | int) -> Mined | None:
        """The block of this number or tag, None where there is none (yet)."""
        depths = {"latest": 0, "pending": 0, "safe": SAFE_DEPTH, "finalized": FINAL_DEPTH}
        if tag == "earliest":
            tag = 0
        elif isinstance(tag, str):
            tag = max(0, self.head.number - depths[tag])
        return self.blocks[tag] if tag < len(self.blocks) else None

    def by_hash(self, hash: bytes) -> Mined | None:
        number = self._numbers.get(hash)
        return None if number is None else self.blocks[number]

    def find(self, hash: bytes) -> tuple[Mined, int] | None:
        """The block of a mined transaction and its index there."""
        place = self._places.get(hash)
        return None if place is None else (self.blocks[place[0]], place[1])

    def waiting(self, hash: bytes) -> SignedTransactionAPI | None:
        return next((one for one in self.pool if one.hash == hash), None)

    def state(self, block: Mined):
        """py-evm's state after this block: get_balance, get_nonce, get_code, get_storage."""
        return self._evm.get_vm(block.header).state

    def nonce(self, address: bytes, *, pending: bool = False) -> int:
        nonce = self.state(self.head).get_nonce(address)
        theirs = {one.nonce for one in self.pool if one.sender == address} if pending else set()
        while nonce in theirs:
            nonce += 1
        return nonce

    @property
    def next_base_fee(self) -> int:
        """Wei per gas that the next block asks for at least."""
        return self._evm.header.base_fee_per_gas

    # ---- running

    def call(self, message: Message, block: Mined) -> bytes:
        """What the call returns. Raises ChainError, code 3 with the reason where it reverts."""
        computation = self._run(self._state_for(block), message, message.gas or GAS_LIMIT)
        _raise_if_failed(computation)
        return computation.output

    def estimate(self, message: Message) -> int:
        """Gas with which the transaction succeeds in the next block, within two per cent of the least."""
        state = self._state_for(self.head)
        most = min(message.gas or GAS_LIMIT, GAS_LIMIT)
        computation = self._run(state, message, most)
        _raise_if_failed(computation)
        low = self._unsigned(state, message, most).intrinsic_gas - 1
        high = most
        middle = min(high, (low + computation.get_gas_used() + 3_000) * 64 // 63)
        while high - low > max(1, high // 50):
            if self._fits(state, message, middle):
                high = middle
            else:
                low = middle
            middle = (low + high) // 2
        owned = state.get_balance(message.sender)
        if message.fee and owned < high * message.fee + message.value:
            raise ChainError("insufficient funds for gas * price + value")
        return high

    def _state_for(self, block: Mined):
        header = block.header
        if block is self.head:
            header = self._evm.header.copy(timestamp=self._time())
        return self._evm.get_vm(header.copy(base_fee_per_gas=0, gas_used=0)).state

    def _fits(self, state, message: Message, gas: int) -> bool:
        try:
            return not self._run(state, message, gas).is_error
        except ChainError:  # less than the transaction's own data costs
            return False

    def _run(self, state, message: Message, gas: int):
        if state.get_balance(message.sender) < message.value:
            raise ChainError("insufficient funds for transfer")
        unsigned = self._unsigned(state, message, gas)
        before = state.snapshot()
        try:
            return state.apply_transaction(SpoofTransaction(unsigned, from_=message.sender))
        except (ValidationError, PyEVMError) as error:
            raise ChainError(_plain(error)) from error
        finally:
            state.revert(before)

    def _unsigned(self, state, message: Message, gas: int):
        return self._builder.new_unsigned_dynamic_fee_transaction(
            chain_id=self.chain_id,
            nonce=state.get_nonce(message.sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=0,
            gas=gas,
            to=message.to,
            value=message.value,
            data=message.data,
            access_list=(),
        )

    # ---- growing

    def send(self, raw: bytes) -> bytes:
        """Take a signed transaction; mines a block at once where `automine` is on. Returns its hash."""
        transaction = self._admit(raw)
        self.pool.append(transaction)
        if self.automine and transaction.nonce == self.nonce(transaction.sender):
            self.mine()
        return transaction.hash

    def _admit(self, raw: bytes) -> SignedTransactionAPI:
        if not raw or len(raw) > MAX_CODE:
            raise ChainError("raw transaction is empty or too large", -32602)
        if raw[0] == 3:
            raise ChainError("no blob transactions on this chain")
        try:
            transaction = self._builder.decode(raw)
            transaction.check_signature_validity()
            sender, chain_id = transaction.sender, transaction.chain_id
        except Exception as error:  # the decoder raises many kinds for garbage
            raise ChainError(f"not a signed transaction: {_plain(error)}", -32602) from error
        if chain_id not in (None, self.chain_id):  # None: before EIP-155, good for every chain
            raise ChainError(f"this is chain {self.chain_id}, the transaction is for {chain_id}")
        if transaction.hash in self._places or self.waiting(transaction.hash):
            raise ChainError("already known")
        state = self.state(self.head)
        fee = transaction.max_fee_per_gas
        if transaction.nonce < state.get_nonce(sender):
            raise ChainError("nonce too low")
        if transaction.gas > GAS_LIMIT:
            raise ChainError("exceeds block gas limit")
        if transaction.gas < transaction.intrinsic_gas:
            raise ChainError("intrinsic gas too low")
        if fee < self.next_base_fee:
            raise ChainError("max fee per gas less than block base fee")
        if state.get_balance(sender) < transaction.gas * fee + transaction.value:
            raise ChainError("insufficient funds for gas * price + value")
        if len(self.pool) >= MAX_POOL:
            raise ChainError("txpool is full")
        self._replace(transaction, fee)
        return transaction

    def _replace(self, transaction: SignedTransactionAPI, fee: int) -> None:
        for old in self.pool:
            if (old.sender, old.nonce) == (transaction.sender, transaction.nonce):
                if fee * 10 < old.max_fee_per_gas * 11:
                    raise ChainError("replacement transaction underpriced")
                self.pool.remove(old)
                return

    def mine(self, *, with_pool: bool = True) -> Mined:
        """One block of the waiting transactions that can run now; the others go on waiting."""
        self._evm.header = self._evm.header.copy(timestamp=self._time())
        done: list[Done] = []
        used = 0
        for transaction in sorted(self.pool, key=lambda one: one.nonce) if with_pool else ():
            if transaction.gas > GAS_LIMIT - used:
                continue
            try:
                _, receipt, computation = self._evm.apply_transaction(transaction)
            except (ValidationError, PyEVMError) as error:
                log.debug("waits: %s", _plain(error))
                continue
            logs = tuple(
                (one.address, tuple(topic.to_bytes(32, "big") for topic in one.topics), one.data)
                for one in receipt.logs
            )
            done.append(Done(transaction, computation.is_success, receipt.gas_used - used, logs))
            used = receipt.gas_used
        # A block that replaces another must differ from it, even when it is as empty.
        self._salt += 1
        salt = keccak(self.chain_id.to_bytes(32, "big") + self._salt.to_bytes(8, "big"))
        block = self._evm.mine_block(mix_hash=salt, coinbase=ZERO_ADDRESS)
        self._next_time = None
        mined = Mined(block.header, tuple(done))
        self._append(mined)
        state = self.state(mined)
        self.pool = [one for one in self.pool if one.nonce >= state.get_nonce(one.sender)]
        return mined

    def _append(self, mined: Mined) -> None:
        self.blocks.append(mined)
        self._numbers[mined.hash] = mined.number
        for index, done in enumerate(mined.done):
            self._places[done.transaction.hash] = (mined.number, index)

    # ---- time

    def _time(self) -> int:
        wanted = self.now() + self._offset if self._next_time is None else self._next_time
        return max(wanted, self.head.header.timestamp + 1)

    def pass_time(self, seconds: int) -> int:
        """Move the clock of later blocks forward; returns by how much it is ahead of the wall clock."""
        self._offset += seconds
        return self._offset

    def next_time(self, timestamp: int) -> None:
        """The timestamp of the next block; later ones go on from there. Raises ChainError when it is past."""
        if timestamp <= self.head.header.timestamp:
            raise ChainError("timestamp is not after the last block's")
        self._next_time = timestamp
        self._offset = timestamp - self.now()

    # ---- going back

    def snapshot(self) -> int:
        number = len(self._snapshots) + 1
        self._snapshots[number] = (self.head.number, self._offset)
        return number

    def revert(self, snapshot: int) -> bool:
        """Back to a snapshot, which with later ones is used up. False when there is no such snapshot."""
        if snapshot not in self._snapshots:
            return False
        number, self._offset = self._snapshots[snapshot]
        for later in [one for one in self._snapshots if one >= snapshot]:
            del self._snapshots[later]
        self._cut(number)
        return True

    def reorganise(self, depth: int) -> None:
        """Replace the last `depth` blocks by as many empty ones; their transactions are forgotten."""
        if not 0 < depth < len(self.blocks):
            raise ChainError("depth must be from 1 to the number of blocks")
        self._cut(self.head.number - depth)
        for _ in range(depth):
            self.mine(with_pool=False)

    def _cut(self, number: int) -> None:
        for block in self.blocks[number + 1 :]:
            self._numbers.pop(block.hash, None)
            for done in block.done:
                self._places.pop(done.transaction.hash, None)
        del self.blocks[number + 1 :]
        self.pool = []
        database = self._evm.chaindb
        database._set_as_canonical_chain_head(database.db, self.head.header, GENESIS_PARENT_HASH)
        self._evm.header = self._evm.create_header_from_parent(self.head.header)


def _same_gas_limit(self, parent: BlockHeaderAPI, **changes) -> BlockHeaderAPI:
    changes["gas_limit"] = parent.gas_limit
    return MiningChain.create_header_from_parent(self, parent, **changes)


def _raise_if_failed(computation) -> None:
    if not computation.is_error:
        return
    if isinstance(computation.error, Revert):
        output = computation.output
        reason = revert_reason(output)
        text = "execution reverted" + (f": {reason}" if reason else "")
        raise ChainError(text, 3, "0x" + output.hex())
    raise ChainError(_plain(computation.error) or type(computation.error).__name__)


def revert_reason(output: bytes) -> str | None:
    """The text of Error(string), None for anything else."""
    if output[:4] != ERROR_SELECTOR:
        return None
    try:
        return abi_decode(["string"], output[4:])[0]
    except (DecodingError, UnicodeDecodeError):
        return None


def _plain(error: BaseException) -> str:
    return " ".join(str(one) for one in error.args)[:300]
