"""One escrow contract on one EVM chain: `node.ports.Escrow` for real."""

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import trio

from node.contracts import abi, answers, tokens
from node.contracts.calls import Calls
from node.contracts.consents import IS_VALID_SIGNATURE, VALID, Consents, need_domain
from node.contracts.deployments import examine, first_block, need_chain
from node.contracts.follower import Follower
from node.contracts.networks import caip2, network
from node.contracts.rpc import Access, RpcError
from node.contracts.tokens import Discovered, KnownToken
from node.contracts.wallet import Note, Wallet, checksummed, forget
from node.ports import ChainUpdate, Token, Transaction
from node.protocol.errors import EtalError, RuleError, StateError, Unavailable
from node.protocol.escrow import NOBODY, EscrowEvent, Settlement, State, Terms, settlement_digest
from node.protocol.keys import wallet_binding_digest

TOKEN_WITHIN = 10.0  # seconds that one token gets to tell what it is

log = logging.getLogger("etal.escrow")


class EvmEscrow(Calls, Consents):
    """`since` is the block of the contract's deployment, None: `verify` finds it; `secret` the node's own key, if it has one.

    Tokens are known once they have told `read_tokens` what they are. `trouble` says what is wrong with following, None: nothing.
    """

    def __init__(
        self,
        rpc: Access,
        chain_id: int,
        contract: bytes,
        since: int | None,
        known: Sequence[KnownToken] = (),
        secret: bytes | None = None,
        poll: float | None = None,
    ):
        self._network = network(chain_id)
        self.chain = caip2(chain_id)
        self.chain_id = chain_id
        self.contract = contract
        self._since = since
        self._rpc = rpc  # what any endpoint may answer
        self._agreed = rpc.agreed  # what money hangs on
        self._known = tuple(known)
        self._wallet = None if secret is None else Wallet(secret, rpc, chain_id)
        self.wallet = None if self._wallet is None else self._wallet.address
        self._tokens: dict[bytes, Discovered] = {}
        self._token_troubles: dict[bytes, str] = {}
        self._follower = Follower(
            rpc.agreed,
            contract,
            abi.EVENT_TOPICS,
            abi.event,
            since=since or 0,
            safe_depth=self._network.safe_depth,
            final_depth=self._network.final_depth,
            poll=self._network.poll if poll is None else poll,
        )

    def __repr__(self) -> str:
        return f"EvmEscrow({self.chain}, 0x{self.contract.hex()})"

    @property
    def access(self) -> Access:
        """The way to the chain, for other contracts on it."""
        return self._rpc

    @property
    def since(self) -> int:
        """Zero where it isn't known yet."""
        return self._since or 0

    @property
    def trouble(self) -> str | None:
        return self._follower.trouble

    @property
    def endpoint_troubles(self) -> tuple[str, ...]:
        return tuple(self._rpc.troubles)

    @property
    def token_troubles(self) -> tuple[str, ...]:
        return tuple(self._token_troubles.values())

    @property
    def tokens_known(self) -> bool:
        return all(known.address in self._tokens for known in self._known)

    async def aclose(self) -> None:
        await self._rpc.aclose()

    async def verify(self) -> None:
        """The chain's id and the whole code must be ours; since when it is there is asked where nobody has said so. Tokens are read as
        well; what is wrong with one concerns it alone.

        Raises RuleError "chain.network" or "chain.code", or Unavailable.
        """
        await need_chain(self._agreed, self.chain_id)
        (await examine(self._agreed, self.chain_id, self.contract)).need_ours()
        if self._since is None:
            self._since = await first_block(self._agreed, self.contract)
            self._follower.begin_at(self._since)
            log.info("the escrow is there since block %d", self._since)
        await self.read_tokens()

    async def read_tokens(self) -> None:
        for known in self._known:
            if known.address not in self._tokens:
                await self._read_token(known)

    async def _read_token(self, known: KnownToken) -> None:
        try:
            with trio.fail_after(TOKEN_WITHIN):
                found = await tokens.discover(self._agreed, known, self.chain_id)
        except (EtalError, trio.TooSlowError) as error:
            log.info("token 0x%s: %s", known.address.hex(), error or "no answer in time")
            self._token_troubles[known.address] = (
                f"The token {checksummed(known.address)} doesn't say what it is, so nothing can be paid in it for now."
            )
        else:
            self._tokens[known.address] = found
            self._token_troubles.pop(known.address, None)

    def follow(self, window: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainUpdate]:
        """Updates from the end of this window on, for ever. One at a time."""
        return self._follower.updates(window)

    async def read(self, first: int, last: int) -> tuple[int, Sequence[EscrowEvent]]:
        return await self._follower.read(first, last)

    async def block_at(self, time: int) -> int:
        return await self._follower.block_at(time)

    async def pot(self, escrow_id: bytes, block: int) -> tuple[int, int]:
        if block < self.since:
            return State.NONE, 0
        asked = {"to": "0x" + self.contract.hex(), "data": "0x" + abi.POTS(escrow_id).hex()}
        found = answers.data(await self._agreed.call("eth_call", asked, hex(block)), abi.POT_SIZE)
        held, _, _, state = abi.decode(abi.POT, found)
        return state, held

    # ---- what a wallet is to sign

    async def permit(self, terms: Terms, deadline: int) -> dict:
        """Raises RuleError "chain.permit" for a token that can't, Unavailable when its nonce can't be read."""
        discovered = self.admit_token(terms.token)
        if discovered.domain is None or not discovered.token.permit:
            raise RuleError("chain.permit", "This token takes no signed permits; approve instead.")
        nonce = await tokens.read_number(self._rpc, terms.token, abi.NONCES(terms.buyer))
        return tokens.permit_typed_data(
            discovered.domain, terms.buyer, self.contract, terms.amount, nonce, deadline
        )

    def admit_token(self, token: bytes) -> Discovered:
        if token not in self._tokens:
            raise RuleError("chain.token", f"This node doesn't know the token 0x{token.hex()}.")
        return self._tokens[token]

    def domain_of(self, token: bytes) -> Mapping[str, object]:
        discovered = self.admit_token(token)
        return need_domain(discovered.domain, discovered.token.authorization)

    # ---- by the node's own wallet

    async def send(
        self, transaction: Transaction, replaces: Sequence[str] = (), note: Note = forget
    ) -> str:
        return await self._own().send(transaction, replaces, note)

    async def fee(self, transaction: Transaction, replaces: Sequence[str] = ()) -> int:
        return await self._own().fee(transaction, replaces)

    def sign(self, digest: bytes) -> bytes:
        return self._own().sign(digest)

    def sign_settlement(self, settlement: Settlement) -> bytes:
        return self.sign(settlement_digest(settlement, self.chain_id, self.contract))

    def sign_binding(self, persona: bytes, network: str, until: int) -> bytes:
        return self.sign(wallet_binding_digest(persona, network, until, self.chain_id))

    def _own(self) -> Wallet:
        if self._wallet is None:
            raise StateError("chain.wallet", "This node has no wallet of its own.")
        return self._wallet

    # ---- reading

    async def balance(self, account: bytes, token: bytes) -> int:
        if token == NOBODY:
            found = await self._rpc.call("eth_getBalance", "0x" + account.hex(), "latest")
            return answers.quantity(found)
        return await tokens.read_number(self._rpc, token, abi.BALANCE_OF(account))

    async def allowance(self, owner: bytes, token: bytes) -> int:
        return await tokens.read_number(self._rpc, token, abi.ALLOWANCE(owner, self.contract))

    async def claims(self, account: bytes, token: bytes) -> int:
        return await tokens.read_number(self._agreed, self.contract, abi.CLAIMS(token, account))

    async def accepts(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        asked = IS_VALID_SIGNATURE(digest, signature)
        try:
            answer = await tokens.read(self._agreed, account, asked, 32)
        except RpcError:
            return False  # it reverts, or is no such contract
        except Unavailable as error:
            if error.rule == "chain.answer":
                return False
            raise
        return answer == VALID.ljust(32, b"\0")

    async def status(self, transaction: str) -> str:
        """unknown: the chain's node has never seen it, or has forgotten it."""
        try:
            asked = "0x" + bytes.fromhex(transaction.removeprefix("0x")).hex()
        except ValueError:
            return "unknown"
        if len(asked) != 66:
            return "unknown"
        receipt = await self._rpc.call("eth_getTransactionReceipt", asked)
        if receipt is not None:
            status = answers.quantity(answers.member(receipt, "status"))
            return "mined" if status == 1 else "failed"
        found = await self._rpc.call("eth_getTransactionByHash", asked)
        if found is not None and not isinstance(found, dict):
            raise answers.malformed("a transaction is an object")
        return "unknown" if found is None else "pending"

    def tokens(self) -> Iterable[Token]:
        yield tokens.coin(self.chain_id)
        yield from (discovered.token for discovered in self._tokens.values())
