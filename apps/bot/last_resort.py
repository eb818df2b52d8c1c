"""What becomes of a message that nothing explained: a search for goods, unless it plainly is none."""

import re

from rapidfuzz.distance import OSA

from .commands import Command, Verb, start
from .goods_questions import asks, topic_of
from .query import query_of
from .reading import Reading, filters_of
from .talk import Talk

OUR_SHOP = frozenset(
    {"shop", "store", "laden", "service", "company", "firma", "tienda", "servicio", "empresa"}
)  # "scheiß Laden"
A_GIFT = "a gift"
FOR_SOMEBODY = re.compile(
    r"\b(?:for|fur|para) (?:my|meine?n?|mi) (?:mo[mt]|mum|mother|dad|father|sister|brother|friend|wife|husband|girlfriend|boyfriend|gf\b|bf\b|boss|"
    r"mutter|mama|vater|papa|schwester|bruder|freund|frau|mann|oma|opa|chef|madre|padre|hermana|hermano|amig|novi|mujer|marido|pareja|jef)"
    r"|(?:给|送)(?:我)?(?:女朋友|男朋友|妈妈|爸爸|老婆|老公|朋友|姐|妹|哥|弟)"
)
NEAR = 1  # letters gone wrong in a word that is still that word


def last_resort(talk: Talk, reading: Reading) -> Command:
    query = query_of(reading.text)
    if not any(char.isalnum() for char in reading.text):  # 👍
        return start("small_talk", kind="agreed")
    goods = [word for word in query.split() if word not in OUR_SHOP]
    if reading.sentiment < 0 and not talk.shop.called(words=goods):
        return start("small_talk", kind="cross")
    is_for_somebody = FOR_SOMEBODY.search(reading.folded) and not talk.shop.called(words=query.split())
    if is_for_somebody and (gifts := talk.shop.collection_called(text=A_GIFT)):
        return start("listing", collection=gifts["slug"], **filters_of(reading))
    rest = query_of(reading.text, known="details")
    if (
        rest != query
        and rest
        and filters_of(reading)
        and len(talk.shop.called(words=rest.split())) == len(rest.split())
    ):
        return start("listing", text=rest, **filters_of(reading))  # "linen shirt in xxl?"
    if query and asks(reading.text) and _is_far_fetched(talk, query):
        if topic := topic_of(reading.text):
            return start("about", product=0, topic=topic, text=reading.text[:200])
        return Command(Verb.CANNOT_HANDLE, {"reason": "nothing_understood"})
    if query:
        return start("listing", text=query, **filters_of(reading))
    return Command(Verb.CANNOT_HANDLE, {"reason": "nothing_understood"})


def _is_far_fetched(talk: Talk, query: str) -> bool:
    """Nothing here is called so, unless half of a word were wrong: whoever asks a question did not look for that."""
    page = talk.shop.find(text=query, filters={}, offset=0)
    if not page["corrected"]:
        return not page["items"] or page["is_loose"]
    pairs = zip(query.split(), str(page["corrected"]).split(), strict=False)
    return any(OSA.distance(said, meant) > NEAR for said, meant in pairs)
