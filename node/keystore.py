"""The seed at rest: encrypted under a password (Web3 Secret Storage v3, scrypt), and its recovery words (BIP-39).

One seed of 32 bytes derives every key of a node. Functions here block for about half a second: call them in a thread.
"""

import json
import os
import secrets
from pathlib import Path

import eth_keyfile
from mnemonic import Mnemonic

from node.protocol.errors import InputError

MAX_KEYSTORE_BYTES = 16 * 1024
SCRYPT_N = 2**17
MIN_PASSWORD = 8
CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
"""The keystore's format holds secp256k1 keys (SEC 2): it takes no seed of 0, nor one from here on."""


def new_seed() -> bytes:
    """32 unpredictable bytes."""
    return secrets.token_bytes(32)


def to_words(seed: bytes) -> str:
    """24 English recovery words (BIP-39) of a 32-byte seed."""
    return Mnemonic("english").to_mnemonic(seed)


def from_words(words: str) -> bytes:
    """The seed that 24 words stand for. Raises InputError "keystore.words"."""
    normal = " ".join(words.lower().split())
    if len(normal.split(" ")) != 24:
        raise InputError("keystore.words", "There are 24 recovery words.", "words")
    try:
        seed = bytes(Mnemonic("english").to_entropy(normal))
    except (ValueError, LookupError):
        raise InputError(
            "keystore.words",
            "These recovery words don't belong together: one is misspelt or misplaced.",
            "words",
        ) from None
    if not 0 < int.from_bytes(seed, "big") < CURVE_ORDER:
        raise InputError("keystore.words", "These words stand for no key.", "words")
    return seed


def write(path: Path, seed: bytes, password: str, *, scrypt_n: int = SCRYPT_N) -> None:
    """Encrypt `seed` into a new file of mode 0600; an existing keystore is never overwritten.

    Raises InputError "keystore.password" (too short) or "keystore.exists"."""
    if len(password) < MIN_PASSWORD:
        raise InputError(
            "keystore.password",
            f"The password needs at least {MIN_PASSWORD} characters.",
            "password",
        )
    if path.exists():
        raise InputError(
            "keystore.exists", f"{path} exists already: it is never overwritten.", None
        )
    sealed = eth_keyfile.create_keyfile_json(
        seed, password.encode(), version=3, kdf="scrypt", iterations=scrypt_n
    )
    sealed.pop("address", None)  # the seed isn't a wallet key: an address would only mislead
    write_private(path, json.dumps(sealed).encode())


def read(path: Path, password: str) -> bytes:
    """Decrypt the seed. Raises InputError "keystore.missing", "keystore.damaged" or "keystore.password"."""
    if not path.exists():
        raise InputError(
            "keystore.missing", f"No node lives in {path.parent}: run `etal init` first.", None
        )
    if path.stat().st_size > MAX_KEYSTORE_BYTES:
        raise InputError("keystore.damaged", f"{path} isn't a keystore.", None)
    try:
        sealed = json.loads(path.read_bytes())
        seed = eth_keyfile.decode_keyfile_json(sealed, password.encode())
    except (
        AttributeError,
        KeyError,
        TypeError,
        json.JSONDecodeError,
        UnicodeDecodeError,
        NotImplementedError,
    ):
        raise InputError("keystore.damaged", f"{path} isn't a keystore.", None) from None
    except ValueError:
        raise InputError("keystore.password", "The password is wrong.", "password") from None
    if len(seed) != 32:
        raise InputError("keystore.damaged", f"{path} doesn't hold a seed of 32 bytes.", None)
    return bytes(seed)


def write_private(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 so that a crash leaves the old one or the new one, whole."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
