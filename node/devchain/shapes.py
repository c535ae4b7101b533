"""Blocks, transactions, receipts and logs as JSON-RPC shows them (EIP-1474, execution-apis)."""

from eth._utils.address import generate_contract_address

from node.devchain.values import Done, Mined

EMPTY_BLOOM = "0x" + "00" * 256
NO_UNCLES = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"


def hexadecimal(data: bytes) -> str:
    return "0x" + data.hex()


def block_shape(block: Mined, full: bool) -> dict:
    header = block.header
    return {
        "number": hex(block.number),
        "hash": hexadecimal(block.hash),
        "parentHash": hexadecimal(header.parent_hash),
        "nonce": hexadecimal(header.nonce),
        "sha3Uncles": NO_UNCLES,
        "logsBloom": hexadecimal(header.bloom.to_bytes(256, "big"))
        if header.bloom
        else EMPTY_BLOOM,
        "transactionsRoot": hexadecimal(header.transaction_root),
        "receiptsRoot": hexadecimal(header.receipt_root),
        "stateRoot": hexadecimal(header.state_root),
        "miner": hexadecimal(header.coinbase),
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "mixHash": hexadecimal(header.mix_hash),
        "size": hex(600 + sum(len(one.transaction.encode()) for one in block.done)),
        "extraData": hexadecimal(header.extra_data),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "baseFeePerGas": hex(header.base_fee_per_gas),
        "transactions": [
            transaction_shape(one.transaction, block, index)
            if full
            else hexadecimal(one.transaction.hash)
            for index, one in enumerate(block.done)
        ],
        "uncles": [],
    }


def _price(transaction, block: Mined | None) -> int:
    if block is None:
        return transaction.max_fee_per_gas
    base = block.header.base_fee_per_gas
    return min(transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas + base)


def _kind(transaction) -> int:
    return getattr(transaction, "type_id", None) or 0


def transaction_shape(transaction, block: Mined | None, index: int | None) -> dict:
    kind = _kind(transaction)
    parity = transaction.y_parity
    shown = {
        "type": hex(kind),
        "hash": hexadecimal(transaction.hash),
        "nonce": hex(transaction.nonce),
        "blockHash": None if block is None else hexadecimal(block.hash),
        "blockNumber": None if block is None else hex(block.number),
        "transactionIndex": None if index is None else hex(index),
        "from": hexadecimal(transaction.sender),
        "to": hexadecimal(transaction.to) if transaction.to else None,
        "value": hex(transaction.value),
        "gas": hex(transaction.gas),
        "gasPrice": hex(_price(transaction, block)),
        "input": hexadecimal(transaction.data),
        "v": hex(parity if kind else transaction.v),
        "r": hex(transaction.r),
        "s": hex(transaction.s),
    }
    if transaction.chain_id is not None:
        shown["chainId"] = hex(transaction.chain_id)
    if kind:
        shown["yParity"] = hex(parity)
        shown["accessList"] = [
            {
                "address": hexadecimal(address),
                "storageKeys": [hexadecimal(slot.to_bytes(32, "big")) for slot in slots],
            }
            for address, slots in transaction.access_list
        ]
    if kind >= 2:
        shown["maxFeePerGas"] = hex(transaction.max_fee_per_gas)
        shown["maxPriorityFeePerGas"] = hex(transaction.max_priority_fee_per_gas)
    return shown


def receipt_shape(block: Mined, index: int) -> dict:
    done: Done = block.done[index]
    transaction = done.transaction
    created = None if transaction.to else _created(transaction)
    return {
        "transactionHash": hexadecimal(transaction.hash),
        "transactionIndex": hex(index),
        "blockHash": hexadecimal(block.hash),
        "blockNumber": hex(block.number),
        "from": hexadecimal(transaction.sender),
        "to": hexadecimal(transaction.to) if transaction.to else None,
        "contractAddress": created,
        "cumulativeGasUsed": hex(sum(one.gas_used for one in block.done[: index + 1])),
        "gasUsed": hex(done.gas_used),
        "effectiveGasPrice": hex(_price(transaction, block)),
        "logs": [log for log in log_shapes(block) if log["transactionIndex"] == hex(index)],
        "logsBloom": EMPTY_BLOOM,
        "status": "0x1" if done.ok else "0x0",
        "type": hex(_kind(transaction)),
    }


def _created(transaction) -> str:
    return hexadecimal(generate_contract_address(transaction.sender, transaction.nonce))


def log_shapes(block: Mined) -> list[dict]:
    found = []
    for index, done in enumerate(block.done):
        for address, topics, data in done.logs:
            found.append(
                {
                    "address": hexadecimal(address),
                    "topics": [hexadecimal(topic) for topic in topics],
                    "data": hexadecimal(data),
                    "blockNumber": hex(block.number),
                    "blockHash": hexadecimal(block.hash),
                    "blockTimestamp": hex(block.header.timestamp),
                    "transactionHash": hexadecimal(done.transaction.hash),
                    "transactionIndex": hex(index),
                    "logIndex": hex(len(found)),
                    "removed": False,
                }
            )
    return found
