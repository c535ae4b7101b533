"""Who shares the proceeds of a listing, as its seller types it, and who sent a buyer, as an address says it."""

from collections.abc import Mapping
from typing import Any

from node.peer.views import ListingView
from node.protocol.errors import EtalError, InputError
from node.protocol.escrow import MAX_PAYEES, WHOLE
from node.protocol.fields import Address, Amount, Block, FieldSet, ListOf, Text
from node.protocol.kinds.listing.shares import MAX_PAYEE_NAME, MAX_REFERRAL_BPS
from node.protocol.patterns import address_from_text, address_to_text
from node.web.forms import Form

PERCENT = 2  # decimals of a share in percent, which is 1/10,000
FORM = "shares"
TYPED = FieldSet(
    {
        "payees": ListOf(
            Block(
                FieldSet(
                    {
                        "who": Text(1, MAX_PAYEE_NAME, title="Who that is"),
                        "to": Address(title="Account", help="An address such as 0x…"),
                        "share": Amount(title="Share (percent)"),
                    }
                )
            ),
            0,
            MAX_PAYEES,
            required=False,
            title="Payees",
        ),
        "referral": Amount(
            required=False,
            title="Share of whoever sends a buyer (percent)",
            help="At most 20. Buyers could send themselves, so count it as a discount that anybody may take.",
        ),
    }
)
FIELDS = FieldSet({FORM: Block(TYPED, required=False)})


class SharesForm:
    """Part of the form of a listing. `offer` is JSON-shaped as the listing's."""

    def __init__(self, offer: Mapping[str, Any] | None = None):
        offer = offer or {}
        payees = [
            {"who": each["name"], "to": each["to"], "share": str(each["bps"])}
            for each in offer.get("payees", ())
        ]
        referral = {"referral": str(offer["referral_bps"])} if offer.get("referral_bps") else {}
        self.form = Form(FIELDS, {FORM: {"payees": payees, **referral}}, decimals=PERCENT)

    def post(self, pairs: list[tuple[str, str]]) -> None:
        self.form = Form.posted(FIELDS, pairs, decimals=PERCENT)
        self._check()

    def _check(self) -> None:
        """What the peer would say of its own field, said beside what was typed."""
        given = self.form.value.get(FORM, {})
        shares = [(f"{FORM}.payees.{n}.share", each, WHOLE) for n, each in enumerate(self._payees)]
        shares.append((f"{FORM}.referral", {"share": given.get("referral")}, MAX_REFERRAL_BPS))
        for path, each, high in shares:
            share = each.get("share")
            if share is not None and not 1 <= int(share) <= high:
                wrong = f"A number from 0.01 to {high // 100} is expected."
                self.form.errors.setdefault(path, InputError("form.share", wrong, path))

    @property
    def _payees(self) -> list[dict[str, Any]]:
        return self.form.value.get(FORM, {}).get("payees", [])

    @property
    def offer(self) -> dict[str, Any]:
        """The part of an offer, JSON-shaped; only of a form without errors."""
        referral = self.form.value.get(FORM, {}).get("referral")
        payees = [
            {"to": each["to"], "bps": int(each["share"]), "name": each["who"]}
            for each in self._payees
        ]
        return {
            **({"payees": payees} if payees else {}),
            **({"referral_bps": int(referral)} if referral else {}),
        }

    def fail(self, error: EtalError) -> bool:
        """Put an error of the peer beside its input; whether it belongs here."""
        field = error.field or ""
        here = error.rule in ("listing.payees", "listing.shares")
        if not here and not field.startswith(("offer.payees", "offer.referral_bps")):
            return False
        path = field.removeprefix("offer.").replace(".bps", ".share").replace(".name", ".who")
        path = path.replace("referral_bps", "referral")
        self.form.fail(type(error)(error.rule, error.message, f"{FORM}.{path}".rstrip(".")))
        return True

    def context(self) -> dict[str, Any]:
        (block,) = self.form.inputs()
        payees, referral = block.children
        opened = bool(payees.children or referral.value or self.form.errors)
        return {"shares": self.form, "payees": payees, "referral": referral, "shared": opened}


def referrer(listing: ListingView, given: Mapping[str, Any]) -> str:
    """The account that an address names as `ref`, EIP-55; "" where it is none or the offer leaves nothing to a referrer."""
    account = address_from_text(str(given.get("ref", ""))[:64])
    return address_to_text(account) if account and any(account) and listing.referral_bps else ""
