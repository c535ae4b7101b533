"""The guides and the README tell the truth: commands parse, files exist, tables are those of the code, the example is for sale."""

import importlib.util
import json
import re
import shlex
from dataclasses import MISSING, fields
from pathlib import Path

import click
import pytest

from node.cli import etal
from node.cli.client import EXIT_CODES
from node.cli.listings import _prepared
from node.cli.orders import STAGES
from node.config import Config
from node.protocol.chains import CHAINS, SENTENCE
from node.protocol.errors import InputError
from tests.peer.market import ETH, market

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
GUIDES = ROOT / "docs" / "guides"
PROGRAMS = {".", "tests/run", "python3", "curl", "token=$(python3"}


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text("utf-8"), re.M | re.S)
    whole, part = [], ""
    for line in "".join(blocks).replace("\\\n", " ").splitlines():
        part += line + "\n"
        try:
            shlex.split(part, comments=True)
        except ValueError:
            continue  # a quotation goes on
        whole.append(part)
        part = ""
    assert part == "", "a quotation isn't closed"
    return whole


def commands(line: str) -> list[list[str]]:
    """The words of each command of a line, without comments and redirections."""
    words = shlex.split(line, comments=True)
    found: list[list[str]] = [[]]
    for word in words:
        if word in ("&&", "|", ";"):
            found.append([])
        elif word.startswith((">", "2>")):
            break
        else:
            found[-1].append(word)
    return [[w for w in each if not re.fullmatch(r"ETAL_\w+=.*", w)] for each in found if each]


def parse(words: list[str]) -> None:
    """Whether `etal <words>` names a command with options that it has, and all its arguments."""
    command: click.Command = etal
    context = click.Context(etal)
    while isinstance(command, click.Group):
        assert words, "a command is missing"
        name, words = words[0], words[1:]
        found = command.get_command(context, name)
        assert found is not None, f"there is no {name}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    # Types aren't looked at: ID, URL and BLOCK stand for what a reader fills in.
    given, _, _ = command.make_parser(context).parse_args(list(words))
    for each in command.params:
        if each.required:
            value = given.get(each.name)
            assert isinstance(value, str | tuple) and value, f"{each.name} is missing"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_documentation_exist(page):
    lines = shell_lines(page)
    inline = re.findall(r"`((?:\.venv/bin/)?etal [a-z][^`…]*)`", page.read_text("utf-8"))
    table = re.findall(r"\| `(\.venv/[^`]+)` \|", page.read_text("utf-8"))
    for line in [*lines, *table]:
        for words in commands(line):
            program = Path(words[0])
            if program.name == "etal":
                parse(words[1:])
            elif program.parts[:1] == (".venv",) and program.name == "python":
                assert (ROOT / words[1]).exists(), f"{words[1]} isn't there"
            elif words[:2] == ["python", "-m"]:
                assert importlib.util.find_spec(words[2]), f"there is no {words[2]}"
            else:
                assert words[0] in PROGRAMS or program.name == "pip", f"what is {words[0]}?"
    for text in inline:
        words = commands(text)[0][1:]
        command = etal.get_command(click.Context(etal), words[0])
        assert command is not None, text
        if isinstance(command, click.Group) and len(words) > 1 and words[1].isalpha():
            assert words[1] in command.commands, text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            heads = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.M)
            slugs = {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}
            assert anchor in slugs, target


@pytest.mark.parametrize(
    "line", ["etal order nothing x", "etal status --loud", "etal order ship", "etal"]
)
def test_the_test_sees_a_command_that_isnt_there(line):
    with pytest.raises((AssertionError, click.UsageError)):
        parse(commands(line)[0][1:])


def between(page: Path, mark: str) -> list[list[str]]:
    """The rows of the marked table, cell by cell."""
    text = page.read_text("utf-8").partition(f"<!-- {mark} -->")[2].partition("<!-- end -->")[0]
    rows = [line.strip("|").split("|") for line in text.strip().splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_the_table_of_settings_is_the_configurations():
    shown = {
        row[0].strip("`"): row[1].strip("`") for row in between(GUIDES / "running.md", "settings")
    }
    expected = {
        each.name: json.dumps(
            list(each.default) if isinstance(each.default, tuple) else each.default
        )
        for each in fields(Config)
        if each.default is not MISSING
    }
    assert shown == expected


def test_the_table_of_exit_codes_is_the_command_lines():
    rows = between(GUIDES / "running.md", "exit codes")
    assert {int(code): meaning for code, meaning in rows} == EXIT_CODES


def test_the_networks_are_those_that_are_accepted():
    text = " ".join((GUIDES / "running.md").read_text("utf-8").split())
    for chain in CHAINS.values():
        assert (str(chain.id) if "machine" in chain.name else chain.name) in text
    assert SENTENCE in text


def test_stages_in_the_guides_exist():
    text = (GUIDES / "selling.md").read_text("utf-8")
    rows = text.partition("| stage |")[2].splitlines()[2:]
    named = [row.split("|")[1].strip() for row in rows[: rows.index("")]]
    assert named
    assert set(named) <= set(STAGES)


class Uploads:
    """What a picture becomes when it is uploaded."""

    def call(self, method: str, path: str, body: bytes, alt: str) -> dict:
        assert (method, path, body) == ("POST", "/pictures", b"picture")
        return {"blob": "a" * 52, "type": "image/webp", "size": len(body), "alt": alt}


def example(folder: Path) -> dict:
    """The guide's listing, with the files that it names."""
    text = (GUIDES / "selling.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.S)
    (folder / "mug.jpg").write_bytes(b"picture")
    return json.loads(block)


async def test_the_example_in_the_guide_is_for_sale_with_nothing_but_a_chain(
    autojump_clock, tmp_path
):
    async with market() as m:
        known = {token.symbol: (token.asset, token.decimals) for token in m.seller.peer.tokens()}
        coin = {"ETH": known["ETH"]}
        ready = _prepared(Uploads(), example(tmp_path), [], tmp_path, lambda: coin)
        view = await m.seller.peer.save_listing(ready)
        assert (view.slug, view.price.amount) == ("stoneware-mug", ETH // 100)
        assert view.price.unit == known["ETH"][0]
        assert view.stock == 7
        assert [each.alt for each in view.pictures] == ["Terracotta mug with a pale band"]
        quote = m.seller.peer.quote(
            view.id,
            [{"variant": "ash", "quantity": 2}],
            {"option": "france", "name": "C", "address": ["X"], "country": "FR"},
        )
        assert quote.total.amount == (2 * 12 + 2) * ETH // 1000


@pytest.mark.parametrize(
    ("price", "unit", "amount"),
    [("28.00 USD", "USD", 2800), ("28.00 tUSD", "tUSD", 28_000_000)],
)
async def test_the_guides_other_prices_need_the_token(
    autojump_clock, tmp_path, price, unit, amount
):
    guide = (GUIDES / "selling.md").read_text("utf-8")
    assert f'"{price}"' in guide
    async with market() as m:
        known = {token.symbol: (token.asset, token.decimals) for token in m.seller.peer.tokens()}
        given = {**example(tmp_path), "price": price, "extensions": {"goods": {"condition": "new"}}}
        given["availability"] = {"goods": {"stock": {"": 1}}}
        given["extensions"]["goods"]["pickup"] = True
        ready = _prepared(Uploads(), given, [], tmp_path, lambda: known)
        view = await m.seller.peer.save_listing(ready)
        assert (view.price.amount, view.price.unit) == (amount, known.get(unit, (unit,))[0])
        with pytest.raises(InputError) as refused:
            await m.seller.peer.save_listing({**ready, "price": {"amount": "1", "unit": "CHF"}})
        told = f"{refused.value.field}: {refused.value.message}".replace("CHF", "USD")
        assert f"`etal: {told}`" in guide


async def test_the_example_of_the_api_is_for_sale(autojump_clock):
    text = (GUIDES / "api.md").read_text("utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", text, re.S)
    async with market() as m:
        view = await m.seller.peer.save_listing(json.loads(block))
        assert (view.title, view.stock, view.price.amount) == ("Blue teapot", 3, ETH // 100)


def test_every_decision_is_in_the_index():
    folder = ROOT / "docs" / "decisions"
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text("utf-8")))
    assert linked == {path.name for path in folder.glob("*.md")} - {"README.md"}
