"""From what people write to the words the index knows: no case, no accents, Chinese and Japanese in pairs."""

import re
import unicodedata

LONGEST_TEXT = 400  # characters of a question worth reading; nobody searches with more
LONGEST_WORD = 40
MOST_WORDS = 12

CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af"
RUNS = re.compile(rf"([{CJK}]+)|([^\W_{CJK}]+)")

# Said around what is meant, in the four languages of the shop.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "can",
        "could",
        "do",
        "for",
        "from",
        "get",
        "give",
        "have",
        "i",
        "in",
        "is",
        "it",
        "like",
        "looking",
        "me",
        "my",
        "of",
        "on",
        "or",
        "please",
        "show",
        "some",
        "the",
        "there",
        "to",
        "under",
        "want",
        "with",
        "you",
        "your",
        "need",
        "find",
        "something",
        "aber",
        "auch",
        "das",
        "dem",
        "den",
        "der",
        "die",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "es",
        "fur",
        "gibt",
        "haben",
        "habt",
        "hatte",
        "ich",
        "ihr",
        "im",
        "ist",
        "man",
        "mir",
        "mit",
        "oder",
        "sie",
        "suche",
        "suchen",
        "und",
        "von",
        "zu",
        "zum",
        "zur",
        "bitte",
        "zeig",
        "zeige",
        "brauche",
        "mochte",
        "etwas",
        "al",
        "algo",
        "algun",
        "alguna",
        "busco",
        "con",
        "como",
        "de",
        "del",
        "el",
        "en",
        "esta",
        "hay",
        "la",
        "las",
        "lo",
        "los",
        "me",
        "mi",
        "necesito",
        "o",
        "para",
        "por",
        "quiero",
        "que",
        "se",
        "tiene",
        "tienen",
        "tienes",
        "un",
        "una",
        "unas",
        "unos",
        "y",
        "muestrame",
        "favor",
    ]
)
CJK_STOP_WORDS = (
    "我想要",
    "我想买",
    "有没有",
    "请给我",
    "我要",
    "我想",
    "你们",
    "给我",
    "想买",
    "一件",
    "一个",
    "一双",
    "请",
    "的",
    "吗",
    "呢",
    "和",
)

SUFFIXES = ("es", "en", "er", "em", "as", "os", "s", "n", "e", "a", "o")
SHORTEST_STEM = 4


def plain(text: str) -> str:
    """Casefolded and without accents: "Größe" -> "grosse", "CAFÉ" -> "cafe"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFKC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def is_cjk(word: str) -> bool:
    return bool(word) and RUNS.match(word) is not None and RUNS.match(word).group(1) is not None  # type: ignore[union-attr]


def pairs(run: str) -> list[str]:
    """ "蓝色衬衫" -> 蓝色, 色衬, 衬衫; a lone character stays alone."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def tokens(text: str) -> list[str]:
    """Every word of a text, in order, as the index stores it."""
    found: list[str] = []
    for cjk, word in RUNS.findall(plain(text)):
        if cjk:
            found.extend(pairs(cjk))
        elif word:
            found.append(word[:LONGEST_WORD])
    return found


def asked_words(text: str) -> list[str]:
    """The words of a question, at most a dozen, without those that say nothing; CJK runs stay whole."""
    question = plain(text[:LONGEST_TEXT])
    for stop in CJK_STOP_WORDS:
        question = question.replace(stop, " ")
    found: list[str] = []
    for cjk, word in RUNS.findall(question):
        asked = cjk or word[:LONGEST_WORD]
        if asked and asked not in found:
            found.append(asked)
    telling = [word for word in found if word not in STOP_WORDS]
    return (telling or found)[:MOST_WORDS]


def stem(word: str) -> str:
    """What is left when number, gender and case are taken off: hemden, hemd -> hemd; azules, azul -> azul."""
    if is_cjk(word) or word.isdigit():
        return word
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= SHORTEST_STEM:
            return word[: -len(suffix)]
    return word
