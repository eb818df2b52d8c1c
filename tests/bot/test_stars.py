"""A rating typed instead of tapped."""

import pytest
from django_scopes import scope

from apps.bot.stars import stars_in
from apps.conversations.models import Rating
from apps.merchants import clock
from apps.orders.models import Order

from .dialogue import Shopper
from .test_story import WORDS, walk


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("5 stars", 5), ("Five stars!", 5), ("1 star", 1), ("4/5", 4), ("4 out of 5", 4), ("⭐⭐⭐", 3), ("★★★★☆", 4),
        ("fünf Sterne", 5), ("3 von 5", 3), ("vier Sterne bitte", 4), ("5 estrellas", 5), ("cuatro estrellas", 4),
        ("五星", 5), ("四颗星", 4), ("给五星好评", 5),
        ("star lamp", None), ("6 stars", None), ("5 shirts", None), ("5", None), ("two star mugs", None), ("", None),
    ],
)  # fmt: skip
def test_what_is_a_rating(text: str, stars: int | None) -> None:
    assert stars_in(text) == stars


def ratings(shopper: Shopper) -> list[int]:
    with scope(merchant=shopper.account.merchant):
        return list(Rating.objects.values_list("score", flat=True))


@pytest.mark.parametrize("said", ["5 stars", "⭐⭐⭐⭐⭐", "5/5"])
def test_stars_rate_the_order_that_came(ana: Shopper, said: str) -> None:
    walk(ana, WORDS["en"])
    ana.says("yes")
    ana.says(said)
    assert ratings(ana) == []
    assert "no delivered order" in ana.text
    with scope(merchant=ana.account.merchant):
        Order.objects.update(
            status="placed", payment_status="paid", fulfilment_status="delivered", placed_at=clock.now()
        )
    ana.says(said)
    assert ratings(ana) == [5], ana.text
    ana.says("Lovely shirt")
    assert "helps us do better" in ana.text
