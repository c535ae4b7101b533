import boa
import pytest
from world import World


@pytest.fixture(scope="session")
def built():
    return World()


@pytest.fixture
def world(built):
    """A chain as it was deployed, whatever other tests did."""
    with boa.env.anchor():
        yield built
