"""`etal order release | refund | settle | accept-settlement`: all of the money that is held, or parts."""

import click

from node.cli.client import Client
from node.cli.moving import SENDS, SEVERAL, WAIT, named, settled, together
from node.cli.order_text import moved_text
from node.cli.prices import amount_of
from node.cli.text import json_option, show


def _amount(text: str | None, order: dict, field: str) -> str | None:
    """ "12.50" or "12.50 tUSD" in the money that the order is paid in -> its smallest unit."""
    if text is None:
        return None
    total = order["quote"]["total"]
    return amount_of(text, total["symbol"], total["decimals"], field)


def _paying(name: str, does: str, part: str, several: bool = False):
    """`several`: one transaction can do it for several orders, of each the whole."""

    @click.command(
        name,
        help=f"{does}\n\nWith --amount only a part of what is held, in the money of the order; the rest stays.{SEVERAL if several else ''}{SENDS}"
        f"\n\n\b\nExamples:\n  etal order {name} k3v7\n  etal order {name} k3v7 --amount 12.50",
        short_help=does,
    )
    @click.argument("ids", metavar="ID...", nargs=-1 if several else 1, required=True)
    @click.option("--amount", help=part)
    @WAIT
    @json_option
    @click.pass_obj
    def command(data_dir: str, ids, amount: str | None, wait: bool, as_json: bool) -> None:
        client = Client(data_dir)
        if several and len(ids) > 1:
            if amount is not None:
                raise click.UsageError("--amount is for one order.")
            return together(client, name, ids, as_json, wait)
        id = named(ids[0] if several else ids)
        body = {}
        if amount is not None:
            found = client.call("GET", f"/orders/{id}")
            body["amount"] = _amount(amount, found, "amount")
        answer = client.call("POST", f"/orders/{id}/{name}", body)
        return show(settled(client, answer) if wait else answer, as_json, moved_text)

    return command


release = _paying(
    "release",
    "Buyer: pay the seller out of the escrow, by the node's own wallet.",
    "Pay only so much now, as for a milestone.",
    several=True,
)
refund = _paying("refund", "Seller: give the payment back.", "Give only so much back.")


@click.command("settle")
@click.argument("id")
@click.option("--to-buyer", metavar="AMOUNT", help="What the buyer gets.")
@click.option("--to-seller", metavar="AMOUNT", help="What the seller gets.")
@click.option("--text", default="", help="What to tell the other side.")
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=14,
    show_default=True,
    help="How long it stands. It can't be taken back before.",
)
@json_option
@click.pass_obj
def settle(data_dir, id, to_buyer, to_seller, text, days, as_json) -> None:
    """Propose who gets how much of what the escrow holds; the rest stays there.

    What you give by it you sign: until it ends, or something else is paid, the other side can have the contract carry it out. What
    they would give needs their consent. `accept-settlement` is how they give it.

    \b
    Examples:
      etal order settle k3v7 --to-buyer 12.50 --text "For the scratch."
      etal order settle k3v7 --to-buyer 20 --to-seller 30
    """
    client, id = Client(data_dir), named(id)
    found = client.call("GET", f"/orders/{id}")
    body = {
        "to_buyer": _amount(to_buyer, found, "to_buyer") or "0",
        "to_seller": _amount(to_seller, found, "to_seller") or "0",
        "text": text,
        "days": days,
    }
    show(client.call("POST", f"/orders/{id}/settle", body), as_json, moved_text)


@click.command("accept-settlement")
@click.argument("id")
@click.option(
    "--proposal", metavar="ID", help="Which one, as --json lists them; default: the latest."
)
@WAIT
@json_option
@click.pass_obj
def accept_settlement(data_dir, id, proposal, wait, as_json) -> None:
    """Agree to what the other side proposes.

    `etal order show` says what that is. The contract carries it out: the node sends it, and goes on trying until it is done, unless it doesn't stand any more.

    \b
    Example:
      etal order accept-settlement k3v7
    """
    client, id = Client(data_dir), named(id)
    answer = client.call("POST", f"/orders/{id}/accept_settlement", {"proposal": proposal})
    show(settled(client, answer) if wait else answer, as_json, moved_text)


@click.command("drop-draft")
@click.argument("id")
@json_option
@click.pass_obj
def drop_draft(data_dir, id, as_json) -> None:
    """Forget what the wallet in the browser was to sign or send.

    \b
    Example:
      etal order drop-draft k3v7
    """
    client = Client(data_dir)
    show(client.call("POST", f"/orders/{named(id)}/drop_draft", {}), as_json, moved_text)
