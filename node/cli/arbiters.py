"""`etal arbiter …`"""

import re
from decimal import Decimal, InvalidOperation

import click

from node.cli.client import Client
from node.cli.text import json_option, plain, show, table
from node.protocol.errors import NotFound

DAY = 86_400
LETTERS = re.compile(r"[a-z2-7]{52}")


class Percent(click.ParamType):
    """A share of a hundred, such as 2.5; becomes 1/10,000."""

    name = "percent"

    def convert(self, value, param, ctx):
        if isinstance(value, int):
            return value
        try:
            share = Decimal(value.removesuffix("%")) * 100
            if share != share.to_integral_value():
                raise InvalidOperation
            return int(share)
        except InvalidOperation:
            self.fail(f"{value!r} isn't a share such as 2.5", param, ctx)


@click.group()
def arbiter() -> None:
    """Choose who may decide your disputes, or decide those of others.

    A seller names arbiters in a listing, and a buyer's node proposes the first of them whom its owner trusts.

    \b
    Examples:
      etal arbiter list
      etal arbiter trust PERSONA
      etal arbiter offer --fee 5 --days 14 --language en --language fr
    """


@arbiter.command("list")
@json_option
@click.pass_obj
def list_arbiters(data_dir: str, as_json: bool) -> None:
    """List the arbiters that this node knows, those whom you trust first.

    \b
    Example:
      etal arbiter list
    """
    show(Client(data_dir).call("GET", "/arbiters"), as_json, _table)


@arbiter.command("show")
@click.argument("persona")
@json_option
@click.pass_obj
def show_arbiter(data_dir: str, persona: str, as_json: bool) -> None:
    """Show what an arbiter asks, by the id of its persona.

    \b
    Example:
      etal arbiter show PERSONA
    """
    show(Client(data_dir).call("GET", f"/arbiters/{_id(persona)}"), as_json, _text)


@arbiter.command("trust")
@click.argument("persona")
@json_option
@click.pass_obj
def trust(data_dir: str, persona: str, as_json: bool) -> None:
    """Let an arbiter be proposed where a seller names it.

    Trust those of whom you know that they are careful and belong to neither side.

    \b
    Example:
      etal arbiter trust PERSONA
    """
    show(Client(data_dir).call("PUT", f"/arbiters/{_id(persona)}/trust"), as_json, _table)


@arbiter.command("distrust")
@click.argument("persona")
@json_option
@click.pass_obj
def distrust(data_dir: str, persona: str, as_json: bool) -> None:
    """Propose an arbiter no more. Orders that name it go on as agreed.

    \b
    Example:
      etal arbiter distrust PERSONA
    """
    show(Client(data_dir).call("DELETE", f"/arbiters/{_id(persona)}/trust"), as_json, _table)


@arbiter.command("offer")
@click.option(
    "--fee",
    type=Percent(),
    required=True,
    metavar="PERCENT",
    help="Of the money held, only for a decision; at most 20.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=14,
    show_default=True,
    help="Time to decide, from the dispute on.",
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="TAG",
    help="One that you read and write (BCP 47), such as fr; may be repeated; default: that of your locale.",
)
@click.option("--about", default="", help="What you decide about, and how.")
@json_option
@click.pass_obj
def offer(data_dir: str, fee: int, days: int, languages, about: str, as_json: bool) -> None:
    """Offer to decide disputes with the node's own wallet, or change what you ask.

    Your public profile then proves that this account is yours, so that everybody can see what it pays and is paid.

    \b
    Example:
      etal arbiter offer --fee 5 --days 14 --language en --about "Ceramics, and parcels that broke on the way."
    """
    from node import config

    spoken = list(languages) or [config.language()]
    body = {"fee_bps": fee, "ruling": days * DAY, "languages": spoken}
    body |= {"about": about} if about else {}
    show(Client(data_dir).call("PUT", "/arbiter", body), as_json, _text)


@arbiter.command("withdraw")
@click.confirmation_option("--yes", prompt="Decide no more about new orders?")
@json_option
@click.pass_obj
def withdraw(data_dir: str, as_json: bool) -> None:
    """Decide no more. Orders that name you already still count on you.

    \b
    Example:
      etal arbiter withdraw --yes
    """
    answer = Client(data_dir).call("DELETE", "/arbiter")
    show(answer, as_json, lambda _: "Withdrawn. Orders that name you already go on as agreed.")


def _id(persona: str) -> str:
    if not LETTERS.fullmatch(persona):
        raise NotFound("arbiter.unknown", "This node knows no such arbiter.")
    return persona


def percent(bps: int) -> str:
    """A share in 1/10,000: "2.5 %"."""
    share = f"{Decimal(bps) / 100:f}"
    return (share.rstrip("0").rstrip(".") if "." in share else share) + " %"


def _table(answer: dict) -> str:
    rows = [
        [
            each["persona"]["name"] or each["persona"]["id"][:12],
            percent(each["fee_bps"]),
            f"{each['ruling'] // DAY} days",
            ", ".join(each["languages"]),
            "yes" if each["chosen"] else "",
            each["persona"]["id"],
        ]
        for each in answer["arbiters"]
    ]
    heads = ["NAME", "FEE", "DECIDES IN", "LANGUAGES", "TRUSTED", "PERSONA"]
    shown = table(rows, heads) if rows else "No arbiter has reached this node yet."
    if own := answer["own"]:
        shown += (
            f"\nYou decide yourself: {percent(own['fee_bps'])}, within {own['ruling'] // DAY} days."
        )
    return shown


def _text(each: dict) -> str:
    rows = {
        "persona": each["persona"]["id"],
        "account": each["account"] + ("" if each["proven"] else "  (not proven to be its own)"),
        "fee": f"{percent(each['fee_bps'])} of the money held, only for a decision",
        "decides in": f"{each['ruling'] // DAY} days",
        "languages": ", ".join(each["languages"]),
        "trusted": "yes" if each["chosen"] else "no",
        "about": each["about"],
    }
    name = each["persona"]["name"] or each["persona"]["id"][:12]
    return "\n".join([plain(name), *(f"  {n:<11} {plain(v)}" for n, v in rows.items() if v)])
