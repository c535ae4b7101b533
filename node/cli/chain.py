"""`etal contract …`: the escrow on a test network."""

import dataclasses
from pathlib import Path

import click

from node.cli.text import json_option, show
from node.protocol.errors import Conflict, InputError, RuleError


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
    """Put the escrow on the chain, with the node's own wallet.

    It has the same address on every chain. Where it is there already, it is checked and nothing is paid: one escrow serves everybody on
    a chain. Its place is written into config.toml. Needs `rpc` there, and a little of the test network's coin in the wallet: when it is
    missing, the wallet is named.

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
    known = ("chain_id", "escrow", "escrow_since")
    changes = {key: found[key] for key in known if found[key] is not None}
    keystore.write_private(place, config.amended(config.text_of(place), changes).encode())
    show(found, as_json, _deployed_text)


def _deployed_text(it: dict) -> str:
    since = "" if it["escrow_since"] is None else f" since block {it['escrow_since']}"
    return "\n".join(
        [
            f"The escrow is at {it['escrow']} on chain {it['chain_id']}{since}.",
            *(
                []
                if it["deployed"]
                else ["It was there already, and its code is ours: nothing was paid."]
            ),
            "It is written into config.toml: start the node again.",
            *(
                [
                    "The chain's node can't tell since when it is there: write the block into config.toml as escrow_since."
                ]
                if it["escrow_since"] is None
                else []
            ),
        ]
    )


@contract.command("verify")
@click.option(
    "--address",
    default="",
    metavar="ADDRESS",
    help="In place of the escrow that the settings name.",
)
@click.option(
    "--rpc",
    multiple=True,
    metavar="URL",
    help="In place of the chain that the settings name; may be repeated.",
)
@json_option
@click.pass_context
def verify(context: click.Context, address: str, rpc: tuple[str, ...], as_json: bool) -> None:
    """Compare a contract's whole code with the escrow that this node knows.

    That is the one of the settings; where they name none, the one at the address that the escrow has on every chain. Nothing is sent
    or paid, and any chain may be asked.

    Exit code 0: they are the same. 1: they aren't, or the chain is another one. 5: the chain doesn't answer.

    \b
    Examples:
      etal contract verify
      etal contract verify --rpc https://sepolia.example --address 0x… --json
    """
    from node import config

    settings = _on_chain(context.obj, rpc)
    if address and not config.is_address(address):
        raise InputError("config.escrow", "an address is 0x and 40 hexadecimal digits", "--address")
    found = _await("verify_escrow", settings, address or settings.escrow)
    if not (as_json or found["same"]):
        raise RuleError("chain.code", found["problem"])
    show(found, as_json, _found_text)
    if not found["same"]:
        context.exit(1)


def _found_text(it: dict) -> str:
    expected = it["expected"]
    return "\n".join(
        [
            f"{it['escrow']} on chain {it['chain_id']} is the escrow that this node knows.",
            f"  version   {expected['version']}, {expected['compiler']}",
            f"  artifact  {expected['creation']} (keccak256 of the creation code)",
            f"  code      {it['code']} (keccak256 of all that is there, with this chain and address in it)",
        ]
    )


def _on_chain(data_dir: str, rpc: tuple[str, ...] = ()):
    from node import config

    settings = config.load(Path(data_dir))
    if rpc:
        settings = dataclasses.replace(settings, rpc=rpc, chain_id=0)
    if not settings.rpc:
        raise InputError(
            "config.rpc", "Write the chain's JSON-RPC URL into config.toml first.", "rpc"
        )
    return settings


def _await(verb: str, *arguments) -> dict:
    import trio

    from node import main as root

    return trio.run(getattr(root, verb), *arguments)
