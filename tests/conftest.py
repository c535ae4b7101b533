"""For every test: libraries for Ethereum raise the limit of recursion so far that the tests of hostile nesting would overflow
the C stack. The product undoes that where it imports them; the tests do so here, before anything else imports them."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from node.contracts.wallet import load_py_ecc
from tests.installed import CHROMIUM

load_py_ecc()

FIRST_PORT = int(os.environ.get("ETAL_TEST_PORT", "20000"))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
# tests at the same time look for free ports in different places
os.environ["ETAL_TEST_PORT"] = str(FIRST_PORT + 2_000 * int(WORKER))

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of a test run: Playwright's synchronous side can be started once in a process."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()
