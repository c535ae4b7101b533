"""The pages over a market in memory."""

import pytest

from node.web.pages import routes
from tests.web.conftest import Site
from tests.web.market import Market


@pytest.fixture
def peer() -> Market:
    return Market()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)
