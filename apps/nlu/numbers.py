"""Numbers as people write them: digits, number words 0–12 by table, larger ones by text2num, ordinals."""

import re

from rapidfuzz.distance import OSA
from text_to_num import text2num

from .text import HAN, words_of

CARDINALS: dict[str, tuple[str, ...]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "de": ("null", "eins", "zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwolf"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    "zh": ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"),
}
FURTHER: dict[str, dict[str, int]] = {
    "en": {"a couple": 2, "both": 2, "dozen": 12},
    "de": {"ein": 1, "eine": 1, "einen": 1, "einem": 1, "fuenf": 5, "zwoelf": 12, "zwo": 2, "beide": 2},
    "es": {"un": 1, "una": 1, "ambos": 2, "ambas": 2, "docena": 12},
    "zh": {"两": 2, "俩": 2},
}
SURE_LENGTH = 5  # of a word in which one wrong letter is forgiven
ORDINALS: dict[str, tuple[tuple[str, ...], ...]] = {
    "en": (
        ("first", "1st"), ("second", "2nd"), ("third", "3rd"), ("fourth", "4th"),
        ("fifth", "5th"), ("sixth", "6th"), ("seventh", "7th"), ("eighth", "8th"),
    ),
    "de": tuple(
        tuple(stem + end for end in ("e", "er", "es", "en", "em"))
        for stem in ("erst", "zweit", "dritt", "viert", "funft", "sechst", "siebt", "acht")
    ),
    "es": (
        ("primero", "primera", "primer"), ("segundo", "segunda"), ("tercero", "tercera", "tercer"),
        ("cuarto", "cuarta"), ("quinto", "quinta"), ("sexto", "sexta"), ("septimo", "septima"), ("octavo", "octava"),
    ),
    "zh": tuple((f"第{char}",) for char in "一二三四五六七八"),
}  # fmt: skip
LAST: dict[str, tuple[str, ...]] = {
    "en": ("last", "last one"),
    "de": ("letzte", "letzter", "letztes", "letzten"),
    "es": ("ultimo", "ultima"),
    "zh": ("最后",),
}
GERMAN_SPELLING = (("funf", "fünf"), ("zwolf", "zwölf"), ("dreissig", "dreißig"))
_ZH_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "俩": 2}
_ZH_NUMBER = re.compile(r"[零一二三四五六七八九十两俩]{1,3}")
_ZH_COUNT = re.compile(r"(\d{1,3}|[一二三四五六七八九十两俩]{1,3})\s?[个件条双只套顶瓶盒份包张把杯]")
_ZH_ORDINAL = re.compile(r"第\s?(\d|[一二三四五六七八])")
_A_SECOND = re.compile(r"(?<= )(?:a|one|un|1) (?:second|segundo)(?= )")  # of time
_NO_COUNT = re.compile(r"(?<![\w.,-])(?:[-−–]\s?\d+(?:[.,]\d+)?|\d+[.,]\d+|\d{4,})(?![\w.,]*\d)")
# "add -3 mugs", "lege 2,5 Becher": right after the first word and before the goods; 0.5 l is a size of them.
_NO_PIECES = re.compile(
    r"\s*[^\W\d_]+\s+(?:[-−–]\d+(?:[.,]\d+)?|\d+[.,]\d{1,2}|0+|\d?[½¼¾])\s+(?!(?:[kmcg]?[lgmvwb]|tb|[km]?hz|oz|lbs?|ft|in|inch|zoll|pulgadas|lit\w*|sugar|sleeve)\b)[^\W\d_]",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![\w.,-])\d{1,3}(?![\w]|[.,]\d)")


def base(language: str) -> str:
    """ "zh-hans" → "zh"."""
    return language.partition("-")[0]


def chinese_number(text: str) -> int | None:
    """一 to 九十九."""
    if not text:
        return None
    tens, found, ones = text.partition("十")
    if not found:
        return _ZH_DIGITS.get(text)
    high = _ZH_DIGITS.get(tens, 0) if tens else 1
    low = _ZH_DIGITS.get(ones, 0) if ones else 0
    return high * 10 + low


def word_value(word: str, language: str) -> int | None:
    """What one number word means in this language (English always understood); None if it is none."""
    for code in dict.fromkeys((base(language), "en")):
        if word in CARDINALS.get(code, ()):
            return CARDINALS[code].index(word)
        if word in FURTHER.get(code, {}):
            return FURTHER[code][word]
    if HAN.search(word):
        return chinese_number(word)
    if 5 <= len(word) <= 24 and base(language) in ("en", "de", "es") and word.isalpha():
        spelled = word
        for bare, accented in GERMAN_SPELLING if base(language) == "de" else ():
            spelled = spelled.replace(bare, accented)
        try:
            return int(text2num(spelled, base(language)))
        except (ValueError, KeyError, IndexError):
            return None
    return None


def whole_number(folded: str, language: str) -> int | None:
    """The number when the message is nothing but one: "2", "two", "2.", "#2", "两个"."""
    bare = folded.strip(" .!)#(:")
    if bare.isascii() and bare.isdigit() and len(bare) <= 3:
        return int(bare)
    if HAN.search(bare):
        counted = _ZH_COUNT.fullmatch(bare)
        if counted:
            return int(counted[1]) if counted[1].isdigit() else chinese_number(counted[1])
        return chinese_number(bare) if _ZH_NUMBER.fullmatch(bare) else None
    return word_value(bare, language) if bare else None


def quantity(folded: str, language: str) -> int | None:
    """How many are meant: a count with its measure word, digits, or a number word above "a"."""
    folded = _ZH_ORDINAL.sub(" ", folded)  # the second one is not two of them
    if counted := _ZH_COUNT.search(folded):
        return int(counted[1]) if counted[1].isdigit() else chinese_number(counted[1])
    if digits := _DIGITS.search(folded):
        return int(digits[0])
    for word in words_of(folded)[:40]:
        value = None if HAN.search(word) else word_value(word, language)
        if value is not None and not (value == 1 and word in FURTHER.get(base(language), {})):
            return value
    return None


def odd_count(folded: str) -> str:
    """A number that counts no pieces, as it was written: "-5", "1.5", "100000"; "" where there is none."""
    found = _NO_COUNT.search(folded)
    return found[0].replace(" ", "") if found else ""


def counts_no_pieces(text: str) -> bool:
    """ "Add -3 mugs", "add ½ mug", "add 0 mugs": so many goods cannot be had."""
    return _NO_PIECES.match(text) is not None


def ordinal(folded: str, in_words: str, language: str) -> int | None:
    """ "the second one" → 2, "the last" → -1, "第二个" → 2; None without an ordinal."""
    in_words = _A_SECOND.sub(" ", in_words)
    if match := _ZH_ORDINAL.search(folded):
        return int(match[1]) if match[1].isdigit() else _ZH_DIGITS[match[1]]
    for code in dict.fromkeys((base(language), "en")):
        for index, forms in enumerate(ORDINALS.get(code, ()), start=1):
            if any(f" {form} " in in_words for form in forms if not HAN.search(form)):
                return index
        if any((f" {form} " in in_words) or (HAN.search(form) and form in folded) for form in LAST.get(code, ())):
            return -1
    return _misspelled_ordinal(in_words, language)


def _misspelled_ordinal(in_words: str, language: str) -> int | None:
    """ "frist", "zweiets": one slip in a word long enough to be sure of."""
    slips = [word for word in in_words.split()[:40] if len(word) >= SURE_LENGTH and not HAN.search(word)]
    for code in dict.fromkeys((base(language), "en")):
        for index, forms in enumerate(ORDINALS.get(code, ()), start=1):
            for form in (form for form in forms if len(form) >= SURE_LENGTH):
                if any(word[0] == form[0] and OSA.distance(word, form, score_cutoff=1) <= 1 for word in slips):
                    return index
    return None
