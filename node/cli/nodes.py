"""`etal run`, `page`, `status` and `demo`."""

import os
import signal
from pathlib import Path

import click

from node.cli.client import Client
from node.cli.real_money import confirm
from node.cli.text import json_option, money, plain, show
from node.protocol.errors import EtalError, InputError, RuleError

BUSY_LIBRARIES = ("libp2p", "httpx", "httpcore", "multiaddr", "async_service", "hypercorn")
"""They tell every connection at INFO."""


@click.command()
@click.option(
    "--web-port",
    type=click.IntRange(1, 65535),
    help="Port of the local page, overriding the settings.",
)
@click.option(
    "--open/--no-open", "open_page", default=False, help="Open the page in a browser once it runs."
)
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input is closed.")
@click.pass_obj
def run(data_dir: str, web_port: int | None, open_page: bool, with_parent: bool) -> None:
    """Run the node until Ctrl-C. Its page opens at the address it prints.

    Asks for the password, or takes it from ETAL_PASSWORD or the file that ETAL_PASSWORD_FILE names. What it does is logged to
    stderr.

    \b
    Examples:
      etal run --open
      ETAL_PASSWORD_FILE=/run/secrets/etal etal run 2>> etal.log
    """
    import dataclasses
    import threading

    from node import config, keystore
    from node.cli.keys import password

    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = config.load(Path(data_dir))
    if web_port is not None:
        settings = dataclasses.replace(settings, web_port=web_port)
    seed = keystore.read(settings.keystore, password())
    try:
        _run_or_raise(settings, seed, open_page)
    except RuleError as fault:
        sentence = confirm(settings.data_dir / config.CONFIG_FILE, fault)
        _run_or_raise(dataclasses.replace(settings, real_money=sentence), seed, open_page)
    click.echo("Stopped.")


def _run_or_raise(settings, seed: bytes, open_page: bool) -> None:
    try:
        _run(settings, seed, open_page)
    except KeyboardInterrupt:
        pass
    except BaseExceptionGroup as group:
        _raise_first(group)


def _end_with_parent() -> None:
    """End this node when standard input is closed, as it is when whoever holds its other end has died."""
    os.read(0, 1)  # not sys.stdin: its lock mustn't be held when Python ends
    os.kill(os.getpid(), signal.SIGTERM)


def _run(settings, seed: bytes, open_page: bool) -> None:
    import logging
    import webbrowser

    import trio

    from node import main as root

    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    if settings.log_level != "DEBUG":
        for name in BUSY_LIBRARIES:
            logging.getLogger(name).setLevel(logging.WARNING)

    async def whole() -> None:
        async with trio.open_nursery() as nursery:
            url = await nursery.start(root.run, settings, seed)
            click.echo(
                f"Your stall is open: {url}\n(Ctrl-C ends it. Keep this address to yourself: it unlocks the page.)"
            )
            if open_page:
                await trio.to_thread.run_sync(webbrowser.open, url)

    trio.run(whole)


def _raise_first(group: BaseExceptionGroup) -> None:
    """Trio groups what its tasks raise. What a person can act on comes first; Ctrl-C is no error."""
    expected, unexpected = group.split(EtalError)
    if expected is not None:
        inner: BaseException = expected
        while isinstance(inner, BaseExceptionGroup):
            inner = inner.exceptions[0]
        raise inner from None
    _, unexpected = group.split(KeyboardInterrupt)
    if unexpected is not None:
        raise unexpected


@click.command()
@click.option("--open/--no-open", "open_page", default=False, help="Open it in a browser.")
@click.pass_obj
def page(data_dir: str, open_page: bool) -> None:
    """Print the address that opens and unlocks the node's page.

    \b
    Example:
      etal page --open
    """
    url = Client(data_dir).url()
    click.echo(url)
    if open_page:
        import webbrowser

        webbrowser.open(url)


@click.command()
@json_option
@click.pass_obj
def status(data_dir: str, as_json: bool) -> None:
    """Show how the running node is doing.

    \b
    Examples:
      etal status
      etal status --json | jq .chain
    """
    show(Client(data_dir).call("GET", "/status"), as_json, _status_text)


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
    """Run a whole market on this machine.

    A test chain, a seller's node with a catalogue and a buyer's node. Nothing leaves this machine and no real money is involved. Ctrl-C ends everything and removes its data.

    \b
    Examples:
      etal demo --open
      etal demo --check
    """
    try:
        from node import demo as show_case
    except ImportError as error:
        raise InputError(
            "demo.missing",
            f"The demo needs its extra packages ({error.name}): pip install 'etal-market[demo]'",
        ) from None
    raise SystemExit(show_case.run(check=check, first_port=web_port, open_page=open_page))


def _status_text(s: dict) -> str:
    me, chain = s["identity"], s["chain"]
    proceeds = me["payout"] if me["payout"] != me["wallet"] else None
    counted = ", ".join(f"{count} {kind}" for kind, count in sorted(s["records"].items()))
    lines = [
        f"Étal {s['version']}, network {me['network']}",
        f"  stall      {plain(me['name']) or '(no name yet)'}  {me['persona']}",
        f"  wallet     {me['wallet'] or 'none'}"
        + (f", proceeds to {proceeds}" if proceeds else ""),
        *[f"  holds      {_held(each)}" for each in s.get("balances", ())],
        f"  node       {s['peer']}",
        *[f"  reachable  {plain(address)}" for address in s["addresses"]],
        f"  contacts   {len(s['contacts'])}",
        f"  records    {counted or 'none yet'}",
        f"  chain      {plain(chain.get('state', 'none'))}"
        + (f", block {chain['head']}" if chain.get("head") else ""),
    ]
    if s["outbox"]:
        lines.append(f"  outbox     {s['outbox']} messages wait for their receipt")
    return "\n".join(lines + [f"  ! {plain(problem)}" for problem in s["problems"]])


def _held(balance: dict) -> str:
    if balance["amount"] is None:
        return f"{plain(balance['symbol'])}: not known while the chain doesn't answer"
    return money(balance)
