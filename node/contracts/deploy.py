"""Put the escrow and the test token on a chain: for the demo, the tests, and new test networks."""

from dataclasses import dataclass

import trio

from node.contracts import answers
from node.contracts.artifacts import artifact
from node.contracts.networks import network
from node.contracts.rpc import Rpc
from node.contracts.wallet import Wallet
from node.ports import Transaction
from node.protocol.errors import RuleError, Unavailable

RECEIPT_LIMIT = 180.0  # seconds until a transaction must be in a block
RECEIPT_PAUSE = 0.1  # seconds before the second look; grows
SLOWEST_PAUSE = 3.0


@dataclass(frozen=True)
class Deployment:
    """`block` is where following starts."""

    address: bytes
    block: int


async def deploy(rpc: Rpc, secret: bytes, chain_id: int, name: str) -> Deployment:
    """Deploy "Escrow" or "TestToken" with this key. Raises RuleError, or Unavailable when no block takes it in time."""
    network(chain_id)
    wallet = Wallet(secret, rpc, chain_id)
    creation = "0x" + artifact(name).creation.hex()
    sent = await wallet.send(Transaction(to="", data=creation, value=0, chain_id=chain_id))
    receipt = await receipt_of(rpc, sent)
    if answers.quantity(answers.member(receipt, "status")) != 1:
        raise RuleError("chain.reverted", f"{name} could not be deployed")
    return Deployment(
        answers.data(answers.member(receipt, "contractAddress"), 20),
        answers.quantity(answers.member(receipt, "blockNumber"), answers.MAX_NUMBER),
    )


async def receipt_of(rpc: Rpc, transaction: str) -> dict:
    """Wait for a transaction to be in a block. Raises Unavailable "chain.slow" when it isn't after three minutes."""
    pause = RECEIPT_PAUSE
    with trio.move_on_after(RECEIPT_LIMIT):
        while True:
            receipt = await rpc.call("eth_getTransactionReceipt", transaction)
            if isinstance(receipt, dict) and receipt.get("blockHash"):
                return receipt
            await trio.sleep(pause)
            pause = min(pause * 1.5, SLOWEST_PAUSE)
    raise Unavailable("chain.slow", "The transaction is in no block yet.")
