"""The paths that can be measured. Each yields figures of one interleaved run: ratios count, not numbers."""

from collections.abc import Callable, Iterator
from typing import Any

from apps.catalog.bench import bench_search
from apps.orders.bench import bench_stock

from .bench_inbound import inbound
from .bench_turn import turn

BENCHES: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    "inbound": inbound,
    "turn": turn,
    "stock": bench_stock,
    "search": bench_search,
}
