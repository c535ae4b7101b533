"""`python -m node.devchain --port 8545 --chain-id 31337 --block-time 2`: run the chain until Ctrl-C or SIGTERM."""

import argparse
import os
import signal
import sys
import threading

from node.devchain.server import Server

MAX_CHAIN_ID = 4_503_599_627_370_476  # what wallets in the browser accept


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m node.devchain", description=__doc__)
    parser.add_argument("--port", type=int, default=8545, help="0: any free one")
    parser.add_argument("--chain-id", type=int, default=31337)
    parser.add_argument(
        "--block-time", type=float, default=2.0, help="seconds; 0: only with transactions"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input is closed"
    )
    options = parser.parse_args(arguments)
    if not 0 < options.chain_id <= MAX_CHAIN_ID or options.block_time < 0:
        parser.error("a chain id is 1 to 4503599627370476, a block time is not negative")
    try:
        server = Server(options.port, options.chain_id, options.block_time)
    except OSError as error:
        print(f"cannot listen on port {options.port}: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    if options.with_parent:
        threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    print(f"ready {server.url} chain {options.chain_id}", flush=True)
    server.serve()
    return 0


def _end_with_parent(server: Server) -> None:
    os.read(0, 1)  # not sys.stdin: its lock mustn't be held when Python ends
    server.stop()


if __name__ == "__main__":
    sys.exit(main())
