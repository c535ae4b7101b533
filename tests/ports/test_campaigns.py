"""The suite of the campaigns port: against the dev chain, against anvil, and against the fake."""

import pytest

from node.contracts.campaigns import EvmCampaigns
from node.contracts.create2 import address_everywhere
from tests.chains import start_chain
from tests.fakes.campaigns import MemoryCampaigns

from .campaigns_suite import CampaignsSuite
from .test_escrow import ComparedWorld, EvmWorld, MemoryWorld

EMPTY = b"\x77" * 20  # an address without code


class MemoryCampaignWorld(MemoryWorld):
    def campaigns(self, escrow):
        return MemoryCampaigns(self.chain, escrow)

    def without_campaigns(self, escrow):
        self.chain.without_campaigns = True
        return MemoryCampaigns(self.chain, escrow)


class EvmCampaignWorld(EvmWorld):
    def campaigns(self, escrow):
        return EvmCampaigns(escrow, address_everywhere("Campaign"))

    def without_campaigns(self, escrow):
        return EvmCampaigns(escrow, EMPTY)


class ComparedCampaignWorld(ComparedWorld, EvmCampaignWorld):
    pass


@pytest.fixture(scope="module")
def devchain_world():
    with start_chain("devchain") as url:
        yield EvmCampaignWorld(url)


@pytest.fixture(scope="module")
def anvil_world():
    with start_chain("anvil") as url:
        yield EvmCampaignWorld(url)


@pytest.fixture(scope="module")
def compared_world():
    with start_chain("anvil") as url:
        yield ComparedCampaignWorld(url)


class TestMemoryCampaigns(CampaignsSuite):
    @pytest.fixture
    def world(self):
        return MemoryCampaignWorld()


class TestDevChain(CampaignsSuite):
    @pytest.fixture
    async def world(self, devchain_world):
        yield devchain_world
        await devchain_world.aclose()


class TestAnvil(CampaignsSuite):
    @pytest.fixture
    async def world(self, anvil_world):
        yield anvil_world
        await anvil_world.aclose()


class TestTwoEndpoints(CampaignsSuite):
    @pytest.fixture
    async def world(self, compared_world):
        yield compared_world
        await compared_world.aclose()
