# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
# pragma nonreentrancy on
# SPDX-License-Identifier: MIT
"""
@title Escrow
@notice Holds the price of an order until buyer and seller, a deadline or the arbiter they agreed on decides.
@dev No owner, no fee, no pause, no upgrade, no imports. Terms are not stored: whoever calls shows them, and
     their EIP-712 digest must name a funded pot. Every external function but the views holds one lock.
     The rules and the reasons behind them are in docs/spec/escrow.md.
"""

interface Token:
    def balanceOf(who: address) -> uint256: view
    def transferFrom(giver: address, taker: address, amount: uint256) -> bool: nonpayable
    def receiveWithAuthorization(
        giver: address, taker: address, amount: uint256, after: uint256, before: uint256, nonce: bytes32, v: uint8, r: bytes32, s: bytes32
    ): nonpayable

struct Terms:
    buyer: address      # pays, releases, and gets refunds
    seller: address     # the shop's key: delivers, gives back, disputes
    payout: address     # gets the proceeds, less the payees' shares
    arbiter: address    # decides disputes; zero: none can be opened
    token: address      # ERC-20; zero: the chain's own coin
    amount: uint128     # in the token's smallest unit
    shipBy: uint40      # not delivered by then (Unix seconds): refund
    review: uint32      # seconds the buyer has after delivery; zero: a deposit, never delivered
    ruling: uint32      # seconds the arbiter has
    arbiterBps: uint16  # the arbiter's fee in 1/10,000 of what is held, only when it rules
    lapseBps: uint16    # the seller's share if the arbiter is silent about delivered goods
    payees: bytes32     # keccak256(abi.encode(Payee[])) of who shares the proceeds; zero: nobody
    order: bytes32      # commitment to the signed order

struct Payee:
    to: address
    bps: uint16         # of what goes to the seller's side

struct Order:
    terms: Terms
    payees: DynArray[Payee, MAX_PAYEES]

event Funded:
    id: indexed(bytes32)
    buyer: indexed(address)
    seller: indexed(address)
    terms: Terms        # whole, so that logs alone are enough to act on an order

event Payees:
    id: indexed(bytes32)
    payees: DynArray[Payee, MAX_PAYEES]

event Delivered:
    id: indexed(bytes32)
    until: uint256

event Disputed:
    id: indexed(bytes32)
    by: address
    until: uint256

event Paid:
    id: indexed(bytes32)
    how: uint256
    toBuyer: uint256
    toSeller: uint256   # the seller's side: payees and payout together
    toArbiter: uint256
    left: uint256       # zero: the order is closed

event Claimable:
    token: indexed(address)
    who: indexed(address)
    amount: uint256

event Withdrawn:
    token: indexed(address)
    who: indexed(address)
    to: address
    amount: uint256

# States of a pot. Zero is "none": never funded, or paid out.
FUNDED: constant(uint256) = 1
DELIVERED: constant(uint256) = 2
DISPUTED: constant(uint256) = 3   # before delivery: the arbiter's silence refunds the buyer
CONTESTED: constant(uint256) = 4  # after delivery: the arbiter's silence splits by lapseBps

# How money went, in Paid.
RELEASE: constant(uint256) = 1     # the buyer gave
REFUND: constant(uint256) = 2      # the seller gave back
SETTLEMENT: constant(uint256) = 3  # both gave
TIMEOUT: constant(uint256) = 4
RULING: constant(uint256) = 5

WHOLE: constant(uint256) = 10_000
MAX_PAYEES: constant(uint256) = 16
MAX_ORDERS: constant(uint256) = 16  # in one call
MAX_SIGNATURE: constant(uint256) = 2048
MAX_ARBITER_BPS: constant(uint16) = 2_000
MAX_LAPSE_BPS: constant(uint16) = 10_000
MAX_SHIP_TIME: constant(uint256) = 180 * 86_400
MIN_REVIEW: constant(uint32) = 3_600
MAX_REVIEW: constant(uint32) = 90 * 86_400
MIN_RULING: constant(uint32) = 86_400
MAX_RULING: constant(uint32) = 90 * 86_400

# Gas that a receiver may burn before its money becomes a claim instead.
COIN_PUSH_GAS: constant(uint256) = 50_000
TOKEN_PUSH_GAS: constant(uint256) = 200_000
# What a call itself may cost, with a value, a cold account and an EIP-7702 delegate, and room to spare.
CALL_GAS: constant(uint256) = 20_000

HALF_CURVE: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # half of the order of secp256k1
IS_VALID_SIGNATURE: constant(bytes32) = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
TERMS: constant(bytes32) = keccak256("Terms(address buyer,address seller,address payout,address arbiter,address token,uint128 amount,uint40 shipBy,uint32 review,uint32 ruling,uint16 arbiterBps,uint16 lapseBps,bytes32 payees,bytes32 order)")
DELIVERY: constant(bytes32) = keccak256("Delivery(bytes32 id,uint40 since,uint40 expiry)")
DISPUTE: constant(bytes32) = keccak256("Dispute(bytes32 id,uint40 since,uint40 expiry)")
SETTLEMENT_TYPE: constant(bytes32) = keccak256("Settlement(bytes32 id,uint40 since,uint128 held,uint128 toBuyer,uint128 toSeller,uint40 expiry)")
DOMAIN: constant(bytes32) = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")

CHAIN: immutable(uint256)
SEPARATOR: immutable(bytes32)

# One word per live order: held << 96 | since << 56 | until << 16 | state. Zeroed when paid out.
TIME: constant(uint256) = 2**40 - 1
STATE: constant(uint256) = 2**16 - 1
BELOW_HELD: constant(uint256) = 2**96 - 1
_pots: HashMap[bytes32, uint256]
# What could not be pushed: token (zero: coin) -> who -> amount.
claims: public(reentrant(HashMap[address, HashMap[address, uint256]]))


@deploy
def __init__():
    CHAIN = chain.id
    SEPARATOR = self._separator()


# ---- Money in: only the buyer pays

@external
@payable
def fund(terms: Terms, payees: DynArray[Payee, MAX_PAYEES]):
    """
    @notice Opens an order in the chain's coin (send the amount) or in a token (approve the amount first).
    """
    assert msg.sender == terms.buyer, "not the buyer"
    id: bytes32 = self._open(terms, payees)
    if terms.token == empty(address):
        assert msg.value == convert(terms.amount, uint256), "value is not the amount"
    else:
        assert msg.value == 0, "value beside a token"
        self._take(terms.token, terms.amount)


@external
@payable
def fundMany(orders: DynArray[Order, MAX_ORDERS]):
    """
    @notice Opens several orders of the sender at once: all of them or none. Send the sum of those in coin.
    """
    due: uint256 = 0
    for order: Order in orders:
        assert msg.sender == order.terms.buyer, "not the buyer"
        id: bytes32 = self._open(order.terms, order.payees)
        if order.terms.token == empty(address):
            due += convert(order.terms.amount, uint256)
        else:
            self._take(order.terms.token, order.terms.amount)
    assert msg.value == due, "value is not the amount"


@external
def fundWithPermit(terms: Terms, payees: DynArray[Payee, MAX_PAYEES], expiry: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice Opens an order in a token with an EIP-2612 permit instead of a prior approval.
    """
    assert msg.sender == terms.buyer, "not the buyer"
    id: bytes32 = self._open(terms, payees)
    # Whether the permit works is not asked: a stranger may have spent it first, and the allowance is what counts.
    done: bool = raw_call(
        terms.token,
        abi_encode(
            msg.sender, self, convert(terms.amount, uint256), expiry, v, r, s,
            method_id=method_id("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"),
        ),
        revert_on_failure=False,
    )
    self._take(terms.token, terms.amount)


@external
def fundWithAuthorization(
    terms: Terms,
    payees: DynArray[Payee, MAX_PAYEES],
    validAfter: uint256,
    validBefore: uint256,
    signature: Bytes[MAX_SIGNATURE],
):
    """
    @notice Opens an order in a token that the buyer has authorized by EIP-3009, with the order's id as the nonce. Anyone
            may submit it, so that the buyer needs no coin for gas.
    @dev The nonce binds the authorization to these terms, and the token spends it once: nobody else can open another
         order with it, and nobody can open this one again.
    """
    id: bytes32 = self._open(terms, payees)
    assert terms.token.is_contract, "no such token"
    amount: uint256 = convert(terms.amount, uint256)
    before: uint256 = staticcall Token(terms.token).balanceOf(self)
    if len(signature) == 65:
        extcall Token(terms.token).receiveWithAuthorization(
            terms.buyer, self, amount, validAfter, validBefore, id,
            convert(slice(signature, 64, 1), uint8), convert(slice(signature, 0, 32), bytes32), convert(slice(signature, 32, 32), bytes32),
        )
    else:
        # What tokens offer beyond the EIP for contract wallets, whose signatures have any length.
        raw_call(
            terms.token,
            abi_encode(
                terms.buyer, self, amount, validAfter, validBefore, id, signature,
                method_id=method_id("receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"),
            ),
        )
    assert staticcall Token(terms.token).balanceOf(self) == before + amount, "token took a fee"


# ---- Marks: no money moves. By the party itself, or by anyone who shows its signature

@external
def deliver(terms: Terms, expiry: uint40, signature: Bytes[MAX_SIGNATURE]):
    """
    @notice The seller says that it has sent; the buyer's time to review starts.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    if msg.sender != terms.seller:
        assert self._signed(terms.seller, self._markDigest(DELIVERY, id, pot, expiry), signature), "not the seller"
        assert block.timestamp < convert(expiry, uint256), "expired"
    assert terms.review != 0, "a deposit"
    assert (pot & STATE) == FUNDED, "wrong state"
    assert block.timestamp < ((pot >> 16) & TIME), "too late"
    until: uint256 = block.timestamp + convert(terms.review, uint256)
    self._mark(id, pot, until, DELIVERED)
    log Delivered(id=id, until=until)


@external
def dispute(terms: Terms, by: address, expiry: uint40, signature: Bytes[MAX_SIGNATURE]):
    """
    @notice Buyer or seller asks the arbiter to decide.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    assert by == terms.buyer or by == terms.seller, "not a party"
    if msg.sender != by:
        assert self._signed(by, self._markDigest(DISPUTE, id, pot, expiry), signature), "no consent of the party"
        assert block.timestamp < convert(expiry, uint256), "expired"
    assert terms.arbiter != empty(address), "no arbiter"
    state: uint256 = pot & STATE
    assert state == FUNDED or state == DELIVERED, "wrong state"
    assert block.timestamp < ((pot >> 16) & TIME), "too late"
    until: uint256 = block.timestamp + convert(terms.ruling, uint256)
    self._mark(id, pot, until, DISPUTED if state == FUNDED else CONTESTED)
    log Disputed(id=id, by=by, until=until)


# ---- Money out

@external
def release(terms: Terms, payees: DynArray[Payee, MAX_PAYEES]):
    """
    @notice The buyer gives all that is held to the seller's side, in any state.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    assert msg.sender == terms.buyer, "not the buyer"
    self._pay(terms, id, pot, RELEASE, 0, pot >> 96, 0, payees)


@external
def releaseMany(orders: DynArray[Order, MAX_ORDERS]):
    """
    @notice The buyer releases several orders at once: all of them or none.
    """
    for order: Order in orders:
        id: bytes32 = self._id(order.terms)
        pot: uint256 = self._load(id)
        assert msg.sender == order.terms.buyer, "not the buyer"
        self._pay(order.terms, id, pot, RELEASE, 0, pot >> 96, 0, order.payees)


@external
def settle(
    terms: Terms,
    toBuyer: uint128,
    toSeller: uint128,
    expiry: uint40,
    buyerSig: Bytes[MAX_SIGNATURE],
    sellerSig: Bytes[MAX_SIGNATURE],
    payees: DynArray[Payee, MAX_PAYEES],
):
    """
    @notice Pays out a part or all of what is held. Whoever gives must consent, as sender or by signature:
            the buyer to what goes to the seller, the seller to what goes to the buyer. Anyone may submit.
    @dev Signatures name what is held, which every payment lowers, so each works once.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    held: uint256 = pot >> 96
    assert block.timestamp < convert(expiry, uint256), "expired"
    assert toBuyer != 0 or toSeller != 0, "nothing to pay"
    assert convert(toBuyer, uint256) + convert(toSeller, uint256) <= held, "more than is held"
    digest: bytes32 = self._settlementDigest(id, pot, toBuyer, toSeller, expiry)
    how: uint256 = REFUND
    if toSeller != 0:
        how = RELEASE if toBuyer == 0 else SETTLEMENT
        assert msg.sender == terms.buyer or self._signed(terms.buyer, digest, buyerSig), "no consent of the buyer"
    if toBuyer != 0:
        assert msg.sender == terms.seller or self._signed(terms.seller, digest, sellerSig), "no consent of the seller"
    self._pay(terms, id, pot, how, convert(toBuyer, uint256), convert(toSeller, uint256), 0, payees)


@external
def timeout(terms: Terms, payees: DynArray[Payee, MAX_PAYEES]):
    """
    @notice Anyone ends an order whose time is over: refund if not delivered (disputed or not), payment
            if delivered and not disputed, a split by lapseBps if the arbiter was silent about delivered goods.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    assert block.timestamp >= ((pot >> 16) & TIME), "too early"
    held: uint256 = pot >> 96
    state: uint256 = pot & STATE
    toSeller: uint256 = 0
    if state == DELIVERED:
        toSeller = held
    elif state == CONTESTED:
        toSeller = held * convert(terms.lapseBps, uint256) // WHOLE
    self._pay(terms, id, pot, TIMEOUT, held - toSeller, toSeller, 0, payees)


@external
def rule(terms: Terms, toSeller: uint128, payees: DynArray[Payee, MAX_PAYEES]):
    """
    @notice The arbiter takes its fee, gives `toSeller` to the seller's side and the rest to the buyer.
    @dev An amount above what is left counts as all of it: else a party could block a ruling that it fears
         by settling a trifle just before.
    """
    id: bytes32 = self._id(terms)
    pot: uint256 = self._load(id)
    assert msg.sender == terms.arbiter, "not the arbiter"
    state: uint256 = pot & STATE
    assert state == DISPUTED or state == CONTESTED, "wrong state"
    assert block.timestamp < ((pot >> 16) & TIME), "too late"
    held: uint256 = pot >> 96
    fee: uint256 = held * convert(terms.arbiterBps, uint256) // WHOLE
    share: uint256 = min(convert(toSeller, uint256), held - fee)
    self._pay(terms, id, pot, RULING, held - fee - share, share, fee, payees)


@external
def withdraw(token: address, who: address, to: address):
    """
    @notice Sends what `who` is owed, because a push to it failed: wherever it wants, or by anyone to `who` itself.
    @dev All gas is passed on, so that a receiver that only needs more of it gets its money without being able to ask.
    """
    assert msg.sender == who or to == who, "not yours to send elsewhere"
    amount: uint256 = self.claims[token][who]
    assert amount != 0, "nothing to withdraw"
    assert to != empty(address) and to != self, "bad receiver"
    self.claims[token][who] = 0
    log Withdrawn(token=token, who=who, to=to, amount=amount)
    assert self._send(token, to, amount, msg.gas), "receiver or token refused"


# ---- Views: without the lock, so that a contract wallet may look while it checks a signature

@external
@view
@reentrant
def idOf(terms: Terms) -> bytes32:
    """
    @notice The order's id: the EIP-712 digest of its terms.
    """
    return self._id(terms)


@external
@view
@reentrant
def pots(id: bytes32) -> (uint128, uint40, uint40, uint8):
    """
    @return What is held, the time of funding, the next deadline, the state; all zero when there is no such order.
    """
    pot: uint256 = self._pots[id]
    return (
        convert(pot >> 96, uint128),
        convert((pot >> 56) & TIME, uint40),
        convert((pot >> 16) & TIME, uint40),
        convert(pot & STATE, uint8),
    )


# ---- Inside: the word of an order

@internal
@view
def _load(id: bytes32) -> uint256:
    pot: uint256 = self._pots[id]
    assert pot != 0, "no such order"
    return pot


@internal
def _mark(id: bytes32, pot: uint256, until: uint256, state: uint256):
    self._pots[id] = ((pot >> 56) << 56) | (until << 16) | state


# ---- Inside: money in

@internal
def _open(terms: Terms, payees: DynArray[Payee, MAX_PAYEES]) -> bytes32:
    assert terms.amount != 0, "amount is zero"
    assert terms.seller != empty(address), "bad seller"
    assert terms.payout != empty(address) and terms.payout != self, "bad payout"
    shipBy: uint256 = convert(terms.shipBy, uint256)
    assert block.timestamp < shipBy and shipBy <= block.timestamp + MAX_SHIP_TIME, "bad ship date"
    assert terms.review == 0 or (terms.review >= MIN_REVIEW and terms.review <= MAX_REVIEW), "bad review time"
    if terms.arbiter == empty(address):
        assert terms.ruling == 0, "bad ruling time"
    else:
        assert terms.ruling >= MIN_RULING and terms.ruling <= MAX_RULING, "bad ruling time"
        assert (
            terms.arbiter != terms.buyer and terms.arbiter != terms.seller
            and terms.arbiter != terms.payout and terms.arbiter != self
        ), "bad arbiter"
    assert terms.arbiterBps <= MAX_ARBITER_BPS, "bad arbiter fee"
    assert terms.lapseBps <= MAX_LAPSE_BPS, "bad lapse share"
    id: bytes32 = self._id(terms)
    assert self._pots[id] == 0, "funded already"
    self._pots[id] = (convert(terms.amount, uint256) << 96) | (block.timestamp << 56) | (shipBy << 16) | FUNDED
    log Funded(id=id, buyer=terms.buyer, seller=terms.seller, terms=terms)
    if len(payees) == 0:
        assert terms.payees == empty(bytes32), "payees differ"
    else:
        assert keccak256(abi_encode(payees)) == terms.payees, "payees differ"
        shared: uint256 = 0
        for payee: Payee in payees:
            assert payee.to != empty(address) and payee.to != self, "bad payee"
            assert payee.to != terms.arbiter, "arbiter as payee"
            assert payee.bps != 0, "bad share"
            shared += convert(payee.bps, uint256)
        assert shared <= WHOLE, "shares above the whole"
        log Payees(id=id, payees=payees)
    return id


@internal
def _take(token: address, amount: uint128):
    assert token.is_contract, "no such token"
    before: uint256 = staticcall Token(token).balanceOf(self)
    assert extcall Token(token).transferFrom(
        msg.sender, self, convert(amount, uint256), default_return_value=True
    ), "token refused"
    # Exact: a token that keeps a fee would leave other orders short.
    assert staticcall Token(token).balanceOf(self) == before + convert(amount, uint256), "token took a fee"


# ---- Inside: money out

@internal
def _pay(
    terms: Terms,
    id: bytes32,
    pot: uint256,
    how: uint256,
    toBuyer: uint256,
    toSeller: uint256,
    toArbiter: uint256,
    payees: DynArray[Payee, MAX_PAYEES],
):
    if toSeller != 0:
        if len(payees) == 0:
            assert terms.payees == empty(bytes32), "payees differ"
        else:
            assert keccak256(abi_encode(payees)) == terms.payees, "payees differ"
    left: uint256 = (pot >> 96) - toBuyer - toSeller - toArbiter
    if left == 0:
        self._pots[id] = 0
    else:
        self._pots[id] = (left << 96) | (pot & BELOW_HELD)
    log Paid(id=id, how=how, toBuyer=toBuyer, toSeller=toSeller, toArbiter=toArbiter, left=left)
    if toBuyer != 0:
        self._push(terms.token, terms.buyer, toBuyer)
    if toArbiter != 0:
        self._push(terms.token, terms.arbiter, toArbiter)
    if toSeller != 0:
        rest: uint256 = toSeller
        for payee: Payee in payees:
            share: uint256 = toSeller * convert(payee.bps, uint256) // WHOLE
            rest -= share
            if share != 0:
                self._push(terms.token, payee.to, share)
        if rest != 0:
            self._push(terms.token, terms.payout, rest)


@internal
def _push(token: address, to: address, amount: uint256):
    limit: uint256 = COIN_PUSH_GAS
    if token != empty(address):
        limit = TOKEN_PUSH_GAS
    had: uint256 = msg.gas
    if not self._send(token, to, amount, limit):
        # Only a failure that had its full gas counts, so that a caller can't starve a payment on purpose.
        assert had > limit + limit // 63 + CALL_GAS, "not enough gas"
        self.claims[token][to] += amount
        log Claimable(token=token, who=to, amount=amount)


@internal
def _send(token: address, to: address, amount: uint256, limit: uint256) -> bool:
    if token == empty(address):
        return raw_call(to, b"", value=amount, gas=limit, revert_on_failure=False)
    done: bool = False
    answer: Bytes[32] = b""
    done, answer = raw_call(
        token,
        abi_encode(to, amount, method_id=method_id("transfer(address,uint256)")),
        gas=limit,
        max_outsize=32,
        revert_on_failure=False,
    )
    if not done:
        return False
    if len(answer) == 0:
        return token.is_contract
    return len(answer) == 32 and convert(answer, uint256) == 1


# ---- Inside: hashes and signatures

@internal
@view
def _id(terms: Terms) -> bytes32:
    # Bound for ever to the chain of deployment: after a chain split with a new chain id, orders stay payable.
    return keccak256(concat(b"\x19\x01", SEPARATOR, keccak256(abi_encode(TERMS, terms))))


@internal
@view
def _separator() -> bytes32:
    return keccak256(abi_encode(DOMAIN, keccak256("Etal Escrow"), keccak256("1"), chain.id, self))


@internal
@view
def _settlementDigest(id: bytes32, pot: uint256, toBuyer: uint128, toSeller: uint128, expiry: uint40) -> bytes32:
    return self._digest(
        keccak256(abi_encode(SETTLEMENT_TYPE, id, (pot >> 56) & TIME, pot >> 96, toBuyer, toSeller, expiry))
    )


@internal
@view
def _markDigest(kind: bytes32, id: bytes32, pot: uint256, expiry: uint40) -> bytes32:
    return self._digest(keccak256(abi_encode(kind, id, (pot >> 56) & TIME, expiry)))


@internal
@view
def _digest(content: bytes32) -> bytes32:
    # After a chain split, a signature for one side must not work on the other.
    separator: bytes32 = SEPARATOR if chain.id == CHAIN else self._separator()
    return keccak256(concat(b"\x19\x01", separator, content))


@internal
@view
def _signed(who: address, digest: bytes32, signature: Bytes[MAX_SIGNATURE]) -> bool:
    # A plain key first (right for EIP-7702 accounts too), then EIP-1271. Failed recovery gives zero, which `_open`
    # keeps out of every role; the precompile itself refuses a v other than 27 and 28.
    if len(signature) == 65:
        r: uint256 = convert(slice(signature, 0, 32), uint256)
        s: uint256 = convert(slice(signature, 32, 32), uint256)
        v: uint256 = convert(slice(signature, 64, 1), uint256)
        if s <= convert(HALF_CURVE, uint256) and ecrecover(digest, v, r, s) == who:
            return True
    done: bool = False
    answer: Bytes[32] = b""
    done, answer = raw_call(
        who,
        abi_encode(digest, signature, method_id=method_id("isValidSignature(bytes32,bytes)")),
        max_outsize=32,
        is_static_call=True,
        revert_on_failure=False,
    )
    return done and len(answer) == 32 and convert(answer, bytes32) == IS_VALID_SIGNATURE
