"""Accounts that the chain itself signs for, as dev chains do: whoever reaches the chain may use them.

Their keys are public anyway. The demo's practice wallet stands on this.
"""

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from node.devchain.chain import Chain
from node.devchain.values import ChainError, Message

DEFAULT_TIP = 10**9  # wei per gas


class Unlocked:
    def __init__(self, chain: Chain, keys: tuple[bytes, ...]):
        self._chain = chain
        self._accounts = {
            bytes.fromhex(account.address[2:]): account for account in map(Account.from_key, keys)
        }

    def addresses(self) -> list[str]:
        """EIP-55 text."""
        return [account.address for account in self._accounts.values()]

    def send(self, message: Message, nonce: int | None, tip: int = DEFAULT_TIP) -> bytes:
        """Fill in what is missing, sign and send; returns the hash. Raises ChainError like any other sending."""
        account = self._account(message.sender)
        asked = {
            "chainId": self._chain.chain_id,
            "nonce": self._chain.nonce(message.sender, pending=True) if nonce is None else nonce,
            "gas": message.gas or min(self._chain.estimate(message) * 5 // 4, 30_000_000),
            "maxPriorityFeePerGas": min(tip, message.fee) if message.fee else tip,
            "maxFeePerGas": message.fee or 2 * self._chain.next_base_fee + tip,
            "value": message.value,
            "data": message.data,
            "type": 2,
        }
        if message.to:
            asked["to"] = message.to
        return self._chain.send(bytes(account.sign_transaction(asked).raw_transaction))

    def sign_typed(self, address: bytes, typed: dict) -> bytes:
        """EIP-712, 65 bytes. Raises ChainError -32602 for data that isn't typed, or is for another chain."""
        account = self._account(address)
        domain = typed.get("domain") if isinstance(typed, dict) else None
        chain_id = domain.get("chainId") if isinstance(domain, dict) else None
        if chain_id is not None and int(str(chain_id), 0) != self._chain.chain_id:
            raise ChainError("the typed data is for another chain", -32602)
        try:
            signable = encode_typed_data(full_message=typed)
        except Exception as error:  # the encoder raises many kinds
            raise ChainError(f"not typed data: {error}"[:300], -32602) from error
        return bytes(account.sign_message(signable).signature)

    def sign_text(self, address: bytes, text: bytes) -> bytes:
        """EIP-191 personal message, 65 bytes."""
        signable = encode_defunct(primitive=text)
        return bytes(self._account(address).sign_message(signable).signature)

    def _account(self, address: bytes):
        if address not in self._accounts:
            raise ChainError(f"0x{address.hex()} is not an unlocked account")
        return self._accounts[address]
