"""Orders as text for a terminal."""

from typing import Any

from node.cli.cases import shown_rows
from node.cli.text import moment, money, plain, table

ON_ITS_WAY = ("waiting", "sent", "unknown", "pending")


SETTLED = {
    "seen": "seen, in {}: the network could still undo it",
    "safe": "safe, in {}: undoing it would take a failure of the network",
    "final": "final: it can't be undone",
}
"""How settled the money's last event is -> what that means."""

REFUSED = {
    "signature": "it isn't the account's signature for this order",
    "spent": "it was used already, or taken back at the token",
    "funds": "the account doesn't hold the money",
    "small": "the price is below what the seller's node pays fees for",
    "time": "it was too near its end",
    "campaign": "the campaign takes no pledge by it",
    "failed": "it was sent, and the network pledged nothing by it",
}
"""Why a signed pledge isn't sent -> what that means."""


def on_its_way(o: dict) -> list[dict]:
    return [sent for sent in o["transactions"] if sent["status"] in ON_ITS_WAY]


def order_table(answer: dict) -> str:
    if not answer["orders"]:
        return "No orders."
    rows = [
        [
            o["id"][:12],
            o["side"],
            o["stage"],
            money(o["quote"]["total"]),
            o["listing"]["title"][:40],
        ]
        for o in answer["orders"]
    ]
    shown = table(rows, ["ORDER", "SIDE", "STAGE", "TOTAL", "LISTING"])
    if answer["next"]:
        shown += f"\nThere are older ones: the same with --after {answer['next']}"
    return shown


def _said(block: dict) -> str:
    """A block of an extension in one line: "quantity 2; variant blue"."""

    def flat(value: Any) -> str:
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    return "; ".join(f"{name.replace('_', ' ')} {flat(value)}" for name, value in block.items())


def order_text(o: dict) -> str:
    other, quote = o["counterparty"], o["quote"]
    rows = [
        ("order", o["id"]),
        ("you are", f"the {o['side']}; the other side: {other['name'] or other['id'][:12]}"),
        ("listing", o["listing"]["title"]),
        *(("ordered", _said(line)) for line in o["lines"]),
        *((("delivery", _said(o["delivery"])),) if o["delivery"] else ()),
        (
            "total",
            f"{money(quote['total'])}  (items {money(quote['items'])}, delivery {money(quote['delivery'])})",
        ),
        ("stage", o["stage"]),
        *_settled(o),
        *((name.replace("_", " "), moment(time)) for name, time in o["deadlines"].items()),
        *o["tracking"].items(),
        *(("shares", shared_text(payee)) for payee in o["payees"]),
    ]
    if o["escrow_id"]:
        rows.append(("on chain", f"{o['escrow_id']} at {o['contract']} on {o['chain']}"))
    if o["seller_proven"] and o["side"] == "buyer":
        rows.append(("seller", f"{o['terms']['seller']}, which the stall has proven to be its own"))
    if o["dispute"]:
        rows += _dispute(o["dispute"])
    rows += shown_rows(o["shown"])
    if claim := o["claim"]:
        owner = "the node's own wallet" if claim["wallet_is_node"] else claim["account"]
        waits = f"{money(claim['amount'])} in the contract, which couldn't be paid out: only {owner} can withdraw it"
        rows.append(("waits", waits))
    if o["terms"] and o["terms"].get("review") == 0:
        said = "nothing is sent for it; it goes back unless both agree otherwise (settle)"
        rows.append(("deposit", said))
    if about := o["pledge"]:
        rows.append(("pledge", _pledge(about)))
        if waits := about["claim"]:
            help = f"see `etal campaign show {about['campaign'][:14]}`"
            rows.append(("waits", f"{money(waits['amount'])} in the contract; {help}"))
    if held := o["held"]:
        rows.append(("held", f"{money(held)} in the contract"))
    rows += [("proposed", proposal_text(o, each)) for each in o["proposals"]]
    if draft := o["draft"]:
        rows.append(
            ("to sign", f"{_shares(draft)}. Sign it on the page, with the wallet that pays")
        )
    for sent in o["transactions"]:
        if sent["advice"]:
            name = sent["verb"].replace("_", "-")
            rows.append(("trouble", f"{name}: {' '.join(sent['advice'])}"))
    if o["authorized_until"]:
        rows.append(
            ("signed", f"the payment, which can be sent until {moment(o['authorized_until'])}")
        )
    if not o["followed"]:
        rows.append(("", "Your node doesn't follow that contract now: this is what it knew last."))
    if o["review"]:
        rows.append(("review", f"{o['review']['rating']} of 5. {o['review']['text']}"))
    if o["decline"]:
        rows.append(("declined", o["decline"].get("text") or o["decline"].get("reason", "")))
    for message in o["messages"]:
        if message["text"]:
            who = "you" if message["mine"] else "they"
            missing = "" if message["delivered"] else " (not delivered yet)"
            if message["given_up"]:
                missing = f" (sent in vain until {moment(message['given_up'])})"
            said = f"{moment(message['created'])}  {message['text']}{missing}"
            rows.append((f"{who} wrote", said))
    rows.append(("next", ", ".join(o["actions"]).replace("_", "-") or "nothing to do now"))
    return "\n".join(
        [plain(o["listing"]["title"]), *(f"  {plain(n):<11} {plain(v)}" for n, v in rows)]
    )


def _pledge(about: dict) -> str:
    """What of its price is in the campaign, and how that stands."""
    amount = money(about["amount"]) if about["amount"] else "nothing yet"
    safe = ", safe" if about["safe"] else ""
    told = f"{amount} of {money(about['price'])}{safe}; campaign {about['campaign'][:14]} is {about['stage']}"
    return f"{told}; {_signed(about)}" if about["signed"] and not about["amount"] else told


def _signed(about: dict) -> str:
    """What becomes of a pledge that was signed, for the seller's node to send."""
    until = moment(about["signed_until"])
    if about["signed"] == "waiting":
        return f"signed, and the seller's node can send it until {until}"
    if about["signed"] == "expired":
        return f"signed, but nobody sent it until {until}"
    why = REFUSED.get(about["refused"], about["refused"])
    return f"signed, but the seller's node doesn't send it: {why}"


def _settled(o: dict) -> list[tuple[str, str]]:
    if o["assurance"] not in SETTLED:
        return []
    count = o["confirmations"]
    blocks = f"{count} block{'' if count == 1 else 's'}"
    return [("money", SETTLED[o["assurance"]].format(blocks))]


def proposal_text(o: dict, proposal: dict) -> str:
    """Who proposes what, and what it needs."""
    who = "you" if proposal["mine"] else "they"
    until = f"until {moment(proposal['until'])}"
    if proposal["mine"]:
        needs = "they can take it" if proposal["binding"] else "it needs their consent"
    else:
        needs = (
            "`accept-settlement` takes it" if proposal["binding"] else "`accept-settlement` agrees"
        )
    return f"{who}, {until}: {_shares(proposal)}; {needs}"


def _shares(proposal: dict) -> str:
    shares = [
        f"{money(proposal[name])} {words}"
        for name, words in (
            ("to_buyer", "to the buyer"),
            ("to_seller", "to the seller"),
            ("left", "stays in escrow"),
        )
        if int(proposal[name]["amount"])
    ]
    return ", ".join(shares)


def shared_text(payee: dict) -> str:
    """Who shares the proceeds: "5 % to 0x… (Designer)", with what they have got of an order."""
    name = payee["name"] or "the referrer"
    text = f"{percent(payee['bps'])} of what the seller gets, to {payee['account']} ({name})"
    got = payee["got"]
    return text + (f": {money(got)} so far" if got and int(got["amount"]) else "")


def percent(bps: int) -> str:
    """1/10,000 as people say it: 250 -> "2.5 %"."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") + " %"


def _dispute(d: dict) -> list[tuple[str, str]]:
    """Who decides, or would, and what silence comes to."""
    who = d["arbiter"]["persona"]["name"] or d["arbiter"]["address"]
    rows = [("arbiter", f"{who}, who takes {money(d['fee'])} for a decision")]
    if d["ruled"]:
        return [*rows, ("decided", "by the arbiter")]
    if d["by"]:
        rows.append(("disputed", f"by the {d['by']}"))
    silence = " and ".join(f"{money(part)} to the {side}" for side, part in d["silence"].items())
    if d["silent"]:
        return [
            *rows,
            ("silent", f"the arbiter's time is over: {silence}, by `etal order timeout`"),
        ]
    return [*rows, ("if silent", silence)]


def moved_text(o: dict) -> str:
    text = order_text(o)
    if on_its_way(o):
        text += f"\nThe node is sending it to the chain; `etal order show {o['id'][:8]}` tells how it goes."
    return text


def several_text(answer: dict) -> str:
    """Orders that were placed, paid or released together, and what was left out."""
    parts = [moved_text(o) for o in answer["orders"]]
    parts += [
        f"Left out: {plain(each['id'][:12])}: {plain(each['message'])}"
        for each in answer["left_out"]
    ]
    ids = " ".join(o["id"][:12] for o in answer["orders"] if "fund" in o["actions"])
    if ids:
        parts.append(f"Pay by one transaction: etal order fund {ids}")
    return "\n\n".join(parts)
