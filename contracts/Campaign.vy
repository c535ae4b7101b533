# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
# pragma nonreentrancy on
# SPDX-License-Identifier: MIT
"""
@title Campaign
@notice Holds the pledges of a pre-order: all or nothing at a date, then paid in tranches that the backers can stop.
@dev No owner, no fee, no pause, no upgrade, no imports. Terms are not stored: whoever calls shows them, and their
     EIP-712 digest must name an open campaign. Every external function but the views holds one lock.
     The rules and the reasons behind them are in docs/spec/campaign.md.
"""

interface Token:
    def balanceOf(who: address) -> uint256: view
    def transferFrom(giver: address, taker: address, amount: uint256) -> bool: nonpayable

struct Terms:
    creator: address    # the shop's key: opens and cancels
    payout: address     # gets the tranches
    token: address      # ERC-20; zero: the chain's own coin
    goal: uint112       # in the token's smallest unit: less than that by `until`, and all goes back
    until: uint40       # pledges are taken before this (Unix seconds)
    stopBps: uint16     # objections of this share of what was raised (in 1/10,000) stop the campaign
    tranches: bytes32   # keccak256(abi.encode(Tranche[]))
    about: bytes32      # commitment to the signed listing

struct Tranche:
    at: uint40          # due from then on
    bps: uint16         # of what was raised

struct Authorization:
    backer: address
    amount: uint112
    validAfter: uint256
    validBefore: uint256
    order: bytes32      # as in pledge; the nonce that is signed is keccak256(abi.encode(id, order))
    signature: Bytes[MAX_TOKEN_SIGNATURE]

event Opened:
    id: indexed(bytes32)
    creator: indexed(address)
    terms: Terms        # whole, so that logs alone are enough to act on a campaign
    tranches: DynArray[Tranche, MAX_TRANCHES]

event Pledged:
    id: indexed(bytes32)
    backer: indexed(address)
    order: indexed(bytes32)
    amount: uint256
    raised: uint256     # by all, with this one

event Refunded:
    id: indexed(bytes32)
    backer: indexed(address)
    amount: uint256     # for the whole pledge of the backer

event Collected:
    id: indexed(bytes32)
    amount: uint256
    paid: uint256       # how many tranches are paid by now
    left: uint256       # zero: the campaign is over

event Objected:
    id: indexed(bytes32)
    backer: indexed(address)
    objects: bool       # False: no longer
    weight: uint256
    objections: uint256 # of all, with this one

event Stopped:
    id: indexed(bytes32)
    left: uint256       # goes back, shared by pledges

event Cancelled:
    id: indexed(bytes32)
    left: uint256       # goes back, shared by pledges

event Claimable:
    token: indexed(address)
    who: indexed(address)
    amount: uint256

event Withdrawn:
    token: indexed(address)
    who: indexed(address)
    to: address
    amount: uint256

# Phases of a campaign. Zero is "none". What time alone decides (failed, succeeded) is not stored.
LIVE: constant(uint256) = 1
CANCELLED: constant(uint256) = 2  # by the creator: what is left goes back
STOPPED: constant(uint256) = 3    # by the backers: what is left goes back
PAID: constant(uint256) = 4       # nothing is left

WHOLE: constant(uint256) = 10_000
MAX_TRANCHES: constant(uint256) = 8
MAX_REFUNDS: constant(uint256) = 64         # in one call
MAX_AUTHORIZATIONS: constant(uint256) = 32  # in one call
MAX_SIGNATURE: constant(uint256) = 2048
MAX_TOKEN_SIGNATURE: constant(uint256) = 1024  # of an authorization: a batch keeps room for that of each
MAX_CAMPAIGN_TIME: constant(uint256) = 180 * 86_400
MAX_TRANCHE_TIME: constant(uint256) = 730 * 86_400
MAX_STOP_BPS: constant(uint16) = 5_000

# Gas that a receiver may burn before its money becomes a claim instead.
COIN_PUSH_GAS: constant(uint256) = 50_000
TOKEN_PUSH_GAS: constant(uint256) = 200_000
# What a call itself may cost, with a value, a cold account and an EIP-7702 delegate, and room to spare.
CALL_GAS: constant(uint256) = 20_000
# Gas that an authorization may burn before it is left out: 32 of the worst fit in a transaction (EIP-7825).
AUTHORIZATION_GAS: constant(uint256) = 300_000

HALF_CURVE: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # half of the order of secp256k1
IS_VALID_SIGNATURE: constant(bytes32) = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
TERMS: constant(bytes32) = keccak256("Campaign(address creator,address payout,address token,uint112 goal,uint40 until,uint16 stopBps,bytes32 tranches,bytes32 about)")
OBJECTION: constant(bytes32) = keccak256("Objection(bytes32 id,bool objects,uint32 turn,uint40 expiry)")
CANCELLATION: constant(bytes32) = keccak256("Cancellation(bytes32 id,uint40 expiry)")
DOMAIN: constant(bytes32) = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")

CHAIN: immutable(uint256)
SEPARATOR: immutable(bytes32)

# One word per campaign, never zero again: pledges << 144 | money << 32 | tranches paid << 8 | phase.
# `pledges` is what was raised, less the pledges that were refunded; `money` is what is left of it.
AMOUNT: constant(uint256) = 2**112 - 1
STATE: constant(uint256) = 2**32 - 1
BYTE: constant(uint256) = 2**8 - 1
ABOVE_MONEY: constant(uint256) = AMOUNT << 144
_campaigns: HashMap[bytes32, uint256]
# The pledges of those who object, by campaign.
_objections: HashMap[bytes32, uint256]
# One word per backer: pledge << 32 | how often it changed its mind about objecting (odd: it objects).
TURN: constant(uint256) = 2**32 - 1
_pledges: HashMap[bytes32, HashMap[address, uint256]]
# What could not be pushed: token (zero: coin) -> who -> amount.
claims: public(reentrant(HashMap[address, HashMap[address, uint256]]))


@deploy
def __init__():
    CHAIN = chain.id
    SEPARATOR = self._separator()


@external
def open(terms: Terms, tranches: DynArray[Tranche, MAX_TRANCHES], signature: Bytes[MAX_SIGNATURE]):
    """
    @notice Opens a campaign, once for ever: its creator, or anyone who shows its signature of the terms.
    """
    id: bytes32 = self._open(terms, tranches)
    # The id is the digest of the terms: a wallet that signs it shows every one of them.
    assert msg.sender == terms.creator or self._signed(terms.creator, id, signature), "no consent of the creator"


# ---- Money in: only the backer pays

@external
@payable
def pledge(terms: Terms, amount: uint112, order: bytes32):
    """
    @notice Pledges in the chain's coin (send the amount) or in a token (approve the amount first); pledges add up.
    @param order Commitment to the backer's private order.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._pledging(terms, id)
    assert amount != 0, "amount is zero"
    assert convert(amount, uint256) <= AMOUNT - (campaign >> 144), "too much"
    self._credit(id, campaign, msg.sender, order, convert(amount, uint256))
    if terms.token == empty(address):
        assert msg.value == convert(amount, uint256), "value is not the amount"
    else:
        assert msg.value == 0, "value beside a token"
        self._take(terms.token, convert(amount, uint128))


@external
def pledgeWithAuthorizations(terms: Terms, authorizations: DynArray[Authorization, MAX_AUTHORIZATIONS]):
    """
    @notice Pledges what backers have authorized by EIP-3009; anyone may submit them, so that backers need no coin.
    @dev The nonce binds an authorization to the campaign and the order. One that moves nothing is left out: a
         backer may have cancelled it, spent its money, or been pledged by another batch a moment ago. To give
         too little gas leaves out too, and gains nothing: what is left out can still be submitted by anyone.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._pledging(terms, id)
    assert terms.token.is_contract, "no such token"
    done: bool = False
    for given: Authorization in authorizations:
        amount: uint256 = convert(given.amount, uint256)
        # Nobody signs: a token that knows no better would let anyone pledge for the zero address.
        if given.backer == empty(address) or amount == 0 or amount > AMOUNT - (campaign >> 144):
            continue
        before: uint256 = staticcall Token(terms.token).balanceOf(self)
        if not self._authorize(terms.token, id, given):
            continue
        # Known only now, so the state follows the call here; the lock keeps others out meanwhile.
        now: uint256 = staticcall Token(terms.token).balanceOf(self)
        if now != before:
            assert now == before + amount, "token took a fee"
            campaign = self._credit(id, campaign, given.backer, given.order, amount)
            done = True
    assert done, "nothing pledged"


# ---- Marks: by the party itself, or by anyone who shows its signature

@external
def object(
    terms: Terms,
    tranches: DynArray[Tranche, MAX_TRANCHES],
    backer: address,
    objects: bool,
    expiry: uint40,
    signature: Bytes[MAX_SIGNATURE],
):
    """
    @notice A backer objects to further tranches, or no longer does. Objections of enough weight stop the campaign.
    @dev A tranche that is due is the creator's, collected or not: it is paid before the campaign stops. So what
         counts is the time of an objection alone, never who is first within a block.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._load(id)
    mark: uint256 = self._pledges[id][backer]
    weight: uint256 = mark >> 32
    assert weight != 0, "not a backer"
    turn: uint256 = (mark & TURN) + 1
    if msg.sender != backer:
        content: bytes32 = keccak256(abi_encode(OBJECTION, id, objects, turn, expiry))
        assert self._signed(backer, self._digest(content), signature), "no consent of the backer"
        assert block.timestamp < convert(expiry, uint256), "expired"
    self._succeeded(terms, campaign)
    owed: uint256 = 0
    paid: uint256 = 0
    owed, paid = self._due(terms, tranches, campaign)
    assert paid != len(tranches), "too late"
    assert objects == (turn & 1 == 1), "said already"
    self._pledges[id][backer] = mark + 1
    objections: uint256 = self._objections[id]
    if objects:
        objections += weight
    else:
        objections -= weight
    self._objections[id] = objections
    log Objected(id=id, backer=backer, objects=objects, weight=weight, objections=objections)
    if objects and objections * WHOLE >= (campaign >> 144) * convert(terms.stopBps, uint256):
        left: uint256 = self._pay(terms, id, campaign, owed, paid, STOPPED)
        log Stopped(id=id, left=left)
        if owed != 0:
            self._push(terms.token, terms.payout, owed)


@external
def cancel(terms: Terms, expiry: uint40, signature: Bytes[MAX_SIGNATURE]):
    """
    @notice The creator gives back all that is left, due or not.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._load(id)
    if msg.sender != terms.creator:
        content: bytes32 = keccak256(abi_encode(CANCELLATION, id, expiry))
        assert self._signed(terms.creator, self._digest(content), signature), "not the creator"
        assert block.timestamp < convert(expiry, uint256), "expired"
    if block.timestamp < convert(terms.until, uint256):
        assert (campaign & BYTE) == LIVE, "wrong state"
    else:
        self._succeeded(terms, campaign)
    self._campaigns[id] = (campaign - LIVE) | CANCELLED
    log Cancelled(id=id, left=(campaign >> 32) & AMOUNT)


# ---- Money out: by anyone, to whom it belongs

@external
def collect(terms: Terms, tranches: DynArray[Tranche, MAX_TRANCHES]):
    """
    @notice Pays the tranches that are due.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._load(id)
    self._succeeded(terms, campaign)
    owed: uint256 = 0
    paid: uint256 = 0
    owed, paid = self._due(terms, tranches, campaign)
    assert paid != (campaign >> 8) & BYTE, "nothing due"
    left: uint256 = self._pay(terms, id, campaign, owed, paid, PAID if paid == len(tranches) else LIVE)
    if owed != 0:
        self._push(terms.token, terms.payout, owed)


@external
def refund(terms: Terms, backers: DynArray[address, MAX_REFUNDS]):
    """
    @notice Gives these backers their share of what is left of a campaign that failed, was cancelled or stopped.
    @dev Who has no pledge (any more) is left out: else a batch could be blocked by refunding one of it first.
    """
    id: bytes32 = self._id(terms)
    campaign: uint256 = self._load(id)
    pledges: uint256 = campaign >> 144
    money: uint256 = (campaign >> 32) & AMOUNT
    phase: uint256 = campaign & BYTE
    assert phase != PAID, "wrong state"
    if phase == LIVE:
        assert block.timestamp >= convert(terms.until, uint256), "too early"
        assert pledges < convert(terms.goal, uint256), "goal reached"
    shares: DynArray[uint256, MAX_REFUNDS] = []
    done: bool = False
    for backer: address in backers:
        share: uint256 = 0
        pledged: uint256 = self._pledges[id][backer] >> 32
        if pledged != 0:
            # Rounded down; with the last pledge goes all the rest, so that nothing ever stays behind.
            share = pledged * money // pledges
            self._pledges[id][backer] = 0
            pledges -= pledged
            money -= share
            done = True
            log Refunded(id=id, backer=backer, amount=share)
        shares.append(share)
    assert done, "nothing to refund"
    self._campaigns[id] = (pledges << 144) | (money << 32) | (campaign & STATE)
    for i: uint256 in range(len(shares), bound=MAX_REFUNDS):
        if shares[i] != 0:
            self._push(terms.token, backers[i], shares[i])


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
    @notice The campaign's id: the EIP-712 digest of its terms.
    """
    return self._id(terms)


@external
@view
@reentrant
def campaigns(id: bytes32) -> (uint112, uint112, uint112, uint8, uint8):
    """
    @return Pledges not refunded, the money left, the pledges of those who object, the tranches paid, the phase; all
            zero when there is no such campaign.
    """
    campaign: uint256 = self._campaigns[id]
    return (
        convert(campaign >> 144, uint112),
        convert((campaign >> 32) & AMOUNT, uint112),
        convert(self._objections[id], uint112),
        convert((campaign >> 8) & BYTE, uint8),
        convert(campaign & BYTE, uint8),
    )


@external
@view
@reentrant
def pledges(id: bytes32, backer: address) -> (uint112, uint32):
    """
    @return The backer's pledge, and how often it changed its mind about objecting (odd: it objects).
    """
    mark: uint256 = self._pledges[id][backer]
    return convert(mark >> 32, uint112), convert(mark & TURN, uint32)


# ---- Inside: the word of a campaign

@internal
@view
def _load(id: bytes32) -> uint256:
    campaign: uint256 = self._campaigns[id]
    assert campaign != 0, "no such campaign"
    return campaign


@internal
@view
def _pledging(terms: Terms, id: bytes32) -> uint256:
    campaign: uint256 = self._load(id)
    assert (campaign & BYTE) == LIVE, "wrong state"
    assert block.timestamp < convert(terms.until, uint256), "too late"
    return campaign


@internal
@view
def _succeeded(terms: Terms, campaign: uint256):
    assert (campaign & BYTE) == LIVE, "wrong state"
    assert block.timestamp >= convert(terms.until, uint256), "too early"
    assert campaign >> 144 >= convert(terms.goal, uint256), "goal not reached"


@internal
@view
def _due(terms: Terms, tranches: DynArray[Tranche, MAX_TRANCHES], campaign: uint256) -> (uint256, uint256):
    # What is owed to the creator by now, and how many tranches are paid with it.
    assert keccak256(abi_encode(tranches)) == terms.tranches, "tranches differ"
    owed: uint256 = 0
    paid: uint256 = (campaign >> 8) & BYTE
    for i: uint256 in range(paid, len(tranches), bound=MAX_TRANCHES):
        if block.timestamp < convert(tranches[i].at, uint256):
            break
        paid = i + 1
        owed += (campaign >> 144) * convert(tranches[i].bps, uint256) // WHOLE
    if paid == len(tranches):
        owed = (campaign >> 32) & AMOUNT  # the last gets all the rest
    return owed, paid


@internal
def _pay(terms: Terms, id: bytes32, campaign: uint256, owed: uint256, paid: uint256, phase: uint256) -> uint256:
    # Writes down that what is owed is paid, if anything is; gives what is left. The caller pushes.
    left: uint256 = ((campaign >> 32) & AMOUNT) - owed
    self._campaigns[id] = (campaign & ABOVE_MONEY) | (left << 32) | (paid << 8) | phase
    if paid != (campaign >> 8) & BYTE:
        log Collected(id=id, amount=owed, paid=paid, left=left)
    return left


@internal
def _open(terms: Terms, tranches: DynArray[Tranche, MAX_TRANCHES]) -> bytes32:
    assert terms.creator != empty(address), "bad creator"
    assert terms.payout != empty(address) and terms.payout != self, "bad payout"
    assert terms.token == empty(address) or terms.token.is_contract, "no such token"
    assert terms.goal != 0, "goal is zero"
    until: uint256 = convert(terms.until, uint256)
    assert block.timestamp < until and until <= block.timestamp + MAX_CAMPAIGN_TIME, "bad end date"
    assert terms.stopBps != 0 and terms.stopBps <= MAX_STOP_BPS, "bad stop share"
    assert keccak256(abi_encode(tranches)) == terms.tranches, "tranches differ"
    earliest: uint256 = until
    shared: uint256 = 0
    for tranche: Tranche in tranches:
        at: uint256 = convert(tranche.at, uint256)
        assert earliest <= at and at <= until + MAX_TRANCHE_TIME, "bad tranche date"
        assert tranche.bps != 0, "bad share"
        earliest = at + 1
        shared += convert(tranche.bps, uint256)
    assert shared == WHOLE, "shares are not the whole"
    id: bytes32 = self._id(terms)
    assert self._campaigns[id] == 0, "opened already"
    self._campaigns[id] = LIVE
    log Opened(id=id, creator=terms.creator, terms=terms, tranches=tranches)
    return id


# ---- Inside: money in

@internal
def _credit(id: bytes32, campaign: uint256, backer: address, order: bytes32, amount: uint256) -> uint256:
    credited: uint256 = campaign + (amount << 144) + (amount << 32)
    self._campaigns[id] = credited
    self._pledges[id][backer] += amount << 32
    log Pledged(id=id, backer=backer, order=order, amount=amount, raised=credited >> 144)
    return credited


@internal
def _authorize(token: address, id: bytes32, given: Authorization) -> bool:
    nonce: bytes32 = keccak256(abi_encode(id, given.order))
    amount: uint256 = convert(given.amount, uint256)
    if len(given.signature) == 65:
        return raw_call(
            token,
            abi_encode(
                given.backer, self, amount, given.validAfter, given.validBefore, nonce,
                convert(slice(given.signature, 64, 1), uint8),
                convert(slice(given.signature, 0, 32), bytes32),
                convert(slice(given.signature, 32, 32), bytes32),
                method_id=method_id("receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"),
            ),
            gas=AUTHORIZATION_GAS,
            revert_on_failure=False,
        )
    # What tokens offer beyond the EIP for contract wallets, whose signatures have any length.
    return raw_call(
        token,
        abi_encode(
            given.backer, self, amount, given.validAfter, given.validBefore, nonce, given.signature,
            method_id=method_id("receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"),
        ),
        gas=AUTHORIZATION_GAS,
        revert_on_failure=False,
    )


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
    # Bound for ever to the chain of deployment: after a chain split with a new chain id, backers can still be refunded.
    return keccak256(concat(b"\x19\x01", SEPARATOR, keccak256(abi_encode(TERMS, terms))))


@internal
@view
def _separator() -> bytes32:
    return keccak256(abi_encode(DOMAIN, keccak256("Etal Campaign"), keccak256("1"), chain.id, self))


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
