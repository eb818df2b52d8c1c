"""While a person has the thread the worker still serves taps about the cart, and nothing else."""

import uuid
from typing import Any

from django_scopes import scope

from apps.carts.models import CartLine
from apps.console.access import Seat
from apps.console.cart import set_in_cart
from apps.conversations.actions import insert_internal_event
from apps.conversations.models import Conversation, Message
from apps.gateway.jobs import respond
from apps.gateway.turns import run_turn
from apps.messaging.content import all_choices, from_json
from apps.routing.actions import take_over
from tests import factories
from tests.carts import goods

from .harness import Platform, Sink


def tapped(platform: Platform, token: str, label: str) -> dict[str, Any]:
    button = {"type": "button_reply", "button_reply": {"id": token, "title": label}}
    return {**platform.message(""), "type": "interactive", "interactive": button}


def work() -> None:
    while run_turn(respond):
        pass


def test_undo_of_a_colleagues_change_works_while_they_have_the_thread(
    platform: Platform, sink: Sink, merchant: Any
) -> None:
    platform.says("hello")
    work()
    with scope(merchant=merchant):
        thread, mug = Conversation.objects.get(), goods.variant(merchant)
        jonas = factories.staff(merchant, display_name="Jonas")
        said = set_in_cart(Seat(jonas, merchant, "associate"), thread.public_id, mug.pk, 1, 0, client_id=uuid.uuid4())
        undo = next(choice for choice in all_choices(from_json(said.content)) if choice.label == "Undo")
    platform.posts(platform.envelope(messages=[tapped(platform, undo.token, "Undo")]))
    platform.says("is that all?")
    work()
    with scope(merchant=merchant):
        assert CartLine.objects.count() == 0
        after = list(Message.objects.filter(seq__gt=said.seq).exclude(author="shopper").values_list("author", "text"))
    assert {author for author, _text in after} == {"system"}
    assert after[0][1].startswith("I have taken Blue mug out.")


def test_news_of_going_on_elsewhere_reaches_a_thread_that_a_colleague_has(
    platform: Platform, sink: Sink, merchant: Any
) -> None:
    platform.says("hello")
    work()
    with scope(merchant=merchant):
        thread = Conversation.objects.get()
        insert_internal_event(thread, "went_on", {"fence": None, "to": "Telegram", "merge": 0}, key="one")
        insert_internal_event(thread, "nudge", {"fence": None}, key="two")
        take_over(thread, factories.staff(merchant, display_name="Jonas"))
        before = thread.last_seq
    work()
    with scope(merchant=merchant):
        (said,) = Message.objects.filter(seq__gt=before)
        assert (said.author, said.text) == ("system", "You go on on Telegram now, and everything is there.")
