"""JSON-RPC methods over the chain: JSON values in, JSON values out (EIP-1474 encodings).

A method raises ChainError for what the chain refuses; anything wrong with the parameters is ChainError -32602.
"""

import json
from collections.abc import Callable
from typing import Any

from node.devchain.chain import MAX_MINE, Chain
from node.devchain.shapes import (
    block_shape,
    hexadecimal,
    log_shapes,
    receipt_shape,
    transaction_shape,
)
from node.devchain.unlocked import Unlocked
from node.devchain.values import ChainError, Message, Mined

MAX_LOGS = 10_000  # in one answer
MAX_RANGE = 50_000  # blocks that one eth_getLogs looks at
MAX_TOPICS = 4
MAX_CHOICES = 1_000  # addresses, or alternatives of one topic
MAX_FEE_HISTORY = 1_024  # blocks
TIP = 10**9  # wei per gas suggested where no transaction shows one
TAGS = ("latest", "pending", "safe", "finalized", "earliest")


class Methods:
    """`call` runs one method by name; `set_interval` is given by whoever mines by time."""

    def __init__(self, chain: Chain, unlocked: Unlocked, set_interval: Callable[[float], None]):
        self.chain = chain
        self.unlocked = unlocked
        self.set_interval = set_interval
        own = {
            name: getattr(self, name)
            for name in dir(self)
            if name.startswith(("eth_", "net_", "web3_", "evm_", "personal_"))
        }
        self._table = own | {
            "anvil_mine": self.evm_mine_many,
            "hardhat_mine": self.evm_mine_many,
            "anvil_reorg": self.evm_reorg,
        }

    def call(self, method: object, params: object) -> Any:
        run = self._table.get(method) if isinstance(method, str) else None
        if run is None:
            raise ChainError(f"no such method: {str(method)[:60]}", -32601)
        if params is None:
            params = []
        if not isinstance(params, list):
            raise ChainError("params must be a list", -32602)
        try:
            return run(*params)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
            raise ChainError(f"bad parameters for {method}: {error}"[:300], -32602) from error

    # ---- the chain

    def web3_clientVersion(self) -> str:
        return "etal-devchain/1"

    def net_version(self) -> str:
        return str(self.chain.chain_id)

    def net_listening(self) -> bool:
        return True

    def eth_chainId(self) -> str:
        return hex(self.chain.chain_id)

    def eth_syncing(self) -> bool:
        return False

    def eth_accounts(self) -> list[str]:
        return self.unlocked.addresses()

    def eth_requestAccounts(self) -> list[str]:
        return self.unlocked.addresses()

    def eth_blockNumber(self) -> str:
        return hex(self.chain.head.number)

    def eth_getBlockByNumber(self, tag: str, full: bool = False) -> dict | None:
        block = self.chain.at(_tag(tag))
        return None if block is None else block_shape(block, full)

    def eth_getBlockByHash(self, hash: str, full: bool = False) -> dict | None:
        block = self.chain.by_hash(_bytes(hash, 32))
        return None if block is None else block_shape(block, full)

    def eth_getLogs(self, wanted: dict) -> list[dict]:
        addresses = _choices(wanted.get("address"), 20)
        topics = wanted.get("topics") or []
        if not isinstance(topics, list) or len(topics) > MAX_TOPICS:
            raise ValueError("topics")
        asked = [_choices(topic, 32) for topic in topics]
        found: list[dict] = []
        for block in self._blocks(wanted):
            for log in log_shapes(block):
                if addresses and _bytes(log["address"], 20) not in addresses:
                    continue
                have = [_bytes(topic, 32) for topic in log["topics"]]
                if len(have) < len(asked) or any(
                    choice and topic not in choice
                    for choice, topic in zip(asked, have, strict=False)
                ):
                    continue
                found.append(log)
                if len(found) > MAX_LOGS:
                    raise ChainError(f"query returned more than {MAX_LOGS} results", -32005)
        return found

    def _blocks(self, wanted: dict) -> list[Mined]:
        if wanted.get("blockHash") is not None:
            block = self.chain.by_hash(_bytes(wanted["blockHash"], 32))
            if block is None:
                raise ChainError("unknown block")
            return [block]
        last = self.chain.head.number
        first_block = self.chain.at(_tag(wanted.get("fromBlock", "latest")))
        last_block = self.chain.at(_tag(wanted.get("toBlock", "latest")))
        first = last + 1 if first_block is None else first_block.number
        last = last if last_block is None else last_block.number
        if last - first >= MAX_RANGE:
            raise ChainError(f"range of more than {MAX_RANGE} blocks", -32005)
        return self.chain.blocks[first : last + 1]

    # ---- accounts

    def eth_getBalance(self, address: str, tag: str = "latest") -> str:
        return hex(self._state(tag).get_balance(_bytes(address, 20)))

    def eth_getCode(self, address: str, tag: str = "latest") -> str:
        return hexadecimal(self._state(tag).get_code(_bytes(address, 20)))

    def eth_getStorageAt(self, address: str, slot: str, tag: str = "latest") -> str:
        value = self._state(tag).get_storage(_bytes(address, 20), int(slot, 16))
        return hexadecimal(value.to_bytes(32, "big"))

    def eth_getTransactionCount(self, address: str, tag: str = "latest") -> str:
        if tag in ("latest", "pending"):
            return hex(self.chain.nonce(_bytes(address, 20), pending=tag == "pending"))
        return hex(self._state(tag).get_nonce(_bytes(address, 20)))

    def _state(self, tag: str):
        return self.chain.state(self._mined(tag))

    def _mined(self, tag: object) -> Mined:
        if isinstance(tag, dict):  # EIP-1898
            hash = tag.get("blockHash")
            block = (
                self.chain.at(_tag(tag["blockNumber"]))
                if hash is None
                else self.chain.by_hash(_bytes(hash, 32))
            )
        else:
            block = self.chain.at(_tag(tag))
        if block is None:
            raise ChainError("unknown block")
        return block

    # ---- transactions

    def eth_call(self, message: dict, tag: str = "latest", overrides: dict | None = None) -> str:
        if overrides:
            raise ChainError("no state overrides on this chain", -32602)
        return hexadecimal(self.chain.call(_message(message), self._mined(tag)))

    def eth_estimateGas(self, message: dict, tag: str = "latest") -> str:
        return hex(self.chain.estimate(_message(message)))

    def eth_sendRawTransaction(self, raw: str) -> str:
        return hexadecimal(self.chain.send(_bytes(raw)))

    def eth_sendTransaction(self, message: dict) -> str:
        chain_id = message.get("chainId")
        if chain_id is not None and _quantity(chain_id) != self.chain.chain_id:
            raise ChainError(f"this is chain {self.chain.chain_id}")
        nonce = message.get("nonce")
        return hexadecimal(
            self.unlocked.send(_message(message), None if nonce is None else _quantity(nonce))
        )

    def eth_signTypedData_v4(self, address: str, typed: dict | str) -> str:
        found = json.loads(typed) if isinstance(typed, str) else typed
        return hexadecimal(self.unlocked.sign_typed(_bytes(address, 20), found))

    def personal_sign(self, text: str, address: str) -> str:
        return hexadecimal(self.unlocked.sign_text(_bytes(address, 20), _bytes(text)))

    def eth_getTransactionByHash(self, hash: str) -> dict | None:
        wanted = _bytes(hash, 32)
        place = self.chain.find(wanted)
        if place is not None:
            return transaction_shape(place[0].done[place[1]].transaction, place[0], place[1])
        waiting = self.chain.waiting(wanted)
        return None if waiting is None else transaction_shape(waiting, None, None)

    def eth_getTransactionReceipt(self, hash: str) -> dict | None:
        place = self.chain.find(_bytes(hash, 32))
        return None if place is None else receipt_shape(*place)

    def eth_gasPrice(self) -> str:
        return hex(self.chain.head.header.base_fee_per_gas + TIP)

    def eth_maxPriorityFeePerGas(self) -> str:
        return hex(TIP)

    def eth_feeHistory(
        self, count: str | int, newest: str, percentiles: list | None = None
    ) -> dict:
        count = count if isinstance(count, int) else int(count, 16)
        if not 1 <= count <= MAX_FEE_HISTORY or len(percentiles or []) > 100:
            raise ValueError("block count must be from 1 to 1024")
        last = self._mined(newest).number
        blocks = self.chain.blocks[max(0, last + 1 - count) : last + 1]
        fees = [block.header.base_fee_per_gas for block in blocks]
        following = self.chain.at(last + 1)
        # The next block's fee is known as soon as its parent is.
        after = self.chain.next_base_fee if following is None else following.header.base_fee_per_gas
        answer: dict[str, Any] = {
            "oldestBlock": hex(blocks[0].number),
            "baseFeePerGas": [hex(fee) for fee in [*fees, after]],
            "gasUsedRatio": [block.header.gas_used / block.header.gas_limit for block in blocks],
        }
        if percentiles:
            answer["reward"] = [[hex(TIP)] * len(percentiles) for _ in blocks]
        return answer

    # ---- for tests: time, mining, snapshots, reorganisations

    def evm_snapshot(self) -> str:
        return hex(self.chain.snapshot())

    def evm_revert(self, snapshot: str) -> bool:
        return self.chain.revert(int(snapshot, 16))

    def evm_increaseTime(self, seconds: int | str) -> str:
        return hex(self.chain.pass_time(_count(seconds)))

    def evm_setNextBlockTimestamp(self, timestamp: int | str) -> bool:
        self.chain.next_time(_count(timestamp))
        return True

    def evm_mine(self, timestamp: int | str | None = None) -> str:
        if timestamp is not None:
            self.chain.next_time(_count(timestamp))
        self.chain.mine()
        return "0x0"

    def evm_mine_many(self, blocks: int | str = 1) -> None:
        if (count := _count(blocks)) > MAX_MINE:
            raise ValueError(f"at most {MAX_MINE} blocks")
        for _ in range(count):
            self.chain.mine()

    def evm_setAutomine(self, on: bool) -> bool:
        self.chain.automine = bool(on)
        return True

    def evm_setIntervalMining(self, seconds: int) -> bool:
        self.set_interval(_count(seconds))
        return True

    def evm_reorg(self, depth: int, transactions: list | None = None) -> None:
        if transactions:
            raise ValueError("no transactions in the new blocks")
        self.chain.reorganise(_count(depth))


def _tag(tag: object) -> str | int:
    if tag in TAGS:
        return tag
    if isinstance(tag, str) and tag.startswith("0x"):
        number = int(tag, 16)
        if number >= 0:
            return number
    raise ValueError("block number")


def _count(value: object) -> int:
    number = int(value, 16) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**40:
        raise ValueError("not a count")
    return number


def _quantity(value: object) -> int:
    if not isinstance(value, str) or not value.startswith("0x") or len(value) > 66:
        raise ValueError("a quantity is hexadecimal text")
    return int(value, 16)


def _bytes(value: object, length: int | None = None) -> bytes:
    if not isinstance(value, str) or not value.startswith("0x"):
        raise ValueError("data is hexadecimal text")
    data = bytes.fromhex(value[2:])
    if length is not None and len(data) != length:
        raise ValueError(f"{length} bytes expected")
    return data


def _choices(value: object, length: int) -> frozenset[bytes]:
    values = [] if value is None else value if isinstance(value, list) else [value]
    if len(values) > MAX_CHOICES:
        raise ValueError("too many alternatives")
    return frozenset(_bytes(one, length) for one in values)


def _message(given: dict) -> Message:
    data = given.get("input") or given.get("data") or "0x"
    fee = given.get("maxFeePerGas") or given.get("gasPrice") or "0x0"
    return Message(
        sender=_bytes(given["from"], 20) if given.get("from") else bytes(20),
        to=_bytes(given["to"], 20) if given.get("to") else b"",
        data=_bytes(data),
        value=_quantity(given.get("value") or "0x0"),
        gas=_quantity(given["gas"]) if given.get("gas") else None,
        fee=_quantity(fee),
    )
