"""Every page of the desk in German: what reads the same as in English is a name, a code or one of a few shared words."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.text import capfirst
from django_scopes import scope

from apps.backoffice.admin.accounts import ConnectionAdmin
from apps.carts.models import Coupon, Promotion
from apps.catalog.models import Category, Synonym
from apps.conversations.models import EntryPoint, Snippet
from apps.merchants.models import Merchant
from apps.orders.actions import deliver_order, ship_order
from apps.orders.models import Order, OrderEvent
from tests import factories

from .test_parcels import order

__all__ = ["order"]  # a fixture

MODELS = {model._meta.label_lower: model for model in admin.site._registry if model.__module__.startswith("apps.")}
LABELS = sorted(MODELS)
# The same in both languages, or no language at all.
SHARED = {
    "Name", "Status", "Code", "Codes", "Text", "Option", "Video", "Shop", "Link", "Import", "Export", "Format",
    "Region", "API", "SKU", "chatshop", "Mia", "esc", "CSV", "ZIP", "PDF", "Telegram", "WhatsApp", "Messenger", "SMS", "SPRING",
    "Viber", "QQ", "LINE", "Instagram", "Apple", "Messages", "Apple Messages", "RCS", "WeChat", "EncodingAESKey", "Token",
    "EasyPost", "Shippo", "Twilio", "Vonage", "Stripe", "Tax", "Segment", "EUR", "Euro", "English", "Deutsch", "Español",
    "Tablet", "Tablets",
}  # fmt: skip
LEFT = re.compile(r"/go/\S+|https://\S+|person\d+")  # addresses, and a shopper by the platform's name for them
NOT_READ = {"script", "style", "svg", "template"}
LISTS = {"country", "countries", "currency", "timezone"}  # names of places: many are the same everywhere
SPOKEN = ("title", "placeholder", "aria-label", "alt")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Texts(HTMLParser):
    """What is read on a page, aloud or by eye; icons and what a shop wrote itself into a field are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag not in VOID and (self.silent or self._is_silent(tag, said)):
            self.silent.append(tag)
        words = [said.get(name) for name in SPOKEN]
        if tag == "input" and said.get("type") in {"submit", "button", "reset"}:
            words.append(said.get("value"))
        if not self.silent:
            self.found.update(word.strip() for word in words if word)

    def _is_silent(self, tag: str, said: dict[str, str | None]) -> bool:
        is_icon = "material-symbols" in (said.get("class") or "")
        return tag in NOT_READ or tag == "textarea" or is_icon or (tag == "select" and said.get("name") in LISTS)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag in self.silent:
            while self.silent.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.add(re.sub(r"\s+", " ", data).strip())


def texts_of(client: Client, path: str, language: str) -> set[str] | None:
    answer = client.get(path, follow=True, headers={"accept-language": language})
    if answer.status_code in {302, 403}:
        return None
    assert answer.status_code in {200, 404}, path
    page = Texts()
    page.feed(answer.content.decode())
    return {text for text in page.found if re.search(r"[A-Za-z]{3}", text)}


def untranslated(client: Client, path: str, names: frozenset[str]) -> set[str]:
    english, german = texts_of(client, path, "en"), texts_of(client, path, "de")
    if english is None or german is None:
        assert english == german, path
        return set()
    same = english & german
    return {text for text in same if not all(_is_name(word, names) for word in re.findall(r"[^\s·,:()|/]+", text))}


def _is_name(word: str, names: frozenset[str]) -> bool:
    word = " ".join(word.split())
    return word in SHARED or word in names or not re.search(r"[A-Za-z]{3}", word) or "@" in word or "_" in word


@pytest.fixture
def shop(merchant: Merchant, order: Order) -> frozenset[str]:
    """A little of everything; gives the words that are the shop's own."""
    with scope(merchant=merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
        deliver_order(order)
        offer = Promotion.objects.create(merchant=merchant, name="Xsummer", percent=10)
        Coupon.objects.create(merchant=merchant, promotion=offer, code="XSUMMER")
        Category.objects.create(merchant=merchant, name="Xmugs", slug="xmugs")
        Synonym.objects.create(merchant=merchant, word="xcup", means="xmug")
        Snippet.objects.create(merchant=merchant, title="Xhello", text="Xhello")
        EntryPoint.objects.create(merchant=merchant, title="Xwindow")
        customer = order.customer
        own = [merchant.name, merchant.slug, order.number, customer.name, order.contact_name, order.shipping_address]
        own += [line.title + " " + line.sku for line in order.lines.all()]
        own += [factories.location(merchant).name, "Xsummer XSUMMER Xmugs xmugs xcup Xcup xmug Xhello Xwindow DHL"]
        own += ["delivery", "Parcel"]  # why the test's goods came, and the one way they leave
    return frozenset(re.findall(r"[^\s·,:()|/'{}]+", " ".join(str(each) for each in own)))


def pages_of(label: str) -> list[str]:
    """The list as it is, searched in vain, and every page of its first row."""
    name = label.replace(".", "_")
    listed = reverse(f"admin:{name}_changelist")
    found = [listed, f"{listed}?q=zzzz", reverse(f"admin:{name}_add")]
    model = MODELS[label]
    if isinstance(desk := admin.site._registry[model], ConnectionAdmin):
        found += [f"{reverse(f'admin:{name}_add')}?kind={kind}" for kind in desk.kinds()]
    if row := model._default_manager.first():
        for step in ("change", "delete", "history"):
            found.append(reverse(f"admin:{name}_{step}", args=[row.pk]))
        for action in getattr(admin.site._registry[model], "actions_detail", None) or ():
            try:
                found.append(reverse(f"admin:{name}_{action}", args=[row.pk]))
            except NoReverseMatch:
                continue
    return found


def test_no_page_of_the_desk_is_half_english(desk: Client, merchant: Merchant, shop: frozenset[str]) -> None:
    own = shop | frozenset(re.findall(r"[\w.@-]+", " ".join(LABELS)))
    half: dict[str, set[str]] = {}
    with scope(merchant=merchant):
        paths = [page for label in LABELS for page in pages_of(label)]
    for path in ["/admin/", "/admin/nowhere/", *paths]:
        if left := untranslated(desk, path, own):
            half[path] = left
    assert {text: path for path, texts in half.items() for text in texts if not LEFT.fullmatch(text)} == {}


def test_the_login_and_the_password_page_are_german() -> None:
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        assert untranslated(Client(), path, frozenset()) == set()


def test_every_fact_of_an_order_has_words(desk: Client, merchant: Merchant, order: Order) -> None:
    page = reverse("admin:orders_order_change", args=[order.pk])
    shown = desk.get(page, headers={"accept-language": "de"}).content.decode()
    assert re.findall(r"<li><span>[^<]*</span> · <strong>([^<]*)</strong>", shown) == [
        "angelegt",
        "bestellt",
    ]


def buttons(client: Client, path: str, names: tuple[str, ...]) -> list[str]:
    shown = client.get(path).content.decode()
    return [name for name in names if f'/{name}/"' in shown]


def test_an_order_offers_only_what_can_still_be_done(desk: Client, merchant: Merchant, order: Order) -> None:
    page, names = reverse("admin:orders_order_change", args=[order.pk]), ("ship", "deliver", "cancel")
    seen = [buttons(desk, page, names)]
    with scope(merchant=merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
    seen.append(buttons(desk, page, names))
    with scope(merchant=merchant):
        deliver_order(order)
    seen.append(buttons(desk, page, names))
    assert seen == [["ship", "cancel"], ["deliver"], []]


def test_an_order_speaks_of_times_as_the_clock_in_the_shop_does(desk: Client, merchant: Merchant, order: Order) -> None:
    late = "2026-03-01T23:30:00+00:00"
    with scope(merchant=merchant):
        Order.objects.update(created_at=late, placed_at=late)
        OrderEvent.objects.update(created_at=late)
        Merchant.objects.update(timezone="Asia/Tokyo")
    shown = desk.get(reverse("admin:orders_order_change", args=[order.pk]), headers={"accept-language": "de"})
    page = shown.content.decode()
    assert ("02.03.2026 08:30" in page, "2. März 2026 08:30" in page, "23:30" in page) == (True, True, False)


def test_an_empty_list_says_where_its_rows_come_from(desk: Client) -> None:
    seen = [
        desk.get(f"{reverse(f'admin:{name}_changelist')}{query}").content.decode()
        for name, query in (("orders_returnrequest", ""), ("orders_returnrequest", "?q=mug"), ("catalog_synonym", ""))
    ]
    said = ("Shoppers ask for one in the chat", "Nothing fits what you look for.", "Make the first one")
    assert [[words in page for words in said] for page in seen] == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("payments_dispute", "it waits here for your answer"),
        ("catalog_codepool", "It keeps the codes that are handed out"),
        ("customers_customertag", "Tags mark shoppers in your own words"),
    ],
)
def test_an_empty_list_of_something_rare_says_what_it_is_for(desk: Client, name: str, said: str) -> None:
    page = desk.get(reverse(f"admin:{name}_changelist")).content.decode()
    assert (said in page, "There is nothing here yet." in page) == (True, False)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_menu_and_the_pages_have_the_same_names_in_every_language(language: str) -> None:
    rooms = settings.UNFOLD["SIDEBAR"]["navigation"]
    titles = {str(item["link"]): item["title"] for room in rooms for item in room["items"]}
    with translation.override(language):
        names = {
            reverse(f"admin:{label.replace('.', '_')}_changelist"): MODELS[label]._meta.verbose_name_plural
            for label in LABELS
        }
        told = {link: str(title) for link, title in titles.items() if link in names}
        assert len(told) == len(titles) - 2  # all but today's page and the picture of segments are lists
        assert told == {link: str(capfirst(names[link])) for link in told}


def test_a_page_carries_its_name_at_the_top(desk: Client) -> None:
    """Whoever clicks on a name in the menu finds it at the top of the page."""
    context = desk.get("/admin/", headers={"accept-language": "de"}).context
    told = {str(item["link"]): str(item["title"]) for group in context["sidebar_navigation"] for item in group["items"]}
    for label in LABELS:
        link = reverse(f"admin:{label.replace('.', '_')}_changelist")
        if link in told:
            page: Any = desk.get(link, follow=True, headers={"accept-language": "de"})
            name = str(page.context["opts"].verbose_name_plural)
            crumbs = re.findall(r"<h1[^>]*>(.*?)</h1>", page.content.decode(), re.DOTALL)
            assert (told[link], told[link] in " ".join(crumbs)) == (capfirst(name), True), label
