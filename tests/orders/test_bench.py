"""The stock benchmark, with few buyers: each way of buying sells what there is and refuses the rest."""

import pytest

from apps.orders import bench

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_way_sells_all_there_is_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLIENTS": (1, 3), "ROUNDS": 1, "BUYERS": 6, "STOCK": 4, "WARM_UP": 2}.items():
        monkeypatch.setattr(bench, name, value)
    *rows, _ratios = bench.bench_stock()
    counts = [(r["variant"], r["clients"], r["n"], r["sold"], r["refused"], r["oversold"], r["unsold"]) for r in rows]
    ways = ("product", "bare_cte", "bare_update")
    assert counts == [(way, clients, 6, 4, 2, 0, 0) for clients in (1, 3) for way in ways]
