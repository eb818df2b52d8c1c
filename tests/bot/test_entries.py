"""Whoever comes by a link finds what it is about: goods, a cart put together, a store, a colleague."""

from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.flows import human, offered_goods, welcome
from apps.bot.flows.stores import OPEN
from apps.carts.models import Cart
from apps.catalog.models import Variant
from apps.catalog.stock import receive_stock
from apps.conversations.entries import carried
from apps.conversations.models import EntryArrival, EntryPoint, Source
from apps.customers.actions import erase_customer
from apps.merchants.models import Location, Merchant
from apps.messaging.content import HandoverNotice, ShowProduct
from apps.messaging.events import EventKind
from apps.routing.models import Assignment, Offer
from apps.routing.presence import mark_present
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "de", "es", "zh-hans")


@pytest.fixture
def store(shop: Merchant) -> Location:
    return factories.location(
        shop, "Mitte", is_store=True, ships=False, address="Torstr. 1\n10119 Berlin", hours="Mon–Sat 10–19"
    )


def comes_by(shopper: Shopper, target: dict[str, Any], *, source: Source = Source.LINK) -> EntryPoint:
    shop = shopper.account.merchant
    with scope(merchant=shop):
        entry = EntryPoint.objects.create(merchant=shop, title="Poster", target=target)
    shopper.sends(EventKind.REFERRAL, data={"ref": carried(entry.token, source)})
    return entry


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_store_greets_with_its_hours_and_says_whether_the_thing_lies_there(
    arrive: Callable[..., Shopper], store: Location, shop: Merchant, language: str
) -> None:
    with scope(merchant=shop):
        mug = Variant.objects.filter(product__slug="glass-mug").first()
        slug = mug.product.slug if mug else Variant.objects.first().product.slug
        variant = Variant.objects.filter(product__slug=slug).first()
    before = arrive("telegram", "one", language=language)
    comes_by(before, {"product": slug, "store": store.public_id})
    assert welcome.HAS_IT_NOT.in_(language) in before.text
    with scope(merchant=shop):
        receive_stock(variant, store, 2, reason="count", actor=None)
    after = arrive("telegram", "two", language=language)
    comes_by(after, {"product": slug, "store": store.public_id})
    said = after.text
    assert welcome.AT_STORE.in_(language, name="Mitte") in said
    assert "Torstr. 1, 10119 Berlin" in said
    assert OPEN.in_(language, hours="Mon–Sat 10–19") in said
    assert welcome.HAS_IT.in_(language) in said
    assert [type(content) for content in after.answers][-1] is ShowProduct


def test_a_store_alone_greets_with_the_menu(arrive: Callable[..., Shopper], store: Location) -> None:
    shopper = arrive("sms", "+4917600000000")
    comes_by(shopper, {"store": store.public_id})
    assert welcome.AT_STORE.in_("en", name="Mitte") in shopper.text
    assert len(shopper.answers) == 1
    assert shopper.labels != []


@pytest.mark.parametrize("target", [{"store": "closed-long-ago"}, {"associate": 10**9}, {"cart": [[10**9, 1]]}])
def test_what_is_no_more_is_said_and_the_shop_shown(arrive: Callable[..., Shopper], target: dict[str, Any]) -> None:
    shopper = arrive("telegram")
    comes_by(shopper, target)
    assert welcome.GONE.in_("en") in shopper.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_put_together_are_offered_and_taken_by_a_yes_once(
    arrive: Callable[..., Shopper], shop: Merchant, language: str
) -> None:
    with scope(merchant=shop):
        first, second = Variant.objects.order_by("pk")[:2]
    shopper = arrive("whatsapp", "491761", language=language)
    comes_by(shopper, {"cart": [[first.pk, 2], [second.pk, 1]]})
    assert offered_goods.OFFERED.in_(language) in shopper.text
    with scope(merchant=shop):
        assert not Cart.objects.filter(customer=shopper.conversation.identity.customer, lines__isnull=False).exists()
    offer = shopper.answers
    for _ in range(2):
        shopper.answers = offer
        shopper.taps(offered_goods.TAKE.in_(language))
    with scope(merchant=shop):
        cart = Cart.objects.get(customer=shopper.conversation.identity.customer)
        assert dict(cart.lines.values_list("variant", "quantity")) == {first.pk: 2, second.pk: 1}
    assert offered_goods.TAKEN.in_(language) in shopper.text


def test_a_yes_in_words_takes_the_goods(arrive: Callable[..., Shopper], shop: Merchant) -> None:
    with scope(merchant=shop):
        first = Variant.objects.order_by("pk")[0]
    shopper = arrive("sms", "+4917600000001")
    comes_by(shopper, {"cart": [[first.pk, 1]]})
    shopper.says("yes")
    with scope(merchant=shop):
        assert Cart.objects.get(customer=shopper.conversation.identity.customer).lines.count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_colleague_is_asked_first_if_they_are_there(
    arrive: Callable[..., Shopper], shop: Merchant, language: str
) -> None:
    mara, jonas = factories.staff(shop, display_name="Mara"), factories.staff(shop, display_name="Jonas")
    with scope(merchant=shop):
        mark_present(jonas, shop.pk)
    without = arrive("telegram", "one", language=language)
    comes_by(without, {"associate": mara.pk})
    with scope(merchant=shop):
        assert (Assignment.objects.get().wanted, Offer.objects.get().user) == (mara, jonas)
        mark_present(mara, shop.pk)
    assert human.NOT_HERE.in_(language, name="Mara") in without.text
    with_her = arrive("telegram", "two", language=language)
    comes_by(with_her, {"associate": mara.pk})
    with scope(merchant=shop):
        asked = Assignment.objects.first()
        assert asked.offers.get().user == mara
    assert (asked.wanted, asked.reason, asked.context["asked_for"]) == (mara, "by_name", "Mara")
    assert human.TOLD.in_(language, name="Mara") in with_her.text
    assert isinstance(with_her.answers[-1], HandoverNotice)


def test_a_product_is_shown_before_the_colleague_is_fetched(arrive: Callable[..., Shopper], shop: Merchant) -> None:
    mara = factories.staff(shop, display_name="Mara")
    with scope(merchant=shop):
        mark_present(mara, shop.pk)
        slug = Variant.objects.first().product.slug
    shopper = arrive("telegram")
    comes_by(shopper, {"product": slug, "associate": mara.pk})
    kinds = [type(content) for content in shopper.answers]
    assert kinds == [ShowProduct, HandoverNotice]


@pytest.mark.parametrize("source", Source)
def test_an_arrival_is_noted_with_its_source_and_goes_with_the_shopper(
    arrive: Callable[..., Shopper], shop: Merchant, source: Source
) -> None:
    shopper = arrive("telegram")
    entry = comes_by(shopper, {"campaign": "spring"}, source=source)
    with scope(merchant=shop):
        arrival = EntryArrival.objects.get()
        assert (arrival.entry, arrival.source, arrival.conversation) == (entry, source, shopper.conversation)
        erase_customer(shopper.conversation.identity.customer)
        assert EntryArrival.objects.count() == 0


def test_a_token_that_ends_like_a_mark_is_still_itself(arrive: Callable[..., Shopper], shop: Merchant) -> None:
    shopper = arrive("telegram")
    with scope(merchant=shop):
        EntryPoint.objects.create(merchant=shop, title="Other", target={}, token="abcdefgh")
        mine = EntryPoint.objects.create(merchant=shop, title="Mine", target={}, token="abcdefgh-p")
    shopper.sends(EventKind.REFERRAL, data={"ref": "abcdefgh-p"})
    with scope(merchant=shop):
        assert (EntryArrival.objects.get().entry, EntryArrival.objects.get().source) == (mine, "link")


def test_another_shops_link_says_hello_and_notes_nothing(
    arrive: Callable[..., Shopper], shop: Merchant, other_merchant: Merchant
) -> None:
    shopper = arrive("telegram")
    with scope(merchant=other_merchant):
        theirs = EntryPoint.objects.create(merchant=other_merchant, title="Theirs", target={"campaign": "x"})
    shopper.sends(EventKind.REFERRAL, data={"ref": theirs.token})
    with scope(merchant=shop):
        assert EntryArrival.objects.count() == 0
    assert shopper.text.startswith("Hello")


@pytest.mark.parametrize(
    ("ad", "is_ours"), [("120210001", True), ("999", False), ("\u0000", False), ("x" * 500, False)]
)
def test_an_advertisement_that_tells_its_number_alone_leads_where_its_link_does(
    arrive: Callable[..., Shopper], shop: Merchant, ad: str, is_ours: bool
) -> None:
    with scope(merchant=shop):
        target = {"product": Variant.objects.first().product.slug, "ads": ["120210000", "120210001"]}
        EntryPoint.objects.create(merchant=shop, title="Ad", target=target)
    shopper = arrive("whatsapp", "491761")
    shopper.sends(EventKind.REFERRAL, data={"source": "ad", "ref": "", "ad": ad})
    with scope(merchant=shop):
        assert list(EntryArrival.objects.values_list("source", flat=True)) == (["ad"] if is_ours else [])
    assert isinstance(shopper.answers[-1], ShowProduct) is is_ours
