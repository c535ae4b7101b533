# pragma version 0.4.3
# pragma evm-version cancun
# pragma nonreentrancy off
"""
@notice A contract account for tests: does what it is told, and receives or signs as badly as its mode says.
"""

# What it does with coin that comes in.
ACCEPT: constant(uint256) = 0
REFUSE: constant(uint256) = 1
BURN: constant(uint256) = 2      # uses all gas
REENTER: constant(uint256) = 3   # calls back, keeps the money whatever comes of it
WASTE: constant(uint256) = 4     # uses `waste` gas, then accepts
REENTER_OR_REFUSE: constant(uint256) = 5

mode: public(uint256)
waste: public(uint256)
target: public(address)
payload: public(Bytes[4096])
entered: public(bool)

# How it answers isValidSignature: 0 the right value, 1 the wrong value, 2 revert, 3 nothing, 4 one byte short,
# 5 revert with the right value, 6 use all gas.
signing: public(uint256)
approved: public(HashMap[bytes32, bool])


@external
def receive_as(mode: uint256, waste: uint256, target: address, payload: Bytes[4096]):
    self.mode = mode
    self.waste = waste
    self.target = target
    self.payload = payload


@external
def sign_as(signing: uint256, digest: bytes32):
    self.signing = signing
    self.approved[digest] = True


@external
@payable
def execute(target: address, amount: uint256, data: Bytes[4096]) -> Bytes[256]:
    return raw_call(target, data, value=amount, max_outsize=256)


@external
@view
@raw_return
def isValidSignature(digest: bytes32, signature: Bytes[2048]) -> Bytes[64]:
    if self.signing == 2:
        raise "no"
    if self.signing == 3:
        return b""
    if self.signing == 6:
        for i: uint256 in range(10**9):
            assert i < 10**9
    right: bytes32 = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
    if self.signing == 5:
        raw_revert(abi_encode(right))
    if self.signing == 1 or not self.approved[digest]:
        return abi_encode(empty(bytes32))
    if self.signing == 4:
        return slice(abi_encode(right), 0, 31)
    return abi_encode(right)


@external
@payable
def __default__():
    if self.mode == REFUSE:
        raise "no"
    assert self.mode != BURN, UNREACHABLE
    if self.mode == REENTER or self.mode == REENTER_OR_REFUSE:
        done: bool = raw_call(self.target, self.payload, revert_on_failure=False)
        if done:
            self.entered = True
        assert done or self.mode == REENTER
    if self.mode == WASTE:
        had: uint256 = msg.gas
        for i: uint256 in range(10**9):
            if msg.gas + self.waste < had:
                break
