"""The demo shop's points: three levels named after the lime tree, and something to spend them on."""

from decimal import Decimal

from djmoney.money import Money

from apps.merchants.models import Merchant

from .models import LoyaltyProgramme, Reward, RewardKind, Tier

# points in twelve months, what a member earns in percent, names
LEVELS = (
    (0, 100, {"en": "Leaf", "de": "Blatt", "es": "Hoja", "zh_hans": "叶"}),
    (300, 125, {"en": "Branch", "de": "Zweig", "es": "Rama", "zh_hans": "枝"}),
    (1000, 150, {"en": "Lime tree", "de": "Linde", "es": "Tilo", "zh_hans": "椴树"}),
)
# points, what it is, euros, names
REWARDS: tuple[tuple[int, RewardKind, str | None, dict[str, str]], ...] = (
    (
        80,
        RewardKind.FREE_DELIVERY,
        None,
        {"en": "Free delivery", "de": "Versand geschenkt", "es": "Envío gratis", "zh_hans": "免运费"},
    ),
    (
        150,
        RewardKind.AMOUNT_OFF,
        "5.00",
        {"en": "5 euros off", "de": "5 Euro geschenkt", "es": "5 euros de regalo", "zh_hans": "减 5 欧元"},
    ),
    (
        400,
        RewardKind.AMOUNT_OFF,
        "15.00",
        {"en": "15 euros off", "de": "15 Euro geschenkt", "es": "15 euros de regalo", "zh_hans": "减 15 欧元"},
    ),
)


def seed_points(merchant: Merchant) -> None:
    """A point for every euro, more for a rating, a birthday and a friend. What a merchant changed since stays."""
    if LoyaltyProgramme.objects.exists():
        return
    LoyaltyProgramme.objects.create(
        merchant=merchant,
        is_active=True,
        return_days=merchant.return_days,
        first_order_bonus=50,
        review_bonus=20,
        birthday_bonus=100,
        referrer_bonus=150,
        friend_bonus=75,
        terms_url="https://lindenhof.example/points",
    )
    for threshold, percent, names in LEVELS:
        Tier.objects.create(merchant=merchant, threshold=threshold, earn_percent=percent, **_in_all(names))
    for position, (cost, kind, euros, names) in enumerate(REWARDS):
        Reward.objects.create(
            merchant=merchant,
            kind=kind,
            cost=cost,
            amount=Money(Decimal(euros), "EUR") if euros else None,
            position=position,
            **_in_all(names),
        )


def _in_all(names: dict[str, str]) -> dict[str, str]:
    return {f"name_{language}": name for language, name in names.items()}
