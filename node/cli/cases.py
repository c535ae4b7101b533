"""`etal case …`, and the verbs of an order about its arbiter."""

import re
from pathlib import Path

import click

from node.cli.arbiters import Percent
from node.cli.client import Client
from node.cli.text import json_option, moment, money, show, table
from node.protocol.errors import InputError, NotFound

HEX = re.compile(r"(0x)?[0-9a-f]{1,64}")
LETTERS = re.compile(r"[a-z2-7]{1,52}")
MAX_PICTURE = 10 * 1024 * 1024
MORE = "There may be more. These are the ones that hold money, those about the largest sums first."
readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def case() -> None:
    """See and decide the disputes that name your node's account.

    A case's ID is that of its order in the contract, and may be shortened to its beginning.

    \b
    Examples:
      etal case list
      etal case show 0x3f2a
      etal order rule 0x3f2a --share 50
    """


@case.command("list")
@json_option
@click.pass_obj
def list_cases(data_dir: str, as_json: bool) -> None:
    """List your cases, those to be decided first.

    \b
    Example:
      etal case list
    """
    show(Client(data_dir).call("GET", "/cases"), as_json, _table)


@case.command("show")
@click.argument("id")
@json_option
@click.pass_obj
def show_case(data_dir: str, id: str, as_json: bool) -> None:
    """Show a case, and what its parties have shown you.

    \b
    Example:
      etal case show 0x3f2a
    """
    show(Client(data_dir).call("GET", f"/cases/{_case(id)}"), as_json, case_text)


@case.command("write")
@click.argument("id")
@click.option("--to", type=click.Choice(["buyer", "seller"]), required=True, help="Which party.")
@click.option("--text", required=True, help="What to ask or tell.")
@json_option
@click.pass_obj
def write(data_dir: str, id: str, to: str, text: str, as_json: bool) -> None:
    """Write to one party of a case.

    \b
    Example:
      etal case write 0x3f2a --to buyer --text "Have you a picture of it?"
    """
    answer = Client(data_dir).call("POST", f"/cases/{_case(id)}/write", {"text": text, "to": to})
    show(answer, as_json, case_text)


@click.command("rule")
@click.argument("id")
@click.option("--to-seller", metavar="AMOUNT", help='How much the seller gets, such as "0.01 ETH".')
@click.option(
    "--share", type=Percent(), metavar="PERCENT", help="Or which share of what your fee leaves."
)
@click.option("--preview", is_flag=True, help="Only tell what each would get.")
@click.option("--yes", is_flag=True, help="Don't ask whether it is meant.")
@json_option
@click.pass_obj
def rule(data_dir, id, to_seller, share, preview, yes, as_json) -> None:
    """Arbiter: decide a case by its id in the contract. Nobody can undo it.

    \b
    Examples:
      etal order rule 0x3f2a --share 50 --preview
      etal order rule 0x3f2a --to-seller "0.01 ETH" --yes
    """
    if (to_seller is None) == (share is None):
        raise click.UsageError("Give either --to-seller or --share.")
    client, wanted = Client(data_dir), _case(id)
    body = {"share_bps": share}
    if to_seller is not None:
        body = {"to_seller": _amount(client, wanted, to_seller)}
    seen = client.call("POST", f"/cases/{wanted}/preview", body)
    if preview:
        show(seen, as_json, _ruling_text)
        return
    if not yes:
        click.echo(_ruling_text(seen), err=True)
        click.confirm("Decide so? Nobody can undo it.", abort=True, err=True)
    show(client.call("POST", f"/cases/{wanted}/rule", body), as_json, case_text)


def _amount(client: Client, id: str, typed: str) -> str:
    """In the smallest unit of what is held. Raises InputError for another money."""
    from node.cli.prices import smallest_unit

    held = client.call("GET", f"/cases/{id}")["held"]
    units = {held["symbol"]: (held["unit"], held["decimals"])}
    amount, unit = smallest_unit(typed, "to_seller", lambda: units)
    if unit != held["unit"]:
        raise InputError("case.amount", f"The case is about {held['symbol']}.", "to_seller")
    return amount


@click.command("show-arbiter")
@click.argument("id")
@click.option("--message", metavar="ID", help="A message of the order, by its id or its beginning.")
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["lines", "delivery"]),
    help="A part of the order: what was ordered, or where it goes. May be repeated.",
)
@click.option("--picture", type=readable, help="A picture file.")
@click.option("--alt", default="", help="What the picture shows.")
@click.option("--text", help="A word of yours.")
@json_option
@click.pass_obj
def show_arbiter(data_dir, id, message, parts, picture, alt, text, as_json) -> None:
    """Either: show the order's arbiter something, while it decides. What is shown once can't be taken back.

    The arbiter sees only what you show; the other side doesn't see it. `etal order show ID --json` lists the messages with their ids.

    \b
    Examples:
      etal order show-arbiter k3v7 --part lines --text "It came broken."
      etal order show-arbiter k3v7 --picture crack.jpg --alt "The crack"
      etal order show-arbiter k3v7 --message q2m5
    """
    from node.cli.order_text import moved_text

    if not (message or parts or picture or text):
        raise click.UsageError("Say what to show: --message, --part, --picture or --text.")
    if not LETTERS.fullmatch(id):
        raise NotFound("order.unknown", "This node has no such order.")
    client, answer, order = Client(data_dir), {}, f"/orders/{id}"
    if parts:
        answer = client.call("POST", f"{order}/show_parts", {"parts": list(parts)})
    if message:
        body = {"message": _message(client, order, message)}
        answer = client.call("POST", f"{order}/show_message", body)
    if picture:
        if picture.stat().st_size > MAX_PICTURE:
            raise InputError("listing.picture", f"{picture} is larger than {MAX_PICTURE} bytes")
        answer = client.call("POST", f"{order}/show_picture", picture.read_bytes(), alt=alt)
    if text:
        answer = client.call("POST", f"{order}/tell_arbiter", {"text": text})
    show(answer, as_json, moved_text)


def _message(client: Client, order: str, beginning: str) -> str:
    ids = [each["id"] for each in client.call("GET", order)["messages"]]
    found = [each for each in ids if each.startswith(beginning)]
    if len(found) != 1:
        raise NotFound("case.message", "There is no such message in this order, or several.")
    return found[0]


def _case(id: str) -> str:
    """Raises NotFound for what is no id's beginning."""
    if not HEX.fullmatch(id.lower()):
        raise NotFound("case.unknown", "This node decides no such case.")
    return id.lower()


def _table(answer: dict) -> str:
    if not answer["cases"]:
        return "No cases: nobody has disputed an order that names your node's account."
    rows = [
        [c["id"][:14], c["stage"], money(c["held"]), moment(c["until"]), c["title"][:40]]
        for c in answer["cases"]
    ]
    found = table(rows, ["CASE", "STAGE", "HELD", "DECIDE BY", "LISTING"])
    return f"{found}\n\n{MORE}" if answer["cut"] else found


def _ruling_text(seen: dict) -> str:
    return "\n".join(
        f"  {label:<14} {money(seen[name])}"
        for name, label in (
            ("seller", "to the seller"),
            ("buyer", "to the buyer"),
            ("arbiter", "to you"),
        )
    )


def shown_rows(shown: list[dict]) -> list[tuple[str, str]]:
    """What was shown to an arbiter, and its answers, a row each."""
    rows = []
    for each in shown:
        who = "you" if each["mine"] else each["by"]
        what = {"listing": "the listing", "parts": ", ".join(each["parts"]), "picture": "a picture"}
        said = what.get(each["what"], "")
        if each["what"] == "message":
            said = f"{each['step']} by the {each['said_by']}, of {moment(each['said'])}"
            said += "" if each["follows"] else " (the message before it wasn't shown)"
        label = "answer" if each["what"] == "answer" else "shown"
        text = ": ".join(filter(None, (said, each["text"])))
        rows.append((label, f"{moment(each['created'])}  by {who}  {text}"))
    return rows


def case_text(c: dict) -> str:
    people = {side: c[side] and (c[side]["name"] or c[side]["id"]) for side in ("buyer", "seller")}
    rows = [
        ("case", c["id"]),
        ("stage", c["stage"]),
        ("disputed", f"by the {c['by']}; marked as sent: {'yes' if c['sent'] else 'no'}"),
        ("decide by", moment(c["until"])),
        ("held", f"{money(c['held'])}, your fee {money(c['fee'])}"),
        ("if silent", " and ".join(f"{money(v)} to the {k}" for k, v in c["silence"].items())),
        *(
            (side, f"{name or 'not shown yet'}, {c['accounts'][side]}")
            for side, name in people.items()
        ),
        *(("ordered", "; ".join(f"{k} {v}" for k, v in line.items())) for line in c["lines"]),
        *(
            (("delivery", "; ".join(f"{k} {v}" for k, v in c["delivery"].items())),)
            if c["delivery"]
            else ()
        ),
        *shown_rows(c["shown"]),
        ("next", ", ".join(c["actions"]) or "nothing to do now"),
    ]
    return "\n".join([c["title"] or "A dispute", *(f"  {n:<11} {v}" for n, v in rows)])
