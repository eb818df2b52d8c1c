"""Wishes about the currency, in every language: "show prices in dollars", "kann ich in Franken zahlen?", "用美元付款".

A message is one only where nothing else is said: "under 40 dollars" and "a dollar plant" are about goods.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from babel.numbers import get_currency_name
from django.conf import settings

from apps.carts.money import LOCALES
from apps.nlu.text import HAN, fold, spaced, words_of

# How people call what more than one country has; the first the shop sells in is meant.
SHORT = {
    "dollar": ("USD", "CAD", "AUD"), "dollars": ("USD", "CAD", "AUD"), "dolar": ("USD", "CAD", "AUD"),
    "dolares": ("USD", "CAD", "AUD"), "bucks": ("USD",), "us dollar": ("USD",), "us dollars": ("USD",),
    "us dolares": ("USD",), "euro": ("EUR",), "euros": ("EUR",), "franc": ("CHF",), "francs": ("CHF",),
    "franken": ("CHF",), "schweizer franken": ("CHF",), "franco": ("CHF",), "francos": ("CHF",), "pound": ("GBP",),
    "pounds": ("GBP",), "sterling": ("GBP",), "pfund": ("GBP",), "libra": ("GBP",), "libras": ("GBP",), "yen": ("JPY",),
    "yenes": ("JPY",), "yuan": ("CNY",), "rmb": ("CNY",), "renminbi": ("CNY",), "peso": ("MXN",), "pesos": ("MXN",),
    "krone": ("DKK", "NOK"), "kronen": ("DKK", "NOK", "SEK"), "kroner": ("DKK", "NOK"), "krona": ("SEK",),
    "kronor": ("SEK",), "coronas": ("SEK", "DKK", "NOK"), "zloty": ("PLN",), "dinar": ("KWD",), "dinars": ("KWD",),
    "reais": ("BRL",), "reales": ("BRL",), "brasilianische real": ("BRL",), "雷亚尔": ("BRL",), "dinare": ("KWD",), "dinares": ("KWD",), "美元": ("USD",), "美金": ("USD",), "刀": ("USD",), "欧元": ("EUR",),
    "欧": ("EUR",), "瑞郎": ("CHF",), "瑞士法郎": ("CHF",), "法郎": ("CHF",), "英镑": ("GBP",), "日元": ("JPY",), "日圆": ("JPY",),
    "人民币": ("CNY",), "加元": ("CAD",), "澳元": ("AUD",), "第纳尔": ("KWD",), "比索": ("MXN",), "克朗": ("SEK", "DKK", "NOK"),
}  # fmt: skip
SIGNS = {"$": "USD", "US$": "USD", "R$": "BRL", "€": "EUR", "£": "GBP", "¥": "JPY"}
# Goods and measures as well: meant only beside a word of prices or paying.
DOUBTFUL = frozenset({"peso", "pesos", "libra", "libras", "coronas", "krone", "kronen", "sterling", "franco", "刀"})
PRICES = frozenset(
    ("price", "prices", "pay", "paying", "preis", "preise", "zahlen", "bezahlen", "precio", "precios", "pagar")
)
HAN_PRICES = re.compile("价|付|结账")
GENERAL = (
    "currency",
    "currencies",
    "wahrung",
    "wahrungen",
    "moneda",
    "monedas",
    "divisa",
    "divisas",
    "货币",
    "币种",
    "外币",
)
_BESIDE = """
show me the a all your prices price in into to can could may i we you do does is it possible pay paying paid with use using please
change switch set see want would like have need accept take which what other another are there display by for my cart everything
and of us rather instead now give tell thanks
zeigen zeig zeige sie mir die den alle preise preis in auf kann konnen konnte ich wir man bezahlen zahlen mit bitte nehmen sehen
mochte will andere anderen welche welcher welchen gibt es wechseln wechsle umstellen andern der das ist geht auch akzeptieren
haben anzeigen ihre umrechnen warenkorb lieber jetzt danke
muestrame muestra ensename ver los las el la precios precio en puedo podemos puede se pagar pago con por favor cambiar cambia a
quiero quisiera aceptais acepta aceptan otra otras que cuales tienes teneis hay mis mi carrito todo de es posible mostrar
mejor ahora gracias
how much cost costs worth wie viel kostet kosten cuanto cuesta cuestan vale son
"""
BESIDE = frozenset(_BESIDE.split())
HAN_BESIDE = re.compile(
    r"请|帮我|给我|我|想|要|可以|能|不能|能不能|用|以|按|换成|换|改成|改|切换|显示|看|价格|价钱|标价|付款|支付|结账|付|吗|呢|么|吧|的|成|到|为|你们|"
    r"收|接受|支持|有|哪些|什么|其他|别的|多少|是|种|[\s?？。.!！,，]"
)
MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class CurrencyWish:
    """Which currency is asked for, those that may be meant, the likeliest first; none where it is asked which there are."""

    codes: tuple[str, ...] = ()
    is_bare: bool = False  # nothing but the name was said


def currency_asked(text: str) -> CurrencyWish | None:
    """None for a message that is about anything else, or has a number in it."""
    folded = fold(_without_signs(text))
    if any(char.isdigit() for char in folded):
        return None
    return _asked_in_chinese(folded) if HAN.search(folded) else _asked_in_words(folded)


def _without_signs(text: str) -> str:
    signs = SIGNS | {"¥": "CNY"} if HAN.search(text) else SIGNS
    for sign, code in sorted(signs.items(), key=lambda one: -len(one[0])):
        text = text.replace(sign, f" {code} ")
    return text


def _asked_in_words(folded: str) -> CurrencyWish | None:
    said = spaced(folded)
    for name, codes in _names():
        if f" {name} " in said:
            rest = said.replace(f" {name} ", " ", 1).split()
            is_meant = name not in DOUBTFUL or any(word in PRICES for word in rest)
            return CurrencyWish(codes, not rest) if is_meant and _is_beside(rest) else None
    rest = [word for word in words_of(folded) if word not in GENERAL]
    is_general = len(rest) < len(words_of(folded))
    return CurrencyWish((), not rest) if is_general and _is_beside(rest) else None


def _is_beside(words: list[str]) -> bool:
    return len(words) <= MOST_WORDS and all(word in BESIDE for word in words)


def _asked_in_chinese(folded: str) -> CurrencyWish | None:
    named = next(((name, codes) for name, codes in _names() if name in folded), None)
    general = next((name for name in GENERAL if HAN.search(name) and name in folded), "")
    if named is None and not general:
        return None
    if named is not None and named[0] in DOUBTFUL and not HAN_PRICES.search(folded):
        return None
    rest = folded.replace(named[0] if named else general, "", 1)
    left = HAN_BESIDE.sub("", rest.replace("货币", "").replace("币种", ""))
    return CurrencyWish(named[1] if named else (), not rest.strip()) if not left else None


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, tuple[str, ...]]]:
    """(folded name, codes), the longest first: what Babel calls them in our languages, their codes, and `SHORT`."""
    known = {code.casefold(): (code,) for code in settings.CURRENCIES}
    for locale in sorted(set(LOCALES.values())):
        for code in settings.CURRENCIES:
            for count in (1, 2):
                name = " ".join(words_of(fold(get_currency_name(code, count=count, locale=locale))))
                known.setdefault(name, (code,))
    return sorted((known | SHORT).items(), key=lambda one: -len(one[0]))
