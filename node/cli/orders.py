"""`etal order …`"""

import json
import re

import click

from node.cli.client import Client
from node.cli.text import json_option, moment, money, plain, show, table
from node.protocol.errors import NotFound

STAGES = (
    "placed", "funding", "funded", "accepted", "shipped", "disputed", "released", "refunded", "settled",
    "lapsed", "declined", "late", "expired",
)  # fmt: skip
AT_ONCE = 100  # orders in one answer of the node
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


def _action(name: str, help: str, *options, example: str = "") -> None:
    def act(data_dir: str, id: str, as_json: bool, **body) -> None:
        verb = name.replace("-", "_")
        answer = Client(data_dir).call("POST", f"/orders/{_named(id)}/{verb}", body)
        show(answer, as_json, _order_text)

    command = click.pass_obj(act)
    for option in (*reversed(options), json_option):
        command = option(command)
    command = click.argument("id")(command)
    text = f"{help}\n\n\b\nExample:\n  etal order {name} k3v7{example and ' ' + example}"
    order.command(name, help=text, short_help=help)(command)


_action("fund", "Buyer: pay an order from the node's own wallet into the escrow.")
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
)
_action("release", "Buyer: pay the seller out of the escrow, by the node's own wallet.")
_action("refund", "Seller: give the whole payment back.")
_action("timeout", "Anyone: carry out what the deadline decided.")
_action("take-back", "Buyer: fetch back what the seller refunded or a deadline returned.")
_action(
    "review",
    "Buyer: publish a review that proves the purchase.",
    click.option("--rating", type=click.IntRange(1, 5), required=True, help="1 to 5."),
    click.option("--text", default="", help="How it went."),
    example='--rating 5 --text "As shown, carefully packed."',
)
_action(
    "message",
    "Send the other side a note.",
    click.option("--text", required=True, help="The note."),
    example='--text "Please ring at number 12."',
)


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


def _order_text(o: dict) -> str:
    other, quote = o["counterparty"], o["quote"]
    rows = [
        ("order", o["id"]),
        ("you are", f"the {o['side']}; the other side: {other['name'] or other['id'][:12]}"),
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
    for sent in o["transactions"]:
        if sent["advice"]:
            name = sent["verb"].replace("_", "-")
            rows.append(("trouble", f"{name}: {' '.join(sent['advice'])}"))
    if not o["followed"]:
        rows.append(("", "Your node doesn't follow that contract now: this is what it knew last."))
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
