# pragma version 0.4.3
# pragma evm-version cancun
# pragma nonreentrancy off
"""
@notice An ERC-20 for tests, with the faults that tokens have.
"""

HONEST: constant(uint256) = 0
FALSE_OUT: constant(uint256) = 1     # transfer returns false and moves nothing
FALSE_IN: constant(uint256) = 2      # transferFrom returns false and moves nothing
FEE: constant(uint256) = 3           # a hundredth is kept
REENTER_IN: constant(uint256) = 4    # transferFrom calls back first (ERC-777 style)
REENTER_OUT: constant(uint256) = 5   # transfer calls back first
REVERT_OUT: constant(uint256) = 6
LONG_OUT: constant(uint256) = 7      # transfer answers with far more than a bool
TWO_OUT: constant(uint256) = 8       # transfer answers 2, moves nothing
BURN_OUT: constant(uint256) = 9      # transfer uses all gas
LYING_IN: constant(uint256) = 10     # transferFrom returns true and moves nothing
GIFT: constant(uint256) = 11         # transferFrom moves one unit too many
SHORT_OUT: constant(uint256) = 12    # transfer answers with one byte, moves nothing
LYING_OUT: constant(uint256) = 13    # transfer returns true and moves nothing

mode: public(uint256)
balanceOf: public(HashMap[address, uint256])
blocked: public(HashMap[address, bool])
target: public(address)
payload: public(Bytes[4096])
entered: public(bool)


@external
def behave(mode: uint256, target: address, payload: Bytes[4096]):
    self.mode = mode
    self.target = target
    self.payload = payload


@external
def set_blocked(who: address, yes: bool):
    self.blocked[who] = yes


@external
def mint(who: address, amount: uint256):
    self.balanceOf[who] += amount


@external
def transferFrom(giver: address, taker: address, amount: uint256) -> bool:
    if self.mode == FALSE_IN:
        return False
    if self.mode == LYING_IN:
        return True
    if self.mode == REENTER_IN:
        self._call_back()
    extra: uint256 = 1 if self.mode == GIFT else 0
    self._move(giver, taker, amount + extra)
    return True


@external
def receiveWithAuthorization(
    giver: address, taker: address, amount: uint256, after: uint256, before: uint256, nonce: bytes32, signature: Bytes[2048]
):
    """
    @notice Moves whatever it is told, whoever signed.
    """
    self._receive(giver, taker, amount)


@external
def __default__():
    """
    @notice The same with v, r, s in place of the signature's bytes; Vyper knows no two functions of one name.
    """
    assert slice(msg.data, 0, 4) == method_id(
        "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
    )
    giver: address = empty(address)
    taker: address = empty(address)
    amount: uint256 = 0
    giver, taker, amount = abi_decode(slice(msg.data, 4, 96), (address, address, uint256))
    self._receive(giver, taker, amount)


@external
@raw_return
def transfer(taker: address, amount: uint256) -> Bytes[96]:
    if self.mode == FALSE_OUT:
        return abi_encode(False)
    if self.mode == TWO_OUT:
        return abi_encode(convert(2, uint256))
    if self.mode == SHORT_OUT:
        return b"\x01"
    if self.mode == REVERT_OUT:
        raise "no"
    assert self.mode != BURN_OUT, UNREACHABLE  # takes all gas
    if self.mode == REENTER_OUT:
        self._call_back()
    if self.mode != LYING_OUT:
        self._move(msg.sender, taker, amount)
    if self.mode == LONG_OUT:
        return abi_encode(True, True, True)
    return abi_encode(True)


@internal
def _receive(giver: address, taker: address, amount: uint256):
    if self.mode == FALSE_IN or self.mode == LYING_IN:
        return
    if self.mode == REENTER_IN:
        self._call_back()
    extra: uint256 = 1 if self.mode == GIFT else 0
    self._move(giver, taker, amount + extra)


@internal
def _call_back():
    if raw_call(self.target, self.payload, revert_on_failure=False):
        self.entered = True


@internal
def _move(giver: address, taker: address, amount: uint256):
    assert not self.blocked[giver] and not self.blocked[taker], "blocked"
    assert self.balanceOf[giver] >= amount, "balance too low"
    fee: uint256 = amount // 100 if self.mode == FEE else 0
    self.balanceOf[giver] -= amount
    self.balanceOf[taker] += amount - fee
