"""A chain's node with the methods that sending needs, which lies, forgets or refuses as a test wants."""

import trio
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

from node.contracts.rpc import RpcError
from node.contracts.wallet import FEES
from node.ports import Transaction

SECRET = bytes([7]) * 32
ADDRESS = Account.from_key(SECRET).address
CHAIN_ID = 31_337
OTHER = "0x" + "11" * 20
GWEI = 10**9


def transaction(data: str = "0x01", value: int = 3) -> Transaction:
    return Transaction(OTHER, data, value, CHAIN_ID)


class FakeNode:
    """The JSON-RPC methods that sending needs. `pending` holds what was sent, `mined` what has a receipt."""

    def __init__(self):
        self.nonce = 5
        self.base_fee = 7 * GWEI
        self.tips = [[hex(GWEI)], [hex(2 * GWEI)], [hex(3 * GWEI)]]
        self.proposed: int | None = GWEI  # tip; None: the method is unknown
        self.least_tip = 0  # with less, what is sent is refused
        self.gas: object = hex(100_000)
        self.pending: dict[str, dict] = {}
        self.mined: set[str] = set()
        self.answers: dict[str, object] = {}  # in place of ours; an exception is raised
        self.asked: list[str] = []

    async def request(self, method: str, params: list) -> dict:
        """As Rpc.request: the whole answer."""
        try:
            return {"jsonrpc": "2.0", "id": 0, "result": await self.call(method, *params)}
        except RpcError as error:
            refused = {"code": error.code, "message": error.reason, "data": error.data}
            return {"jsonrpc": "2.0", "id": 0, "error": refused}

    async def call(self, method: str, *params: object) -> object:
        await trio.lowlevel.checkpoint()
        self.asked.append(method)
        if method in self.answers:
            answer = self.answers[method]
            if isinstance(answer, list) and answer and isinstance(answer[0], Exception | None):
                answer = answer.pop(0)
                if not self.answers[method]:
                    del self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                return answer
        return getattr(self, method)(*params)

    def eth_feeHistory(self, count, newest, percentiles) -> dict:
        return {
            "oldestBlock": "0x1",
            "baseFeePerGas": [hex(self.base_fee)] * 4,
            "gasUsedRatio": [0.5] * 3,
            "reward": self.tips,
        }

    def eth_maxPriorityFeePerGas(self) -> str:
        if self.proposed is None:
            raise RpcError(-32601, "the method does not exist")
        return hex(self.proposed)

    def eth_estimateGas(self, call, *_) -> object:
        return self.gas

    def eth_getTransactionCount(self, address, tag) -> str:
        assert tag == "pending"
        return hex(self.nonce)

    def eth_sendRawTransaction(self, raw) -> str:
        sent = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        hash = "0x" + keccak(bytes.fromhex(raw[2:])).hex()
        tip = sent["maxPriorityFeePerGas"]
        if tip < self.least_tip:
            least = f"gas tip cap {tip}, minimum needed {self.least_tip}"
            raise RpcError(-32000, f"transaction underpriced: {least}")
        if hash in self.pending:
            raise RpcError(-32000, "already known")
        rivals = [one for one, old in self.pending.items() if old["nonce"] == sent["nonce"]]
        if self.mined.intersection(rivals) or (sent["nonce"] < self.nonce and not rivals):
            raise RpcError(-32000, "nonce too low")
        for rival in rivals:
            old = self.pending[rival]
            if any(sent[fee] * 10 < old[fee] * 11 for fee in FEES):
                raise RpcError(-32000, "replacement transaction underpriced")
            del self.pending[rival]
        assert Account.recover_transaction(raw) == ADDRESS
        self.pending[hash] = sent
        self.nonce = max(self.nonce, sent["nonce"] + 1)
        return hash

    def eth_getTransactionByHash(self, hash) -> dict | None:
        if hash not in self.pending:
            return None
        sent = self.pending[hash]
        return {
            "hash": hash,
            "blockHash": "0x" + "22" * 32 if hash in self.mined else None,
            "from": ADDRESS.lower(),
            **{name: hex(sent[name]) for name in ("nonce", *FEES)},
        }

    def eth_getTransactionReceipt(self, hash) -> dict | None:
        return {"status": "0x1"} if hash in self.mined else None

    @property
    def sent(self) -> list[dict]:
        return list(self.pending.values())
