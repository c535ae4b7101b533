"""What the reference model knows of the chain around the escrow: who owns what, how tokens and receivers behave."""

from dataclasses import dataclass, field, replace
from enum import Enum

from node.protocol.errors import RuleError
from node.protocol.escrow.states import State
from node.protocol.escrow.terms import NOBODY, WHOLE


class Authorizing(Enum):
    """What a token asks before it moves money by an authorization (EIP-3009)."""

    SIGNATURE = "as the EIP says: the giver's signature, its times, a nonce once"
    NOTHING = "moves whatever it is told"
    NEVER = "has no such function"


@dataclass(frozen=True)
class Token:
    """A token as the escrow sees it. As it stands: one that does what ERC-20, EIP-2612 and EIP-3009 say."""

    code: bool = True
    """Whether there is a contract at all."""
    allowances: bool = True
    """Whether `transferFrom` asks for one."""
    takes: bool = True
    """`transferFrom` works; else it answers false and moves nothing."""
    pays: bool = True
    """`transfer` works; else it reverts, burns its gas or answers anything but "nothing" and "true", and moves nothing."""
    lies_in: bool = False
    """It says that it has taken, and moves nothing."""
    lies_out: bool = False
    """It says that it has paid, and moves nothing."""
    fee_in: int = 0
    """What it keeps of what is taken, in 1/10,000."""
    extra_in: int = 0
    """What it moves beyond the amount when taking, in its smallest unit."""
    fee_out: int = 0
    """What it keeps of what is paid, in 1/10,000."""
    blocked: frozenset[bytes] = frozenset()
    """Accounts that it moves nothing from and nothing to."""
    authorizing: Authorizing = Authorizing.SIGNATURE


NO_TOKEN = Token(code=False)


@dataclass(frozen=True)
class LivePot:
    """The contract's word for one live order: what it holds, when it was funded, the next deadline, the state."""

    held: int
    since: int
    until: int
    state: State


EMPTY = LivePot(0, 0, 0, State.NONE)


@dataclass
class Ledger:
    """All that a call may change, and what decides how it goes. The coin is the token NOBODY."""

    pots: dict[bytes, LivePot] = field(default_factory=dict)
    claims: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """(token, account)"""
    balances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """(token, account)"""
    allowances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """(token, owner): what the escrow may take"""
    nonces: dict[tuple[bytes, bytes], int] = field(default_factory=dict)
    """(token, owner): how many permits were used"""
    spent: set[tuple[bytes, bytes, bytes]] = field(default_factory=set)
    """(token, giver, nonce) of authorizations"""
    tokens: dict[bytes, Token] = field(default_factory=dict)
    refusing: set[bytes] = field(default_factory=set)
    """Accounts that take no coin, whatever gas they are given: they revert, burn it, or call back and fail."""
    slow: set[bytes] = field(default_factory=set)
    """Accounts that take coin if they are given more gas than a push has."""

    def copy(self) -> "Ledger":
        """Another of the same, that changes by itself."""
        return replace(self, **{name: value.copy() for name, value in vars(self).items()})

    def token(self, address: bytes) -> Token:
        return self.tokens.get(address, NO_TOKEN)

    def move(self, token: bytes, giver: bytes, taker: bytes, amount: int, fee: int = 0) -> None:
        """`fee` of the amount is lost. Raises RuleError "escrow.token" with what the test token says if there isn't as much."""
        owned = self.balances.get((token, giver), 0)
        if owned < amount:
            raise RuleError("escrow.token", "balance too low")
        self.balances[token, giver] = owned - amount
        self.balances[token, taker] = self.balances.get((token, taker), 0) + amount - fee

    def send(self, token: bytes, giver: bytes, taker: bytes, amount: int, *, push: bool) -> bool:
        """Pays out of the escrow, as far as token and receiver let it. `push`: with the gas of a push, else with all."""
        fee = 0
        if token == NOBODY:
            if taker in self.refusing or (push and taker in self.slow):
                return False
        else:
            behaviour = self.token(token)
            if not (behaviour.code and behaviour.pays):
                return False
            if behaviour.lies_out:
                return True
            if behaviour.blocked & {giver, taker}:
                return False
            fee = amount * behaviour.fee_out // WHOLE
        self.move(token, giver, taker, amount, fee)
        return True

    def take(self, token: bytes, giver: bytes, taker: bytes, amount: int) -> int:
        """Moves an amount into the escrow, and gives what came. Raises RuleError "escrow.token" with the token's own words."""
        behaviour = self.token(token)
        if behaviour.lies_in:
            return 0
        if behaviour.blocked & {giver, taker}:
            raise RuleError("escrow.token", "blocked")
        moved = amount + behaviour.extra_in
        fee = amount * behaviour.fee_in // WHOLE
        self.move(token, giver, taker, moved, fee)
        return moved - fee
