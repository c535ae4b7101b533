"""Encryption at rest of what only this node may read: order secrets, messages with postal addresses, private records."""

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from node.protocol.errors import Conflict, Unavailable
from node.store.database import Database

PROOF = b"etal store"
KEY_MARK = "key proof"


class Vault:
    """XSalsa20-Poly1305 (NaCl secretbox) under one 32-byte key, a fresh random nonce for each box."""

    def __init__(self, key: bytes) -> None:
        self._box = SecretBox(key)

    def __repr__(self) -> str:
        return "Vault(…)"

    def seal(self, plaintext: bytes) -> bytes:
        return bytes(self._box.encrypt(plaintext))

    def open(self, sealed: bytes) -> bytes:
        """Raises Unavailable "store.damaged" when these bytes weren't sealed with this key."""
        try:
            return self._box.decrypt(sealed)
        except CryptoError:
            raise Unavailable("store.damaged", "an encrypted row of the store is damaged") from None

    def prove(self, db: Database) -> None:
        """Check that this is the key that `db` was made with. Raises Conflict "store.key"."""
        proof = db.value("SELECT value FROM marks WHERE name = ?", (KEY_MARK,))
        if proof is None:
            db.change("INSERT INTO marks VALUES (?, ?)", (KEY_MARK, self.seal(PROOF)))
            return
        try:
            right = self._box.decrypt(proof) == PROOF
        except (CryptoError, ValueError):
            right = False
        if not right:
            raise Conflict(
                "store.key", "this key doesn't open this store: it belongs to another seed"
            )
