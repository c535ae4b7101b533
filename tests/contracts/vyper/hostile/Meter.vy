# pragma version 0.4.3
# pragma evm-version cancun
# pragma nonreentrancy off
"""
@notice A receiver of coin, and a token, that note how much gas they were given; and one who gives a certain amount of it.
"""

balanceOf: public(HashMap[address, uint256])
given: public(uint256)


@external
@payable
def __default__():
    self.given = msg.gas


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self.balanceOf[to] += amount
    return True


@external
def transfer(to: address, amount: uint256) -> bool:
    self.given = msg.gas
    self.balanceOf[msg.sender] = unsafe_sub(self.balanceOf[msg.sender], amount)
    return True


@external
def receiveWithAuthorization(
    owner: address,
    to: address,
    amount: uint256,
    after: uint256,
    before: uint256,
    nonce: bytes32,
    signature: Bytes[1024],
):
    self.given = msg.gas
    self.balanceOf[to] += amount


@external
@payable
def call(to: address, data: Bytes[2048], limit: uint256):
    """
    @notice Calls with the value that comes along, and so much gas.
    """
    raw_call(to, data, value=msg.value, gas=limit)
