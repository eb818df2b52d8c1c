"""Prometheus figures read from the tables at the moment somebody asks, the same from whichever process answers."""

from collections.abc import Iterator

import structlog
from django.db import Error
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.conversations.backlog import read_backlog

logger = structlog.get_logger(__name__)

GAUGES = {
    "inbox_waiting": ("chatshop_inbox_waiting_events", "Inbound events whose turn is due and not done"),
    "inbox_oldest": ("chatshop_inbox_oldest_seconds", "How long the oldest of them has been due"),
    "inbox_dead": ("chatshop_inbox_dead_events", "Inbound events no turn could deal with"),
    "outbox_waiting": ("chatshop_outbox_waiting_messages", "Messages queued, being sent or to be tried again"),
    "outbox_oldest": ("chatshop_outbox_oldest_seconds", "How long the oldest of them has waited"),
    "outbox_unknown": ("chatshop_outbox_unknown_messages", "Messages of which we cannot know whether they arrived"),
    "outbox_dead": ("chatshop_outbox_dead_messages", "Messages given up or refused"),
}


class BacklogCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        """Nothing at all without a database: a gauge that is missing is an alarm, a wrong zero is none."""
        try:
            backlog = read_backlog()
        except Error as error:
            logger.warning("metrics.no_backlog", error=type(error).__name__)
            return
        for name, (metric, told) in GAUGES.items():
            yield GaugeMetricFamily(metric, told, value=getattr(backlog, name))


_registry = CollectorRegistry(auto_describe=False)
_registry.register(BacklogCollector())


def gauges() -> bytes:
    """In Prometheus' text format."""
    return generate_latest(_registry)
