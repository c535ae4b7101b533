"""Serves the pages over the market in memory, for tests in a real browser: python -m tests.web.serve_market; prints its address."""

import trio

from node.web import create_app, serve
from node.web.pages import routes
from tests.web.conftest import SESSION_KEY, TOKEN, free_port
from tests.web.market import Market


async def main() -> None:
    port = free_port()
    stopping = trio.Event()
    app = create_app(
        Market(),
        host_name="ann",
        port=port,
        token=TOKEN,
        session_key=SESSION_KEY,
        stopping=stopping,
        pages_routes=routes,
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(serve, app, port, stopping)
        print(f"http://ann.localhost:{port}/unlock#token={TOKEN}", flush=True)


if __name__ == "__main__":
    trio.run(main)
