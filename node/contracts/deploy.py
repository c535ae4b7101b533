"""Put the escrow and the test token on a chain: for the demo, the tests, and new test networks."""

from collections.abc import Sequence
from dataclasses import dataclass

import trio

from node.contracts import abi, answers
from node.contracts.artifacts import artifact
from node.contracts.networks import network
from node.contracts.rpc import Rpc
from node.contracts.wallet import Wallet, checksummed
from node.ports import Transaction
from node.protocol.errors import RuleError, Unavailable

MARKET_COINS = 100 * 10**18  # wei for each wallet of a test market
MARKET_TOKENS = 100_000 * 10**6  # of the test token, for each wallet and account

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
    return _deployment(receipt)


async def deploy_market(url: str, wallets: Sequence[bytes]) -> dict:
    """Make a dev chain with unlocked accounts a place to trade: the escrow, the test token, coins and tokens for these
    wallets, tokens for the accounts.

    Returns {"chain_id", "escrow", "since", "token", "accounts"}, addresses as EIP-55 text.
    """
    rpc = Rpc(url)
    try:
        chain_id = answers.quantity(await rpc.call("eth_chainId"))
        network(chain_id)
        accounts = [answers.data(one, 20) for one in await rpc.call("eth_accounts") or ()]
        if not accounts:
            raise RuleError("chain.accounts", "This chain has no unlocked accounts.")
        deployments = {}
        for name in ("Escrow", "TestToken"):
            receipt = await _send_unlocked(rpc, accounts[0], artifact(name).creation)
            deployments[name] = _deployment(receipt)
        token = deployments["TestToken"].address
        for wallet in wallets:
            await _send_unlocked(rpc, accounts[0], b"", wallet, MARKET_COINS)
        for owner in (*wallets, *accounts):
            await _send_unlocked(rpc, accounts[0], abi.MINT(owner, MARKET_TOKENS), token)
        return {
            "chain_id": chain_id,
            "escrow": checksummed(deployments["Escrow"].address),
            "since": deployments["Escrow"].block,
            "token": checksummed(token),
            "accounts": [checksummed(account) for account in accounts],
        }
    finally:
        await rpc.aclose()


async def _send_unlocked(
    rpc: Rpc, sender: bytes, call: bytes, to: bytes | None = None, value: int = 0
) -> dict:
    asked = {"from": "0x" + sender.hex(), "data": "0x" + call.hex(), "value": hex(value)}
    if to is not None:
        asked["to"] = "0x" + to.hex()
    sent = answers.data(await rpc.call("eth_sendTransaction", asked), 32)
    receipt = await receipt_of(rpc, "0x" + sent.hex())
    if answers.quantity(answers.member(receipt, "status")) != 1:
        raise RuleError("chain.reverted", "A transaction that sets up the market failed.")
    return receipt


def _deployment(receipt: dict) -> Deployment:
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
