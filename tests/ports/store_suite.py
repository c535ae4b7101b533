"""What every Store does. Subclasses provide the fixture `store`, an empty one."""

from tests.ports.store_campaigns import CampaignsSuite
from tests.ports.store_cases import CasesSuite
from tests.ports.store_orders import ChainSuite, ContentSuite, OrdersSuite
from tests.ports.store_records import RecordsSuite
from tests.ports.store_search import SearchSuite


class StoreSuite(
    RecordsSuite, SearchSuite, OrdersSuite, CasesSuite, CampaignsSuite, ChainSuite, ContentSuite
):
    """All of it."""
