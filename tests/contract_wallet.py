"""A wallet that is a contract, as small as one can be: it accepts what its owner's key has signed (EIP-1271), and calls for anybody."""

from node.protocol.escrow import recover_signer, sign_digest

MAGIC = 0x1626BA7E  # isValidSignature(bytes32,bytes): the selector, and the answer
LENGTH = 66
"""Bytes of its signatures: those of the key and one more, so that no key alone could have made them."""

_CODES = {
    **{"STOP": 0x00, "MUL": 0x02, "SUB": 0x03, "EQ": 0x14, "ISZERO": 0x15, "AND": 0x16},
    **{"SHL": 0x1B, "SHR": 0x1C, "CALLDATALOAD": 0x35, "CALLDATASIZE": 0x36, "CALLDATACOPY": 0x37},
    **{"RETURNDATASIZE": 0x3D, "RETURNDATACOPY": 0x3E, "POP": 0x50, "MLOAD": 0x51, "MSTORE": 0x52},
    **{"JUMPI": 0x57, "GAS": 0x5A, "JUMPDEST": 0x5B, "DUP1": 0x80, "DUP3": 0x82},
    **{"CALL": 0xF1, "RETURN": 0xF3, "STATICCALL": 0xFA, "REVERT": 0xFD},
}

_BODY = """
    CALLDATASIZE ISZERO :stop JUMPI
    0 CALLDATALOAD 224 SHR {magic} EQ :check JUMPI
    64 CALLDATASIZE SUB DUP1 64 0 CALLDATACOPY
    0 0 DUP3 0 32 CALLDATALOAD 0 CALLDATALOAD GAS CALL :stop JUMPI
    RETURNDATASIZE 0 0 RETURNDATACOPY RETURNDATASIZE 0 REVERT
    stop: STOP
    check: 4 CALLDATALOAD 0 MSTORE 164 CALLDATALOAD 248 SHR 32 MSTORE
    100 CALLDATALOAD 64 MSTORE 132 CALLDATALOAD 96 MSTORE
    32 0 128 0 1 GAS STATICCALL POP
    0 MLOAD {owner} EQ 68 CALLDATALOAD {length} EQ AND {magic} MUL 224 SHL 0 MSTORE 32 0 RETURN
"""


def making(owner: bytes, length: int = LENGTH) -> bytes:
    """What makes the contract when it is deployed. Calldata of a call: address, value, then what is called with."""
    numbers = {"owner": int.from_bytes(owner, "big"), "length": length, "magic": MAGIC}
    code = _assembled(_BODY.format(**numbers))
    size = len(code)
    # size, size, 12, 0, CODECOPY, 0, RETURN; a byte that is never reached makes it twelve
    return bytes([0x60, size, 0x80, 0x60, 12, 0x60, 0, 0x39, 0x60, 0, 0xF3, 0]) + code


def _assembled(text: str) -> bytes:
    made, labels, jumps = bytearray(), {}, []
    for word in text.split():
        if word.endswith(":"):
            labels[word[:-1]] = len(made)
            made.append(_CODES["JUMPDEST"])
        elif word.startswith(":"):
            jumps.append((len(made) + 1, word[1:]))
            made += b"\x60\x00"
        elif word in _CODES:
            made.append(_CODES[word])
        else:
            number = int(word)
            size = max(1, (number.bit_length() + 7) // 8)
            made += bytes([0x5F + size]) + number.to_bytes(size, "big")
    for at, label in jumps:
        made[at] = labels[label]
    return bytes(made)


def call(to: str, value: int, data: str) -> str:
    """Calldata by which the wallet calls: `to` and `data` as in a transaction."""
    return "0x" + to[2:].rjust(64, "0") + value.to_bytes(32, "big").hex() + data[2:]


def signature(digest: bytes, owner: bytes) -> bytes:
    """What the contract accepts; `owner` is the key."""
    return sign_digest(digest, owner) + b"\0"


def accepts(owner: bytes, digest: bytes, given: bytes) -> bool:
    """What the contract says of a signature; `owner` is the address. Raises Rejected for what no key has made."""
    return len(given) == LENGTH and recover_signer(digest, given[:65]) == owner
