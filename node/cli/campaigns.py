"""`etal campaign …`"""

import re
import time
from datetime import UTC, datetime
from typing import Any

import click

from node.cli.arbiters import Percent, percent
from node.cli.client import Client
from node.cli.listings import assets_of
from node.cli.moving import WAIT, settled
from node.cli.order_text import order_text
from node.cli.orders import pairs
from node.cli.prices import smallest_unit
from node.cli.text import json_option, moment, money, plain, show, table
from node.protocol.errors import InputError, NotFound

DAY = 86_400
ID = re.compile(r"(0x)?[0-9a-fA-F]{1,64}")
STAGES = {
    "unopened": "no pledge yet",
    "open": "open",
    "reached": "goal reached",
    "failed": "goal missed",
    "cancelled": "called off",
    "stopped": "stopped by backers",
    "paid": "paid out",
    "unknown": "not known now",
}
SENDS = "\n\nThe node's own wallet sends it, and goes on trying until the chain has it: this command only begins it."


class Part(click.ParamType):
    """A share and the days after the end: 40@0; becomes (1/10,000, days)."""

    name = "part"

    def convert(self, value, param, ctx):
        share, at, days = value.partition("@")
        if not at or not days.isdecimal():
            self.fail(f"{value!r} isn't PERCENT@DAYS, such as 40@0", param, ctx)
        return Percent().convert(share, param, ctx), int(days)


@click.group()
def campaign() -> None:
    """Sell things that are made once enough people have pledged, or pledge to them.

    All or nothing: if the goal is missed, everybody has their money back. A campaign's ID may be shortened to its beginning.

    \b
    Examples:
      etal campaign list
      etal campaign start SLUG --goal "5 ETH" --days 30 --part 40@0 --part 60@60
      etal campaign pledge ID --line quantity=1 --delivery option=pickup
    """


@campaign.command("list")
@json_option
@click.pass_obj
def list_campaigns(data_dir: str, as_json: bool) -> None:
    """List your campaigns, those that you have pledged to, and others that are open.

    \b
    Example:
      etal campaign list
    """
    show(Client(data_dir).call("GET", "/campaigns"), as_json, _table)


@campaign.command("show")
@click.argument("id")
@json_option
@click.pass_obj
def show_campaign(data_dir: str, id: str, as_json: bool) -> None:
    """Show how a campaign stands, and what you can do.

    \b
    Example:
      etal campaign show 0x3f
    """
    show(Client(data_dir).call("GET", f"/campaigns/{_id(id)}"), as_json, _text)


@campaign.command("start")
@click.argument("slug")
@click.option("--goal", required=True, help='What must come together, such as "5 ETH".')
@click.option(
    "--days", type=click.IntRange(1, 89), help="Takes pledges for so many days; or give --until."
)
@click.option("--until", help="Takes pledges until then: 2027-01-31T18:00, UTC.")
@click.option(
    "--part",
    "parts",
    type=Part(),
    multiple=True,
    metavar="PERCENT@DAYS",
    help="A share that you are paid, and how many days after the end; may be repeated, all together 100. Default: 100@0.",
)
@click.option(
    "--stop",
    type=Percent(),
    default="30",
    show_default=True,
    metavar="PERCENT",
    help="Backers who have given so much can stop the parts that aren't due yet; at most 50.",
)
@json_option
@click.pass_obj
def start(data_dir, slug, goal, days, until, parts, stop, as_json) -> None:
    """Start a campaign for your own listing SLUG, which says `preorder` in its offer.

    Your node's wallet signs it, which costs nothing. What is started can't be changed, and neither can the listing until it ends.

    \b
    Example:
      etal campaign start desk-lamp --goal "1200 tUSD" --days 30 --part 40@0 --part 60@60 --stop 30
    """
    client = Client(data_dir)
    amount, asset = smallest_unit(goal, "goal", assets_of(client))
    end = _end(days, until)
    tranches = [{"at": end + after * DAY, "bps": bps} for bps, after in parts or [(10_000, 0)]]
    body = {
        "listing": slug,
        "goal": amount,
        "asset": asset,
        "until": end,
        "stop_bps": stop,
        "tranches": sorted(tranches, key=lambda each: each["at"]),
    }
    show(client.call("POST", "/campaigns", body), as_json, _text)


def _end(days: int | None, until: str | None) -> int:
    if (days is None) == (until is None):
        raise click.UsageError("Say either --days or --until.")
    if days is not None:
        return int(time.time()) + days * DAY
    try:
        given = datetime.fromisoformat(until)
    except ValueError:
        raise InputError(
            "campaign.until", f"{until!r} isn't a time such as 2027-01-31T18:00", "until"
        ) from None
    return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())


@campaign.command("pledge")
@click.argument("id")
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
    "--without-fees",
    is_flag=True,
    help="Sign it only: the seller's node sends it and pays the network's fee, where the offer says so.",
)
@WAIT
@json_option
@click.pass_obj
def pledge(data_dir, id, lines, delivery, text, without_fees, wait, as_json) -> None:
    """Order what campaign ID is about, and pledge its price by the node's own wallet.

    A pledge binds until the campaign ends. The node opens the campaign in the contract where nobody has yet, and goes on trying
    until the pledge is there. For an order that is placed already: `etal order pledge`.

    \b
    Example:
      etal campaign pledge 0x3f --line quantity=1 --delivery option=pickup
      etal campaign pledge 0x3f --line quantity=1 --delivery option=pickup --without-fees
    """
    client = Client(data_dir)
    found = client.call("GET", f"/campaigns/{_id(id)}")
    body = {
        "listing": found["listing"]["id"],
        "lines": [pairs(lines, "--line", numbers=True)],
        "delivery": pairs(delivery, "--delivery"),
        "text": text,
    }
    placed = client.call("POST", "/orders", body)
    verb = "authorize" if without_fees else "pledge"
    answer = client.call("POST", f"/orders/{placed['id']}/{verb}", {})
    show(settled(client, answer) if wait and not without_fees else answer, as_json, order_text)


def _act(name: str, verb: str, help: str, confirm: str = "") -> None:
    def act(data_dir: str, id: str, as_json: bool) -> None:
        show(Client(data_dir).call("POST", f"/campaigns/{_id(id)}/{verb}", {}), as_json, _text)

    act.__doc__ = f"{help}{SENDS}\n\n    \b\n    Example:\n      etal campaign {name} 0x3f{' --yes' if confirm else ''}\n    "
    decorated = json_option(click.pass_obj(act))
    if confirm:
        decorated = click.confirmation_option("--yes", prompt=confirm)(decorated)
    campaign.command(name)(click.argument("id")(decorated))


_act(
    "object",
    "object",
    "Object to what is still to be paid, with what this node's wallet has pledged.",
)
_act("unobject", "unobject", "Object no more.")
_act(
    "cancel",
    "cancel",
    "Call your own campaign off: all that is left goes back to the backers.",
    "Give everything back that is left? Nobody can undo it.",
)
_act("collect", "collect", "Send what is due to the creator. Anyone may.")
_act("refund", "refund", "Send everybody's money back, a batch after the other. Anyone may.")


@campaign.command("withdraw")
@click.argument("id")
@click.option("--to", help="Another address that it is sent to.")
@json_option
@click.pass_obj
def withdraw(data_dir: str, id: str, to: str | None, as_json: bool) -> None:
    """Take what campaign ID couldn't pay to this node's wallet, which refused it.

    All that waits for it in this money is withdrawn at once. The node's own wallet sends it, and goes on trying until the chain has
    it: this command only begins it.

    \b
    Example:
      etal campaign withdraw 0x3f --to 0x52908400098527886E0F7030069857D2E4169EE7
    """
    body = {"to": to} if to else {}
    show(Client(data_dir).call("POST", f"/campaigns/{_id(id)}/withdraw", body), as_json, _text)


def _id(text: str) -> str:
    if not ID.fullmatch(text):
        raise NotFound("campaign.unknown", "This node knows no such campaign.")
    return text


def _raised(each: dict) -> str:
    if not each["raised"]:
        return f"goal {money(each['goal'])}"
    share = int(each["raised"]["amount"]) * 100 // int(each["goal"]["amount"])
    return f"{money(each['raised'])} of {money(each['goal'])} ({share} %)"


def _table(answer: dict) -> str:
    rows = [
        [
            each["listing"]["title"][:40],
            whose,
            STAGES[each["stage"]],
            _raised(each),
            moment(each["until"]),
            each["id"],
        ]
        for group, whose in (("mine", "yours"), ("joined", "pledged"), ("others", ""))
        for each in answer[group]
    ]
    heads = ["LISTING", "", "STATE", "RAISED", "UNTIL", "ID"]
    return table(rows, heads) if rows else "No campaign has reached this node yet."


def _text(each: dict) -> str:
    rows: dict[str, Any] = {
        "id": each["id"],
        "state": STAGES[each["stage"]] + (f": {each['trouble']}" if each["trouble"] else ""),
        "raised": _raised(each),
        "until": moment(each["until"]),
        "backers": _backers(each),
        "stops at": f"objections of {percent(each['stop_bps'])} of the money",
    }
    lines = [plain(each["listing"]["title"])]
    lines += [f"  {name:<9} {plain(value)}" for name, value in rows.items() if value]
    for part in each["tranches"]:
        amount = f", {money(part['amount'])}" if part["amount"] else ""
        lines.append(
            f"  part      {percent(part['bps'])}{amount} on {moment(part['at'])}: {part['state']}"
        )
    for own in each["pledges"]:
        objects = ", you object" if own["objects"] else ""
        lines.append(f"  pledged   {money(own['amount'])} from {plain(own['account'])}{objects}")
    for waits in each["claims"]:
        owner = "this node's wallet" if waits["wallet_is_node"] else plain(waits["account"])
        lines.append(
            f"  waits     {money(waits['amount'])} in the contract, which couldn't be paid out: only {owner} can withdraw it"
        )
    for sent in each["transactions"]:
        trouble = f": {sent['trouble']}" if sent["trouble"] else ""
        lines.append(f"  sent      {sent['verb']}, {sent['status']}{plain(trouble)}")
    if each["actions"]:
        lines.append(f"  you can   {', '.join(each['actions'])}")
    return "\n".join(lines)


def _backers(each: dict) -> str:
    if not each["backers"]:
        return ""
    return f"{each['backers']}, who gave {money(each['biggest'])} at most"
