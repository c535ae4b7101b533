# pragma version 0.4.3
# pragma evm-version cancun
# pragma optimize gas
# SPDX-License-Identifier: MIT
"""
@title TestToken
@notice TEST ONLY: anyone may make any amount of it. An ERC-20 with EIP-2612 permit and the receiving half of
        EIP-3009, for the demo and the tests.
"""

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    value: uint256

event Approval:
    owner: indexed(address)
    spender: indexed(address)
    value: uint256

event AuthorizationUsed:
    authorizer: indexed(address)
    nonce: indexed(bytes32)

event AuthorizationCanceled:
    authorizer: indexed(address)
    nonce: indexed(bytes32)

# "Étal Test Dollar" in UTF-8; a Vyper string literal is ASCII.
NAME: constant(Bytes[17]) = b"\xc3\x89tal Test Dollar"
HALF_CURVE: constant(bytes32) = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
DOMAIN: constant(bytes32) = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
PERMIT: constant(bytes32) = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
RECEIVE: constant(bytes32) = keccak256("ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)")
CANCEL: constant(bytes32) = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)")
IS_VALID_SIGNATURE: constant(bytes32) = 0x1626ba7e00000000000000000000000000000000000000000000000000000000
MAX_SIGNATURE: constant(uint256) = 2048

symbol: public(constant(String[4])) = "tUSD"
decimals: public(constant(uint8)) = 6
totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
nonces: public(HashMap[address, uint256])
# Used or cancelled, by EIP-3009: authorizer -> nonce.
authorizationState: public(HashMap[address, HashMap[bytes32, bool]])


@external
@view
def name() -> String[17]:
    return convert(NAME, String[17])


@external
@view
def version() -> String[1]:
    return "1"


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._separator()


@external
def mint(receiver: address, amount: uint256):
    """
    @notice Makes `amount` out of nothing: the reason why this must never be used for money.
    """
    self.totalSupply += amount
    self.balanceOf[receiver] += amount
    log Transfer(sender=empty(address), receiver=receiver, value=amount)


@external
def approve(spender: address, amount: uint256) -> bool:
    self._approve(msg.sender, spender, amount)
    return True


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self._move(msg.sender, receiver, amount)
    return True


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    allowed: uint256 = self.allowance[sender][msg.sender]
    if allowed != max_value(uint256):
        assert allowed >= amount, "allowance too low"
        self.allowance[sender][msg.sender] = allowed - amount
    self._move(sender, receiver, amount)
    return True


@external
def permit(owner: address, spender: address, amount: uint256, deadline: uint256, v: uint8, r: bytes32, s: bytes32):
    """
    @notice Approves by signature (EIP-2612).
    """
    assert block.timestamp <= deadline, "permit expired"
    nonce: uint256 = self.nonces[owner]
    digest: bytes32 = keccak256(
        concat(
            b"\x19\x01",
            self._separator(),
            keccak256(abi_encode(PERMIT, owner, spender, amount, nonce, deadline)),
        )
    )
    assert convert(s, uint256) <= convert(HALF_CURVE, uint256), "bad signature"
    assert owner != empty(address) and ecrecover(digest, v, r, s) == owner, "bad signature"
    self.nonces[owner] = nonce + 1
    self._approve(owner, spender, amount)


@external
def receiveWithAuthorization(
    sender: address,
    receiver: address,
    amount: uint256,
    validAfter: uint256,
    validBefore: uint256,
    nonce: bytes32,
    signature: Bytes[MAX_SIGNATURE],
):
    """
    @notice Moves what `sender` signed for, once, if the receiver itself calls (EIP-3009, the form of USDC 2.2).
    """
    self._receive(sender, receiver, amount, validAfter, validBefore, nonce, signature)


@external
def __default__():
    """
    @notice receiveWithAuthorization in the form of EIP-3009's own text: v, r, s in place of `bytes signature`.
    @dev Vyper knows no two functions of one name.
    """
    assert len(msg.data) >= 4 and slice(msg.data, 0, 4) == method_id(
        "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)"
    ), "no such function"
    sender: address = empty(address)
    receiver: address = empty(address)
    amount: uint256 = 0
    validAfter: uint256 = 0
    validBefore: uint256 = 0
    nonce: bytes32 = empty(bytes32)
    v: uint8 = 0
    r: bytes32 = empty(bytes32)
    s: bytes32 = empty(bytes32)
    sender, receiver, amount, validAfter, validBefore, nonce, v, r, s = abi_decode(
        slice(msg.data, 4, 288),
        (address, address, uint256, uint256, uint256, bytes32, uint8, bytes32, bytes32),
    )
    signature: Bytes[MAX_SIGNATURE] = concat(r, s, convert(v, bytes1))
    self._receive(sender, receiver, amount, validAfter, validBefore, nonce, signature)


@external
def cancelAuthorization(authorizer: address, nonce: bytes32, v: uint8, r: bytes32, s: bytes32):
    """
    @notice Makes an authorization that was not used yet worthless (EIP-3009).
    """
    assert not self.authorizationState[authorizer][nonce], "authorization used"
    content: bytes32 = keccak256(abi_encode(CANCEL, authorizer, nonce))
    assert self._signed(authorizer, content, concat(r, s, convert(v, bytes1))), "bad signature"
    self.authorizationState[authorizer][nonce] = True
    log AuthorizationCanceled(authorizer=authorizer, nonce=nonce)


@internal
def _receive(
    sender: address,
    receiver: address,
    amount: uint256,
    validAfter: uint256,
    validBefore: uint256,
    nonce: bytes32,
    signature: Bytes[MAX_SIGNATURE],
):
    assert receiver == msg.sender, "not the receiver"
    assert block.timestamp > validAfter, "authorization too early"
    assert block.timestamp < validBefore, "authorization expired"
    assert not self.authorizationState[sender][nonce], "authorization used"
    content: bytes32 = keccak256(
        abi_encode(RECEIVE, sender, receiver, amount, validAfter, validBefore, nonce)
    )
    assert self._signed(sender, content, signature), "bad signature"
    self.authorizationState[sender][nonce] = True
    log AuthorizationUsed(authorizer=sender, nonce=nonce)
    self._move(sender, receiver, amount)


@internal
@view
def _signed(who: address, content: bytes32, signature: Bytes[MAX_SIGNATURE]) -> bool:
    # As USDC 2.2 does: who has code is asked (EIP-1271), who has none must have signed with its key.
    digest: bytes32 = keccak256(concat(b"\x19\x01", self._separator(), content))
    if not who.is_contract:
        if len(signature) != 65 or who == empty(address):
            return False
        r: uint256 = convert(slice(signature, 0, 32), uint256)
        s: uint256 = convert(slice(signature, 32, 32), uint256)
        v: uint256 = convert(slice(signature, 64, 1), uint256)
        return s <= convert(HALF_CURVE, uint256) and ecrecover(digest, v, r, s) == who
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


@internal
def _approve(owner: address, spender: address, amount: uint256):
    self.allowance[owner][spender] = amount
    log Approval(owner=owner, spender=spender, value=amount)


@internal
def _move(sender: address, receiver: address, amount: uint256):
    assert receiver != empty(address), "zero receiver"
    assert self.balanceOf[sender] >= amount, "balance too low"
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount
    log Transfer(sender=sender, receiver=receiver, value=amount)


@internal
@view
def _separator() -> bytes32:
    return keccak256(abi_encode(DOMAIN, keccak256(NAME), keccak256("1"), chain.id, self))
