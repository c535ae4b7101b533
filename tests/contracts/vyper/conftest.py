import boa
import pytest
from campaign_world import CampaignWorld
from world import World


@pytest.fixture(scope="session")
def built():
    return World()


@pytest.fixture
def world(built):
    """A chain as it was deployed, whatever other tests did."""
    with boa.env.anchor():
        yield built


@pytest.fixture(scope="session")
def launched():
    return CampaignWorld()


@pytest.fixture
def campaigns(launched):
    """The same of campaigns, with a fresh reference beside the contract."""
    with boa.env.anchor():
        launched.begin()
        yield launched
