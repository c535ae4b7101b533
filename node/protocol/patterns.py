"""The shapes of text that fields and envelopes allow. Frozen with the protocol version; plain enough for CDDL's .regexp."""

import re

from eth_hash.auto import keccak

# C0 and C1 controls and DEL; in several lines tab and newline are allowed.
BAD_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f]")
BAD_IN_MULTILINE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

# The bound is in the pattern so that no other place can forget it.
MAX_NAME = 64  # characters
_SHORT = f"(?=.{{1,{MAX_NAME}}}$)"
SLUG = re.compile(f"{_SHORT}[a-z0-9]+(-[a-z0-9]+)*")
NAME = re.compile(f"{_SHORT}[a-z][a-z0-9]*([.-][a-z0-9]+)*")  # kinds, extensions, networks

LANGUAGE = re.compile("[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
CURRENCY = re.compile("[A-Z]{3}")
COUNTRY = re.compile("[A-Z]{2}|[*]")
CELL = re.compile("[0-9bcdefghjkmnpqrstuvwxyz]{1,4}")
INTEGER = re.compile("-?[0-9]{1,19}")
DIGITS = re.compile("[0-9]{1,39}")
HEX = re.compile("0x([0-9a-f]{2})*")

_CHAIN = "eip155:[1-9][0-9]{0,31}"
ASSET = re.compile(f"{_CHAIN}/(slip44:[0-9]{{1,10}}|erc20:0x[0-9a-f]{{40}})")
ACCOUNT = re.compile(f"{_CHAIN}:0x[0-9a-f]{{40}}")
UNIT = re.compile(f"{CURRENCY.pattern}|{ASSET.pattern}")

_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_ADDRESS_AT_END = re.compile("(.*)(0x[0-9a-fA-F]{40})")


def address_to_text(address: bytes) -> str:
    """EIP-55 text of 20 bytes."""
    digits = address.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if mark >= "8" else digit for digit, mark in zip(digits, marks, strict=False)
    )


def address_from_text(text: str) -> bytes | None:
    """20 bytes, or None where the text isn't an address or its mixed case isn't the EIP-55 checksum."""
    if not _ADDRESS.fullmatch(text):
        return None
    address = bytes.fromhex(text[2:])
    digits = text[2:]
    if digits in (digits.lower(), digits.upper()) or text == address_to_text(address):
        return address
    return None


def lower_address(text: object) -> object:
    """CAIP text with a checksummed address at its end, in lower case; anything else as it is."""
    if isinstance(text, str) and (found := _ADDRESS_AT_END.fullmatch(text)):
        address = address_from_text(found[2])
        if address is not None:
            return found[1] + "0x" + address.hex()
    return text


def for_cddl(pattern: re.Pattern) -> str:
    """The pattern as RFC 8610's .regexp takes it: XML Schema regular expressions have no look-ahead."""
    return re.sub("[(][?]=[^)]*[)]", "", pattern.pattern)
