"""What becomes of a message that nothing explained: a search for goods, unless it plainly is none."""

from rapidfuzz.distance import OSA

from .commands import Command, Verb, start
from .goods_questions import asks, topic_of
from .query import query_of
from .reading import Reading, filters_of
from .talk import Talk

NEAR = 1  # letters gone wrong in a word that is still that word


def last_resort(talk: Talk, reading: Reading) -> Command:
    query = query_of(reading.text)
    if not any(char.isalnum() for char in reading.text):  # 👍
        return start("small_talk", kind="agreed")
    if reading.sentiment < 0 and not talk.shop.called(words=query.split()):
        return start("small_talk", kind="cross")
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
