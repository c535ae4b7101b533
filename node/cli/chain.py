"""`etal contract …`: the escrow on a test network."""

from pathlib import Path

import click

from node.cli.text import json_option, show
from node.protocol.errors import Conflict, InputError


@click.group()
def contract() -> None:
    """Deploy or check the escrow contract.

    \b
    Examples:
      etal contract deploy
      etal contract verify
    """


@contract.command("deploy")
@json_option
@click.pass_obj
def deploy(data_dir: str, as_json: bool) -> None:
    """Deploy the escrow with the node's own wallet.

    Its place is written into config.toml. Needs `rpc` there, and a little of the test network's coin in the wallet: when it is
    missing, the wallet is named. One escrow serves everybody on a chain: if there is one that others use, configure that instead.

    \b
    Examples:
      etal contract deploy
      etal contract deploy --json
    """
    from node import config, keystore
    from node.cli.keys import password

    settings = _on_chain(data_dir)
    if settings.escrow:
        raise Conflict("config.escrow", f"The settings name an escrow already: {settings.escrow}.")
    seed = keystore.read(settings.keystore, password())
    found = _await("deploy_escrow", settings, seed)
    place = settings.data_dir / config.CONFIG_FILE
    changes = {key: found[key] for key in ("chain_id", "escrow", "escrow_since")}
    keystore.write_private(place, config.amended(config.text_of(place), changes).encode())
    show(
        found,
        as_json,
        lambda it: (
            f"The escrow is at {it['escrow']} on chain {it['chain_id']} since block {it['escrow_since']}.\n"
            "It is written into config.toml: start the node again."
        ),
    )


@contract.command("verify")
@json_option
@click.pass_obj
def verify(data_dir: str, as_json: bool) -> None:
    """Compare the configured contract's whole code with the one that this node knows.

    Exit code 0: they are the same. 1: they aren't, or the chain is another one. 5: the chain doesn't answer.

    \b
    Example:
      etal contract verify
    """
    settings = _on_chain(data_dir)
    if not settings.escrow:
        raise InputError("config.escrow", "The settings name no escrow.", "escrow")
    show(
        _await("verify_escrow", settings),
        as_json,
        lambda it: f"{it['escrow']} on chain {it['chain_id']} is the escrow that this node knows.",
    )


def _on_chain(data_dir: str):
    from node import config

    settings = config.load(Path(data_dir))
    if not settings.rpc:
        raise InputError(
            "config.rpc", "Write the chain's JSON-RPC URL into config.toml first.", "rpc"
        )
    return settings


def _await(verb: str, *arguments) -> dict:
    import trio

    from node import main as root

    return trio.run(getattr(root, verb), *arguments)
