"""What a message says besides its intent: prices, sizes, colours, how many, order numbers, ways to be reached."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from rapidfuzz.distance import OSA

from . import numbers
from .text import HAN, Forms, fold, has_any, spaced, words_of


@dataclass(frozen=True)
class Lexicon:
    """The merchant's own words, already folded: what is written → what it means ("azul" → "blue"). Kept, not copied."""

    colours: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    words: Container[str] = frozenset()

    @cached_property
    def colour_forms(self) -> Forms:
        """What everybody calls colours, and what this merchant does."""
        return Forms(_meanings(COLOURS) | dict(self.colours))

    @cached_property
    def size_meanings(self) -> dict[str, str]:
        return _meanings(SIZES) | dict(self.sizes)

    @cached_property
    def size_forms(self) -> Forms:
        return Forms({form: meaning for form, meaning in self.size_meanings.items() if not form.isdigit()})

    @cached_property
    def category_forms(self) -> Forms:
        return Forms(self.categories)


@dataclass(frozen=True, slots=True)
class Slots:
    quantity: int | None = None
    number: int | None = None  # the message is nothing but this number
    ordinal: int | None = None
    colour: str = ""
    size: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    order_number: str = ""
    email: str = ""
    phone: str = ""
    code: str = ""
    category: str = ""
    compare: str = ""  # cheaper | dearer

    def to_json(self) -> dict[str, Any]:
        said = {name: getattr(self, name) for name in self.__slots__}
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in said.items() if v not in (None, "")}


COLOURS: dict[str, tuple[str, ...]] = {
    "blue": ("blue", "blau", "blaue", "blauer", "blaues", "blauen", "azul", "azules", "蓝", "蓝色"),
    "red": ("red", "rot", "rote", "roter", "rotes", "roten", "rojo", "roja", "rojos", "rojas", "红", "红色"),
    "green": ("green", "grun", "grune", "gruner", "grunes", "grunen", "verde", "verdes", "绿", "绿色"),
    "black": ("black", "schwarz", "schwarze", "schwarzer", "schwarzes", "schwarzen", "negro", "negra", "negros",
              "negras", "黑", "黑色"),
    "white": ("white", "weiss", "weisse", "weisser", "weisses", "weissen", "blanco", "blanca", "blancos", "blancas",
              "白", "白色"),
    "yellow": ("yellow", "gelb", "gelbe", "gelber", "gelbes", "gelben", "amarillo", "amarilla", "黄", "黄色"),
    "grey": ("grey", "gray", "grau", "graue", "grauer", "graues", "grauen", "gris", "grises", "灰", "灰色"),
    "brown": ("brown", "braun", "braune", "brauner", "braunes", "braunen", "marron", "棕", "棕色", "褐色"),
    "pink": ("pink", "rosa", "rosas", "粉", "粉色", "粉红"),
    "orange": ("orange", "naranja", "橙", "橙色"),
    "purple": ("purple", "lila", "violett", "morado", "morada", "紫", "紫色"),
    "beige": ("beige", "sand", "米色"),
    "navy": ("navy", "dunkelblau", "marine", "azul marino", "藏青", "藏青色", "深蓝"),
    "olive": ("olive", "oliv", "oliva", "橄榄", "橄榄绿"),
    "natural": ("natural", "natur", "原色", "自然色"),
}  # fmt: skip
SIZES: dict[str, tuple[str, ...]] = {
    "XS": ("xs", "extra small", "加小"),
    "S": ("s", "small", "klein", "pequena", "pequeno", "小号", "小码"),
    "M": ("m", "medium", "mittel", "mediana", "mediano", "中号", "中码"),
    "L": ("l", "large", "gross", "grande", "大号", "大码"),
    "XL": ("xl", "extra large", "extra gross", "extra grande", "加大", "加大号"),
    "XXL": ("xxl", "2xl", "双加大"),
}
_N = r"(\d{1,7}(?:[.,]\d{1,2})?)"
_CURRENCY = r"(?:€|eur|euros?|\$|usd|dollars?|£|gbp|pounds?|chf|元|块|块钱|欧|欧元|人民币|rmb|cny|¥)?"
_UNDER = re.compile(
    rf"(?:under|below|less than|cheaper than|up to|at most|max\.?|maximum|not more than|unter|bis(?: zu)?|hochstens|"
    rf"weniger als|maximal|billiger als|gunstiger als|menos de|por debajo de|hasta|como mucho|maximo|"
    rf"mas barat[oa]s? (?:de|que)|<|不超过|低于|少于|最多|不到)\s?{_CURRENCY}\s?{_N}"
)
_UNDER_AFTER = re.compile(rf"{_N}\s?{_CURRENCY}\s?(?:以下|以内|之内|or less|oder weniger|o menos|max\b)")
_OVER = re.compile(
    rf"(?:over|above|more than|at least|from|uber|ab|mehr als|mindestens|mas de|desde|a partir de|>|高于|超过|至少)"
    rf"\s?{_CURRENCY}\s?{_N}"
)
_OVER_AFTER = re.compile(rf"{_N}\s?{_CURRENCY}\s?(?:以上|or more|oder mehr|o mas)")
_BETWEEN = re.compile(rf"{_N}\s?{_CURRENCY}\s?(?:-|–|to|and|und|bis|y|a|到|至)\s?{_CURRENCY}\s?{_N}")
_IS_RANGE = re.compile(r"between|zwischen|entre|之间|€|\$|£|eur|元|块|到|至|usd|gbp")
_EMAIL = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)
LONGEST_EMAIL = 254  # RFC 5321
_PHONE = re.compile(r"(?<![\w-])\+?\d[\d ()/.-]{6,20}\d(?![\w-])")
_ORDER_NUMBER = re.compile(r"(?<![a-z0-9-])#?([a-z0-9]{4}-[a-z0-9]{4})(?![a-z0-9-])")
_ORDER_WORD = re.compile(
    r"(?:order|bestellung|bestellnummer|auftrag|pedido|orden|订单|订单号|number|nummer|numero|no\.?|nr\.?|#)"
    r"[ :#]{0,3}([a-z0-9-]{4,20})(?![a-z0-9])"
)
_CODE = re.compile(r"(?<!\d)(\d{3}[ -]?\d{3,5})(?!\d)")
_HAN_SIZE = re.compile(r"(?<![a-z0-9])([a-z0-9]{1,4})码")
_SIZE_WORD = re.compile(r"(?:size|grosse|gr\.|talla|尺码|码数|号码)(?![a-z])\s?[:=]?\s?([a-z0-9/.]{1,6})")
_SIZE_AT_END = re.compile(
    r"(?<![a-z])(?:in|en|en la|en el)\s(\d{2}(?:[.,]5)?)(?:\s(?:please|pls|bitte|por favor))?[\s?!.]*$"
)
_IS_OF_TIME = re.compile(
    r"deliver|shipp?ing|\bship|\bsend|arriv|get here|hours?\b|liefer|versand|versend|schick|ankomm|stunden|entreg|envi|lleg"
    r"|manda|horas"
)
_SIZE_AFTER = re.compile(r"(?<!\d)(\d{2})\s?码")
_POLITE = re.compile(r"[\s,]+(?:please|pls|plz|bitte|por favor)[\s.!]*$")
CHEAPER = (
    "cheaper", "cheapest", "less expensive", "lower price", "billiger", "billigere", "billigste", "gunstiger",
    "gunstigere", "gunstigste", "gunstigsten", "billigsten", "mas barato", "mas barata", "mas economico",
    "mas economica", "便宜",
)  # fmt: skip
DEARER = (
    "more expensive", "most expensive", "dearer", "pricier", "teurer", "teurere", "teuerste", "mas caro", "mas cara",
    "更贵", "最贵", "贵一点", "贵的",
)  # fmt: skip


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def price_range(folded: str) -> tuple[Decimal | None, Decimal | None]:
    """(min, max) as the shopper said it; None where open."""
    if (both := _BETWEEN.search(folded)) and _IS_RANGE.search(folded):
        low, high = sorted((_amount(both[1]), _amount(both[2])))
        return low, high
    under = _UNDER.search(folded) or _UNDER_AFTER.search(folded)
    over = _OVER.search(folded) or _OVER_AFTER.search(folded)
    return (_amount(over[1]) if over and not under else None), (_amount(under[1]) if under else None)


def order_number(folded: str) -> str:
    """ "K7QM-2XPD" however it is written; also an unknown shop's "10042" after the word order."""
    if match := _ORDER_NUMBER.search(folded):
        return match[1].upper()
    match = _ORDER_WORD.search(folded)
    if match and any(char.isdigit() for char in match[1]):
        return match[1].upper()
    return ""


def is_order_number(folded: str) -> bool:
    """ "Order 1001", "#K7QM-2XPD": an order by its number and not a word more."""
    bare = folded.strip(" ?!.")
    return bool((_ORDER_WORD.fullmatch(bare) or _ORDER_NUMBER.fullmatch(bare)) and order_number(bare))


def _meanings(forms: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {form: meaning for meaning, written in forms.items() for form in written}


def colour(folded: str, in_words: str, lexicon: Lexicon) -> str:
    """The colour named, one slip of the finger forgiven ("bleu")."""
    known = lexicon.colour_forms
    exact = known.longest(folded, in_words)
    if exact:
        return exact
    for word in in_words.split()[:40]:
        if len(word) < 4 or HAN.search(word) or word in lexicon.words:
            continue
        for form, meaning in known.by_letter.get(word[0], ()):
            if len(form) >= 4 and OSA.distance(word, form, score_cutoff=1) <= 1:
                return meaning
    return ""


def size(folded: str, in_words: str, lexicon: Lexicon, *, is_bare: bool = False) -> str:
    known = lexicon.size_meanings
    said = (_SIZE_WORD, _SIZE_AFTER)  # no number at the end: "could you deliver in 24?"
    for pattern in said if _IS_OF_TIME.search(folded) else (*said, _SIZE_AT_END):
        if match := pattern.search(folded):
            return known.get(match[1], match[1].upper())
    if (match := _HAN_SIZE.search(folded)) and match[1] in known:  # "牛津衬衫L码": Chinese has no spaces
        return known[match[1]]
    # A naked number is a size only when it is the whole message; "s" and "l" only as words of their own.
    if is_bare:
        return known.get(folded.strip(" .!"), "")
    text = in_words.replace(" s ", "   ") if " it s " in in_words or " that s " in in_words else in_words
    return lexicon.size_forms.longest(folded, text)


def read_slots(text: str, *, language: str, lexicon: Lexicon) -> Slots:
    """Everything the message holds, each value by its own small parser. Bounded time, never raises."""
    folded = fold(text)
    in_words = spaced(folded)
    bare = _POLITE.sub("", folded)
    whole = numbers.whole_number(bare, language)
    email = _EMAIL.search(text[:600])
    if email and len(email[0]) > LONGEST_EMAIL:
        email = None
    low, high = price_range(folded)
    order = order_number(folded)
    counted = folded
    for value in (low, high):
        if value is not None:
            counted = re.sub(rf"{value}|{str(value).replace('.', ',')}", " ", counted)
    order_digits = bool(order) or email is not None
    phone = _PHONE.search(text[:600])
    digits = re.sub(r"\D", "", phone[0]) if phone else ""
    is_phone = phone is not None and 7 <= len(digits) <= 15 and not order
    is_bare = whole is not None or len(words_of(bare)) == 1
    size_value = size(bare if is_bare else folded, in_words, lexicon, is_bare=is_bare)
    if size_value:
        counted = re.sub(rf"(?<!\d){re.escape(size_value.lower())}(?!\d)", " ", counted)
    code = _CODE.search(folded)
    return Slots(
        quantity=None if order_digits or is_phone else numbers.quantity(counted, language),
        number=whole,
        ordinal=numbers.ordinal(folded, in_words, language),
        colour=colour(folded, in_words, lexicon),
        size=size_value,
        price_min=low,
        price_max=high,
        order_number=order,
        email=email[0] if email else "",
        phone=phone[0].strip() if phone and is_phone else "",
        code=re.sub(r"\D", "", code[1]) if code else "",
        category=lexicon.category_forms.longest(folded, in_words),
        compare=next(
            (name for name, forms in (("cheaper", CHEAPER), ("dearer", DEARER)) if has_any(folded, in_words, forms)), ""
        ),
    )
