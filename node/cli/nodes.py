"""`etal init`, `run`, `status`, `page`, `words` and `demo`."""

import webbrowser
from pathlib import Path

import click

from node import config as configuration
from node.cli.client import Client, json_option, plain, show
from node.protocol.errors import EtalError, InputError


@click.command()
@click.option("--name", default="", help="How your stall is called.")
@click.option(
    "--rpc",
    default="",
    help="JSON-RPC URL of an EVM test network; without it the node only browses.",
)
@click.option("--escrow", default="", help="Address of the escrow contract on that chain.")
@click.option(
    "--escrow-since", default=0, type=click.IntRange(0), help="The block in which it was deployed."
)
@click.option(
    "--bootstrap", multiple=True, help="Multiaddr of a node to begin with; may be repeated."
)
@click.option("--restore", is_flag=True, help="Bring a stall back from its 24 recovery words.")
@click.pass_obj
def init(data_dir, name, rpc, escrow, escrow_since, bootstrap, restore) -> None:
    """Create a node: its keys, encrypted under a password, and its settings."""
    from node import keystore

    config_file = Path(data_dir) / configuration.CONFIG_FILE
    path = Path(data_dir) / "keystore.json"
    if path.exists():
        raise InputError("keystore.exists", f"A node lives in {data_dir} already.", None)
    seed = (
        keystore.from_words(click.prompt("Your 24 recovery words"))
        if restore
        else keystore.new_seed()
    )
    password = configuration.password()
    if password is None:
        password = click.prompt(
            f"Password for the keys (at least {keystore.MIN_PASSWORD} characters)",
            hide_input=True,
            confirmation_prompt=True,
        )
    if not config_file.exists():
        text = configuration.template(name, rpc, escrow, escrow_since, bootstrap)
        keystore.write_private(config_file, text.encode())
    try:
        configuration.load(Path(data_dir))
        keystore.write(path, seed, password)
    except InputError:
        config_file.unlink(missing_ok=True)
        raise
    click.echo(f"Your node lives in {data_dir}.")
    if not restore:
        click.echo(
            "\nWrite these 24 words on paper and keep them safe. They bring your stall back on any machine;\n"
            "whoever reads them owns it. They are shown by `etal words` again.\n"
        )
        words = keystore.to_words(seed).split()
        for row in range(0, 24, 6):
            click.echo(
                "  "
                + "  ".join(
                    f"{row + i + 1:2}. {word:<10}" for i, word in enumerate(words[row : row + 6])
                )
            )
        click.echo("")
    click.echo("Start it with `etal run`.")


@click.command()
@click.option(
    "--web-port",
    type=click.IntRange(0, 65535),
    help="Port of the local page, overriding the settings.",
)
@click.option(
    "--open/--no-open", "open_page", default=False, help="Open the page in a browser once it runs."
)
@click.pass_obj
def run(data_dir: str, web_port: int | None, open_page: bool) -> None:
    """Run the node until Ctrl-C. Its page opens at the address it prints."""
    import dataclasses
    import logging

    import trio

    from node import keystore
    from node import main as root

    config = configuration.load(Path(data_dir))
    if web_port is not None:
        config = dataclasses.replace(config, web_port=web_port)
    seed = keystore.read(config.keystore, _password())
    logging.basicConfig(
        level=config.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )

    async def whole() -> None:
        async with trio.open_nursery() as nursery:
            url = await nursery.start(root.run, config, seed)
            click.echo(
                f"Your stall is open: {url}\n(Ctrl-C ends it. Keep this address to yourself: it unlocks the page.)"
            )
            if open_page:
                await trio.to_thread.run_sync(webbrowser.open, url)

    try:
        trio.run(whole)
    except* KeyboardInterrupt:
        click.echo("Stopped.")
    except* EtalError as group:
        raise _first(group) from None


@click.command()
@click.option("--open/--no-open", "open_page", default=False, help="Open it in a browser.")
@click.pass_obj
def page(data_dir: str, open_page: bool) -> None:
    """Print the address that opens and unlocks the node's page."""
    url = Client(data_dir).url()
    click.echo(url)
    if open_page:
        webbrowser.open(url)


@click.command()
@json_option
@click.pass_obj
def status(data_dir: str, as_json: bool) -> None:
    """Show how the running node is doing."""
    show(Client(data_dir).call("GET", "/status"), as_json, _status_text)


@click.command()
@click.pass_obj
def words(data_dir: str) -> None:
    """Show the 24 recovery words again (asks for the password)."""
    from node import keystore

    seed = keystore.read(Path(data_dir) / "keystore.json", _password())
    click.echo(keystore.to_words(seed))


@click.command()
@click.option(
    "--check",
    is_flag=True,
    help="Make the whole sale without a browser, then end: exit code 0 when all went well.",
)
@click.option(
    "--web-port",
    default=4250,
    show_default=True,
    type=click.IntRange(1024, 65000),
    help="First of a few ports to use on this machine.",
)
@click.option(
    "--open/--no-open", "open_page", default=False, help="Open the buyer's page in a browser."
)
def demo(check: bool, web_port: int, open_page: bool) -> None:
    """Run a whole market on this machine: a test chain, a seller's node, a buyer's node.

    Nothing leaves this machine and no real money is involved. Ctrl-C ends everything and removes its data.
    """
    try:
        from node import demo as show_case
    except ImportError as error:
        raise InputError(
            "demo.missing",
            f"The demo needs its extra packages ({error.name}): pip install 'etal-market[demo]'",
            None,
        ) from None
    raise SystemExit(show_case.run(check=check, first_port=web_port, open_page=open_page))


def _first(group: BaseExceptionGroup) -> BaseException:
    inner: BaseException = group
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner


def _password() -> str:
    password = configuration.password()
    return click.prompt("Password", hide_input=True) if password is None else password


def _status_text(s: dict) -> str:
    chain = s["chain"]
    lines = [
        f"Étal {s['version']}, network {s['identity']['network']}",
        f"  stall      {plain(s['identity']['name']) or '(no name yet)'}  {s['identity']['persona']}",
        f"  wallet     {s['identity']['wallet'] or 'none'}"
        + (f", proceeds to {s['identity']['payout']}" if s["identity"]["payout"] else ""),
        f"  node       {s['peer']}",
        *[f"  reachable  {address}" for address in s["addresses"]],
        f"  contacts   {len(s['contacts'])}",
        "  records    "
        + (
            ", ".join(f"{count} {kind}" for kind, count in sorted(s["records"].items()))
            or "none yet"
        ),
        f"  chain      {chain.get('state', '')}"
        + (f", block {chain['head']}" if chain.get("head") else ""),
    ]
    if s["outbox"]:
        lines.append(f"  outbox     {s['outbox']} messages wait for their receipt")
    lines += [f"  ! {plain(problem)}" for problem in s["problems"]]
    return "\n".join(lines)
