"""Every proof there is, and the contract that it is about. One that isn't found, or isn't here, is a failure: what didn't run
proves nothing."""

CURRENCIES = ("InCoin", "InToken")


def named(part: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{part}.check_{name}" for name in names)


def in_each(part: str, *names: str) -> tuple[str, ...]:
    return tuple(proof for currency in CURRENCIES for proof in named(part + currency, *names))


# fmt: off
ESCROW = (
    *named("Funding", "fund_coin", "fund_token", "fundWithPermit", "fundWithAuthorization", "fundMany"),
    *named("Marks", "deliver", "dispute"),
    *named("Strangers", "release", "releaseMany", "deliver", "dispute", "settle", "rule", "timeout", "withdraw"),
    *in_each("Money", "release", "releaseMany", "settle", "timeout", "withdraw"),
    *in_each("Rulings", "rule"),
    *in_each("Exits", "timeout", "release", "fund_release", "settle", "rule", "withdraw"),
    *named("Signatures", "settle_wallet", "settle_key", "settle_form", "deliver_wallet", "dispute_wallet", "ids", "id_after_a_split"),
    *named("Apart", "others", "callback"),
)
CAMPAIGN = (
    *named("CampaignOpening", "open"),
    *named("CampaignPledging", "coin", "token", "authorized"),
    *named("CampaignMarks", "cancel"),
    *in_each("CampaignMoney", "collect", "refund", "object", "withdraw"),
    *in_each("CampaignExits", "collect", "refund", "withdraw"),
    *named("CampaignSignatures", "open_wallet", "object_wallet", "cancel_wallet", "ids", "id_after_a_split"),
    *named("CampaignApart", "others", "callback"),
)
# fmt: on
PROOFS = dict.fromkeys(ESCROW, "Escrow") | dict.fromkeys(CAMPAIGN, "Campaign")

# Of each kind one that takes seconds.
QUICK = (
    "Marks.check_deliver",
    "Strangers.check_withdraw",
    "MoneyInCoin.check_withdraw",
    "ExitsInCoin.check_withdraw",
    "Signatures.check_id_after_a_split",
    "CampaignMarks.check_cancel",
)
