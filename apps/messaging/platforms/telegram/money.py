"""Amounts as Telegram counts them: which currencies it takes, in which units, and how much at least and at most."""

from decimal import Decimal

# https://core.telegram.org/bots/payments/currencies.json: digits after the point, least and most in the smallest units.
# The two limits are one and 10,000 US dollars and move with the rates: what Telegram refuses all the same goes out as a
# link. Figures of a copy of 2022 (MarshalX/telegram-crawler).
CURRENCIES: dict[str, tuple[int, int, int]] = {
    "AED": (2, 367, 3673202), "ALL": (2, 10199, 101997309), "AMD": (2, 52070, 520700260), "ARS": (2, 9332, 93323813),
    "AUD": (2, 129, 1291770), "AZN": (2, 170, 1701197), "BAM": (2, 161, 1619272), "BDT": (2, 8483, 84833236),
    "BGN": (2, 161, 1619302), "BND": (2, 132, 1326048), "BOB": (2, 689, 6898153), "BRL": (2, 545, 5452697),
    "CAD": (2, 124, 1240750), "CHF": (2, 91, 915009), "CLP": (0, 701, 7019997), "CNY": (2, 648, 6486399),
    "COP": (2, 371825, 3718250000), "CRC": (2, 61474, 614743953), "CZK": (2, 2146, 21466990), "DKK": (2, 615, 6155050),
    "DOP": (2, 5689, 56893661), "DZD": (2, 13333, 133336920), "EGP": (2, 1567, 15673698), "EUR": (2, 82, 827805),
    "GBP": (2, 72, 720365), "GEL": (2, 345, 3455017), "GTQ": (2, 772, 7720011), "HKD": (2, 776, 7762350),
    "HNL": (2, 2404, 24045335), "HUF": (2, 30007, 300075024), "IDR": (2, 1452005, 14520050000), "ILS": (2, 324, 3240540),
    "INR": (2, 7455, 74550499), "ISK": (0, 124, 1240104), "JMD": (2, 15356, 153564288), "JPY": (0, 108, 1088524),
    "KES": (2, 10790, 107901556), "KGS": (2, 8479, 84796302), "KRW": (0, 1112, 11122950), "KZT": (2, 42983, 429833966),
    "LBP": (2, 151265, 1512656525), "LKR": (2, 19508, 195081568), "MAD": (2, 890, 8901308), "MDL": (2, 1787, 17871386),
    "MNT": (2, 285065, 2850652384), "MUR": (2, 4030, 40303518), "MVR": (2, 1544, 15449662), "MXN": (2, 2006, 20064380),
    "MYR": (2, 410, 4102496), "MZN": (2, 5655, 56550214), "NGN": (2, 37949, 379491204), "NIO": (2, 3491, 34914748),
    "NOK": (2, 828, 8285803), "NPR": (2, 11921, 119219131), "NZD": (2, 138, 1388875), "PAB": (2, 100, 1000459),
    "PEN": (2, 384, 3840807), "PHP": (2, 4843, 48430501), "PKR": (2, 15514, 155141136), "PLN": (2, 378, 3784050),
    "PYG": (0, 6471, 64716133), "QAR": (2, 364, 3641029), "RON": (2, 408, 4080498), "RSD": (2, 9736, 97363486),
    "RUB": (2, 7487, 74874898), "SAR": (2, 375, 3751128), "SEK": (2, 838, 8381449), "SGD": (2, 132, 1327030),
    "THB": (2, 3140, 31401018), "TJS": (2, 1141, 11410251), "TRY": (2, 824, 8242514), "TTD": (2, 679, 6798909),
    "TWD": (2, 2787, 27872497), "TZS": (2, 231899, 2318999676), "UAH": (2, 2776, 27768887), "UGX": (0, 3606, 36066184),
    "USD": (2, 100, 1000000), "UYU": (2, 4409, 44095792), "UZS": (2, 1053426, 10534265572), "VND": (0, 23054, 230540917),
    "YER": (2, 25039, 250397535), "ZAR": (2, 1439, 14393849),
}  # fmt: skip


def smallest_units(amount: Decimal, currency: str) -> int | None:
    """How Telegram counts it; None for a currency it does not take, or a fraction of its smallest unit."""
    if currency not in CURRENCIES:
        return None
    scaled = amount.scaleb(CURRENCIES[currency][0])
    return int(scaled) if scaled == scaled.to_integral_value() else None


def amount_of(units: int | None, currency: str) -> Decimal | None:
    """What so many smallest units are; None for another currency than those (its Stars, too)."""
    if units is None or currency not in CURRENCIES:
        return None
    return Decimal(units).scaleb(-CURRENCIES[currency][0])


def is_within(units: int, currency: str) -> bool:
    """Whether one bill may come to so much."""
    _digits, least, most = CURRENCIES[currency]
    return least <= units <= most
