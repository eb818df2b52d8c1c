"""What was bought as a file, a link or a code, given again."""

from apps.messaging.content import OpenLink

from ..flow import Branch, End, Flow, Show
from ..talk import Talk
from ..words import label, words

READY = words("{title}: here is a fresh link. It works for seven days.")
YOUR_CODE = words("Your code for {title}:")
YOUR_CODES = words("Your codes for {title}:")
BY_HAND = words("{title}: a colleague hands it over to you here.")
SPENT = words("{title} has been fetched as often as its link allows. A colleague can open it again.")
NONE = words("You have bought nothing here that is downloaded.")
OPEN = label("Open download")
ORDERS = label("My orders")


def look(talk: Talk) -> str:
    talk.slots["found"] = talk.shop.downloads()
    return "some" if talk.slots["found"] else "none"


def say_links(talk: Talk) -> None:
    """One message each, so that every link has its own button."""
    for one in talk.slots["found"]:
        if one["codes"]:
            said = talk.text(YOUR_CODES if len(one["codes"]) > 1 else YOUR_CODE, title=one["title"])
            talk.say_text("\n".join([said, *one["codes"]]), [talk.choice(ORDERS, do="order_status"), talk.a_person()])
        if one["codes"] and one["has_all"] and not one["url"]:
            continue
        if one["url"] and one["left"]:
            choices = (talk.choice(ORDERS, do="order_status"), talk.a_person())
            said = talk.text(READY, title=one["title"])
            talk.put(OpenLink(text=said, url=one["url"], label=talk.text(OPEN), choices=choices))
        else:
            talk.say(SPENT if one["url"] else BY_HAND, [talk.a_person(), talk.menu()], title=one["title"])


DOWNLOADS = Flow(
    name="downloads",
    start="look",
    steps={
        "look": Branch(look, {"some": "say", "none": "none"}),
        "say": Show(say_links, "end"),
        "none": Show(lambda talk: talk.say(NONE, [talk.choice(ORDERS, do="order_status"), talk.a_person()]), "end"),
        "end": End(),
    },
    is_aside=True,
)
