"""`etal order …`"""

import json
import re
import time
from typing import Any

import click

from node.cli.client import Client
from node.cli.text import json_option, moment, money, plain, show, table
from node.protocol.errors import Conflict, NotFound, Unavailable

STAGES = (
    "placed", "funding", "funded", "accepted", "shipped", "disputed", "released", "refunded", "settled",
    "lapsed", "declined", "cancelled", "late", "expired",
)  # fmt: skip
AT_ONCE = 100  # orders in one answer of the node
ON_ITS_WAY = ("waiting", "sent", "unknown", "pending")
WAIT_LIMIT = 300.0  # seconds that --wait waits at most
WAIT_STEP = 1.0
WAIT = click.option(
    "--wait", is_flag=True, help="Wait until the chain has taken it, at most five minutes."
)
LETTERS = re.compile(r"[a-z2-7]{1,52}")
NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


@click.group()
def order() -> None:
    """See and move on what you buy and sell.

    An order's ID may be shortened to its first letters.

    \b
    Examples:
      etal order place LISTING --line quantity=1 --delivery option=pickup
      etal order fund ID
      etal order list --side seller --stage funded
      etal order accept ID && etal order ship ID --carrier "La Poste" --tracking 6A123
    """


@order.command("list")
@click.option(
    "--side", type=click.Choice(["buyer", "seller"]), help="Only what you buy, or what you sell."
)
@click.option("--stage", type=click.Choice(STAGES), help="Only orders at this stage.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="At most so many.",
)
@click.option("--after", metavar="MARK", help="Go on where a list ended; it says with what MARK.")
@json_option
@click.pass_obj
def list_orders(
    data_dir: str,
    side: str | None,
    stage: str | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """List orders, newest first.

    \b
    Examples:
      etal order list --side seller --stage funded
      etal order list --limit 10
    """
    client = Client(data_dir)
    found: list[dict] = []
    more = True
    while more:  # an answer may hold fewer than were asked for and still go on
        count = min(limit - len(found), AT_ONCE)
        answer = client.call("GET", "/orders", side=side, stage=stage, limit=count, after=after)
        found += answer["orders"]
        after = answer["next"]
        more = after is not None and len(found) < limit
    show({"orders": found, "next": after}, as_json, _order_table)


@order.command("show")
@click.argument("id")
@json_option
@click.pass_obj
def show_order(data_dir: str, id: str, as_json: bool) -> None:
    """Show one order, and what comes next.

    \b
    Example:
      etal order show k3v7
    """
    show(Client(data_dir).call("GET", f"/orders/{_named(id)}"), as_json, _order_text)


@order.command("place")
@click.argument("listing")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of what is ordered, e.g. variant=blue or quantity=2.",
)
@click.option(
    "--delivery",
    "delivery",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of the delivery, e.g. option=post or name='A. Buyer'.",
)
@click.option("--text", default="", help="A note to the seller.")
@click.option(
    "--asset", help="CAIP-19 asset to pay with; default: the first that the listing accepts."
)
@click.option("--account", help="EVM address that will pay; default: the node's own wallet.")
@json_option
@click.pass_obj
def place(data_dir, listing, lines, delivery, text, asset, account, as_json) -> None:
    """Order LISTING, by its id as `etal search` shows.

    Nothing is paid yet: `etal order fund` does. A whole number of a line is sent as a number, anything else as text; NAME:=JSON sends any value.

    \b
    Examples:
      etal order place ID --line quantity=1 --delivery option=pickup
      etal order place ID --line variant=blue --line quantity=2 --delivery option=post \\
        --delivery name="C. Martin" --delivery address:='["12 rue des Lilas", "67000 Strasbourg"]' \\
        --delivery country=FR
    """
    body = {
        "listing": listing,
        "lines": [_pairs(lines, "--line", numbers=True)],
        "delivery": _pairs(delivery, "--delivery"),
        "asset": asset,
        "account": account,
        "text": text,
    }
    show(Client(data_dir).call("POST", "/orders", body), as_json, _order_text)


def _action(name: str, help: str, *options, example: str = "", sends: bool = False) -> None:
    """A command for one verb of an order. `sends`: it may need a transaction, which can be waited for."""

    def act(data_dir: str, id: str, as_json: bool, wait: bool = False, **body) -> None:
        client, verb = Client(data_dir), name.replace("-", "_")
        answer = client.call("POST", f"/orders/{_named(id)}/{verb}", body)
        if wait:
            answer = _settled(client, answer)
        show(answer, as_json, _moved_text)

    command = click.pass_obj(act)
    for option in (*reversed(options), *([WAIT] if sends else []), json_option):
        command = option(command)
    command = click.argument("id")(command)
    if sends:
        help += (
            "\n\nThe node sends what the chain needs, and goes on trying until it is done: this command only begins it, "
            "unless --wait is given. Then exit code 1 says that it was refused for good, 5 that it isn't through yet."
        )
    text = f"{help}\n\n\b\nExample:\n  etal order {name} k3v7{example and ' ' + example}"
    order.command(name, help=text, short_help=help.partition("\n")[0])(command)


def _on_its_way(o: dict) -> list[dict]:
    return [sent for sent in o["transactions"] if sent["status"] in ON_ITS_WAY]


def _settled(client: Client, o: dict) -> dict:
    """The order once nothing of it is on its way any more. Raises Conflict for what was refused for good, else Unavailable."""
    deadline = time.monotonic() + WAIT_LIMIT
    while _on_its_way(o):
        if time.monotonic() > deadline:
            raise Unavailable(
                "order.slow", "The chain hasn't taken it yet. The node goes on trying by itself."
            )
        time.sleep(WAIT_STEP)
        o = client.call("GET", f"/orders/{o['id']}")
    for sent in o["transactions"]:
        if sent["status"] in ("failed", "given_up") and sent["advice"]:
            raise Conflict(sent["rule"] or "order.failed", " ".join(sent["advice"]))
    return o


_action("fund", "Buyer: pay an order from the node's own wallet into the escrow.", sends=True)
_action(
    "cancel",
    "Buyer: take an order back that isn't paid.",
    click.option("--text", default="", help="What to tell the seller."),
    example='--text "Ordered twice, sorry."',
)
_action("accept", "Seller: promise to ship a paid order.")
_action(
    "decline",
    "Seller: refuse an order; what was paid goes back.",
    click.option("--text", default="", help="What to tell the buyer."),
    example='--text "Sold out, sorry."',
)
_action(
    "ship",
    "Seller: it is on its way. The review period starts, which includes the transit time.",
    click.option("--carrier", default="", help="Who carries it."),
    click.option("--tracking", default="", help="Tracking number."),
    example='--carrier "La Poste" --tracking 6A12345678901',
    sends=True,
)
_action("release", "Buyer: pay the seller out of the escrow, by the node's own wallet.", sends=True)
_action("refund", "Seller: give the whole payment back.", sends=True)
_action("timeout", "Anyone: carry out what the deadline decided.", sends=True)
_action(
    "take-back",
    "Buyer: fetch back what the seller refunded or a deadline returned.",
    sends=True,
)
_action(
    "withdraw",
    "Take what the contract couldn't pay out to the node's own wallet, all that waits for it in the order's money.",
    click.option("--to", metavar="ADDRESS", help="Where to send it; default: the wallet itself."),
    example="--to 0x52908400098527886E0F7030069857D2E4169EE7",
    sends=True,
)
for verb, does, default, as_said in (
    (
        "review",
        "Buyer: publish a review that proves the purchase.",
        lambda: _language(),
        "that of your locale",
    ),
    (
        "change-review",
        "Buyer: say something else in your review's place, stars and text.",
        None,
        "as it was",
    ),
):
    _action(
        verb,
        does,
        click.option("--rating", type=click.IntRange(1, 5), required=True, help="1 to 5."),
        click.option("--text", default="", help="How it went."),
        click.option(
            "--language",
            metavar="TAG",
            default=default,
            help=f"What the text is written in (BCP 47), such as fr; default: {as_said}.",
        ),
        example='--rating 5 --text "As shown, carefully packed."',
    )
_action("withdraw-review", "Buyer: take your review back. Another may be written then.")
_action(
    "message",
    "Send the other side a note.",
    click.option("--text", required=True, help="The note."),
    example='--text "Please ring at number 12."',
)


def _language() -> str:
    from node import config

    return config.language()


def _named(id: str) -> str:
    """An id or its first letters, which the node knows to complete. Raises NotFound for what is neither."""
    if not LETTERS.fullmatch(id):
        raise NotFound("order.unknown", "This node has no such order.")
    return id


def _pairs(items: tuple[str, ...], option: str, numbers: bool = False) -> dict:
    pairs = {}
    for item in items:
        name, sign, value = item.partition("=")
        if not sign or not name.strip(":"):
            raise click.BadParameter(f"{item!r} isn't NAME=VALUE", param_hint=option)
        if name.endswith(":"):
            try:
                pairs[name[:-1]] = json.loads(value)
            except ValueError:
                raise click.BadParameter(f"{value!r} isn't JSON", param_hint=option) from None
        else:
            pairs[name] = int(value) if numbers and NUMBER.fullmatch(value) else value
    return pairs


def _order_table(answer: dict) -> str:
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


def _order_text(o: dict) -> str:
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
        ("stage", o["stage"] + (f" ({o['assurance']})" if o["assurance"] != "none" else "")),
        *((name.replace("_", " "), moment(time)) for name, time in o["deadlines"].items()),
        *o["tracking"].items(),
    ]
    if o["escrow_id"]:
        rows.append(("on chain", f"{o['escrow_id']} at {o['contract']} on {o['chain']}"))
    if o["seller_proven"] and o["side"] == "buyer":
        rows.append(("seller", f"{o['terms']['seller']}, which the stall has proven to be its own"))
    if claim := o["claim"]:
        owner = "the node's own wallet" if claim["wallet_is_node"] else claim["account"]
        waits = f"{money(claim['amount'])} in the contract, which couldn't be paid out: only {owner} can withdraw it"
        rows.append(("waits", waits))
    for sent in o["transactions"]:
        if sent["advice"]:
            name = sent["verb"].replace("_", "-")
            rows.append(("trouble", f"{name}: {' '.join(sent['advice'])}"))
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


def _moved_text(o: dict) -> str:
    text = _order_text(o)
    if _on_its_way(o):
        text += f"\nThe node is sending it to the chain; `etal order show {o['id'][:8]}` tells how it goes."
    return text
