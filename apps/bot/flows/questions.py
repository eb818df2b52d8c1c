"""The merchant's own answers: shipping, returns, payment, sizes; and what becomes of the shopper's data and consent."""

from ..flow import Branch, Do, End, Flow, Show
from ..talk import Talk
from ..words import label, words

TOPICS = words("What would you like to know?")
NO_TOPICS = words("Just ask; if I do not know, a colleague does.")
UNSUBSCRIBED = words("Understood: no more offers. I still answer when you write, and tell you about your orders.")
SUBSCRIBED = words('Gladly: you will hear of our offers here. "Unsubscribe" ends it at any time.')
OTHER_QUESTION = label("Other questions")


def say_topics(talk: Talk) -> None:
    rows = talk.shop.articles()
    choices = [talk.choice(row["title"], do="article", topic=row["topic"]) for row in rows[:7]]
    talk.say(TOPICS if choices else NO_TOPICS, [*choices, talk.a_person()])


def find(talk: Talk) -> str:
    talk.slots["found"] = talk.shop.article(topic=talk.slots["topic"])
    return "found" if talk.slots["found"] else "none"


def say_article(talk: Talk) -> None:
    found = talk.slots["found"]
    talk.say_text(
        f"{found['title']}\n{found['body']}", [talk.choice(OTHER_QUESTION, style="quiet", do="topics"), talk.a_person()]
    )


def unsubscribe(talk: Talk) -> str:
    talk.shop.consent(purpose="marketing", granted=False, wording=talk.slots.get("wording", ""), key=talk.key)
    return "done"


def subscribe(talk: Talk) -> str:
    talk.shop.consent(purpose="marketing", granted=True, wording=talk.slots.get("wording", ""), key=talk.key)
    return "done"


TOPICS_FLOW = Flow(name="topics", start="say", steps={"say": Show(say_topics, "end"), "end": End()})
ARTICLE = Flow(
    name="article",
    start="find",
    steps={
        "find": Branch(find, {"found": "say", "none": "none"}),
        "say": Show(say_article, "end"),
        "none": Show(say_topics, "end"),
        "end": End(),
    },
    is_aside=True,
)
UNSUBSCRIBE = Flow(
    name="unsubscribe",
    start="note",
    steps={
        "note": Do(unsubscribe, {"done": "say"}),
        "say": Show(lambda talk: talk.say(UNSUBSCRIBED, [talk.menu()]), "end"),
        "end": End(),
    },
)
SUBSCRIBE = Flow(
    name="subscribe",
    start="note",
    steps={
        "note": Do(subscribe, {"done": "say"}),
        "say": Show(lambda talk: talk.say(SUBSCRIBED, [talk.menu()]), "end"),
        "end": End(),
    },
)
