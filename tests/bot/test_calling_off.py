"""A person was asked for and is not wanted any more: the request is withdrawn, as long as nobody has taken the thread."""

import datetime as dt
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.conversations.models import ThreadEvent
from apps.merchants import clock
from apps.routing.actions import take_over
from apps.routing.models import Assignment
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]
CALLED_OFF = {
    "en": "no colleague will come", "de": "es kommt niemand", "es": "no vendrá nadie", "zh-hans": "不用等同事了",
}  # fmt: skip
HUMAN = {"en": "human", "de": "Mensch", "es": "persona", "zh-hans": "人工"}


def waits(shopper: Shopper) -> bool:
    return shopper.conversation.waiting_since is not None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "never mind"),
        ("en", "oh never mind, thanks"),
        ("en", "never mind i found it"),
        ("en", "no thanks"),
        ("en", "I don't need a person any more"),
        ("en", "all good"),
        ("de", "doch nicht"),
        ("de", "hat sich erledigt, danke"),
        ("de", "ich brauche doch keinen Menschen"),
        ("de", "schon gut"),
        ("es", "déjalo"),
        ("es", "ya no hace falta, gracias"),
        ("es", "no necesito hablar con una persona"),
        ("zh-hans", "算了，谢谢"),
        ("zh-hans", "不用了"),
        ("zh-hans", "不用人工了"),
    ],
)
def test_a_request_is_withdrawn(arrive: Arrive, language: str, said: str) -> None:
    shopper = arrive("webchat", language=language)
    shopper.says(HUMAN[language])
    assert waits(shopper) is True
    shopper.says(said)
    assert (waits(shopper), CALLED_OFF[language] in shopper.text) == (False, True)
    with scope(merchant=shopper.account.merchant):
        assert [row.outcome for row in Assignment.objects.all()] == ["withdrawn"]
        kinds = ThreadEvent.objects.exclude(kind="message").order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["waiting", "withdrawn"]


def test_whoever_has_taken_the_thread_is_not_sent_away(ana: Shopper) -> None:
    ana.says("human")
    with scope(merchant=ana.account.merchant):
        person = factories.staff(ana.account.merchant)
        take_over(ana.conversation, person)
    assert ana.says("never mind") == []
    assert (ana.conversation.owner, ana.conversation.owner_user) == ("agent", person)
    with scope(merchant=ana.account.merchant):
        assert Assignment.objects.get().outcome == "taken"


def test_what_was_under_way_goes_on(ana: Shopper) -> None:
    for line in ("glass mug", "add it", "checkout", "human", "never mind"):
        ana.says(line)
    assert (waits(ana), "Continue" in ana.labels) == (False, True)
    ana.taps("Continue")
    assert "name" in ana.text
    ana.says("cancel")
    assert "I have dropped that" in ana.text


def test_one_may_ask_again_and_goes_to_the_end_of_the_line(ana: Shopper, arrive: Arrive) -> None:
    ben = arrive("telegram", "ben")
    ana.says("human")
    with clock.at(clock.now() + dt.timedelta(minutes=1)):
        ben.says("human")
        ana.says("never mind")
    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        ana.says("human")
    assert "1 person is before you" in ana.text


@pytest.mark.parametrize(
    "said",
    [
        "show me lamps",
        "no",
        "is anybody there?",
        "no agent has answered yet",
        "kein Mitarbeiter meldet sich",
        "没有人工回我",
    ],
)
def test_going_on_with_the_assistant_withdraws_nothing(ana: Shopper, said: str) -> None:
    for line in ("human", "glass mug", said):
        ana.says(line)
    assert waits(ana) is True
