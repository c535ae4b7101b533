"""The node's own wallet: signs and sends transactions with web3, one nonce at a time.

web3 is imported when the first transaction is sent, in a thread: the import takes about a second.
"""

import logging
import math
import sys
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import trio

from node.contracts import answers
from node.contracts.refusals import is_known, translated
from node.contracts.rpc import Access, RpcError
from node.ports import Transaction
from node.protocol.errors import EtalError, RuleError
from node.protocol.escrow import address_of

MAX_GAS = 6_000_000  # for one transaction; more means that something is wrong
MAX_FEE = 2_000 * 10**9  # wei per gas; a node that says more is not to be believed
MAX_COST = 10**18  # wei of fees for one transaction at most
FEE_BLOCKS = 5  # blocks of history that the tip is taken from
MIN_TIP = 10**6  # wei per gas; what empty blocks were mined for, 1 wei, is taken by hardly any node
USUAL_TIP = 10**9  # wei per gas where history shows none
MOST_TIP = 100 * 10**9  # wei per gas; a node that calls that too little is not bid any higher
TIP_STEP = 8  # times the tip that a node calls too little
TIP_LASTS = 600  # seconds for which that is believed: a node whose pool is full says the same
MAX_NONCE = 1 << 53
RAISE = (9, 8)  # of the fees that wait, for a replacement; nodes of chains ask for 10 % more
MAX_RAISED = 10  # times what is usual now; who isn't mined for that doesn't wait for want of fees
MAX_UNDERWAY = 256  # transactions remembered so that asking twice doesn't send twice

FEES = ("maxFeePerGas", "maxPriorityFeePerGas")

Note = Callable[[str], None]

log = logging.getLogger("etal.wallet")


def checksummed(address: bytes) -> str:
    """EIP-55 text."""
    from eth_utils import to_checksum_address

    return to_checksum_address(address)


@dataclass(frozen=True)
class Sent:
    hash: str
    raw: bytes


@dataclass(frozen=True)
class Waiting:
    """A transaction of ours that is in no block yet; `fees` by the names of EIP-1559, in wei per gas."""

    hash: str
    nonce: int
    fees: dict[str, int]


def forget(hash: str) -> None:
    """For who needs no note."""


class Wallet:
    """`send` is safe to call from several tasks at once. The key never leaves this object."""

    def __init__(self, secret: bytes, rpc: Access, chain_id: int):
        self.address = checksummed(address_of(secret))
        self._secret = secret
        self._rpc = rpc
        self._chain_id = chain_id
        self._web3: Any = None
        self._lock = trio.Lock()
        self._sent: dict[int, str] = {}  # nonce -> hash of the last transaction with it
        self._underway: OrderedDict[Transaction, Sent] = OrderedDict()
        # wei per gas that a node asked for when it last called a tip too little, until one was taken, and until when that counts
        self._wanted_tip = (0, -math.inf)

    def __repr__(self) -> str:
        return f"Wallet({self.address})"

    def sign(self, digest: bytes) -> bytes:
        """r ‖ s ‖ v over a 32-byte digest, 65 bytes."""
        from node.protocol.escrow import sign_digest

        return sign_digest(digest, self._secret)

    async def send(
        self, transaction: Transaction, replaces: Sequence[str] = (), note: Note = forget
    ) -> str:
        """Estimate, sign and broadcast; returns the hash as soon as the chain's node has the transaction.

        If one of the hashes in `replaces` still waits, this takes its nonce and offers higher fees; where that would be too
        dear, the hash of the waiting one comes back. `note` is called with the hash before anything is broadcast; nothing is
        if it raises. Asked twice for the same thing while the first is still waiting, it sends the first again. Raises RuleError
        "chain.reverted" with the contract's reason, "chain.funds", "chain.fees", "chain.underpriced" or "chain.network", or Unavailable.
        """
        if transaction.chain_id != self._chain_id:
            raise RuleError("chain.network", f"This wallet is on chain {self._chain_id} only.")
        async with self._lock:
            await self._load()
            waiting = await self._first_waiting(replaces)
            if waiting is not None:
                return await self._raise(transaction, waiting, note)
            known = await self._repeat(transaction, note)
            if known is not None:
                return known
            call, fees = await self._prepare(transaction)
            return await self._broadcast(transaction, {**call, **fees}, note)

    async def fee(self, transaction: Transaction, replaces: Sequence[str] = ()) -> int:
        """What `send` would pay for this at most, in wei. Raises as it does for what would be refused now."""
        async with self._lock:
            await self._load()
        waiting = await self._first_waiting(replaces)
        call, fees = await self._prepare(transaction)
        if waiting is not None:
            fees = _raised(fees, waiting.fees)
        return call["gas"] * fees["maxFeePerGas"]

    async def _prepare(self, transaction: Transaction) -> tuple[dict, dict]:
        """(the call with its gas, the fees that are usual now)."""
        call = {"from": self.address, "value": transaction.value, "data": transaction.data}
        if transaction.to:
            call["to"] = checksummed(bytes.fromhex(transaction.to[2:]))
        fees = await self._ask(self._fees())
        call["gas"] = await self._ask(self._gas(call)) + transaction.spare_gas
        return call, fees

    async def _first_waiting(self, hashes: Sequence[str]) -> Waiting | None:
        for hash in hashes:
            if waiting := await self._waiting(hash):
                return waiting
        return None

    async def _waiting(self, hash: str) -> Waiting | None:
        """This transaction, if it is this wallet's and in no block yet."""
        found = await self._rpc.call("eth_getTransactionByHash", hash)
        if not isinstance(found, dict) or found.get("blockHash") is not None:
            return None
        if answers.data(answers.member(found, "from"), 20) != bytes.fromhex(self.address[2:]):
            return None
        fees = {name: answers.quantity(answers.member(found, name), 1 << 128) for name in FEES}
        return Waiting(hash, answers.quantity(answers.member(found, "nonce"), MAX_NONCE), fees)

    async def _raise(self, transaction: Transaction, waiting: Waiting, note: Note) -> str:
        """In place of one that waits too long; its hash, if that can't or shouldn't be replaced."""
        call, usual = await self._prepare(transaction)
        fees = _raised(usual, waiting.fees)
        too_dear = any(fees[name] > MAX_RAISED * max(usual[name], USUAL_TIP) for name in FEES)
        # with a lower fee than that it isn't taken in the place of what waits
        if too_dear or not _is_bearable(call["gas"], fees["maxFeePerGas"], transaction.most_fee):
            return waiting.hash
        try:
            sent = await self._offer_new(transaction, {**call, **fees}, waiting.nonce, note)
        except RuleError as error:
            if error.rule not in ("chain.nonce", "chain.underpriced"):
                raise
            return waiting.hash  # it was mined meanwhile, or was replaced already
        log.info("fees raised: %s replaces %s", sent, waiting.hash)
        return sent

    async def _load(self) -> None:
        if self._web3 is None:
            make = await trio.to_thread.run_sync(_import_web3)
            self._web3 = make(self._rpc)

    async def _repeat(self, transaction: Transaction, note: Note) -> str | None:
        """The hash of the same transaction if it is still on its way; broadcast again if the node has lost it."""
        sent = self._underway.get(transaction)
        if sent is None:
            return None
        receipt = await self._rpc.call("eth_getTransactionReceipt", sent.hash)
        if receipt is None:
            note(sent.hash)
            if await self._offer(sent.raw):
                return sent.hash
        self._underway.pop(transaction, None)
        return None

    async def _offer(self, raw: bytes) -> bool:
        """True when the chain's node has this signed transaction, now or already."""
        try:
            await self._rpc.call("eth_sendRawTransaction", "0x" + raw.hex())
        except RpcError as error:
            return is_known(error.reason)
        return True

    async def _broadcast(self, transaction: Transaction, call: dict, note: Note) -> str:
        """Again where another transaction came first, once, and where the chain's node asks for a higher tip."""
        offered, again = _borne(call, transaction.most_fee), True
        if offered is None:
            raise RuleError(
                "chain.fees",
                f"The chain's node asks for {call['gas']} gas at {call['maxFeePerGas'] / 10**9:.1f} gwei; "
                "that is more than may be paid for this, so nothing was sent.",
            )
        while True:
            nonce = await self._ask(self._nonce())
            try:
                return await self._offer_new(transaction, offered, nonce, note)
            except RuleError as error:
                if error.rule == "chain.nonce" and again:
                    again = False
                    continue
                higher = _with_higher_tip(call) if error.rule == "chain.underpriced" else None
                if higher is None:
                    raise
                tip = higher["maxPriorityFeePerGas"]
                self._wanted_tip = tip, trio.current_time() + TIP_LASTS
                call, offered = higher, _borne(higher, transaction.most_fee)
                if offered is None:
                    raise

    async def _offer_new(self, transaction: Transaction, call: dict, nonce: int, note: Note) -> str:
        """Sign with this nonce, remember, broadcast."""
        from eth_account import Account  # after web3

        call = {name: value for name, value in call.items() if name != "from"}
        signed = Account.sign_transaction(
            {**call, "nonce": nonce, "chainId": self._chain_id, "type": 2}, self._secret
        )
        sent = Sent("0x" + signed.hash.hex(), bytes(signed.raw_transaction))
        note(sent.hash)
        # Remembered before it is sent: if the answer is lost, asking again sends the same bytes.
        self._underway[transaction] = sent
        while len(self._underway) > MAX_UNDERWAY:
            self._underway.popitem(last=False)
        try:
            await self._ask(self._web3.eth.send_raw_transaction(sent.raw))
        except RuleError as error:
            if error.rule != "chain.known":
                self._underway.pop(transaction, None)
                raise
        self._wanted_tip = (0, -math.inf)
        self._sent[nonce] = sent.hash
        while len(self._sent) > MAX_UNDERWAY:
            del self._sent[min(self._sent)]
        return sent.hash

    async def _nonce(self) -> int:
        count = await self._web3.eth.get_transaction_count(self.address, "pending")
        nonce = _natural(count, MAX_NONCE)
        # A count below ours: the node lags, or it has lost one of our transactions, which blocks those behind it.
        while nonce in self._sent:
            if await self._rpc.call("eth_getTransactionByHash", self._sent[nonce]) is None:
                break
            nonce += 1
        return nonce

    async def _fees(self) -> dict:
        """EIP-1559: twice the coming base fee, and the median tip of the last blocks or what the chain's node proposes, if that
        is more: some chains have a minimum."""
        history = await self._web3.eth.fee_history(FEE_BLOCKS, "latest", [50])
        tips = sorted(_natural(one[0], 1 << 128) for one in history.get("reward") or [] if one)
        median = tips[len(tips) // 2] if tips else USUAL_TIP
        wanted, until = self._wanted_tip
        if trio.current_time() >= until:
            wanted = 0
        tip = max(MIN_TIP, median, await self._proposed_tip(), wanted)
        base = _natural(history["baseFeePerGas"][-1], 1 << 128)
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * base + tip}

    async def _proposed_tip(self) -> int:
        """Wei per gas; 0 where the chain's node proposes none."""
        try:
            found = await self._rpc.call("eth_maxPriorityFeePerGas")
        except RpcError:
            return 0
        return answers.quantity(found, 1 << 128)

    async def _gas(self, call: dict) -> int:
        # A quarter on top: the state of the chain may be another in the block.
        return _natural(await self._web3.eth.estimate_gas(call), 1 << 64) * 5 // 4

    async def _ask(self, asked) -> Any:
        """Await a web3 call; whatever it raises becomes one of our errors."""
        try:
            return await asked
        except EtalError:
            raise
        except Exception as error:  # web3's formatters raise many kinds for a hostile answer
            raise translated(error) from None


def _natural(value: object, below: int) -> int:
    """web3 passes on whatever isn't hexadecimal text."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
        raise answers.malformed("not a quantity")
    return value


def _raised(usual: dict[str, int], waiting: dict[str, int]) -> dict[str, int]:
    """The fees of what takes the place of one that waits."""
    more, of = RAISE
    return {name: max(usual[name], -(-waiting[name] * more // of)) for name in FEES}


def _is_bearable(gas: int, fee: int, most: int | None = None) -> bool:
    most = MAX_COST if most is None else min(most, MAX_COST)
    return gas <= MAX_GAS and fee <= MAX_FEE and gas * fee <= most


def _borne(call: dict, most: int | None) -> dict | None:
    """The call, offering no more for its gas than `most` wei; None where that is less than the coming block asks for, or
    where it is beyond reason."""
    gas, fee, tip = call["gas"], call["maxFeePerGas"], call["maxPriorityFeePerGas"]
    if not _is_bearable(gas, fee):
        return None
    if most is None or gas * fee <= most:
        return call
    due = (fee - tip) // 2 + tip
    fee = most // gas
    return None if fee < due else {**call, "maxFeePerGas": fee}


def _with_higher_tip(call: dict) -> dict | None:
    """None where that would be beyond reason."""
    tip = call["maxPriorityFeePerGas"]
    higher = max(USUAL_TIP, TIP_STEP * tip)
    if higher > MOST_TIP:
        return None
    fee = call["maxFeePerGas"] - tip + higher
    return {**call, "maxPriorityFeePerGas": higher, "maxFeePerGas": fee}


def load_py_ecc() -> None:
    """Import what web3 and eth_account import first, without what it does to the whole process: it raises the limit of
    recursion so far that hostile nesting in any JSON would overflow the C stack instead of being refused."""
    limit = sys.getrecursionlimit()
    with suppress(ImportError):
        import py_ecc  # noqa: F401

    sys.setrecursionlimit(limit)


def _import_web3():
    load_py_ecc()
    from web3 import AsyncWeb3
    from web3.providers.async_base import AsyncJSONBaseProvider

    class Provider(AsyncJSONBaseProvider):
        """web3 over our own bounded requests."""

        # Contracts can't make us fetch addresses of their choosing (EIP-3668).
        global_ccip_read_enabled = False

        def __init__(self, rpc: Access):
            super().__init__()
            self._rpc = rpc

        async def make_request(self, method: str, params: Any) -> Any:
            asked = self.form_request(method, params)
            return await self._rpc.request(method, _plain(asked["params"]))

    # eth_account is needed a moment later, and is as slow to import.
    import eth_account  # noqa: F401

    return lambda rpc: AsyncWeb3(Provider(rpc), middleware=[])


def _plain(value: Any) -> Any:
    """web3's own containers as what JSON can hold."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, bytes | bytearray):
        return "0x" + bytes(value).hex()
    return value
