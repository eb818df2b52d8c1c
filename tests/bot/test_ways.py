"""When nothing goes there, or nothing carries that much, the thread says why and what can be done."""

from typing import Any

import pytest
from django_scopes import scope

from apps.carts.models import Cart, DeliveryMethod, DeliveryStep
from apps.catalog.models import Variant
from apps.merchants.models import Merchant

from .dialogue import Shopper

BERLIN = "Lindenstr. 12, 10969 Berlin"


def as_far_as_the_way(ana: Shopper, address: str = BERLIN) -> str:
    for line in ("glass mug", "the first one", "add it", "checkout", "Ana Lopez", address, "skip", "skip"):
        ana.says(line)
    return str(ana.answers[0].text)


def test_too_heavy_for_every_way(ana: Shopper, shop: Merchant) -> None:
    with scope(merchant=shop):
        Variant.objects.update(weight_grams=12_500)
        first, second = DeliveryMethod.objects.all()
        DeliveryMethod.objects.filter(pk=first.pk).update(max_grams=10_000)
        DeliveryStep.objects.create(merchant=shop, method=second, up_to_grams=2_500, price=3)
    assert as_far_as_the_way(ana) == (
        f"I am sorry, all this together is too heavy for {first.name} (up to 10 kg), {second.name} (up to 2.5 kg). Take "
        "something out of your cart or order it in two parts; a person can help, too."
    )
    assert ana.labels == ["Cart", "Another address", "A person"]
    with scope(merchant=shop):
        DeliveryMethod.objects.filter(pk=first.pk).update(max_grams=13_000)
    for line in ("checkout", "yes", "skip", "skip"):  # the only way left is taken
        ana.says(line)
    with scope(merchant=shop):
        assert Cart.objects.get().delivery_method_id == first.pk


@pytest.mark.parametrize("limit", [{"countries": ["ES"]}, {"postcodes": ["80"]}, {"regions": ["Bayern"]}])
def test_nothing_goes_there(ana: Shopper, shop: Merchant, limit: dict[str, Any]) -> None:
    with scope(merchant=shop):
        DeliveryMethod.objects.update(**limit)
    assert as_far_as_the_way(ana) == (
        "I am sorry, we do not deliver to this address (Germany) yet. Do you have another one? A person can help, too."
    )
    assert "A person" in [choice for content in ana.answers for choice in _labels(content)]


def _labels(content: Any) -> list[str]:
    return [choice.label for choice in getattr(content, "choices", ())]


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "how much is shipping?", "€4.90"), ("de", "was kostet der Versand?", "4,90"),
        ("es", "¿cuánto cuesta el envío?", "4,90"), ("zh-hans", "运费多少", "4.90"),
        ("en", "do you ship to Spain?", "Spain"), ("de", "Liefern Sie nach Spanien?", "Spanien"),
        ("es", "¿Enviáis a España?", "España"), ("zh-hans", "可以寄到西班牙吗", "西班牙"),
        ("en", "do you ship to Norway?", "do not deliver to Norway"), ("de", "Liefern Sie nach Norwegen?", "Norwegen"),
        ("es", "¿Enviáis a Noruega?", "Noruega"), ("zh-hans", "可以寄到挪威吗", "挪威"),
        ("en", "how long does delivery take?", "3 Mar"), ("de", "Wie lange dauert die Lieferung?", "3. März"),
        ("es", "¿cuánto tarda el envío?", "de marzo"), ("zh-hans", "送货要多久", "3月3日周二"),
    ],
)  # fmt: skip
def test_what_delivery_costs_and_where_it_goes_is_told(arrive: Any, language: str, said: str, told: str) -> None:
    shopper = arrive("webchat", language=language)
    with scope(merchant=shopper.account.merchant):
        DeliveryMethod.objects.update(price=4.9, free_from=50, free_from_currency="EUR")
    shopper.says(said)
    assert told in shopper.text
    goes_there = told not in ("do not deliver to Norway", "Norwegen", "Noruega", "挪威")
    assert ("50" in shopper.text) == goes_there
