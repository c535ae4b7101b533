"""Put the contracts and the test token on a chain, at the address that they have everywhere: for new networks, the demo, the tests."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import trio
from eth_hash.auto import keccak

from node.contracts import abi, answers
from node.contracts.artifacts import DOMAINS, genuine_code
from node.contracts.create2 import (
    PROXY,
    PROXY_CODE,
    PROXY_COST,
    PROXY_TRANSACTION,
    SIGNER,
    address_everywhere,
    deploying_call,
)
from node.contracts.deployments import code_at, examine, first_block
from node.contracts.rpc import Access, Rpc, RpcError
from node.contracts.wallet import Wallet, checksummed
from node.ports import Transaction
from node.protocol.chains import admit
from node.protocol.errors import RuleError, Unavailable

MARKET_COINS = 100 * 10**18  # wei for each wallet of a test market
MARKET_TOKENS = 100_000 * 10**6  # of the test token, for each wallet and account

RECEIPT_LIMIT = 180.0  # seconds until a transaction must be in a block
RECEIPT_PAUSE = 0.1  # seconds before the second look; grows
SLOWEST_PAUSE = 3.0
LOOKS = 5  # at the code of what a block holds

Send = Callable[[bytes, bytes, int], Awaitable[str]]
"""(to, call data, wei) -> the hash of the transaction that was sent."""


@dataclass(frozen=True)
class Deployment:
    """`block` is where following starts, None where the chain's node can't tell; `new` False for what was there already."""

    address: bytes
    block: int | None
    new: bool


async def deploy(
    rpc: Access, secret: bytes, chain_id: int, name: str = "Escrow", real_money: str = ""
) -> Deployment:
    """Deploy with this key, unless it is there already. `real_money` is what the person has confirmed. Raises RuleError, or Unavailable when no block takes it in time."""
    admit(chain_id, real_money)
    wallet = Wallet(secret, rpc, chain_id)

    async def send(to: bytes, call: bytes, value: int) -> str:
        asked = Transaction(checksummed(to), "0x" + call.hex(), value, chain_id)
        return await wallet.send(asked)

    return await _deploy(rpc, send, chain_id, name)


async def _deploy(rpc: Access, send: Send, chain_id: int, name: str) -> Deployment:
    """EIP-1014 through the common deployer, which is put there first where it is missing."""
    address = address_everywhere(name)
    if await code_at(rpc.agreed, address):
        if name in DOMAINS:
            (await examine(rpc.agreed, chain_id, address, name)).need_ours()
        return Deployment(address, await _block_of(rpc, address), new=False)
    await _need_proxy(rpc, send)
    receipt = await receipt_of(rpc, await send(PROXY, deploying_call(name), 0))
    done = answers.quantity(answers.member(receipt, "status")) == 1
    found = await _new_code(rpc, address, LOOKS if done else 1)
    if not found or (name in DOMAINS and found != genuine_code(chain_id, address, name)):
        raise RuleError("chain.reverted", f"{name} could not be deployed")
    if not done:  # somebody was faster
        return Deployment(address, await _block_of(rpc, address), new=False)
    block = answers.quantity(answers.member(receipt, "blockNumber"), answers.MAX_NUMBER)
    return Deployment(address, block, new=True)


async def _new_code(rpc: Access, address: bytes, looks: int) -> bytes:
    """Behind a load balancer some nodes have the block a moment later."""
    found = await code_at(rpc.agreed, address)
    for _ in range(looks - 1):
        if found:
            break
        await trio.sleep(SLOWEST_PAUSE)
        found = await code_at(rpc.agreed, address)
    return found


async def _block_of(rpc: Access, address: bytes) -> int | None:
    try:
        return await first_block(rpc.agreed, address)
    except Unavailable as fault:
        if fault.rule != "chain.history":
            raise
        return None


async def _need_proxy(rpc: Access, send: Send) -> None:
    """Put the common deployer on a chain that lacks it. Raises RuleError "chain.deployer" with what to do where that can't be."""
    found = await code_at(rpc.agreed, PROXY)
    if not found:
        await _make_proxy(rpc, send)
        found = await code_at(rpc.agreed, PROXY)
    if found != PROXY_CODE:
        raise _no_deployer("other code is at its address")


async def _make_proxy(rpc: Access, send: Send) -> None:
    """Send the transaction that makes it on any chain, and before that the fee for it to its signer."""
    held = answers.quantity(await rpc.call("eth_getBalance", "0x" + SIGNER.hex(), "latest"))
    if held < PROXY_COST:
        # Refused for another reason than the missing fee, it would be so afterwards: then nothing is paid in vain.
        reason = await _offer_proxy(rpc)
        if reason is not None and "insufficient" not in reason.lower():
            raise _no_deployer(reason)
        if reason is not None:
            await _need_mined(rpc, await send(SIGNER, b"", PROXY_COST - held))
    reason = await _offer_proxy(rpc)
    if reason is not None and "known" not in reason.lower():
        raise _no_deployer(reason)
    await _need_mined(rpc, "0x" + keccak(PROXY_TRANSACTION).hex())


async def _offer_proxy(rpc: Access) -> str | None:
    """None when the chain's node has taken it, else why not."""
    try:
        await rpc.call("eth_sendRawTransaction", "0x" + PROXY_TRANSACTION.hex())
    except RpcError as error:
        return error.reason
    return None


async def _need_mined(rpc: Access, hash: str) -> None:
    receipt = await receipt_of(rpc, hash)
    if answers.quantity(answers.member(receipt, "status")) != 1:
        raise _no_deployer("its transaction failed")


def _no_deployer(reason: str) -> RuleError:
    return RuleError(
        "chain.deployer",
        f"The common deployer {checksummed(PROXY)} isn't on this chain and can't be put there through this chain's node: {reason}. "
        "Try another one that takes transactions without a chain id (geth: --rpc.allow-unprotected-txs), ask those who run the "
        "chain for the deployer, or use another network.",
    )


async def deploy_market(url: str, wallets: Sequence[bytes]) -> dict:
    """Make a dev chain with unlocked accounts a place to trade: the escrow, the campaign contract, the test token, coins and tokens for these
    wallets, tokens for the accounts.

    Returns {"chain_id", "escrow", "since", "campaign", "token", "accounts"}, addresses as EIP-55 text.
    """
    rpc = Rpc(url)
    try:
        chain_id = answers.quantity(await rpc.call("eth_chainId"))
        admit(chain_id)
        accounts = [answers.data(one, 20) for one in await rpc.call("eth_accounts") or ()]
        if not accounts:
            raise RuleError("chain.accounts", "This chain has no unlocked accounts.")

        async def send(to: bytes, call: bytes, value: int) -> str:
            return await _send_unlocked(rpc, accounts[0], call, to, value)

        escrow = await _deploy(rpc, send, chain_id, "Escrow")
        campaign = (await _deploy(rpc, send, chain_id, "Campaign")).address
        token = (await _deploy(rpc, send, chain_id, "TestToken")).address
        for wallet in wallets:
            await _need_done(rpc, await send(wallet, b"", MARKET_COINS))
        for owner in (*wallets, *accounts):
            await _need_done(rpc, await send(token, abi.MINT(owner, MARKET_TOKENS), 0))
        return {
            "chain_id": chain_id,
            "escrow": checksummed(escrow.address),
            "since": escrow.block or 0,
            "campaign": checksummed(campaign),
            "token": checksummed(token),
            "accounts": [checksummed(account) for account in accounts],
        }
    finally:
        await rpc.aclose()


async def _send_unlocked(rpc: Access, sender: bytes, call: bytes, to: bytes, value: int) -> str:
    asked = {
        "from": "0x" + sender.hex(),
        "to": "0x" + to.hex(),
        "data": "0x" + call.hex(),
        "value": hex(value),
    }
    sent = answers.data(await rpc.call("eth_sendTransaction", asked), 32)
    return "0x" + sent.hex()


async def _need_done(rpc: Access, hash: str) -> None:
    receipt = await receipt_of(rpc, hash)
    if answers.quantity(answers.member(receipt, "status")) != 1:
        raise RuleError("chain.reverted", "A transaction that sets up the market failed.")


async def receipt_of(rpc: Access, transaction: str) -> dict:
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
