"""Tax that somebody outside reckons, in the thread: asked before the summary; where nobody answers, as the shop wants it."""

from collections.abc import Iterator

import pytest
from django_scopes import scope

from apps.bot.models import Effect
from apps.carts.models import TaxAccount
from apps.orders.models import Order
from tests.payments.desk import Desk

from .dialogue import Shopper

WALK = {
    "en": ("glass mug", "add the first one", "checkout", "Mia Evans", "skip", "Buy now"),
    "de": ("Glasbecher", "nehme ich", "zur Kasse", "Ana Lopez", "überspringen", "Jetzt kaufen"),
}


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


def connected(shopper: Shopper, desk: Desk, **fields: str) -> TaxAccount:
    merchant = shopper.account.merchant
    with scope(merchant=merchant):
        made: TaxAccount = TaxAccount.objects.create(merchant=merchant, provider="stripe", config=desk.config, **fields)
    return made


def goes_to_the_summary(shopper: Shopper, language: str) -> None:
    search, add, checkout, name, skip, _buy = WALK[language]
    for line in (search, add, checkout, name, "Lindenstr. 12, 10969 Berlin", skip, skip, "1"):
        shopper.says(line)


@pytest.mark.parametrize("language", WALK)
def test_the_summary_shows_what_was_reckoned_outside(arrive, desk: Desk, language: str) -> None:
    shopper: Shopper = arrive("whatsapp", "4917612345678", language=language)
    connected(shopper, desk)
    goes_to_the_summary(shopper, language)
    assert shopper.answers == []
    shopper.waits()
    assert WALK[language][-1] in shopper.labels
    shopper.taps(WALK[language][-1])
    with scope(merchant=shopper.account.merchant):
        order = Order.objects.get()
        assert (order.tax_by, order.tax_calculation.reference) == ("stripe", desk.every("tax.calculation")[0]["id"])


def test_who_changes_the_cart_at_the_summary_sees_its_new_tax(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    goes_to_the_summary(ana, "en")
    ana.waits()
    ana.says("make it two")
    ana.says("checkout")
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        order = Order.objects.get()
        assert (order.lines.get().quantity, order.tax_by, len(desk.every("tax.calculation"))) == (2, "stripe", 2)


def test_while_nobody_answers_the_order_goes_on_and_is_marked(ana: Shopper, desk: Desk) -> None:
    connected(ana, desk)
    desk.fault("server_error")
    goes_to_the_summary(ana, "en")
    ana.waits()
    ana.taps("Buy now")
    with scope(merchant=ana.account.merchant):
        assert Order.objects.get().tax_by == "instead"


def test_or_the_shopper_is_asked_to_try_again(ana: Shopper, desk: Desk) -> None:
    account = connected(ana, desk, on_failure="wait")
    desk.fault("server_error")
    goes_to_the_summary(ana, "en")
    ana.waits()
    assert "cannot find out the tax" in ana.text
    with scope(merchant=account.merchant):
        assert (Order.objects.count(), Effect.objects.filter(kind="tax").count()) == (0, 1)
        TaxAccount.objects.update(rests_until=None)
    ana.taps("Try once more")
    for line in ("yes", "skip", "skip", "1"):
        ana.says(line)
    ana.waits()
    assert "Buy now" in ana.labels
