"""Orders are paid here by their own hand, without the payments that bill them: the shop writes its invoices elsewhere."""

from typing import Any

import pytest

from apps.merchants.models import Merchant
from tests import factories


@pytest.fixture
def merchant(db: Any) -> Merchant:
    return factories.merchant("demo", name="Demo Shop", issues_invoices=False, invoices_since=None)
