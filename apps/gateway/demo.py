"""The demo shop: a pleasant one, complete enough to be played at once. Everything here may run again and again."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django_scopes import scope
from djmoney.money import Money

from apps.accounts.models import User
from apps.bot.demo import seed_articles
from apps.carts.models import Coupon, DeliveryMethod, Promotion
from apps.catalog.demo import seed_catalog
from apps.catalog.models import PriceList, Product
from apps.customers.models import CustomerGroup
from apps.loyalty.demo import seed_points
from apps.loyalty.models import Tier
from apps.merchants.models import ChannelAccount, Location, Merchant, OpeningHours, ShopCurrency, StaffRole
from apps.payments.models import PaymentAccount

from .demo_channels import CHANNELS
from .founding import seed_taxes
from .keys import private_key

SLUG = "demo"
WELCOME = "WELCOME10"
DEMO_PASSWORD = "chatshop-demo"  # noqa: S105 - told to everybody; the demo listens on loopback
ADMIN_EMAIL = "admin@demo.example"
PEOPLE = (
    # e-mail, name shown to shoppers, role, languages
    ("manager@demo.example", "Marta", "manager", ["en", "de", "es"]),
    ("lead@demo.example", "Jonas", "lead", ["en", "de"]),
    ("associate@demo.example", "Lena", "associate", ["en", "de", "zh-hans"]),
    ("expert@demo.example", "Diego", "expert", ["en", "es"]),
)
SIGN_INS = ((ADMIN_EMAIL, "owner (admin, everything)"), *((email, role) for email, _name, role, _languages in PEOPLE))

# name in the four languages, euros, free from, days, where to
DELIVERY: tuple[tuple[dict[str, str], str, str | None, tuple[int, int], list[str]], ...] = (
    (
        {"en": "Standard delivery", "de": "Standardversand", "es": "Envío estándar", "zh_hans": "标准配送"},
        "4.90",
        "50.00",
        (2, 4),
        [],
    ),
    (
        {"en": "Express delivery", "de": "Expressversand", "es": "Envío exprés", "zh_hans": "快速配送"},
        "12.90",
        None,
        (1, 1),
        ["DE", "AT", "FR", "ES"],
    ),
    (
        {
            "en": "Pick up in our Berlin store",
            "de": "Abholung in unserem Berliner Geschäft",
            "es": "Recogida en nuestra tienda de Berlín",
            "zh_hans": "柏林门店自取",
        },
        "0.00",
        None,
        (0, 1),
        ["DE"],
    ),
)

# name, percent, rounding, where (nowhere: for the trade group), what shoppers read
PRICE_LISTS: tuple[tuple[str, str, str, list[str], dict[str, str]], ...] = (
    (
        "Trade",
        "-15",
        PriceList.Rounding.NINETY_FIVE,
        [],
        {
            "en": "your price as a trade customer",
            "de": "Ihr Preis als Gewerbekunde",
            "es": "tu precio como profesional",
            "zh_hans": "您的批发价",
        },
    ),
    (
        "Switzerland",
        "8",
        PriceList.Rounding.NINETY,
        ["CH"],
        {
            "en": "the price for Switzerland",
            "de": "der Preis für die Schweiz",
            "es": "el precio para Suiza",
            "zh_hans": "瑞士价格",
        },
    ),
)


def seed_demo(tell: Callable[[str], None] = lambda line: None) -> Merchant:
    """The demo merchant with stores, people, channels, delivery, taxes, goods and answers. `tell` hears what is done."""
    with transaction.atomic():
        merchant = seed_merchant()
        with scope(merchant=merchant):
            store = seed_locations(merchant)
            seed_hours(merchant)
            seed_people(merchant, store)
            seed_channels(merchant)
            seed_payment_account(merchant)
            seed_delivery(merchant, store)
            seed_dollars(merchant)
            seed_taxes(merchant)
    with scope(merchant=merchant):
        tell("filling the shelves …")
        seed_catalog(merchant)
        seed_articles(merchant)
        seed_offers(merchant)
        seed_set(merchant)
        seed_price_lists(merchant)
        seed_points(merchant)
        seed_member_prices(merchant)
    return merchant


def seed_merchant() -> Merchant:
    return Merchant.objects.get_or_create(
        slug=SLUG,
        defaults={
            "name": "Lindenhof",
            "legal_name": "Lindenhof Handels GmbH",
            "postal_address": "Lindenallee 12, 10435 Berlin, Germany",
            "tax_number": "DE999999999",  # of the right form, and never given to anybody
            "issues_invoices": True,
            "country": "DE",
            "currency": "EUR",
            "languages": ["en", "de", "es", "zh-hans"],
            "timezone": "Europe/Berlin",
            "assistant_name": "Mia",
            "support_email": "hello@lindenhof.example",
            "terms_url": "https://lindenhof.example/terms",
            "privacy_url": "https://lindenhof.example/privacy",
            "return_days": 30,
        },
    )[0]


def seed_locations(merchant: Merchant) -> Location:
    """The warehouse that ships and the store where parcels are picked up; returns the store."""
    Location.objects.get_or_create(
        merchant=merchant,
        name="Warehouse Brandenburg",
        defaults={"address": "Am Speicher 3, 14772 Brandenburg an der Havel", "ships": True, "position": 0},
    )
    return Location.objects.get_or_create(
        merchant=merchant,
        name="Store Berlin",
        defaults={
            "address": "Lindenallee 12, 10435 Berlin",
            "postcode": "10435",
            "is_store": True,
            "hours": "Mo–Sa 10–20",
            "latitude": 52.5362,
            "longitude": 13.4186,
            "is_pickup": True,
            "ships": False,
            "position": 1,
        },
    )[0]


def seed_hours(merchant: Merchant) -> None:
    """Somebody answers day and night, so that a person can be reached whenever and wherever the demo is tried."""
    if OpeningHours.objects.exists():
        return
    OpeningHours.objects.bulk_create(
        OpeningHours(merchant=merchant, weekday=day, opens=dt.time.min, closes=dt.time.max) for day in range(7)
    )


def seed_people(merchant: Merchant, store: Location) -> None:
    _person(merchant, ADMIN_EMAIL, "Olga", "admin", merchant.languages, store, is_superuser=True)
    for email, name, role, languages in PEOPLE:
        _person(merchant, email, name, role, languages, store, is_superuser=False)


def _person(
    merchant: Merchant, email: str, name: str, role: str, languages: list[str], store: Location, *, is_superuser: bool
) -> None:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(
            email,
            DEMO_PASSWORD,
            display_name=name,
            is_staff=role in {"admin", "manager"},
            is_superuser=is_superuser,
        )
    StaffRole.objects.get_or_create(
        merchant=merchant, user=user, defaults={"role": role, "location": store, "languages": languages}
    )


def seed_channels(merchant: Merchant) -> None:
    """A channel of each kind; the platforms' API addresses follow the port of this run."""
    for kind, (title, platform, config) in CHANNELS.items():
        full = dict(config)
        if platform:
            full["api_base"] = f"{local_url()}/sandbox/api/{platform}"
        if kind == "sms":
            full["status_callback"] = f"{settings.PUBLIC_URL}/webhooks/sms/{SLUG}/"
        if full.get("private_key") == "":
            full["private_key"] = private_key()
        account, is_new = ChannelAccount.objects.get_or_create(
            merchant=merchant, kind=kind, name=SLUG, defaults={"title": title, "config": full}
        )
        # An account somebody has since connected to the real platform is theirs.
        if not is_new and "/sandbox/api/" in str(account.config.get("api_base", "")):
            account.config = full
            account.save(update_fields=["config"])


def local_url() -> str:
    """Where this machine reaches its own pages, whatever name the world knows them by."""
    host = "127.0.0.1" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104 - compared, not bound
    return f"http://{host}:{settings.PORT}"


def seed_payment_account(merchant: Merchant) -> None:
    """Stripe as the environment says: in the demo, the one that is played here (chatshop/demo.py)."""
    PaymentAccount.objects.update_or_create(
        merchant=merchant,
        provider="stripe",
        name="default",
        defaults={
            "config": {
                "api_key": settings.STRIPE_API_KEY,
                "webhook_secret": settings.STRIPE_WEBHOOK_SECRET,
                "api_base": settings.STRIPE_API_BASE,
            },
            "keeps_cards": True,
        },
    )


def seed_delivery(merchant: Merchant, store: Location) -> None:
    if DeliveryMethod.objects.exists():
        return
    for position, (names, price, free_from, (days_min, days_max), countries) in enumerate(DELIVERY):
        DeliveryMethod.objects.create(
            merchant=merchant,
            price=Money(Decimal(price), "EUR"),
            free_from=Money(Decimal(free_from), "EUR") if free_from else None,
            countries=countries,
            days_min=days_min,
            days_max=days_max,
            pickup_at=store if price == "0.00" else None,
            position=position,
            **{f"name_{language}": name for language, name in names.items()},
        )


def seed_dollars(merchant: Merchant) -> None:
    """Who is in the United States pays in dollars, anybody who asks does too; the goods have prices of their own."""
    if ShopCurrency.objects.exists():
        return
    ShopCurrency.objects.create(merchant=merchant, currency="USD", countries=["US"], rate=Decimal("1.10"))
    DeliveryMethod.objects.create(
        merchant=merchant,
        price=Money(Decimal("9.90"), "USD"),
        free_from=Money(Decimal("90.00"), "USD"),
        days_min=4,
        days_max=8,
        position=len(DELIVERY),
        **{f"name_{language}": name for language, name in DELIVERY[0][0].items()},
    )


def seed_offers(merchant: Merchant) -> None:
    """WELCOME10: ten percent off the first order."""
    if Coupon.objects.filter(code=WELCOME).exists():
        return
    names = {"en": "Welcome", "de": "Willkommen", "es": "Bienvenida", "zh_hans": "新客优惠"}
    promotion = Promotion.objects.create(
        merchant=merchant,
        percent=Decimal(10),
        is_first_order_only=True,
        limit_per_customer=1,
        **{f"name_{language}": name for language, name in names.items()},
    )
    Coupon.objects.create(merchant=merchant, promotion=promotion, code=WELCOME)


def seed_set(merchant: Merchant) -> None:
    """Teapot and tea for 65 euros: 9 to 14 less than one by one."""
    parts = list(Product.objects.filter(slug__in=["teapot-kyo", "sencha-green-tea"]))
    if len(parts) != 2 or Promotion.objects.filter(kind=Promotion.Kind.SET).exists():
        return
    names = {"en": "Tea time", "de": "Teezeit", "es": "Hora del té", "zh_hans": "品茶套装"}
    made = Promotion.objects.create(
        merchant=merchant,
        kind=Promotion.Kind.SET,
        amount=Money("65.00", "EUR"),
        is_automatic=True,
        **{f"name_{language}": name for language, name in names.items()},
    )
    made.products.set(parts)


def seed_member_prices(merchant: Merchant) -> None:
    """Who has risen to the highest level of the points pays 10 percent less."""
    highest = Tier.objects.order_by("threshold").last()
    if highest is None or PriceList.objects.exclude(tiers=None).exists():
        return
    made = PriceList.objects.create(merchant=merchant, name="Members", currency="EUR", percent=-10)
    made.tiers.add(highest)


def seed_price_lists(merchant: Merchant) -> None:
    """Trade customers, once the desk puts somebody among them, pay 15 percent less; what goes to Switzerland, 8 more."""
    if PriceList.objects.exists():
        return
    group = CustomerGroup.objects.create(merchant=merchant, name="Trade customers")
    for name, percent, rounding, countries, reasons in PRICE_LISTS:
        made = PriceList.objects.create(
            merchant=merchant,
            name=name,
            currency="EUR",
            percent=Decimal(percent),
            rounding=rounding,
            countries=countries,
            **{f"reason_{language}": reason for language, reason in reasons.items()},
        )
        if not countries:
            made.groups.add(group)
