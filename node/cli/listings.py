"""`etal search` and `etal listing …`"""

import json
from pathlib import Path

import click

from node.cli.client import Client, json_option, money, plain, show, table
from node.protocol.errors import InputError

MAX_FILE = 16 * 1024 * 1024


@click.command()
@click.argument("text", required=False, default="")
@click.option("--category", multiple=True, help="Only this category; may be repeated.")
@click.option("--country", help="Only what ships to this country (ISO 3166-1 alpha-2).")
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
def search(data_dir, text, category, country, sort, limit, after, as_json) -> None:
    """Search the listings that this node knows."""
    answer = Client(data_dir).call(
        "GET",
        "/search",
        q=text,
        category=category,
        country=country,
        sort=sort,
        limit=limit,
        after=after,
    )
    show(answer, as_json, _found)


@click.group()
def listing() -> None:
    """Manage what you sell."""


@listing.command("list")
@json_option
@click.pass_obj
def list_listings(data_dir: str, as_json: bool) -> None:
    """List your own listings."""
    show(Client(data_dir).call("GET", "/listings"), as_json, _mine)


@listing.command("show")
@click.argument("slug")
@json_option
@click.pass_obj
def show_listing(data_dir: str, slug: str, as_json: bool) -> None:
    """Show one of your listings."""
    client = Client(data_dir)
    me = client.call("GET", "/status")["identity"]["persona"]
    show(client.call("GET", f"/listings/{me}/{slug}"), as_json, _listing_text)


@listing.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--picture",
    "pictures",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A picture file; may be repeated.",
)
@json_option
@click.pass_obj
def add(data_dir: str, file: Path, pictures: tuple[Path, ...], as_json: bool) -> None:
    """Publish what FILE (JSON) describes: one listing, or a list of them.

    The fields are those of docs/spec/kinds.md; docs/guides/selling.md has an example.
    """
    listings = _read(file)
    client = Client(data_dir)
    uploaded = [
        client.call("POST", "/pictures", picture.read_bytes(), alt=picture.stem)
        for picture in pictures
    ]
    answers = []
    with click.progressbar(
        listings, label="Publishing", file=click.get_text_stream("stderr"), hidden=len(listings) < 2
    ) as bar:
        for item in bar:
            if uploaded:
                item = {**item, "pictures": [*item.get("pictures", []), *uploaded]}
            answers.append(client.call("POST", "/listings", item))
    show(
        answers[0] if len(answers) == 1 else {"listings": answers},
        as_json,
        lambda a: _listing_text(a) if "slug" in a else _mine(a),
    )


@listing.command("edit")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def edit(data_dir: str, slug: str, file: Path, as_json: bool) -> None:
    """Publish a new edition of SLUG from FILE (JSON)."""
    listings = _read(file)
    if len(listings) != 1:
        raise InputError("listing.one", "To edit, the file describes one listing.", None)
    show(Client(data_dir).call("PUT", f"/listings/{slug}", listings[0]), as_json, _listing_text)


@listing.command("withdraw")
@click.argument("slug")
@click.confirmation_option("--yes", prompt="Take this listing off the market?")
@json_option
@click.pass_obj
def withdraw(data_dir: str, slug: str, as_json: bool) -> None:
    """Take SLUG off the market. Orders that cite it go on."""
    show(
        Client(data_dir).call("DELETE", f"/listings/{slug}"),
        as_json,
        lambda _: f"{slug} is withdrawn.",
    )


def _read(file: Path) -> list[dict]:
    if file.stat().st_size > MAX_FILE:
        raise InputError("listing.file", f"{file} is larger than {MAX_FILE} bytes.", None)
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise InputError("listing.file", f"{file} isn't JSON: {error}", None) from None
    listings = content if isinstance(content, list) else [content]
    if not listings or not all(isinstance(item, dict) for item in listings):
        raise InputError(
            "listing.file", f"{file} holds neither a listing nor a list of listings.", None
        )
    return listings


def _found(answer: dict) -> str:
    rows = [
        [
            hit["title"][:44],
            money(hit["price"]),
            hit["author"]["name"] or hit["author"]["id"][:12],
            hit["state"],
        ]
        for hit in answer["hits"]
    ]
    if not rows:
        return "Nothing found. Try fewer words, or fewer filters."
    text = f"{answer['total']} found\n" + table(rows, ["TITLE", "PRICE", "SELLER", "STATE"])
    return text + (f"\nMore: --after {answer['next']}" if answer["next"] else "")


def _mine(answer: dict) -> str:
    if not answer["listings"]:
        return "No listings yet: `etal listing add FILE`."
    rows = [
        [
            item["slug"],
            item["title"][:44],
            money(item["price"]),
            "" if item["stock"] is None else str(item["stock"]),
            item["state"],
        ]
        for item in answer["listings"]
    ]
    return table(rows, ["SLUG", "TITLE", "PRICE", "STOCK", "STATE"])


def _listing_text(item: dict) -> str:
    return "\n".join(
        [
            plain(item["title"]),
            f"  slug       {item['slug']}",
            f"  id         {item['id']}",
            f"  price      {money(item['price'])}",
            f"  stock      {'not counted' if item['stock'] is None else item['stock']}",
            f"  state      {item['state']}",
        ]
    )
