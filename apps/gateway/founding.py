"""A new shop's first day: the merchant, a place goods lie at, hours, its owner, web chat, taxes and a way to deliver."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django_scopes import scope

from apps.accounts.models import User
from apps.carts.models import DeliveryMethod, TaxRate
from apps.carts.money import money
from apps.merchants.models import ChannelAccount, Location, Merchant, OpeningHours, StaffRole

SALES_TAX = {
    "en": "Sales tax", "de": "Verkaufssteuer", "es": "Impuesto sobre ventas", "zh_hans": "销售税",
}  # fmt: skip
VAT: dict[str, str] = {}  # without a name it is the usual word of each language
UST = {"de": "USt.", "en": "VAT", "es": "IVA", "zh_hans": "增值税"}  # as Austria says it in German
# country, region, category, percent, inside the price?, names by language
TAXES: tuple[tuple[str, str, str, str, bool, dict[str, str]], ...] = (
    ("DE", "", "standard", "19", True, VAT),
    ("DE", "", "reduced", "7", True, VAT),
    ("AT", "", "standard", "20", True, UST),
    ("AT", "", "reduced", "10", True, UST),
    ("ES", "", "standard", "21", True, VAT),
    ("ES", "", "reduced", "10", True, VAT),
    ("FR", "", "standard", "20", True, VAT),
    ("FR", "", "reduced", "5.5", True, VAT),
    ("NL", "", "standard", "21", True, VAT),
    ("IT", "", "standard", "22", True, VAT),
    ("PL", "", "standard", "23", True, VAT),
    ("US", "NY", "standard", "8.875", False, SALES_TAX),
    ("US", "CA", "standard", "7.25", False, SALES_TAX),
)
DELIVERY_NAMES = {"en": "Standard delivery", "de": "Standardversand", "es": "Envío estándar", "zh_hans": "标准配送"}
WEEKDAYS, OPENS, CLOSES = range(5), dt.time(9), dt.time(18)


@dataclass(frozen=True, slots=True)
class Founding:
    """What is known of a shop before it opens. `delivery` is the price of its first delivery method, if it has one."""

    slug: str
    name: str
    owner: str  # e-mail address
    country: str = "DE"
    currency: str = "EUR"
    languages: tuple[str, ...] = ("en",)
    timezone: str = "Europe/Berlin"
    delivery: Decimal | None = None


@transaction.atomic
def found_shop(asked: Founding) -> tuple[Merchant, User, bool]:
    """(the merchant, its owner, whether that account is new and has no password yet).

    Raises `IntegrityError` where a merchant or a web chat of this slug is there already.
    """
    merchant = Merchant.objects.create(
        slug=asked.slug,
        name=asked.name,
        country=asked.country,
        currency=asked.currency,
        languages=list(asked.languages),
        timezone=asked.timezone,
    )
    with scope(merchant=merchant):
        Location.objects.create(merchant=merchant, name=asked.name)
        OpeningHours.objects.bulk_create(
            OpeningHours(merchant=merchant, weekday=day, opens=OPENS, closes=CLOSES) for day in WEEKDAYS
        )
        ChannelAccount.objects.create(
            merchant=merchant, kind="webchat", name=asked.slug, title=asked.name, config={"slug": asked.slug}
        )
        seed_taxes(merchant, country=asked.country)
        if asked.delivery is not None:
            names = {f"name_{language}": name for language, name in DELIVERY_NAMES.items()}
            DeliveryMethod.objects.create(merchant=merchant, price=money(asked.delivery, asked.currency), **names)
        owner, is_new = _owner(asked.owner)
        StaffRole.objects.create(
            merchant=merchant, user=owner, role=StaffRole.Role.ADMIN, languages=list(asked.languages)
        )
    return merchant, owner, is_new


def seed_taxes(merchant: Merchant, *, country: str = "") -> None:
    """The usual rates, of one country or of all we know; what the merchant changed stays. Call in the scope."""
    for land, region, category, percent, is_inclusive, names in TAXES:
        if country in ("", land):
            TaxRate.objects.get_or_create(
                merchant=merchant,
                country=land,
                region=region,
                category=category,
                defaults={
                    "percent": Decimal(percent),
                    "is_inclusive": is_inclusive,
                    **{f"name_{language}": name for language, name in names.items()},
                },
            )


def _owner(email: str) -> tuple[User, bool]:
    known = User.objects.filter(email__iexact=email).first()
    if known is None:
        return User.objects.create_user(email, is_staff=True), True
    if not known.is_staff:
        known.is_staff = True
        known.save(update_fields=["is_staff"])
    return known, False
