# pragma version 0.4.3
# pragma evm-version cancun
# pragma nonreentrancy off
"""
@notice A token whose transfers return nothing, as USDT's do.
"""

balanceOf: public(HashMap[address, uint256])


@external
def mint(who: address, amount: uint256):
    self.balanceOf[who] += amount


@external
def transferFrom(giver: address, taker: address, amount: uint256):
    assert self.balanceOf[giver] >= amount, "balance too low"
    self.balanceOf[giver] -= amount
    self.balanceOf[taker] += amount


@external
def transfer(taker: address, amount: uint256):
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[taker] += amount
