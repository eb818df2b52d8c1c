"""What a merchant spreads of a link: addresses, codes, posters, texts; and what came of it."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from PIL import Image

from apps.carts.models import Cart
from apps.catalog.models import Variant
from apps.conversations.entries import note_arrival
from apps.conversations.models import Conversation, EntryPoint, EntryVisit, Source
from apps.insights.entries import brought_in
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.models import Order
from tests import factories
from tests.conversations.people import greets

from .test_admin import page

ENTRY = "conversations.entrypoint"


@pytest.fixture
def entry(merchant: Merchant) -> EntryPoint:
    for kind in ("webchat", "whatsapp", "telegram", "sms"):
        factories.channel_account(merchant, kind)
    with scope(merchant=merchant):
        return EntryPoint.objects.create(merchant=merchant, title="Sommerplakat <b>", target={"campaign": "summer"})


def shared(entry: EntryPoint) -> str:
    return reverse("admin:conversations_entrypoint_share", args=[entry.pk])


def test_the_page_has_every_address_to_copy(desk: Client, entry: EntryPoint) -> None:
    text = desk.get(shared(entry)).content.decode()
    for kind, address in (("WhatsApp", "https://wa.me/"), ("Telegram", "https://t.me/"), ("SMS", "sms:")):
        assert kind in text
        assert address in text
    for source in ("email", "ad", "snapchat", "google"):
        assert f"/go/{entry.token}?from={source}" in text
    assert f"data-entry=&quot;{entry.token}-w&quot;" in text
    assert "<b>" not in re.findall(r"<title>(.*?)</title>", text, re.DOTALL)[0]


def test_a_channel_without_an_address_says_why(desk: Client, entry: EntryPoint, merchant: Merchant) -> None:
    factories.channel_account(merchant, "telegram", username="")
    assert "does not know its own name yet" in desk.get(shared(entry)).content.decode()


@pytest.mark.parametrize("on", ["", "whatsapp"])
def test_codes_and_posters_are_files_for_print(desk: Client, entry: EntryPoint, on: str) -> None:
    asked = {"on": on} if on else {}
    svg = desk.get(reverse("admin:conversations_entrypoint_code", args=[entry.pk, "svg"]), asked)
    assert (svg["Content-Type"], svg.content.startswith(b"<?xml")) == ("image/svg+xml", True)
    png = desk.get(reverse("admin:conversations_entrypoint_code", args=[entry.pk, "png"]), asked)
    picture = Image.open(io.BytesIO(png.content))
    assert picture.width == picture.height > 900
    assert {picture.convert("L").getpixel((x, 3)) for x in range(picture.width)} == {255}  # the quiet border
    for size, width in (("A4", 595), ("A6", 297)):
        pdf = desk.get(reverse("admin:conversations_entrypoint_poster", args=[entry.pk, size]), asked)
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        assert f"/MediaBox [0 0 {width}".encode() in pdf.content
        assert f"-{size}.pdf" in pdf["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "args"),
    [("code", ["gif"]), ("poster", ["A5"]), ("code", ["svg?on=fax"])],
)
def test_what_there_is_not_is_not_found(desk: Client, entry: EntryPoint, name: str, args: list[str]) -> None:
    ending, _mark, query = args[0].partition("?")
    address = reverse(f"admin:conversations_entrypoint_{name}", args=[entry.pk, ending])
    assert desk.get(f"{address}?{query}").status_code == 404


def test_a_stranger_sees_none_of_it(entry: EntryPoint, other_merchant: Merchant) -> None:
    stranger = Client()
    stranger.force_login(
        factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend"
    )
    addresses = [
        shared(entry),
        reverse("admin:conversations_entrypoint_code", args=[entry.pk, "svg"]),
        reverse("admin:conversations_entrypoint_poster", args=[entry.pk, "A4"]),
    ]
    assert [stranger.get(address).status_code for address in addresses] == [404, 404, 404]
    assert Client().get(shared(entry)).status_code == 302


def test_goods_a_store_and_a_colleague_can_be_led_to(desk: Client, merchant: Merchant, variant: Variant) -> None:
    store = factories.location(merchant, "Mitte", is_store=True)
    mara = factories.staff(merchant)
    typed = {
        "title": "Set",
        "is_active": "on",
        "cart": f"{variant.sku} 2\n{variant.sku}",
        "store": store.pk,
        "associate": mara.pk,
    }
    answer = desk.post(page(ENTRY, "add"), typed)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with scope(merchant=merchant):
        made = EntryPoint.objects.get()
    assert made.target == {"cart": [[variant.pk, 3]], "store": store.public_id, "associate": mara.pk}
    form = desk.get(page(ENTRY, "change", made.pk)).context["adminform"].form
    assert (form.initial["cart"], form.initial["store"], form.initial["associate"]) == (f"{variant.sku} 3", store, mara)


@pytest.mark.parametrize("cart", ["NOTHING 1", "{sku} 0", "{sku} many things", "\n".join(["{sku}"] * 21)])
def test_goods_that_are_not_there_are_refused_at_the_field(
    desk: Client, merchant: Merchant, variant: Variant, cart: str
) -> None:
    answer = desk.post(
        page(ENTRY, "add"), {"title": "Set", "is_active": "on", "cart": cart.replace("{sku}", variant.sku)}
    )
    assert list(answer.context["adminform"].form.errors) == ["cart"]


def test_numbers_of_ads_are_kept_once_each_and_junk_is_refused(desk: Client, merchant: Merchant) -> None:
    desk.post(page(ENTRY, "add"), {"title": "Ad", "is_active": "on", "ads": "1202\n1203 1202"})
    with scope(merchant=merchant):
        assert EntryPoint.objects.get().target == {"ads": ["1202", "1203"]}
    for junk in ("<b>", "1" * 65, " ".join(map(str, range(51)))):
        answer = desk.post(page(ENTRY, "add"), {"title": "Ad", "is_active": "on", "ads": junk})
        assert list(answer.context["adminform"].form.errors) == ["ads"]


def test_a_warehouse_and_a_strangers_colleague_are_no_choice(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    warehouse, stranger = factories.location(merchant, "Hall"), factories.staff(other_merchant)
    answer = desk.post(page(ENTRY, "add"), {"title": "X", "store": warehouse.pk, "associate": stranger.pk})
    assert sorted(answer.context["adminform"].form.errors) == ["associate", "store"]


def order(thread: Conversation, total: str, *, days: int, number: str, status: str = "placed") -> None:
    zero = Decimal(0)
    cart = Cart.objects.create(
        merchant_id=thread.merchant_id, customer=thread.identity.customer, currency="EUR", status="ordered"
    )
    Order.objects.create(
        merchant_id=thread.merchant_id, customer=thread.identity.customer, cart=cart, number=number, status=status, currency="EUR",
        subtotal=(zero, "EUR"), discount_total=(zero, "EUR"), delivery_total=(zero, "EUR"), tax_total=(zero, "EUR"),
        delivery_tax=(zero, "EUR"), total=(Decimal(total), "EUR"), placed_at=clock.now() + dt.timedelta(days=days),
    )  # fmt: skip


def test_an_order_belongs_to_the_link_its_shopper_came_by_last(merchant: Merchant, entry: EntryPoint) -> None:
    account = factories.channel_account(merchant, "telegram")
    with scope(merchant=merchant):
        one, two = greets(account, user="one"), greets(account, user="two")
        other = EntryPoint.objects.create(merchant=merchant, title="Other", target={})
        note_arrival(entry, one, Source.POSTER)
        note_arrival(entry, two, Source.AD)
        with clock.at(clock.now() + dt.timedelta(days=2)):
            note_arrival(other, two, Source.LINK)
        order(one, "20", days=1, number="A1")
        order(one, "30", days=29, number="A2")
        order(one, "99", days=31, number="A3")  # too long after
        order(one, "99", days=1, number="A4", status="cancelled")
        order(two, "40", days=1, number="B1")
        order(two, "50", days=3, number="B2")  # by the other link
        EntryVisit.objects.create(merchant=merchant, entry=entry, day=clock.now().date(), source="poster", count=7)
        found = [(row.source, row.opened, row.arrived, row.orders, str(row.value.amount)) for row in brought_in(entry)]
        others = [(row.source, row.arrived, row.orders) for row in brought_in(other)]
    assert [(*row[:4], Decimal(row[4])) for row in found] == [
        ("poster", 7, 1, 2, Decimal(50)),
        ("ad", 0, 1, 1, Decimal(40)),
    ]
    assert others == [("link", 1, 1)]


def test_its_figures_stand_on_the_page(desk: Client, merchant: Merchant, entry: EntryPoint) -> None:
    with scope(merchant=merchant):
        EntryVisit.objects.create(merchant=merchant, entry=entry, day=clock.now().date(), source="google", count=1234)
    text = desk.get(shared(entry)).content.decode()
    assert "1234" in text or "1,234" in text
    assert "Google Business profile" in text
