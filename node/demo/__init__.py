"""`etal demo`: a whole market on one machine. A test chain with the escrow, a seller's node with a catalogue, a buyer's node.

The two nodes are processes of their own that know each other only through libp2p. Everything is gone when it ends.
"""

import signal
import sys
import tempfile
import webbrowser
from pathlib import Path

import click

from node.demo.market import Market, TroubleError
from node.demo.sale import make_pledge, make_sale
from node.protocol.errors import EtalError


def run(*, check: bool, first_port: int, open_page: bool) -> int:
    """Run the demo until Ctrl-C, SIGTERM or the end of its terminal, or with `check` make one sale in each asset and a pledge, and end.

    Returns an exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # nohup wants a hang-up ignored; a script's `&` has Ctrl-C ignored, although it may be sent to this process alone
        if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="etal-demo-") as folder,
            Market(Path(folder), first_port, say=_say) as market,
        ):
            if check:
                make_sale(market, "ETH", say=_say)
                make_sale(market, "tUSD", say=_say)
                make_pledge(market, say=_say)
                click.echo(
                    "The whole sale went well, paid in ETH and in the test dollar, and so did a pledge."
                )
                return 0
            _invite(market)
            if open_page:
                webbrowser.open(market.buyer.url)
            market.watch()
    except KeyboardInterrupt:
        click.echo("\nThe demo is over; its data is removed.")
        return 0
    except (TroubleError, EtalError) as trouble:
        click.echo(f"etal demo: {trouble}", err=True)
        return 1


def _interrupt(number: int, _: object) -> None:
    # A terminal that closes can say so twice, itself and through its shell: clearing up isn't cut short.
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _say(text: str) -> None:
    click.echo(f"  {text}", file=sys.stderr)


def _invite(market: Market) -> None:
    click.echo(f"""
The market is open. Two addresses, one for each side (each unlocks its page, so keep them in this window):

  buyer    {market.buyer.url}
  seller   {market.seller.url}

On the buyer's page: search, open a listing, choose "Practice wallet (demo)" and pay. On the seller's: accept and ship.
Then back to the buyer's: release the payment and write a review. The merino throw is a pre-order: pledge for it instead.
Any other EIP-6963 wallet works too, on this network:

  RPC {market.chain.url}, chain id {market.chain.chain_id}

A node of your own joins with these two; docs/guides/running.md says how its wallet gets coins:

  {market.joining}
  etal --data-dir third run

The command line speaks to these two as well, in another terminal after `. .venv/bin/activate`:

  etal --data-dir {market.buyer.data_dir} order list

Ctrl-C ends everything.""")
