"""`etal order …`"""

import click

from node.cli.client import Client, json_option, money, plain, show, table

STAGES = (
    "placed", "funding", "funded", "accepted", "shipped", "disputed", "released", "refunded", "settled",
    "lapsed", "declined", "late", "expired",
)  # fmt: skip


@click.group()
def order() -> None:
    """See and move on what you buy and sell."""


@order.command("list")
@click.option(
    "--side", type=click.Choice(["buyer", "seller"]), help="Only what you buy, or what you sell."
)
@click.option("--stage", type=click.Choice(STAGES), help="Only orders at this stage.")
@json_option
@click.pass_obj
def list_orders(data_dir: str, side: str | None, stage: str | None, as_json: bool) -> None:
    """List orders, newest first."""
    answer = Client(data_dir).call("GET", "/orders", side=side, stage=stage)
    show(answer, as_json, _order_table)


@order.command("show")
@click.argument("id")
@json_option
@click.pass_obj
def show_order(data_dir: str, id: str, as_json: bool) -> None:
    """Show one order: what was bought, where the money is, what comes next."""
    show(Client(data_dir).call("GET", f"/orders/{id}"), as_json, _order_text)


@order.command("place")
@click.argument("listing")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of the order line, e.g. variant=blue or quantity=2.",
)
@click.option(
    "--delivery",
    "delivery",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of the delivery, e.g. shipping=post or name='A. Buyer'.",
)
@click.option(
    "--asset", help="CAIP-19 asset to pay with; default: the first that the listing accepts."
)
@click.option("--account", help="EVM address that will pay; default: the node's own wallet.")
@json_option
@click.pass_obj
def place(data_dir, listing, lines, delivery, asset, account, as_json) -> None:
    """Order LISTING (its id, as `etal search --json` shows). Nothing is paid yet: `etal order fund` does."""
    body = {
        "listing": listing,
        "lines": [_pairs(lines, "--line")],
        "delivery": _pairs(delivery, "--delivery"),
        "asset": asset,
        "account": account,
    }
    show(Client(data_dir).call("POST", "/orders", body), as_json, _order_text)


def _action(name: str, help: str, *options):
    def act(data_dir: str, id: str, as_json: bool, **body) -> None:
        answer = Client(data_dir).call(
            "POST", f"/orders/{id}/{name}", {k: v for k, v in body.items() if v is not None}
        )
        show(answer, as_json, _order_text)

    command = click.pass_obj(act)
    for option in (*reversed(options), json_option):
        command = option(command)
    command = click.argument("id")(command)
    order.command(name, help=help)(command)


_action("fund", "Pay an order from the node's own wallet into the escrow.")
_action("accept", "Seller: promise to ship a paid order.")
_action(
    "decline",
    "Seller: refuse an order; a payment in escrow can be taken back at once.",
    click.option("--text", default="", help="What to tell the buyer."),
)
_action(
    "ship",
    "Seller: say that it is on its way. The review period, which includes the transit time, starts.",
    click.option("--carrier", default="", help="Who carries it."),
    click.option("--tracking", default="", help="Tracking number."),
)
_action(
    "release",
    "Buyer: pay the seller out of the escrow (node's wallet; with another wallet use the page).",
)
_action("refund", "Seller: give the whole payment back.")
_action("timeout", "Anyone: carry out what the deadline decided.")
_action(
    "review",
    "Buyer: publish a review that proves the purchase.",
    click.option("--rating", type=click.IntRange(1, 5), required=True, help="1 to 5."),
    click.option("--text", default="", help="How it went."),
)
_action(
    "message",
    "Send the other side a note.",
    click.option("--text", required=True, help="The note."),
)


def _pairs(items: tuple[str, ...], option: str) -> dict[str, str]:
    pairs = {}
    for item in items:
        name, sign, value = item.partition("=")
        if not sign:
            raise click.BadParameter(f"{item!r} isn't NAME=VALUE", param_hint=option)
        pairs[name] = value
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
    return table(rows, ["ORDER", "SIDE", "STAGE", "TOTAL", "LISTING"])


def _order_text(o: dict) -> str:
    lines = [
        f"{plain(o['listing']['title'])}",
        f"  order      {o['id']}",
        f"  you are    the {o['side']}; the other side: {plain(o['counterparty']['name']) or o['counterparty']['id'][:12]}",
        f"  total      {money(o['quote']['total'])}  (items {money(o['quote']['items'])}, delivery {money(o['quote']['delivery'])})",
        f"  stage      {o['stage']}" + (f" ({o['assurance']})" if o["assurance"] != "none" else ""),
    ]
    if o["escrow_id"]:
        lines.append(f"  on chain   {o['escrow_id']} at {o['contract']} on {o['chain']}")
    for name, value in o["tracking"].items():
        lines.append(f"  {name:<10} {plain(value)}")
    if o["decline"]:
        lines.append(
            f"  declined   {plain(o['decline'].get('text') or o['decline'].get('reason', ''))}"
        )
    lines.append(f"  next       {', '.join(o['actions']) or 'nothing to do now'}")
    return "\n".join(lines)
