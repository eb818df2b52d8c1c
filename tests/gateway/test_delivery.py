"""What becomes of a message, by what the platform answers."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.conversations.actions import receive, send_message
from apps.conversations.actions.again import requeue_message
from apps.conversations.actions.statuses import apply_status
from apps.conversations.dead_letters import dead_events, dead_messages, replay_dead
from apps.conversations.deliver import LEASE, deliver, look, requeue_unknown
from apps.conversations.models import AccountTrouble, Conversation, InboundEvent, Message
from apps.customers.actions import record_consent
from apps.customers.models import ConsentEntry
from apps.gateway.loop import deliver_due, drain
from apps.merchants import clock
from apps.messaging.content import OrderUpdate, Text
from apps.messaging.events import ChannelEvent, EventKind
from tests.conversations.people import event
from tests.factories import channel_account

from .harness import Platform, Sink, parrot

pytestmark = pytest.mark.django_db
ACCEPTED = (200, {"messages": [{"id": "out"}]})


def error(status: int, code: int) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": code, "message": f"code {code}"}}


class Talk:
    """A thread on a platform that gives the answers it was told to give, then accepts."""

    def __init__(self, merchant: Any, *answers: tuple[int, dict[str, Any]]) -> None:
        self.merchant, self.answers = merchant, list(answers)
        self.meanwhile: Callable[[], None] | None = None  # happens while the platform takes a part
        self.sink = Sink(self._answer)
        self.account = channel_account(merchant, "whatsapp", api_base=self.sink.url)
        with scope(merchant=merchant):
            self.conversation = receive(self.account, [event(text="hi")]).conversation

    def _answer(self, body: dict[str, Any], number: int) -> tuple[int, dict[str, Any]]:
        if self.meanwhile:
            self.meanwhile()
        return self.answers.pop(0) if self.answers else ACCEPTED

    def sends(self, text: str = "hello", **options: Any) -> Message:
        with scope(merchant=self.merchant):
            return send_message(self.conversation, Text(text=text), **({"author": "bot"} | options))

    def state(self, message: Message) -> tuple[str, str, int]:
        with scope(merchant=self.merchant):
            message.refresh_from_db()
        return message.state, message.error_class, message.attempts


@pytest.fixture
def talks() -> Iterator[Any]:
    made: list[Talk] = []

    def make(*args: Any) -> Talk:
        made.append(Talk(*args))
        return made[-1]

    yield make
    for talk in made:
        talk.sink.close()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (error(400, 100), ("failed", "bad_request", 1)),
        (error(400, 131026), ("failed", "unreachable", 1)),
        (error(400, 131047), ("failed", "window_closed", 1)),
        (error(400, 131050), ("failed", "opted_out", 1)),
        (error(503, 131016), ("retry", "retry", 1)),
        (error(401, 190), ("retry", "auth", 1)),
        ((0, {}), ("unknown", "ambiguous", 1)),
    ],
)
def test_each_class_of_answer_has_its_end(merchant: Any, talks: Any, answer: Any, expected: Any) -> None:
    talk = talks(merchant, answer)
    message = talk.sends()
    deliver_due()
    assert talk.state(message) == expected


def test_a_busy_platform_is_asked_again_later_and_in_order(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, error(503, 131016), error(400, 130429))
    first, second = talk.sends("one"), talk.sends("two")
    for seconds in (0, 3, 10):
        with clock.at(clock.now() + dt.timedelta(seconds=seconds)):
            deliver_due()
    assert talk.sink.texts == ["one", "two"]
    assert (talk.state(first)[2], talk.state(second)[2]) == (3, 1)


def test_a_platform_that_stays_away_ends_as_a_dead_letter_and_can_be_sent_again(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, *[error(503, 131016)] * 8)
    message = talk.sends()
    now = clock.now()
    for step in range(12):
        with clock.at(now + dt.timedelta(minutes=6 * step)):
            deliver_due()
    assert talk.state(message) == ("dead", "retry", 8)
    with scope(merchant=merchant):
        assert [row.pk for row in dead_messages(merchant)] == [message.pk]
        requeue_message(message)
    deliver_due()
    assert (talk.state(message)[0], talk.sink.texts) == ("accepted", ["hello"])


def test_what_was_taken_and_failed_later_is_really_sent_again(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    message = talk.sends()
    deliver_due()
    name = ACCEPTED[1]["messages"][0]["id"]
    Platform(talk.account).reports(name, "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    drain()
    assert talk.state(message)[:2] == ("failed", "unreachable")
    with scope(merchant=merchant):
        requeue_message(message)
    deliver_due()
    assert (talk.state(message)[0], talk.sink.texts) == ("accepted", ["hello", "hello"])


@pytest.mark.parametrize(("failed", "again"), [("two", [1]), ("one", [0, 1])])
def test_only_from_the_part_that_failed_it_is_sent_again(
    merchant: Any, talks: Any, failed: str, again: list[int]
) -> None:
    talk = talks(merchant, *((200, {"messages": [{"id": name}]}) for name in ("one", "two")))
    message = talk.sends("word " * 1500)
    deliver_due()
    parts = list(talk.sink.texts)
    Platform(talk.account).reports(failed, "failed", errors=[{"code": 131026, "title": "Message undeliverable"}])
    drain()
    assert (len(parts), talk.state(message)[0]) == (2, "failed")
    with scope(merchant=merchant):
        requeue_message(message)
    deliver_due()
    assert (talk.state(message)[0], talk.sink.texts[2:]) == ("accepted", [parts[place] for place in again])


def test_order_news_of_unknown_fate_go_again_after_waiting_for_a_status(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, (0, {}))
    message = talk.sends(author="system", purpose="transactional")
    deliver_due()
    assert talk.state(message)[0] == "unknown"
    assert requeue_unknown() == 0
    with clock.at(clock.now() + dt.timedelta(seconds=121)):
        assert requeue_unknown() == 1
        deliver_due()
    assert talk.state(message)[0] == "accepted"


@pytest.mark.parametrize(("author", "purpose"), [("bot", "reply"), ("system", "campaign"), ("system", "otp")])
def test_nothing_else_of_unknown_fate_is_repeated(merchant: Any, talks: Any, author: str, purpose: str) -> None:
    talk = talks(merchant, (0, {}))
    if purpose == "campaign":
        from apps.customers.actions import record_consent  # noqa: PLC0415

        with scope(merchant=merchant):
            record_consent(talk.conversation.identity, purpose="marketing", granted=True, source="checkout")
    message = talk.sends(author=author, purpose=purpose)
    deliver_due()
    with clock.at(clock.now() + dt.timedelta(days=1)):
        assert requeue_unknown() == 0
        deliver_due()
    assert (talk.state(message)[0], len(talk.sink.calls)) == ("unknown", 1)


def test_news_of_an_unknown_message_settles_it(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, (0, {}))
    message = talk.sends(author="system", purpose="transactional")
    deliver_due()
    Platform(talk.account).reports("wamid.late", "delivered", biz_opaque_callback_data=f"{message.pk}:0")
    drain(answer=parrot, jobs={})
    assert talk.state(message)[0] == "delivered"
    with clock.at(clock.now() + dt.timedelta(seconds=121)):
        assert requeue_unknown() == 0


def test_who_dies_while_sending_leaves_an_unknown_not_a_second_send(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    message = talk.sends()
    assert len(look(1).claims) == 1  # and here the sender dies
    deliver_due()
    assert talk.state(message)[0] == "sending"
    with clock.at(clock.now() + LEASE + dt.timedelta(seconds=1)):
        deliver_due()
    assert (talk.state(message)[:2], talk.sink.calls) == (("unknown", "ambiguous"), [])


def test_what_is_begun_too_late_to_be_noted_in_time_is_not_begun(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    message = talk.sends()
    (claim,) = look(1).claims
    with clock.at(clock.now() + LEASE - dt.timedelta(seconds=7)):
        assert deliver(claim) == "retry"
    assert (talk.state(message), talk.sink.calls) == (("retry", "retry", 1), [])
    with clock.at(clock.now() + LEASE):
        deliver_due()
    assert (talk.state(message)[0], len(talk.sink.calls)) == ("accepted", 1)


def test_each_part_of_a_long_answer_has_a_lease_of_its_own(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    message = talk.sends("A sentence of some length. " * 300)
    (claim,) = look(1).claims
    claim.message.lease_until -= dt.timedelta(seconds=11.5)  # enough for a first part that takes a second, and no more
    waits = [1.0, 0.0]
    talk.meanwhile = lambda: time.sleep(waits.pop(0))
    assert deliver(claim) == "accepted"
    assert (talk.state(message)[0], len(talk.sink.calls)) == ("accepted", 2)


def test_wrong_keys_mark_the_account_until_a_send_works(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, error(401, 190))
    talk.sends()
    deliver_due()
    with scope(merchant=merchant):
        assert AccountTrouble.objects.get().channel_account == talk.account
        with clock.at(clock.now() + dt.timedelta(minutes=2)):
            deliver_due()
        assert AccountTrouble.objects.count() == 0


def test_who_shut_the_door_is_left_alone_until_they_write(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, error(400, 131050))
    talk.sends()
    deliver_due()
    with scope(merchant=merchant):
        talk.conversation.identity.refresh_from_db()
    assert talk.sends("again").error_class == "opted_out"
    with scope(merchant=merchant):
        talk.conversation = receive(talk.account, [event(text="I am back")]).conversation
    assert talk.sends("welcome").state == "queued"


def test_after_a_day_only_an_approved_wording_may_go(merchant: Any, talks: Any) -> None:
    from apps.messaging.models import Template  # noqa: PLC0415

    talk = talks(merchant)
    with clock.at(clock.now() + dt.timedelta(hours=25)), scope(merchant=merchant):
        free = talk.sends("free words")
        assert (free.state, free.error_class) == ("suppressed", "window_closed")
        news = OrderUpdate(text="Shipped", template="order_shipped", variables=("K7QM",))
        options = {"author": "system", "purpose": "transactional"}
        assert send_message(talk.conversation, news, **options).state == "suppressed"
        Template.objects.create(
            merchant=merchant, channel_account=talk.account, purpose="order_shipped", language="en",
            name="shipped_v1", body="Order {{1}} is on its way.", state="approved",
        )  # fmt: skip
        assert send_message(talk.conversation, news, **options).state == "queued"
        deliver_due()
    assert [body["template"]["name"] for body in talk.sink.accepted] == ["shipped_v1"]


def test_where_the_platform_says_that_the_window_is_closed_the_approved_wording_goes(merchant: Any, talks: Any) -> None:
    from apps.messaging.models import Template  # noqa: PLC0415

    talk = talks(merchant, error(400, 131047))
    with scope(merchant=merchant):
        Template.objects.create(
            merchant=merchant, channel_account=talk.account, purpose="order_shipped", language="en",
            name="shipped_v1", body="Order {{1}} is on its way.", state="approved",
        )  # fmt: skip
        news = OrderUpdate(text="Shipped", template="order_shipped", variables=("K7QM",))
        message = send_message(talk.conversation, news, author="system", purpose="transactional")
    deliver_due()
    assert talk.state(message) == ("accepted", "", 2)
    assert [body["template"]["name"] for body in talk.sink.accepted] == ["shipped_v1"]


def test_a_long_answer_goes_on_where_it_stopped(merchant: Any, talks: Any) -> None:
    talk = talks(merchant, ACCEPTED, error(503, 131016))
    message = talk.sends("A sentence of some length. " * 400)
    deliver_due()
    assert (talk.state(message)[0], message.parts_sent) == ("retry", 1)
    with clock.at(clock.now() + dt.timedelta(seconds=5)):
        deliver_due()
    assert talk.state(message)[0] == "accepted"
    assert len(talk.sink.accepted) == message.parts_sent


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"author": "bot"}, ("suppressed", "opted_out", 1)),
        ({"author": "bot", "purpose": "transactional"}, ("suppressed", "opted_out", 1)),
        ({"author": "agent"}, ("suppressed", "opted_out", 1)),
        ({"author": "system", "is_confirmation": True}, ("accepted", "", 2)),
    ],
)
def test_an_opt_out_between_two_parts_stops_the_rest(merchant: Any, talks: Any, options: Any, expected: Any) -> None:
    talk = talks(merchant)

    def opts_out() -> None:
        with scope(merchant=merchant):
            if not ConsentEntry.objects.exists():
                record_consent(talk.conversation.identity, purpose="service", granted=False, source="platform")
        connection.close()

    talk.meanwhile = opts_out
    message = talk.sends("A sentence of some length. " * 200, **options)
    deliver_due()
    assert (*talk.state(message)[:2], len(talk.sink.accepted)) == expected


@pytest.mark.django_db(transaction=True)
def test_what_failed_before_its_own_answer_and_goes_out_anew_is_really_sent(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)

    def fails_early() -> None:
        talk.meanwhile = None
        with scope(merchant=merchant):
            who = talk.conversation.identity.external_id
            news = ChannelEvent(
                EventKind.STATUS, "early", who, clock.now(), target="out", receipt="failed",
                error_class="bad_request", data={"key": f"{message.pk}:0"},
            )  # fmt: skip
            assert apply_status(talk.account, news)
            assert requeue_message(message).state == "queued"
        connection.close()

    talk.meanwhile = fails_early
    message = talk.sends()
    deliver_due()
    deliver_due()
    assert (talk.state(message)[0], talk.sink.texts) == ("accepted", ["hello", "hello"])


def test_poison_ends_as_a_dead_letter_and_takes_nobody_with_it(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    platform = Platform(talk.account)

    def choke(received: Any) -> None:
        if any(row.text == "poison" for row in received.events):
            raise ValueError("cannot swallow")
        parrot(received)

    platform.says("poison", key="wamid.poison")
    platform.says("fine", key="wamid.fine")
    now = clock.now()
    for step in range(8):
        with clock.at(now + dt.timedelta(minutes=10 * step)):
            drain(answer=choke, jobs={})
    sorry = "Sorry, something went wrong on our side with your last message. I have called a person to look at it."
    assert talk.sink.texts == ["you said: fine", sorry]
    with scope(merchant=merchant):
        assert Conversation.objects.get().waiting_since is not None
        [letter] = dead_events(merchant)
        assert (letter.event_key, letter.attempts, letter.error) == ("wamid.poison", 5, "ValueError: cannot swallow")
        replay_dead(letter)
    with clock.at(now + dt.timedelta(minutes=90)):
        drain(answer=parrot, jobs={})
    assert talk.sink.texts[-1] == "you said: poison"
    assert InboundEvent.objects.filter(processed_at=None).count() == 0


def test_a_burst_is_one_turn_and_a_plain_hi_does_not_wait(merchant: Any, talks: Any) -> None:
    talk = talks(merchant)
    platform, turns = Platform(talk.account), []

    def listen(received: Any) -> None:
        turns.append([row.text for row in received.events])

    now = clock.now()
    with clock.at(now):
        platform.says("hi")
        drain(answer=listen, jobs={})
        platform.says("I want a shirt,")
        drain(answer=listen, jobs={})
        assert turns == [["hi"]]
    with clock.at(now + dt.timedelta(seconds=0.5)):
        platform.says("blue, size M")
        drain(answer=listen, jobs={})
    assert turns == [["hi"], ["I want a shirt,", "blue, size M"]]
