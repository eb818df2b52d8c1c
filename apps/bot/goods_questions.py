"""Questions about a thing itself: "is it machine washable?", "fällt es klein aus?", "什么材质？"; told in its own words."""

import re

from apps.nlu.text import HAN, fold, words_of

from .naming import points
from .query import query_of

SHORTEST_SHARED = 4  # letters with which a word of the question and one of the text may say the same: wash, washes
MOST_SENTENCES = 3
# How words begin (whole ones end in a space) that are about care, material and fit, in the question as in the text of the goods.
TOPICS: dict[str, tuple[str, ...]] = {
    "care": (
        "wash ", "washab", "washing", "machine wash", "iron", "dry clean", "tumble", "bleach", "dishwasher", "laundry", "hand wash",
        "wasch", "wasche", "bugel", "trockner", "reinig", "spulmaschine", "schleuder",
        "lavar", "lavab", "se lava", "lavas ", "planch", "secadora", "lejia", "lavavajillas", "limpi", "洗", "熨", "烘干", "漂白", "保养",
    ),
    "material": (
        "made of", "made from", "material", "fabric", "cotton", "wool", "linen", "leather", "polyester", "silk",
        "woraus", "stoff", "baumwoll", "wolle ", "schurwoll", "merinowoll", "aus leinen", "leinen ", "leder", "seide",
        "hecho de", "hecha de", "tela", "tejido", "algodon", "lana", "lino", "cuero", "piel", "seda",
        "材质", "面料", "材料", "什么做", "棉", "羊毛", "亚麻", "皮革", "真皮", "丝",
    ),
    "fit": (
        "run small", "runs small", "run large", "runs large", "run big", "runs big", "true to size", "runs true", "how does it fit", "how do they fit", "do they fit",
        "fits small", "fits large", "does it fit", "tight", "loose fit", "slim fit",
        "fallt", "ausfall", "passform", "zu eng ", "eng geschnitten", "weit geschnitten", "klein geschnitten", "sitzt",
        "talla peque", "talla grande", "tallan", "queda peque", "queda grande", "queda ajustad", "viene peque", "viene grande",
        "talla bien", "da talla", "偏小", "偏大", "合身", "尺码准", "版型",
    ),
}  # fmt: skip
_ASKS = re.compile(
    r"(?:is|are|does|do|can|will|has|have|whats?|which|hows?|ist|sind|kann|darf|wie|was|woraus|aus welchem|fallt|passt|hat|"
    r"es|son|esta|se puede|puedo|puede|de que|queda|tiene|talla|como|que)\b"
)
_HAN_ASKS = re.compile("吗|么|怎样|如何|多少|会不会|能不能|可不可以|是不是|哪")
_WITHOUT_IT = re.compile(r"(?:es|esta|tiene|lleva|viene|sirve|se puede|(?:ist|hat|kann|geht) (?:es|das|er|sie|man))\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


def asks(text: str) -> bool:
    """Is it a question, whether or not a question mark follows?"""
    folded = fold(text)
    return text.rstrip().endswith(("?", "？")) or bool(_ASKS.match(folded) or _HAN_ASKS.search(folded))


def is_of_it(text: str) -> bool:
    """Is it about the thing in view: "is it …?", or without a word for it, as in "¿es …?" and "…吗？"?"""
    words = " ".join(words_of(fold(text)))
    return points(text) or bool(_WITHOUT_IT.match(words)) or fold(text).rstrip("?？").endswith("吗")


def topic_of(text: str) -> str:
    """care, material, fit, or "" where it is about none of them."""
    folded = f" {' '.join(words_of(fold(text)))} "
    return next((topic for topic, begun in TOPICS.items() if _begins(folded, begun)), "")


def sentences_about(text: str, topic: str, question: str) -> str:
    """The sentences of a text that speak of the topic, or without one share a word with the question; "" for none."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
    begun = TOPICS[topic] if topic else _telling(question)
    found = [sentence for sentence in sentences if _begins(f" {' '.join(words_of(fold(sentence)))} ", begun)]
    joint = "" if HAN.search(text) else " "
    return joint.join(found[:MOST_SENTENCES])


def _begins(spaced: str, begun: tuple[str, ...]) -> bool:
    """Does a word begin so? Chinese has no words' beginnings."""
    return any((start in spaced) if HAN.search(start) else (f" {start}" in spaced) for start in begun)


def _telling(question: str) -> tuple[str, ...]:
    words = query_of(question, known="details").split()
    return tuple(word if HAN.search(word) else word[: max(SHORTEST_SHARED, len(word) - 2)] for word in words)
