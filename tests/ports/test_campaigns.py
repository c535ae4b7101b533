"""The suite of the campaigns port: against the fake."""

import pytest

from tests.fakes.campaigns import MemoryCampaigns

from .campaigns_suite import CampaignsSuite
from .test_escrow import MemoryWorld


class MemoryCampaignWorld(MemoryWorld):
    def campaigns(self, escrow):
        return MemoryCampaigns(self.chain, escrow)

    def without_campaigns(self, escrow):
        self.chain.without_campaigns = True
        return MemoryCampaigns(self.chain, escrow)


class TestMemoryCampaigns(CampaignsSuite):
    @pytest.fixture
    def world(self):
        return MemoryCampaignWorld()
