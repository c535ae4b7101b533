# pragma version 0.4.3
# pragma evm-version cancun
# pragma nonreentrancy off
"""
@notice A token for tests that moves money by authorization without a look at it, and with the faults of its mode.
"""

HONEST: constant(uint256) = 0
NOTHING: constant(uint256) = 1  # answers well and moves nothing, as a fallback does that takes any call
FEE: constant(uint256) = 2      # keeps a hundredth
GIFT: constant(uint256) = 3     # moves one unit too many
BURN: constant(uint256) = 4     # uses all gas
REFUSE: constant(uint256) = 5
REENTER: constant(uint256) = 6  # calls back first
LOUD: constant(uint256) = 7     # answers with far more than it should

# Of which giver: nobody means of all.
victim: public(address)
mode: public(uint256)
balanceOf: public(HashMap[address, uint256])
target: public(address)
payload: public(Bytes[4096])
entered: public(bool)


@external
def behave(mode: uint256, victim: address, target: address, payload: Bytes[4096]):
    self.mode = mode
    self.victim = victim
    self.target = target
    self.payload = payload


@external
def mint(who: address, amount: uint256):
    self.balanceOf[who] += amount


@external
def transfer(taker: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[taker] += amount
    return True


@external
@raw_return
def receiveWithAuthorization(
    giver: address,
    taker: address,
    amount: uint256,
    after: uint256,
    before: uint256,
    nonce: bytes32,
    v: uint8,
    r: bytes32,
    s: bytes32,
) -> Bytes[4096]:
    mode: uint256 = self.mode
    if self.victim != empty(address) and self.victim != giver:
        mode = HONEST
    assert mode != REFUSE, "no"
    if mode == NOTHING:
        return b""
    if mode == BURN:
        for i: uint256 in range(10**9):
            assert i < 10**9
    if mode == REENTER and raw_call(self.target, self.payload, revert_on_failure=False):
        self.entered = True
    got: uint256 = amount
    if mode == FEE:
        got -= amount // 100
    if mode == GIFT:
        got += 1
    self.balanceOf[giver] -= amount
    self.balanceOf[taker] += got
    if mode == LOUD:
        return self.payload
    return b""
