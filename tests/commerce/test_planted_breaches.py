"""Each truth about goods and money is broken on purpose, past triggers and constraints: its own check names it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from apps.carts.money import money
from apps.customers.models import Customer
from apps.loyalty.actions import enrol
from apps.loyalty.models import LoyaltyProgram
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.orders.actions import hold_for_summary, returns, ship_order
from apps.orders.models import Order
from apps.payments.actions import hold_tenders, issue_gift_card, place_free, refund_lines, send_refunds, use_gift_card
from tests import factories
from tests.carts import goods, offers
from tests.payments.conftest import ana, desk
from tests.payments.desk import Desk
from tests.payments.story import deliver, ordered, paid

__all__ = ["ana", "desk"]  # the fixtures of payments


def breaches() -> set[str]:
    return {finding["name"] for finding in run_all() if not finding["ok"]}
