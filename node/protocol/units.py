"""Currencies, assets and accounts: what their texts mean, and the exact conversion of a price."""

from node.protocol.encoding import MAX_AMOUNT
from node.protocol.errors import InputError
from node.protocol.escrow import NOBODY

# ISO 4217: decimal digits of the minor unit, where they aren't two.
NO_MINOR = {
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND"),
    *("VUV", "XAF", "XOF", "XPF"),
}
MINOR_UNITS = {
    **dict.fromkeys(NO_MINOR, 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_units(currency: str) -> int:
    """Decimal digits of an ISO 4217 currency."""
    return MINOR_UNITS.get(currency, 2)


def is_asset(unit: str) -> bool:
    """Whether a price unit is a CAIP-19 asset (else it is an ISO 4217 currency)."""
    return ":" in unit


def asset_chain(asset: str) -> str:
    """The CAIP-2 chain of a CAIP-19 asset."""
    return asset.partition("/")[0]


def asset_token(asset: str) -> bytes:
    """The escrow's token address for a CAIP-19 asset; zero is the chain's own coin. Raises InputError "offer.asset"."""
    namespace, _, reference = asset.partition("/")[2].partition(":")
    if namespace == "slip44":
        return NOBODY
    if namespace == "erc20" and len(reference) == 42:
        return bytes.fromhex(reference[2:])
    raise InputError("offer.asset", f"The escrow can't hold {asset}.", "asset")


def account_parts(account: str) -> tuple[str, bytes]:
    """The CAIP-2 chain and the 20-byte address of a CAIP-10 account."""
    chain, _, address = account.rpartition(":")
    return chain, bytes.fromhex(address[2:])


def convert(amount: int, unit: str, asset: str, decimals: int) -> int:
    """An amount in the smallest unit of `unit`, in the smallest unit of `asset`: one to one and exact.

    Raises InputError: offer.asset (the price is in another asset), offer.exact (the asset's units are too coarse),
    offer.amount (more than 2^128 - 1).
    """
    if is_asset(unit):
        if unit != asset:
            raise InputError("offer.asset", "This is priced in another asset.", "asset")
        result = amount
    else:
        shift = decimals - minor_units(unit)
        result, rest = (amount * 10**shift, 0) if shift >= 0 else divmod(amount, 10**-shift)
        if rest:
            raise InputError(
                "offer.exact", "This price can't be paid exactly in that asset.", "asset"
            )
    if result > MAX_AMOUNT:
        raise InputError("offer.amount", "The total is too large.", "lines")
    return result
