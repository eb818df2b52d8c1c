"""Points in the thread: friends, birthdays and rewards, by plain words and by buttons; and never a dead end."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.models import Turn
from apps.carts.actions import add_to_cart
from apps.catalog.models import Variant
from apps.conversations.models import EntryPoint
from apps.loyalty.actions import correct_points, earn_for_order, redeem
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Referral, RewardVoucher
from apps.merchants.models import Merchant
from apps.messaging.events import EventKind
from apps.orders.models import Order
from tests.carts import goods
from tests.loyalty import club

from .dialogue import Shopper

Arrive = Callable[..., Shopper]


@pytest.fixture
def points(shop: Merchant) -> LoyaltyProgramme:
    with scope(merchant=shop):
        return club.programme(shop, birthday_bonus=25, referrer_bonus=100, friend_bonus=50, review_bonus=5)


@pytest.fixture
def member(ana: Shopper, points: LoyaltyProgramme) -> LoyaltyMembership:
    ana.says("join the loyalty programme")
    ana.taps("Join")
    with scope(merchant=ana.account.merchant):
        return LoyaltyMembership.objects.get()


WORDS = {
    "en": ("my points", "what tier am I?", "how do I earn more?", "history of my points", "redeem my points", "invite a friend", "I have an invitation code", "my birthday is 3 May"),
    "de": ("meine Punkte", "In welcher Stufe bin ich?", "Wie bekomme ich mehr Punkte?", "Punkteverlauf", "Punkte einlösen", "Freunde einladen", "Ich habe einen Einladungscode", "Mein Geburtstag ist am 3. Mai"),
    "es": ("mis puntos", "¿En qué nivel estoy?", "¿Cómo consigo más puntos?", "historial de puntos", "canjear mis puntos", "invitar a un amigo", "tengo un código de invitación", "mi cumpleaños es el 3 de mayo"),
    "zh-hans": ("我的积分", "我的等级", "怎么获得更多积分", "积分记录", "兑换积分", "邀请好友", "我有邀请码", "我的生日是5月3日"),
}  # fmt: skip
FLOWS = ["points", "points", "earn_points", "points_history", "redeem_points", "invite", "invited", "birthday"]


@pytest.mark.parametrize("language", WORDS)
def test_plain_words_lead_there_in_every_language(arrive: Arrive, points: LoyaltyProgramme, language: str) -> None:
    started = []
    account = arrive("webchat", language=language).account
    for place, said in enumerate(WORDS[language]):
        shopper = Shopper(account, f"shopper-{place}", language=language)
        shopper.says(said)
        with scope(merchant=account.merchant):
            started.append(Turn.objects.order_by("-pk")[0].commands[0]["flow"])
    assert started == FLOWS


def test_a_shop_without_points_says_so_and_offers_something_else(ana: Shopper) -> None:
    for said in WORDS["en"]:
        ana.says(said)
        assert "We do not collect points in this shop." in ana.text
        assert "Browse products" in ana.labels


def test_the_menu_names_points_only_where_there_are_some(ana: Shopper, shop: Merchant) -> None:
    ana.says("menu")
    before = list(ana.labels)
    with scope(merchant=shop):
        club.programme(shop)
    ana.says("menu")
    assert [label for label in ana.labels if label not in before] == ["My points"]


def test_a_friend_comes_by_the_members_link_joins_and_is_counted(
    ana: Shopper, member: LoyaltyMembership, shop: Merchant, arrive: Arrive
) -> None:
    ana.says("invite a friend")
    with scope(merchant=shop):
        entry = EntryPoint.objects.get()
    assert (entry.target, f"/go/{entry.token}" in ana.text) == ({"referral": member.code}, True)
    ana.says("invite a friend")
    bob = arrive("telegram", "99", language="en")
    bob.sends(EventKind.REFERRAL, data={"ref": entry.token})
    assert "A friend has invited you: after your first order you get 50 points." in bob.text
    bob.taps("Join")
    with scope(merchant=shop):
        referral = Referral.objects.get()
        assert (referral.referrer, referral.state, EntryPoint.objects.count()) == (member, "invited", 1)
        assert LoyaltyMembership.objects.filter(customer=referral.friend).count() == 1


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("my invitation code is {code}", "A friend has invited you"),
        ("invitation {spaced}", "A friend has invited you"),
        ("i was invited", "Which invitation code were you given?"),
        ("invitation K7M2QX9P", "I do not know that code."),
    ],
)
def test_a_code_can_be_typed(ana: Shopper, member: LoyaltyMembership, said: str, answer: str) -> None:
    with scope(merchant=ana.account.merchant):
        LoyaltyMembership.objects.filter(pk=member.pk).update(code="H7M2QX9P")
    bob = Shopper(ana.account, "4917600000099", language="en")
    bob.says("hello")
    bob.says(said.format(code="h7m2qx9p", spaced="H7M2 QX9P"))
    assert answer in bob.text


def test_attack_39_ones_own_invitation_is_refused(ana: Shopper, member: LoyaltyMembership) -> None:
    ana.says(f"invitation {member.code}")
    with scope(merchant=ana.account.merchant):
        assert ("That is your own code." in ana.text, Referral.objects.count()) == (True, 0)


def test_a_birthday_is_asked_confirmed_and_told_once(ana: Shopper, member: LoyaltyMembership) -> None:
    ana.says("my birthday is 4 May")
    assert "Your birthday is May 4, is that right?" in ana.text
    ana.taps("No, another day")
    ana.says("the 3rd of May")
    ana.says("yes")
    assert "Noted: May 3." in ana.text
    ana.says("my birthday")
    assert "I know your birthday already: May 3." in ana.text
    member.refresh_from_db()
    assert (member.birth_month, member.birth_day) == (5, 3)


def test_a_reward_is_redeemed_once_however_often_yes_is_tapped(
    ana: Shopper, member: LoyaltyMembership, shop: Merchant
) -> None:
    with scope(merchant=shop):
        correct_points(member, points=30, reason="a present", source="c1")
        reward = club.reward(shop, 10, name="5 euros off")
    ana.says("redeem my points")
    ana.taps("5 euros off")
    answer = ana.answers
    ana.taps("Yes, redeem")
    ana.answers = answer
    ana.taps("Yes, redeem")
    with scope(merchant=shop):
        assert (club.shown(member), RewardVoucher.objects.count()) == ((20, 0, 0), 1)
        code = RewardVoucher.objects.get().code
    ana.says("my points")
    assert (f"Voucher {code}: 5 euros off" in ana.text, "You have 20 points." in ana.text) == (True, True)
    ana.says("redeem my points")
    ana.taps("5 euros off")
    with scope(merchant=shop):
        reward.cost = 15
        reward.save()
    ana.taps("Yes, redeem")
    with scope(merchant=shop):
        assert ("That reward is no longer there." in ana.text, club.shown(member)) == (True, (20, 0, 0))


def test_points_that_ran_short_since_the_question_are_named(
    ana: Shopper, member: LoyaltyMembership, shop: Merchant
) -> None:
    with scope(merchant=shop):
        correct_points(member, points=10, reason="a present", source="c1")
        club.reward(shop, 10, name="5 euros off")
    ana.says("redeem my points")
    ana.taps("5 euros off")
    with scope(merchant=shop):
        correct_points(member, points=-4, reason="counted twice", source="c2")
    ana.taps("Yes, redeem")
    assert "For that 4 points are missing." in ana.text


def test_waiting_points_levels_and_what_expires_are_told(
    ana: Shopper, member: LoyaltyMembership, shop: Merchant, noon: dt.datetime
) -> None:
    with scope(merchant=shop):
        club.tier(shop, "Silver", 50)
        LoyaltyProgramme.objects.update(return_days=0, expiry_months=1)
        earn_for_order(member, reference="order:1", amount=Decimal(60), is_first=False)
        LoyaltyProgramme.objects.update(return_days=30)
        earn_for_order(member, reference="order:2", amount=Decimal(7), is_first=False)
        club.tier(shop, "Gold", 100)
    ana.says("my points")
    assert ana.text.splitlines()[:5] == [
        "You have 60 points.",
        "60 of them expire, the first on Thu 2 Apr.",
        "7 more are on their way; the first can be spent from Wed 1 Apr.",
        "Your level: Silver.",
        "40 more points take you to Gold.",
    ]


def test_a_rating_brings_its_points(ana: Shopper, member: LoyaltyMembership, shop: Merchant) -> None:
    with scope(merchant=shop):
        order: Any = goods.draft(goods.full_cart(member.customer, {goods.variant(shop): 1}))
        Order.objects.filter(pk=order.pk).update(
            status="placed", payment_status="paid", fulfilment_status="delivered", placed_at=order.created_at
        )
    ana.says("rate my order")
    ana.says("5")
    with scope(merchant=shop):
        assert club.lines(member) == [("earn", 5)]


VOUCHER_WORDS = {
    "en": "I want to use my voucher",
    "de": "Ich möchte meinen Gutschein verwenden",
    "es": "quiero usar mi vale",
    "zh-hans": "使用我的优惠券",
}


@pytest.mark.parametrize("language", VOUCHER_WORDS)
def test_a_voucher_is_used_by_plain_words(arrive: Arrive, points: LoyaltyProgramme, language: str) -> None:
    """Said plainly, the voucher is a tap away; the cart and the order show what it takes off."""
    shopper = arrive("webchat", language=language)
    shopper.says("glass mug")
    with scope(merchant=shopper.account.merchant):
        member = club.member(shopper.account.merchant, customer=shopper.conversation.identity.customer)
        correct_points(member, points=50, reason="a present", source="present")
        five = redeem(member, club.reward(member.merchant, 10), reference="r1")
        add_to_cart(member.customer, Variant.objects.get(sku="glass-mug-0"))
    shopper.says(VOUCHER_WORDS[language])
    shopper.taps(f"5.00 off ({five.code})")
    assert [line.amount for line in shopper.answers[-1].totals][1:] == [
        {"en": "-€5.00", "de": "-5,00\xa0€", "es": "-5,00\xa0€", "zh-hans": "-€5.00"}[language],
        {"en": "€4.50", "de": "4,50\xa0€", "es": "4,50\xa0€", "zh-hans": "€4.50"}[language],
    ]  # fmt: skip


def test_a_voucher_is_used_from_the_answer_that_gives_it(ana: Shopper, member: LoyaltyMembership) -> None:
    with scope(merchant=ana.account.merchant):
        club.reward(member.merchant, 10)
        correct_points(member, points=50, reason="a present", source="present")
    ana.says("redeem my points")
    ana.taps("5.00 off")
    ana.taps("Yes, redeem")
    assert "Choose “Use it now”, or write me the code before you order." in ana.text
    ana.taps("Use it now")
    assert "is noted. It is taken off as soon as there is something in your cart." in ana.text
    ana.says("my points")
    assert "Use 5.00 off" in ana.labels
