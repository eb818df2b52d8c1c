"""STOP is heard at once, on the channel where it was said, and nothing that waited leaves."""

from typing import Any

import pytest

from apps.conversations.actions import receive, send_message
from apps.conversations.deliver import look
from apps.conversations.models import Message
from apps.customers.actions import may_receive, record_consent
from apps.customers.models import ConsentEntry
from apps.messaging.content import Text
from apps.messaging.events import EventKind, MediaRef
from tests.factories import channel_account

from .people import event, says

pytestmark = pytest.mark.usefixtures("in_scope")
STOP_WORDS = [
    "STOP",
    "stop.",
    " Stop ",
    "quit",
    "END",
    "revoke",
    "opt out",
    "opt-out",
    "Opt‑Out!",
    "STOP-ALL",
    "CANCEL",
    "unsubscribe",
    "ARRET",
    "退订",
    "baja",
]


@pytest.mark.parametrize("word", STOP_WORDS)
def test_attack_C1_every_stop_word_is_an_opt_out_on_sms(merchant: Any, word: str) -> None:
    account = channel_account(merchant, "sms")
    says(account, "hi")
    received = says(account, word)
    identity = received.conversation.identity
    assert (may_receive(identity, "service"), may_receive(identity, "marketing")) == (False, False)
    assert received.events == []  # the assistant adds nothing
    [confirmation] = received.conversation.messages.filter(author="system")
    assert (confirmation.state, "START" in confirmation.text) == ("queued", True)
    after = send_message(received.conversation, Text(text="one more thing"), author="bot")
    assert (after.state, after.error_class) == ("suppressed", "opted_out")


def test_attack_C1_a_stop_word_beside_a_picture_is_an_opt_out_on_sms(merchant: Any) -> None:
    account = channel_account(merchant, "sms")
    picture = MediaRef(media_type="image", url="https://api.twilio.com/ME1")
    received = says(account, "STOP", type="image", media=(picture,))
    assert may_receive(received.conversation.identity, "service") is False
    assert received.conversation.messages.get(author="shopper").attachments.count() == 1
    assert received.events == []


@pytest.mark.parametrize("said", ["please stop the music", "yes", "YES", "end table", "where is the end of it", "tee"])
def test_attack_C1_a_word_inside_a_sentence_is_no_opt_out(merchant: Any, said: str) -> None:
    received = says(channel_account(merchant, "sms"), said)
    assert len(received.events) == 1
    assert ConsentEntry.objects.count() == 0


def test_attack_C1_the_platforms_own_opt_out_is_not_confirmed_twice(merchant: Any) -> None:
    account = channel_account(merchant, "sms")
    received = receive(account, [event(EventKind.CONSENT, text="STOP", granted=False, scope="all")])
    assert received.conversation.messages.count() == 0
    assert may_receive(received.conversation.identity, "service") is False


def test_attack_C1_start_opens_answers_again_but_not_offers(merchant: Any) -> None:
    account = channel_account(merchant, "sms")
    identity = says(account, "hi").conversation.identity
    record_consent(identity, purpose="marketing", granted=True, source="checkout")
    says(account, "STOP")
    says(account, "START")
    assert (may_receive(identity, "service"), may_receive(identity, "marketing")) == (True, False)


def test_attack_C2_what_was_queued_before_stop_never_leaves(merchant: Any) -> None:
    account = channel_account(merchant, "sms")
    conversation = says(account, "hi").conversation
    record_consent(conversation.identity, purpose="marketing", granted=True, source="checkout")
    for text, purpose in (("Sale!", "campaign"), ("Answer", "reply"), ("Shipped", "transactional")):
        send_message(conversation, Text(text=text), author="system", purpose=purpose)
    says(account, "STOP")
    states = list(conversation.messages.exclude(author="shopper").order_by("seq").values_list("text", "state"))
    assert states[:3] == [("Sale!", "suppressed"), ("Answer", "suppressed"), ("Shipped", "suppressed")]
    leaving = [claim.message.text for claim in look(10).claims]
    assert leaving == [states[3][0]]  # the one confirmation


def test_attack_C2_a_message_queued_under_a_consent_that_went_is_stopped_at_the_door(merchant: Any) -> None:
    conversation = says(channel_account(merchant, "whatsapp"), "hi").conversation
    record_consent(conversation.identity, purpose="marketing", granted=True, source="checkout")
    offer = send_message(conversation, Text(text="Sale!"), author="system", purpose="campaign")
    record_consent(conversation.identity, purpose="marketing", granted=False, source="admin")
    Message.objects.filter(pk=offer.pk).update(purpose="campaign", author="agent")
    assert look(10).claims == []
    offer.refresh_from_db()
    assert (offer.state, offer.error_class) == ("suppressed", "opted_out")


def test_attack_C3_stop_on_sms_does_not_silence_whatsapp(merchant: Any) -> None:
    sms, whatsapp = channel_account(merchant, "sms"), channel_account(merchant, "whatsapp")
    by_phone, by_app = says(sms, "hi").conversation, says(whatsapp, "hi").conversation
    by_app.identity.customer = by_phone.identity.customer
    by_app.identity.save()
    says(sms, "STOP")
    assert send_message(by_phone, Text(text="x"), author="bot").state == "suppressed"
    assert send_message(by_app, Text(text="x"), author="bot").state == "queued"


def test_attack_C3_stop_on_whatsapp_ends_offers_and_keeps_answers(merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    conversation = says(account, "hi").conversation
    record_consent(conversation.identity, purpose="marketing", granted=True, source="checkout")
    says(account, "Stop")
    assert send_message(conversation, Text(text="Sale"), author="system", purpose="campaign").state == "suppressed"
    assert send_message(conversation, Text(text="answer"), author="bot").state == "queued"
    assert says(account, "cancel").events[0].text == "cancel"  # a word of the menu there
