"""Gift cards and store credit in the thread: by plain words, by the code alone, at the summary, and the order paid with them."""

from collections.abc import Callable

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.bot.codes import is_nearly_card
from apps.bot.models import Turn
from apps.conversations.models import InboundEvent, Message
from apps.merchants.codes import ending, new_code, tidy
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.messaging.content import CartSummary
from apps.orders.models import Order
from apps.payments.actions import grant_credit, issue_gift_card
from apps.payments.models import GiftCard, Payment
from apps.payments.tenders import card_balance

from .dialogue import Shopper

Arrive = Callable[..., Shopper]
ADDRESS = "Lindenstr. 12, 10969 Berlin"


def card(shop: Merchant, amount: str = "10.00") -> str:
    """Its code."""
    with scope(merchant=shop):
        return issue_gift_card(shop, Money(amount, "EUR"))[1]


def credit(shopper: Shopper, amount: str) -> None:
    with scope(merchant=shopper.account.merchant):
        grant_credit(shopper.conversation.identity.customer, Money(amount, "EUR"), reason="late parcel")


def fill(shopper: Shopper) -> None:
    """Two glass mugs, 19.00."""
    shopper.says("glass mug")
    shopper.says("add the first one")
    shopper.says("make it 2")


def check_out(shopper: Shopper) -> None:
    """23.90 with delivery."""
    for line in ("checkout", "Ana Lopez", ADDRESS, "skip", "skip", "standard"):
        shopper.says(line)


def sums(shopper: Shopper) -> list[tuple[str, str]]:
    summary = shopper.answers[-1]
    assert isinstance(summary, CartSummary)
    return [(line.label, line.amount) for line in summary.totals]


def breaches(shop: Merchant) -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


WORDS = {
    "en": ("I have a gift card", "How much is on my gift card?", "do I have store credit?", "use my store credit"),
    "de": ("Ich habe eine Geschenkkarte", "Wie viel ist auf meiner Geschenkkarte?", "Wie viel Guthaben habe ich?", "Guthaben verwenden"),
    "es": ("Tengo una tarjeta regalo", "¿Cuánto queda en mi tarjeta regalo?", "¿Tengo saldo a favor?", "usar mi saldo"),
    "zh-hans": ("我有礼品卡", "礼品卡里有多少钱", "我有多少余额", "使用余额"),
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
def test_plain_words_lead_there_in_every_language(arrive: Arrive, language: str) -> None:
    started = []
    account = arrive("webchat", language=language).account
    for place, said in enumerate(WORDS[language]):
        shopper = Shopper(account, f"shopper-{place}", language=language)
        shopper.says(said)
        with scope(merchant=account.merchant):
            started.append(Turn.objects.order_by("-pk")[0].commands[0]["flow"])
    assert started == ["gift_card", "gift_balance", "store_credit", "use_credit"]


def test_a_card_pays_a_part_and_the_page_the_rest(ana: Shopper, shop: Merchant) -> None:
    code = card(shop)
    fill(ana)
    ana.says("I have a gift card")
    assert ana.text.startswith("Please send me the code of your gift card.")
    ana.says(f"it is {code.lower()}")
    assert f"Your gift card •••• {ending(code)} is noted: €10.00 are on it" in ana.text
    check_out(ana)
    assert sums(ana)[-2:] == [(f"Gift card •••• {ending(code)}", "-€10.00"), ("Left to pay", "€13.90")]
    ana.says("yes")
    with scope(merchant=shop):
        order = Order.objects.get()
        assert [(p.tender, str(p.amount)) for p in order.payments.all()] == [("gift_card", "€10.00")]
        assert (order.status, card_balance(GiftCard.objects.get()).amount) == ("draft", 0)
    ana.says("add the first one")
    ana.says("how much is on my gift card?")
    assert f"Gift card •••• {ending(code)}: €10.00" in ana.text


def test_the_code_alone_pays_it_all_at_once(ana: Shopper, shop: Merchant) -> None:
    code = card(shop, "50.00")
    fill(ana)
    check_out(ana)
    old = next(choice for choice in ana.answers[-1].choices if choice.label == "Buy now")
    ana.says(code)
    assert sums(ana)[-1] == ("Left to pay", "€0.00")
    assert old.token != next(choice for choice in ana.answers[-1].choices if choice.label == "Buy now").token
    ana.says("yes")
    with scope(merchant=shop):
        order = Order.objects.get()
        assert (order.status, order.payment_status, breaches(shop)) == ("placed", "paid", [])
        assert str(card_balance(GiftCard.objects.get())) == "€26.10"


def test_the_code_is_stored_nowhere(ana: Shopper, shop: Merchant) -> None:
    code = card(shop)
    ana.says(f"use {code} please")
    with scope(merchant=shop):
        rows = str([*Message.objects.values(), *Turn.objects.values(), *InboundEvent.objects.values()])
    assert not any(part in rows for part in (code, tidy(code), code[:11]))
    assert f"•••• {ending(code)}" in rows


def test_the_balance_is_told_and_the_card_used_by_a_tap(ana: Shopper, shop: Merchant) -> None:
    code = card(shop)
    fill(ana)
    ana.says("how much is on my gift card?")
    assert "Please send me the code of your gift card." in ana.text
    ana.says(code)
    assert f"Gift card •••• {ending(code)}: €10.00" in ana.text
    ana.says(f"how much is on {code}?")
    ana.taps("Use gift card")
    assert "is noted" in ana.text
    ana.says("without the gift card")
    assert "Good, no gift card and no store credit for this order." in ana.text


def test_attack_39_guessing_codes_in_the_thread_is_stopped(ana: Shopper, shop: Merchant) -> None:
    code = card(shop)
    for _ in range(5):
        ana.says(new_code())
        assert "I do not know a gift card with this code." in ana.text
    ana.says(code)
    assert "Too many codes were wrong" in ana.text
    with scope(merchant=shop):
        assert str(card_balance(GiftCard.objects.get())) == "€10.00"


def test_credit_is_offered_at_the_summary_and_used_by_a_tap(ana: Shopper, shop: Merchant) -> None:
    fill(ana)
    credit(ana, "5.00")
    check_out(ana)
    summary = ana.answers[-1]
    assert isinstance(summary, CartSummary)
    assert "You have €5.00 of store credit." in summary.notes
    ana.taps("Use store credit")
    assert sums(ana)[-2:] == [("Store credit", "-€5.00"), ("Left to pay", "€18.90")]
    ana.says("yes")
    with scope(merchant=shop):
        assert [(p.tender, str(p.amount)) for p in Payment.objects.all()] == [("store_credit", "€5.00")]


def test_spent_elsewhere_meanwhile_the_summary_is_shown_again(ana: Shopper, shop: Merchant) -> None:
    fill(ana)
    credit(ana, "5.00")
    check_out(ana)
    ana.taps("Use store credit")
    credit(ana, "-2.00")
    ana.says("yes")
    assert ("Something has changed since" in ana.text, sums(ana)[-1]) == (True, ("Left to pay", "€20.90"))
    with scope(merchant=shop):
        assert (Order.objects.count(), Payment.objects.count()) == (0, 0)


@pytest.mark.parametrize("said", ["a linen shirt for my mother under 40", "show me something from the lamps please"])
def test_plain_words_are_no_code_and_end_the_question(ana: Shopper, said: str) -> None:
    ana.says("I have a gift card")
    ana.says(said)
    assert "code" not in ana.text
    with scope(merchant=ana.account.merchant):
        assert Turn.objects.order_by("-pk")[0].commands[0]["verb"] == "start_flow"


@pytest.mark.parametrize(
    ("said", "is_card"),
    [
        ("redeem gift card ABCD-EFGH", True),
        ("Gutschein ABCD-EFGH einlösen", True),
        ("mi tarjeta regalo ABCD-EFGH", True),
        ("礼品卡 ABCD-EFGH", True),
        ("ABCD-EFGH", False),
        ("where is ABCD-EFGH?", False),
        ("I paid order ABCD-EFGH with a gift card", False),
        ("gift card AB3CD-4EF5G-H6JK7-M8NPQ", True),
    ],
)
def test_two_groups_are_a_cards_only_where_they_are_called_so(said: str, is_card: bool) -> None:
    assert is_nearly_card(said, is_asked=False) == is_card


def test_too_short_a_code_of_a_card_is_asked_for_again(ana: Shopper) -> None:
    ana.says("redeem gift card ABCD-EFGH")
    assert "Please send me the code of your gift card." in ana.text
