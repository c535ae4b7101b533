"""`etal order …`"""

import json
import re
from typing import Any

import click

from node.cli import agreements
from node.cli.cases import rule, show_arbiter
from node.cli.client import Client
from node.cli.moving import SENDS, SEVERAL, WAIT, named, settled, together
from node.cli.order_text import moved_text, order_table, order_text
from node.cli.text import json_option, show

STAGES = (
    "placed", "funding", "funded", "accepted", "shipped", "disputed", "released", "refunded", "settled",
    "lapsed", "declined", "cancelled", "late", "expired",
)  # fmt: skip
AT_ONCE = 100  # orders in one answer of the node
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
    show({"orders": found, "next": after}, as_json, order_table)


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
    show(Client(data_dir).call("GET", f"/orders/{named(id)}"), as_json, order_text)


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
@click.option(
    "--referrer",
    metavar="ADDRESS",
    help="EVM address of who sent you: gets the share that the seller leaves to a referrer.",
)
@click.option(
    "--arbiter",
    metavar="PERSONA",
    help="Who decides a dispute, of those whom the listing names, or none; default: the first whom you trust, or none.",
)
@json_option
@click.pass_obj
def place(
    data_dir, listing, lines, delivery, text, asset, account, referrer, arbiter, as_json
) -> None:
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
        "lines": [pairs(lines, "--line", numbers=True)],
        "delivery": pairs(delivery, "--delivery"),
        "asset": asset,
        "account": account,
        "text": text,
        "referrer": referrer,
        "arbiter": arbiter,
    }
    show(Client(data_dir).call("POST", "/orders", body), as_json, order_text)


def _action(
    name: str,
    help: str,
    *options,
    example: str = "",
    sends: bool = False,
    several: bool = False,
) -> None:
    """A command for one verb of an order. `sends`: it may need a transaction, which can be waited for. `several`: one transaction can
    do it for several orders."""

    def act(data_dir: str, id: Any, as_json: bool, wait: bool = False, **body) -> None:
        client, verb = Client(data_dir), name.replace("-", "_")
        if several and len(id) > 1:
            return together(client, verb, id, as_json, wait)
        id = id[0] if several else id
        if body.pop("without_fees", False):
            verb = "authorize"  # nothing is sent by this node, so there is nothing to wait for
            wait = False
        answer = client.call("POST", f"/orders/{named(id)}/{verb}", body)
        if wait:
            answer = settled(client, answer)
        return show(answer, as_json, moved_text)

    command = click.pass_obj(act)
    for option in (*reversed(options), *([WAIT] if sends else []), json_option):
        command = option(command)
    command = click.argument("id", **({"nargs": -1, "required": True} if several else {}))(command)
    if several:
        help += SEVERAL
    if sends:
        help += SENDS
    text = f"{help}\n\n\b\nExample:\n  etal order {name} k3v7{example and ' ' + example}"
    order.command(name, help=text, short_help=help.partition("\n")[0])(command)


_action(
    "fund",
    "Buyer: pay an order from the node's own wallet into the escrow.",
    sends=True,
    several=True,
)
_action(
    "pledge",
    "Buyer: pay a pre-order by a pledge to its campaign, from the node's own wallet. It binds until the campaign ends.",
    click.option(
        "--without-fees",
        is_flag=True,
        help="Sign it only: the seller's node sends it and pays the network's fee, where the offer says so.",
    ),
    example="--without-fees",
    sends=True,
)
_action(
    "authorize",
    "Buyer: pay by a signature of the node's wallet, which the seller's node sends; for a token, without coin for the fee.",
)
_action(
    "sign-release",
    "Buyer: release by a signature of the node's wallet, which the seller's node sends; without coin for the fee.",
)
_action(
    "relay",
    "Send what the buyer has signed (authorize), and pay the network's fee for it by the node's own wallet.",
    sends=True,
)
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
order.add_command(rule)
order.add_command(show_arbiter)
_action(
    "dispute",
    "Either: ask the order's arbiter to decide, by the node's own wallet. Try to agree first: that costs no fee.",
    sends=True,
)
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


order.add_command(agreements.release)
order.add_command(agreements.refund)
order.add_command(agreements.settle)
order.add_command(agreements.accept_settlement)
order.add_command(agreements.drop_draft)


def _language() -> str:
    from node import config

    return config.language()


def pairs(items: tuple[str, ...], option: str, numbers: bool = False) -> dict:
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
