"""Which accounts a persona binds to itself: those that its own public records name."""

from node.protocol.record import Record


def names(record: Record, account: str, address: bytes) -> bool:
    """Whether a record of one's own names this account (CAIP-10, and its 20 bytes)."""
    if record.kind == "arbiter":
        return record.body["account"] == account
    if record.kind == "campaign":
        return record.body["creator"] == address
    return record.body["offer"].get("seller") == address


def bound(profile: Record) -> list[str]:
    """The accounts that a profile of one's own names."""
    return [] if profile.gone else [each["account"] for each in profile.body["wallets"]]
