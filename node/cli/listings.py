"""`etal search` and `etal listing …`"""

import functools
import json
import sys
from pathlib import Path

import click

from node.cli.client import Client
from node.cli.order_text import percent, shared_text
from node.cli.text import as_json_text, json_option, moment, money, plain, show, table
from node.protocol.errors import EtalError, InputError, NotFound

MAX_FILE = 16 * 1024 * 1024
MAX_PICTURE = 10 * 1024 * 1024
TITLE_WIDTH = 44
readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("text", nargs=-1)
@click.option("--category", multiple=True, help="Only this category; may be repeated.")
@click.option(
    "--country",
    multiple=True,
    help="Only what is sent to this country: two letters (ISO 3166-1 alpha-2), such as FR; may be repeated.",
)
@click.option("--seller", metavar="PERSONA", help="Only this stall: the id of its persona.")
@click.option(
    "--facet",
    multiple=True,
    metavar="NAME:VALUE",
    help="Only what has this facet, such as condition:used; may be repeated. `--json` counts those there are.",
)
@click.option("--unit", metavar="SYMBOL", help="Only what is priced in this: EUR, ETH …")
@click.option("--min", "low", metavar="PRICE", help='At least this price, such as "10 EUR".')
@click.option("--max", "high", metavar="PRICE", help='At most this price, such as "0.05 ETH".')
@click.option("--available", is_flag=True, help="Only what can be had now.")
@click.option(
    "--sort",
    type=click.Choice(["best", "newest", "price", "-price"]),
    default="best",
    show_default=True,
)
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@click.option("--after", help="Continue after a page: the `next` of its JSON.")
@json_option
@click.pass_obj
def search(
    data_dir,
    text,
    category,
    country,
    seller,
    facet,
    unit,
    low,
    high,
    available,
    sort,
    limit,
    after,
    as_json,
) -> None:
    """Search the listings that this node knows.

    Prices in different kinds of money aren't compared: with --min or --max only what is priced in the same is found.

    \b
    Examples:
      etal search "blue teapot" --country FR --sort price
      etal search --category books --limit 100 --json
      etal search lamp --min "20 EUR" --max "80 EUR" --facet condition:used
    """
    client = Client(data_dir)
    answer = client.call(
        "GET",
        "/search",
        q=" ".join(text),
        category=category,
        country=[code.upper() for code in country],
        seller=seller,
        facet=facet,
        **_priced(client, unit, low, high),
        available="true" if available else None,
        sort=sort,
        limit=limit,
        after=after,
    )
    show(answer, as_json, _found)


def _priced(client: Client, symbol: str | None, low: str | None, high: str | None) -> dict:
    """The `unit`, `min` and `max` that the API takes. Raises InputError for what is no price, or is in several units."""
    from node.cli.prices import smallest_unit, unit_of

    assets = assets_of(client)
    units = {unit_of(symbol, "unit", assets())[0]} if symbol else set()
    bounds = {}
    for name, text in (("min", low), ("max", high)):
        if text is not None:
            bounds[name], unit = smallest_unit(text, name, assets)
            units.add(unit)
    if len(units) > 1:
        raise InputError("search.unit", "Give all prices in one currency or coin.")
    return {"unit": next(iter(units), None), **bounds}


@click.group()
def listing() -> None:
    """Manage what you sell.

    \b
    Examples:
      etal listing add mug.json --picture mug.jpg
      etal listing list
    """


@listing.command("list")
@json_option
@click.pass_obj
def list_listings(data_dir: str, as_json: bool) -> None:
    """List your own listings.

    \b
    Example:
      etal listing list --json
    """
    show(Client(data_dir).call("GET", "/listings"), as_json, _mine)


@listing.command("show")
@click.argument("slug", metavar="[PERSONA/]SLUG")
@click.option("--form", is_flag=True, help="Print your own in the form that `edit` takes.")
@json_option
@click.pass_obj
def show_listing(data_dir: str, slug: str, form: bool, as_json: bool) -> None:
    """Show one of your listings, or another stall's.

    \b
    Examples:
      etal listing show stoneware-mug
      etal listing show stoneware-mug --form > mug.json
    """
    client = Client(data_dir)
    if form:
        click.echo(as_json_text(client.call("GET", f"/listings/{_own(slug)}")))
        return
    author, _, slug = slug.rpartition("/")
    author = author or client.call("GET", "/status")["identity"]["persona"]
    show(client.call("GET", f"/listings/{_part(author)}/{_part(slug)}"), as_json, _listing_text)


@listing.command("add")
@click.argument("file", type=readable)
@click.option(
    "--picture",
    "pictures",
    multiple=True,
    type=readable,
    help="A picture file, described by the listing's title; may be repeated.",
)
@json_option
@click.pass_obj
def add(data_dir: str, file: Path, pictures: tuple[Path, ...], as_json: bool) -> None:
    """Publish what FILE (JSON) describes: one listing, or a list of them.

    The fields are those of docs/spec/kinds.md; docs/guides/selling.md has an example. A price is text such as "0.01 ETH" or
    "12.50 EUR", or {"amount", "unit"} in the smallest unit. A picture is a file beside FILE: {"file": "mug.jpg", "alt": "A blue mug"}. A listing whose
    slug exists already becomes its new edition.

    \b
    Examples:
      etal listing add mug.json --picture mug.jpg --picture handle.jpg
      etal listing add catalogue.json
    """
    listings = _read(file)
    if pictures and len(listings) != 1:
        raise click.UsageError(
            "--picture is for one listing: name the files in each one's pictures."
        )
    client = Client(data_dir)
    more = [{"file": path, "alt": str(listings[0].get("title", ""))} for path in pictures]
    assets = assets_of(client)
    answers: list[dict] = []
    with click.progressbar(
        listings, label="Publishing", file=sys.stderr, hidden=len(listings) < 2
    ) as bar:
        for item in bar:
            try:
                ready = _prepared(client, item, more, file.parent, assets)
                answers.append(client.call("POST", "/listings", ready))
            except EtalError as fault:
                if len(listings) > 1:
                    place = f" (number {len(answers) + 1} of {len(listings)}; those before it are published)"
                    raise type(fault)(fault.rule, fault.message + place, fault.field) from None
                raise
    one = len(answers) == 1
    show(answers[0] if one else {"listings": answers}, as_json, _listing_text if one else _mine)


@listing.command("edit")
@click.argument("slug")
@click.argument("file", type=readable)
@json_option
@click.pass_obj
def edit(data_dir: str, slug: str, file: Path, as_json: bool) -> None:
    """Publish a new edition of SLUG from FILE (JSON). Orders that cite the old one go on under its terms.

    \b
    Examples:
      etal listing show stoneware-mug --form > mug.json
      etal listing edit stoneware-mug mug.json
    """
    listings = _read(file)
    if len(listings) != 1:
        raise InputError("listing.one", "To edit, the file describes one listing.")
    client = Client(data_dir)
    client.call("GET", f"/listings/{_own(slug)}")  # a misspelt slug mustn't become a new listing
    ready = _prepared(client, listings[0], [], file.parent, assets_of(client))
    show(client.call("PUT", f"/listings/{slug}", ready), as_json, _listing_text)


@listing.command("withdraw")
@click.argument("slug")
@click.confirmation_option("--yes", prompt="Take this listing off the market?")
@json_option
@click.pass_obj
def withdraw(data_dir: str, slug: str, as_json: bool) -> None:
    """Take SLUG off the market. Orders that cite it go on.

    \b
    Example:
      etal listing withdraw stoneware-mug --yes
    """
    answer = Client(data_dir).call("DELETE", f"/listings/{_own(slug)}")
    show(answer, as_json, lambda _: f"{slug} is withdrawn.")


def _part(text: str) -> str:
    """One part of an address of the API."""
    if not text or "/" in text or text in (".", ".."):
        raise NotFound("listing.unknown", "There is no such listing.")
    return text


_own = _part


def _read(file: Path) -> list[dict]:
    if file.stat().st_size > MAX_FILE:
        raise InputError("listing.file", f"{file} is larger than {MAX_FILE} bytes.")
    try:
        content = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError("listing.file", f"{file} isn't JSON: {error}") from None
    listings = content if isinstance(content, list) else [content]
    if not listings or not all(isinstance(item, dict) for item in listings):
        raise InputError("listing.file", f"{file} holds neither a listing nor a list of listings.")
    return listings


def assets_of(client: Client):
    """What the running node pays and is paid with: asked for once, when a price is text."""

    @functools.cache
    def assets() -> dict[str, tuple[str, int]]:
        held = client.call("GET", "/status").get("balances", ())
        return {each["symbol"]: (each["asset"], each["decimals"]) for each in reversed(held)}

    return assets


def _prepared(client: Client, item: dict, more: list[dict], folder: Path, assets) -> dict:
    """The listing as the API takes it: prices exact, picture files uploaded."""
    from node.cli.prices import exact

    item = exact(item, assets)
    given = item.get("pictures", [])
    if not isinstance(given, list):
        raise InputError("listing.pictures", "a list is expected", "pictures")
    pictures = [
        _uploaded(client, each, folder, f"pictures.{number}")
        if isinstance(each, dict) and "file" in each
        else each
        for number, each in enumerate([*given, *more])
    ]
    return {**item, "pictures": pictures} if pictures else item


def _uploaded(client: Client, picture: dict, folder: Path, field: str) -> dict:
    path = picture["file"]
    if isinstance(path, str):  # named by the JSON file, so only what lies beside it
        path = (folder / path).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError("listing.picture", f"{picture['file']} isn't beside the file", field)
    if not isinstance(path, Path) or not path.is_file():
        raise InputError("listing.picture", f"there is no file {picture['file']}", field)
    if path.stat().st_size > MAX_PICTURE:
        raise InputError("listing.picture", f"{path} is larger than {MAX_PICTURE} bytes", field)
    return client.call("POST", "/pictures", path.read_bytes(), alt=str(picture.get("alt", "")))


def _found(answer: dict) -> str:
    rows = [
        [
            hit["title"][:TITLE_WIDTH],
            money(hit["price"]),
            (hit["author"]["name"] or hit["author"]["id"])[:20],
            hit["state"],
            hit["id"],
        ]
        for hit in answer["listings"]
    ]
    if not rows:
        meant = f" Did you mean {plain(answer['meant'])}?" if answer["meant"] else ""
        return f"Nothing found.{meant} Try fewer words, or fewer filters."
    text = f"{answer['total']} found\n" + table(rows, ["TITLE", "PRICE", "SELLER", "STATE", "ID"])
    return text + (f"\nMore: --after {answer['next']}" if answer["next"] else "")


def _mine(answer: dict) -> str:
    if not answer["listings"]:
        return "No listings yet: `etal listing add FILE`."
    rows = [
        [
            item["slug"],
            item["title"][:TITLE_WIDTH],
            money(item["price"]),
            "" if item["stock"] is None else str(item["stock"]),
            item["state"],
        ]
        for item in answer["listings"]
    ]
    return table(rows, ["SLUG", "TITLE", "PRICE", "STOCK", "STATE"])


def _arbiter_text(each: dict) -> str:
    from node.cli.arbiters import percent

    name = each["persona"]["name"] or each["persona"]["id"]
    trust = " (you trust it)" if each["chosen"] else ""
    return f"{name}{trust}, {percent(each['fee_bps'])}, within {each['ruling'] // 86_400} days"


def _listing_text(item: dict) -> str:
    rows = {
        "seller": item["author"]["name"] or item["author"]["id"],
        "slug": item["slug"],
        "id": item["id"],
        "price": money(item["price"]),
        "pay with": ", ".join(money(each) for each in item["pay_with"])
        or "nothing that this node knows",
        "stock": "not counted" if item["stock"] is None else item["stock"],
        "state": item["state"] + (f" ({item['obstacle']})" if item["obstacle"] else ""),
        "offer until": moment(item["offer_until"]),
        **{f"share {n}": shared_text(each) for n, each in enumerate(item["payees"], 1)},
    }
    if item["review"] == 0:
        rows["deposit"] = "nothing is sent for it; it goes back unless both agree otherwise"
    if item["pays_fees"]:
        rows["fees"] = "paid by the seller's node for a buyer without coin, who signs"
    if item["referral_bps"]:
        rows["referrer"] = f"{percent(item['referral_bps'])} are left to whoever sends a buyer"
    if item["arbiters"]:
        rows["arbiters"] = "; ".join(map(_arbiter_text, item["arbiters"]))
    return "\n".join(
        [plain(item["title"]), *(f"  {name:<11} {plain(value)}" for name, value in rows.items())]
    )
