"""`etal cart …`"""

import click

from node.cli.client import Client
from node.cli.order_text import several_text
from node.cli.orders import pairs
from node.cli.text import json_option, money, show, table


@click.group()
def cart() -> None:
    """Gather things of several sellers, and order them at once.

    \b
    Examples:
      etal cart add LISTING --line quantity=1
      etal cart order --delivery option=post --delivery name="C. Martin" \\
        --delivery address:='["12 rue des Lilas", "67000 Strasbourg"]' --delivery country=FR
      etal order fund ID ID
    """


@cart.command("show")
@json_option
@click.pass_obj
def show_cart(data_dir: str, as_json: bool) -> None:
    """Show what is in the cart.

    \b
    Example:
      etal cart show
    """
    show(Client(data_dir).call("GET", "/cart"), as_json, cart_text)


@cart.command("add")
@click.argument("listing")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of what is ordered, e.g. variant=blue or quantity=2.",
)
@json_option
@click.pass_obj
def add(data_dir: str, listing: str, lines: tuple[str, ...], as_json: bool) -> None:
    """Put LISTING into the cart, by its id as `etal search` shows.

    \b
    Example:
      etal cart add ID --line variant=blue --line quantity=2
    """
    body = {"listing": listing, "line": pairs(lines, "--line", numbers=True)}
    show(Client(data_dir).call("POST", "/cart", body), as_json, cart_text)


@cart.command("remove")
@click.argument("number", type=click.IntRange(0, 999))
@json_option
@click.pass_obj
def remove(data_dir: str, number: int, as_json: bool) -> None:
    """Take line NUMBER out of the cart, as `etal cart show` counts them.

    \b
    Example:
      etal cart remove 0
    """
    show(Client(data_dir).call("DELETE", f"/cart/{number}"), as_json, cart_text)


@cart.command("order")
@click.option(
    "--delivery",
    "delivery",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of the delivery of every line, e.g. name='A. Buyer'.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NUMBER=VALUE",
    help="The way in which one line is delivered, where it isn't that of all.",
)
@click.option("--account", help="EVM address that will pay; default: the node's own wallet.")
@click.option("--text", default="", help="A note to each seller.")
@json_option
@click.pass_obj
def order(data_dir, delivery, options, account, text, as_json) -> None:
    """Place an order for each line that can be ordered.

    Nothing is paid yet: `etal order fund ID ID` pays all of them by one transaction. A line that can't be ordered stays, and is said.

    \b
    Examples:
      etal cart order --delivery option=pickup
      etal cart order --delivery option=post --delivery name="C. Martin" --delivery country=FR \\
        --delivery address:='["12 rue des Lilas", "67000 Strasbourg"]' --option 1=pickup
    """
    client, given = Client(data_dir), pairs(delivery, "--delivery")
    own = pairs(options, "--option")
    chosen = [
        {
            "number": line["number"],
            "seen": line["seen"],
            "delivery": _delivered(given, own.get(str(line["number"]))),
        }
        for line in client.call("GET", "/cart")["lines"]
        if line["listing"] and not line["obstacle"]
    ]
    body = {"lines": chosen, "account": account, "text": text}
    show(client.call("POST", "/cart/order", body), as_json, several_text)


def _delivered(given: dict, option: str | None) -> dict:
    chosen = {**given, "option": option} if option else given
    if chosen.get("option") == "pickup":
        return {name: chosen[name] for name in ("option", "contact") if name in chosen}
    return chosen


def cart_text(answer: dict) -> str:
    if not answer["lines"]:
        return "The cart is empty."
    rows = [
        [
            str(line["number"]),
            line["listing"]["title"][:40] if line["listing"] else "withdrawn",
            ", ".join(f"{name} {value}" for name, value in line["line"].items()),
            money(line["listing"]["price"]) if line["listing"] else "",
            line["obstacle"] or ("changed" if line["changed"] else ""),
        ]
        for line in answer["lines"]
    ]
    return table(rows, ["LINE", "LISTING", "ORDERED", "PRICE OF ONE", ""])
