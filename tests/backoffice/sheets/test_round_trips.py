"""Every kind: what was taken away changes nothing when it is brought back, and one changed cell changes just that."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.backoffice.admin.settings import TaxRateAdmin
from apps.carts.models import Coupon, Promotion, TaxRate
from apps.catalog.models import Collection, CollectionPick, CollectionRule
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.payments.actions import issue_gift_card
from tests import factories
from tests.catalog.factories import make_category, make_product
from tests.loyalty import club

from ..conftest import Api
from .paper import Paper, bring, exported, look, place, signed_in, written


def promotions(shop: Merchant) -> None:
    made = Promotion.objects.create(
        merchant=shop, name="=Spring", name_de="Frühling", kind="amount", amount=Money("5.50", "EUR"),
        min_subtotal=Money(40, "USD"), countries=["DE", "AT"], ends_at=dt.datetime(2030, 6, 1, 12, 0, 7, 99, tzinfo=dt.UTC),
    )  # fmt: skip
    made.products.set([make_product(shop, "Mug", slug="mug"), make_product(shop, "Cup", slug="cup")])
    made.categories.set([make_category(shop, "Cups", "cups")])
    Promotion.objects.create(merchant=shop, name="Ten", percent="12.50", is_automatic=True, usage_limit=7)


def codes(shop: Merchant) -> None:
    ten = Promotion.objects.create(merchant=shop, name="Ten", percent=10)
    Coupon.objects.create(merchant=shop, promotion=ten, code="WELCOME-10", usage_limit=1, batch="-May")
    Coupon.objects.create(merchant=shop, promotion=ten, code="FRIENDS")


def taxes(shop: Merchant) -> None:
    TaxRate.objects.create(merchant=shop, country="DE", percent="19", name="VAT", name_de="MwSt")
    TaxRate.objects.create(merchant=shop, country="US", region="NY", postcode="100", percent="4.375", part="City",
                           is_inclusive=False, taxed_from=Money(110, "USD"))  # fmt: skip


def rewards(shop: Merchant) -> None:
    club.reward(shop, 100, amount="7.00")
    club.reward(shop, 50, amount=None, kind="free_product", sku="+1", name="Mug")


def levels(shop: Merchant) -> None:
    club.tier(shop, "Silver", 100)
    club.tier(shop, "Gold", 1000, percent=150)


def rules(shop: Merchant) -> None:
    club.programme(shop, per_amount="2.5", terms_url="https://shop.example/points")


def collections(shop: Merchant) -> None:
    summer = Collection.objects.create(merchant=shop, slug="summer", name="Summer", text="Light, and cheap.")
    for field, value, currency in (("brand", "A = B", ""), ("price_to", "39.90", "EUR"), ("in_stock", "", "")):
        CollectionRule.objects.create(merchant=shop, collection=summer, field=field, value=value, currency=currency)
    handles = ("mug", "cup", "hat")
    for place_, slug in enumerate(handles):
        product, kind = make_product(shop, slug, slug=slug), "left_out" if slug == "hat" else "pinned"
        CollectionPick.objects.create(merchant=shop, collection=summer, product=product, kind=kind, position=place_)
    winter = Collection.objects.create(merchant=shop, slug="winter", name="Winter", sort="newest", is_active=False)
    CollectionRule.objects.create(merchant=shop, collection=winter, field="new", value="30")


def cards(shop: Merchant) -> None:
    issue_gift_card(shop, Money("25.00", "EUR"), note="Christmas")
    issue_gift_card(shop, Money("40.50", "EUR"))


@dataclass(frozen=True)
class Kind:
    label: str
    fill: Callable[[Merchant], None]
    cell: tuple[str, str]  # of the first row: another value, as the export will write it
    row_id: int = 0

    def __str__(self) -> str:
        return self.label


KINDS = [
    Kind("carts.promotion", promotions, ("amount", "7.25")),
    Kind("carts.promotion", promotions, ("ends_at", "2031-01-01 08:30")),
    Kind("carts.promotion", promotions, ("products", "cup")),
    Kind("carts.promotion", promotions, ("name_de", "Früher")),
    Kind("carts.promotion", promotions, ("min_subtotal", "")),
    Kind("carts.coupon", codes, ("usage_limit", "")),
    Kind("carts.coupon", codes, ("is_active", "no")),
    Kind("carts.taxrate", taxes, ("percent", "16.5")),
    Kind("carts.taxrate", taxes, ("taxed_from", "20.00")),
    Kind("loyalty.reward", rewards, ("amount", "8.00")),
    Kind("loyalty.reward", rewards, ("name", "Eight off")),
    Kind("catalog.collection", collections, ("rules", "brand=A = B\nprice_to=20 EUR")),
    Kind("catalog.collection", collections, ("on_top", "cup, mug")),
    Kind("catalog.collection", collections, ("left_out", "")),
    Kind("catalog.collection", collections, ("sort", "cheaper")),
    Kind("payments.giftcard", cards, ("note", "Birthday")),
    Kind("payments.giftcard", cards, ("is_blocked", "yes")),
    Kind("payments.giftcard", cards, ("expires_at", "2099-12-31 20:00")),
    Kind("loyalty.tier", levels, ("earn_percent", "120")),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.label}-{kind.cell[0]}")
def test_a_file_brought_back_changes_nothing_and_one_cell_just_that(
    desk: Client, merchant: Merchant, kind: Kind
) -> None:
    with scope(merchant=merchant):
        kind.fill(merchant)
    before = exported(desk, kind.label)
    assert len(before) == 2
    assert (look(desk, kind.label, before).counts, exported(desk, kind.label)) == ((0, 0, 2), before)
    column, said = kind.cell
    was, changed = before[0][column], [{**before[0], column: said}, before[1]]
    assert was != said
    looked = bring(desk, kind.label, written(changed, delimiter=";", mark="\ufeff"))
    assert [(column_, old, new) for _what, column_, old, new in looked.changes] == [(column, was, said)]
    assert exported(desk, kind.label) == changed
    again = look(desk, kind.label, changed)
    assert (again.report.is_something, again.kept) == (False, "")


EACH = list({kind.label: kind for kind in KINDS}.values())


@pytest.mark.parametrize("kind", [kind for kind in EACH if kind.label != "payments.giftcard"], ids=str)
def test_an_empty_shop_is_filled_from_the_file_of_another_once(
    desk: Client, merchant: Merchant, other_merchant: Merchant, kind: Kind
) -> None:
    """Twice is once, though the rows have no id there yet."""
    with scope(merchant=merchant):
        kind.fill(merchant)
        if kind.label == "carts.coupon":
            with scope(merchant=other_merchant):
                Promotion.objects.create(merchant=other_merchant, name="Ten")
    paper = [{name: cell for name, cell in row.items() if name != "id"} for row in exported(desk, kind.label)]
    if kind.label == "carts.coupon":
        paper = [{**row, "promotion": row["promotion_name"]} for row in paper]
    goods = ("products", "categories", "on_top", "left_out")
    paper = [{name: "" if name in goods else cell for name, cell in row.items()} for row in paper]
    theirs = signed_in(factories.staff(other_merchant, "manager"))
    assert bring(theirs, kind.label, paper).counts == (2, 0, 0)
    again = look(theirs, kind.label, paper)
    assert (again.counts, again.kept) == ((0, 0, 2), "")
    told = {"id", "used", "promotion"}
    assert _without(exported(theirs, kind.label), told) == _without(paper, told)
    assert [found for found in run_all() if not found["ok"]] == []


def _without(paper: Paper, names: set[str]) -> Paper:
    return [{name: cell for name, cell in row.items() if name not in names} for row in paper]


@pytest.mark.parametrize("kind", EACH, ids=str)
def test_a_strangers_ids_and_rows_are_out_of_reach(
    desk: Client, merchant: Merchant, other_merchant: Merchant, kind: Kind
) -> None:
    with scope(merchant=merchant):
        kind.fill(merchant)
    paper = exported(desk, kind.label)
    theirs = signed_in(factories.staff(other_merchant, "manager"))
    assert exported(theirs, kind.label) == []
    looked = look(theirs, kind.label, paper)
    if "id" in paper[0] or "promotion" in paper[0]:
        assert [column for _line, column, _said in looked.errors] == [
            "id" if "id" in paper[0] else "promotion",
        ] * 2
    assert exported(desk, kind.label) == paper
    associate = signed_in(factories.staff(merchant, "associate"))
    assert [associate.get(place(kind.label, act)).status_code for act in ("import", "export")] == [302, 302]


def test_who_may_not_change_a_kind_sees_no_button_and_is_refused(
    desk: Client, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roles make no such difference yet; the day they do, files follow."""
    page = reverse("admin:carts_taxrate_changelist")
    assert "Import CSV" in desk.get(page).content.decode()
    monkeypatch.setattr(TaxRateAdmin, "has_change_permission", lambda *_: False)
    assert ["Import CSV" in (shown := desk.get(page).content.decode()), "Export CSV" in shown] == [False, True]
    assert desk.get(place("carts.taxrate", "import")).status_code == 403
    assert desk.post(place("carts.taxrate", "import"), {"kept": "x"}).status_code == 403


def test_the_rules_of_the_points_are_one_row(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        row = club.programme(merchant, per_amount="2.5").pk
    (before,) = exported(desk, "loyalty.loyaltyprogramme", row)
    assert (before["per_amount"], before["is_active"], before["rounding"]) == ("2.5", "yes", "down")
    changed = [{**before, "review_bonus": "25", "rounding": "Half up"}]
    looked = bring(desk, "loyalty.loyaltyprogramme", changed, row)
    assert [change[1:] for change in looked.changes] == [("rounding", "down", "half_up"), ("review_bonus", "0", "25")]
    assert exported(desk, "loyalty.loyaltyprogramme", row) == [{**before, "review_bonus": "25", "rounding": "half_up"}]
    two = look(desk, "loyalty.loyaltyprogramme", [before, before], row)
    assert two.errors == [(3, "", "It stands in line 2 already.")]


def test_an_offer_for_a_level_stays_one_and_a_level_there_is_not_is_named(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    with scope(merchant=merchant):
        Promotion.objects.create(merchant=merchant, name="VIP", percent=10).tiers.set(
            [club.tier(merchant, "Gold", 100)]
        )
    (row,) = exported(desk, "carts.promotion")
    assert row["levels"] == "Gold"
    copy = [{**row, "id": "", "name": "VIP in May"}]
    assert bring(desk, "carts.promotion", copy).counts == (1, 0, 0)
    with scope(merchant=merchant):
        copied = Promotion.objects.get(name="VIP in May")
        assert [tier.name for tier in copied.tiers.all()] == ["Gold"]
    theirs = signed_in(factories.staff(other_merchant, "manager"))
    assert look(theirs, "carts.promotion", copy).errors == [
        (2, "levels", "There is no level “Gold” of the points in this shop, or more than one.")
    ]
    assert bring(desk, "carts.promotion", [{**copy[0], "levels": ""}]).counts == (0, 1, 0)
    with scope(merchant=merchant):
        assert copied.tiers.count() == 0


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31 23:59", "1899-12-31"])
def test_no_date_of_a_program_is_no_date_of_an_offer(desk: Client, merchant: Merchant, api: Api, moment: str) -> None:
    """The year 1 in the shop's zone is a moment no database reads back, and no shopper could be answered."""
    file = f"name;kind;percent;starts_at;is_automatic\nX;percentage;1;{moment};yes\n".encode()
    assert [column for _line, column, _said in look(desk, "carts.promotion", file).errors] == ["starts_at"]
    day, _, hour = moment.partition(" ")
    sent = {"name": "X", "kind": "percentage", "percent": "1", "starts_at_0": day, "starts_at_1": hour or "00:00"}
    assert "starts_at" in desk.post("/admin/carts/promotion/add/", sent).context["adminform"].form.errors
    told = {"name": "X", "kind": "percentage", "percent": "1", "starts_at": f"{day}T00:00:00Z"}
    assert api.post("promotions/", told).status_code == 400
    with scope(merchant=merchant):
        assert Promotion.objects.count() == 0
