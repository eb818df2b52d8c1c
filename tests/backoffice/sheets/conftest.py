"""The order whose returns are taken away."""

from tests.backoffice.test_returns import order, stripe

__all__ = ["order", "stripe"]
