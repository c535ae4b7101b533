"""The command line: arguments in, one API call out. Commands that need the node speak to the running one."""

import sys

import click

from node.cli import listings, nodes, orders
from node.cli.client import EXIT_CODES, exit_code
from node.config import default_data_dir
from node.protocol.errors import EtalError

EPILOG = (
    "Exit codes: " + ", ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + "."
)


class Commands(click.Group):
    """Turns our errors into one line on stderr and an exit code, for every command."""

    def invoke(self, context: click.Context):
        try:
            return super().invoke(context)
        except EtalError as fault:
            click.echo(f"etal: {fault}", err=True)
            context.exit(exit_code(fault))


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="etal-market", prog_name="etal")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=str),
    default=lambda: str(default_data_dir()),
    help="Where the node keeps its keys and records.  [default: the platform's own place, or ETAL_DATA_DIR]",
)
@click.pass_context
def etal(context: click.Context, data_dir: str) -> None:
    """Étal: a market stall of one's own.

    `etal demo` shows a whole sale on this machine. `etal init` and `etal run` open a stall for real.
    """
    context.obj = data_dir


for command in (
    nodes.demo,
    nodes.init,
    nodes.run,
    nodes.page,
    nodes.status,
    nodes.words,
    listings.search,
    listings.listing,
    orders.order,
):
    etal.add_command(command)


def main() -> None:
    """The entry point of `etal`."""
    try:
        etal(prog_name="etal")
    except BrokenPipeError:
        sys.exit(0)
