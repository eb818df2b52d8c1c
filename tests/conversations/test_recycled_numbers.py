"""Attack 25: a phone number is somebody else's after a while. Nothing of who had it before is theirs until they prove it."""

import datetime as dt

import pytest

from apps.conversations.actions import receive, send_message
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.customers.actions import (
    IDLE,
    LinkCodeLocked,
    NothingSetApart,
    ProofWrong,
    erase_customer,
    export_customer,
    issue_link_code,
    join_by_code,
    may_receive,
    prove,
    record_consent,
    set_apart_of,
    undo_merge,
    vouch_for,
)
from apps.customers.models import Address, Customer, Identity, Merge
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.content import Text
from apps.messaging.events import ChannelEvent, EventKind
from tests.factories import channel_account, identity

from .people import event, says

pytestmark = pytest.mark.usefixtures("in_scope")
ANA = "49176000001"
BY_NUMBER = ["sms", "rcs", "whatsapp"]
CANARY = "canary street"


def home_of(customer: Customer) -> Address:
    return Address.objects.create(
        merchant_id=customer.merchant_id, customer=customer, name="Ana", line1=CANARY, city="Berlin", country="DE"
    )


def known(account: ChannelAccount) -> Conversation:
    """Ana has written and left an address."""
    thread = says(account, f"I live at {CANARY}").conversation
    home_of(thread.identity.customer)
    return thread


def after_silence(account: ChannelAccount, silence: dt.timedelta = IDLE) -> Conversation:
    with clock.at(clock.now() + silence):
        return says(account, "hello").conversation


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_attack_25_a_recycled_number_sees_nothing_of_who_had_it(merchant: Merchant, kind: str) -> None:
    account = channel_account(merchant, kind)
    ana = known(account)
    theirs = after_silence(account)
    assert (theirs.identity.external_id, theirs.pk != ana.pk) == (ANA, True)
    assert CANARY not in str(export_customer(theirs.identity.customer))
    assert CANARY in str(export_customer(ana.identity.customer))
    assert set_apart_of(theirs.identity) == ana.identity.customer
    assert [(row.text, row.conversation_id) for row in Message.objects.order_by("pk")] == [
        (f"I live at {CANARY}", ana.pk),
        ("hello", theirs.pk),
    ]


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_attack_25_nothing_more_goes_to_the_number_for_who_had_it(merchant: Merchant, kind: str) -> None:
    account = channel_account(merchant, kind)
    ana = known(account)
    after_silence(account)
    ana = Conversation.objects.select_related("identity__customer", "channel_account__merchant").get(pk=ana.pk)
    news = send_message(ana, Text(text="Your order is on its way."), author="system", purpose="transactional")
    assert (news.state, may_receive(ana.identity, "service")) == (Message.State.SUPPRESSED, False)


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_a_day_less_is_no_reason_to_doubt(merchant: Merchant, kind: str) -> None:
    account = channel_account(merchant, kind)
    ana = known(account)
    assert after_silence(account, IDLE - dt.timedelta(days=1)) == ana


def test_who_is_known_by_an_account_may_be_silent_for_years(merchant: Merchant) -> None:
    account = channel_account(merchant, "telegram")
    ana = known(account)
    assert after_silence(account, IDLE * 8) == ana


def test_a_newcomer_who_left_nothing_is_asked_nothing(merchant: Merchant) -> None:
    account = channel_account(merchant, "sms")
    says(account, "hi")
    theirs = after_silence(account)
    assert set_apart_of(theirs.identity) is None


def test_who_wanted_no_messages_there_gets_none_and_what_was_allowed_another_allowed(merchant: Merchant) -> None:
    account = channel_account(merchant, "sms")
    ana = known(account)
    record_consent(ana.identity, purpose="marketing", granted=True, source="checkout")
    record_consent(ana.identity, purpose="service", granted=False, source="keyword")
    theirs = after_silence(account).identity
    assert [may_receive(theirs, purpose) for purpose in ("service", "marketing")] == [False, False]
    assert list(theirs.consents.values_list("purpose", "granted")) == [("service", False)]


def test_a_right_proof_brings_everything_back(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = known(account).identity.customer
    theirs = after_silence(account).identity
    assert prove(theirs, is_right=True).target == ana
    theirs.refresh_from_db()
    assert (theirs.customer, theirs.formerly, set_apart_of(theirs)) == (ana, None, None)
    assert ana.addresses.get().line1 == CANARY
    with pytest.raises(NothingSetApart):
        vouch_for(theirs)


def test_a_proof_that_is_undone_may_be_given_again(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = known(account).identity.customer
    theirs = after_silence(account).identity
    prove(theirs, is_right=True)
    undo_merge(Merge.objects.get())
    theirs = Identity.objects.select_related("customer").get(pk=theirs.pk)
    assert (theirs.customer != ana, set_apart_of(theirs)) == (True, ana)
    assert prove(theirs, is_right=True).target == ana


def test_attack_25_proofs_are_counted_and_locked_as_codes_are(merchant: Merchant) -> None:
    account = channel_account(merchant, "sms")
    known(account)
    theirs = after_silence(account).identity
    for _ in range(5):
        with pytest.raises(ProofWrong):
            prove(theirs, is_right=False)
    with pytest.raises(LinkCodeLocked):
        prove(theirs, is_right=True)
    with pytest.raises(LinkCodeLocked):
        join_by_code(theirs, "12345678")


def test_a_code_from_another_channel_of_theirs_proves_it(merchant: Merchant) -> None:
    account = channel_account(merchant, "rcs")
    ana = known(account).identity.customer
    elsewhere = identity(channel_account(merchant, "telegram"), customer=ana)
    theirs = after_silence(account).identity
    join_by_code(theirs, issue_link_code(elsewhere))
    theirs.refresh_from_db()
    assert (theirs.customer, theirs.formerly) == (ana, None)
    undo_merge(Merge.objects.get())
    theirs.refresh_from_db()
    assert set_apart_of(theirs) == ana  # and can be proven again


def test_a_code_from_a_channel_of_somebody_else_proves_nothing(merchant: Merchant) -> None:
    account = channel_account(merchant, "rcs")
    ana = known(account).identity
    elsewhere = identity(channel_account(merchant, "telegram"))
    theirs = after_silence(account).identity
    join_by_code(theirs, issue_link_code(elsewhere))
    theirs.refresh_from_db()
    assert (theirs.customer, theirs.formerly) == (elsewhere.customer, ana)
    assert CANARY not in str(export_customer(theirs.customer))


def test_who_had_the_number_is_forgotten_and_who_has_it_is_not(merchant: Merchant) -> None:
    account = channel_account(merchant, "sms")
    ana = known(account).identity.customer
    InboundEvent.objects.create(channel_account_id=account.pk, event_key="1", thread_key=ANA, payload={"text": CANARY})
    InboundEvent.objects.update(processed_at=clock.now())
    theirs = after_silence(account)
    InboundEvent.objects.create(channel_account_id=account.pk, event_key="2", thread_key=ANA, payload={"text": "hello"})
    erase_customer(ana)
    assert [row.payload.get("text") for row in InboundEvent.objects.order_by("pk")] == [None, "hello"]
    assert (theirs.messages.get().text, set_apart_of(Identity.objects.get(external_id=ANA))) == ("hello", None)


def test_attack_25_who_is_named_by_an_id_now_is_not_who_was_filed_by_the_number(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = known(account)
    with clock.at(clock.now() + IDLE):
        theirs = says(account, "hello", user="ES.7", aliases={"user_id": "ES.7", "wa_id": ANA}).conversation
    assert (theirs.pk != ana.pk, theirs.identity.external_id) == (True, "ES.7")
    assert set_apart_of(theirs.identity) == ana.identity.customer
    assert CANARY not in str(export_customer(theirs.identity.customer))


BY_ID = {"user_id": "DE.7", "wa_id": ANA}


@pytest.mark.parametrize("filed_as", ["DE.7", ANA])
def test_who_is_known_by_a_user_id_may_be_silent_for_years(merchant: Merchant, filed_as: str) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = says(account, "hi", user=filed_as, aliases=BY_ID).conversation
    with clock.at(clock.now() + IDLE * 8):
        assert says(account, "hello", user="DE.7", aliases=BY_ID).conversation == ana


def is_not_answerable(thread: Conversation) -> None:
    """As after the platform's word that its window is closed."""
    Conversation.objects.filter(pk=thread.pk).update(last_inbound_at=None)


@pytest.mark.parametrize("kind", BY_NUMBER)
def test_attack_25_a_closed_window_hides_no_silence(merchant: Merchant, kind: str) -> None:
    account = channel_account(merchant, kind)
    ana = known(account)
    is_not_answerable(ana)
    theirs = after_silence(account)
    assert set_apart_of(theirs.identity) == ana.identity.customer


def test_a_closed_window_alone_is_no_reason_to_doubt(merchant: Merchant) -> None:
    account = channel_account(merchant, "sms")
    ana = known(account)
    is_not_answerable(ana)
    assert after_silence(account, IDLE - dt.timedelta(days=1)) == ana


def test_attack_25_who_was_only_written_to_need_not_be_who_answers_after_months(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = receive(account, [event(EventKind.ECHO, user=ANA, text="Your parcel is here.")]).conversation
    home_of(ana.identity.customer)
    assert ana.last_inbound_at is None
    theirs = after_silence(account)
    assert set_apart_of(theirs.identity) == ana.identity.customer


def moved(user: str, to: str) -> ChannelEvent:
    return renamed(user, wa_id=to, phone=to)


def renamed(user: str, **new: str) -> ChannelEvent:
    return event(EventKind.IDENTITY_CHANGED, user=user, data={"new": new}, aliases={"wa_id": user})


def test_attack_25_a_number_that_changes_takes_nothing_along_unproven(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = known(account)
    receive(account, [moved(ANA, "49176000002")])
    theirs = says(account, "hello from here", user="49176000002").conversation
    assert (theirs.identity.external_id, set_apart_of(theirs.identity)) == ("49176000002", ana.identity.customer)
    assert CANARY not in str(export_customer(theirs.identity.customer))
    stranger = says(account, "hello").conversation  # somebody has the old number now
    assert (stranger.identity.customer not in (ana.identity.customer, theirs.identity.customer)) is True
    assert set_apart_of(stranger.identity) is None


def test_attack_25_who_moves_to_a_number_sees_nothing_of_who_had_that(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana, ben = known(account), says(account, "hi", user="49176000002").conversation
    theirs = receive_of(account, moved("49176000002", ANA))
    assert (theirs, theirs.identity.external_id) == (ben, ANA)
    assert CANARY not in str(export_customer(theirs.identity.customer))
    ana.identity.refresh_from_db()
    assert (ana.identity.external_id[:4], ana.identity.blocked_at is None) == ("was:", False)


def moves_to_an_id(user: str, *, user_id: str, number: str) -> ChannelEvent:
    return renamed(user, user_id=user_id, wa_id=number, phone=number)


@pytest.mark.parametrize("has_things", [True, False])
def test_attack_25_who_moves_under_an_id_sees_nothing_of_who_was_filed_by_the_number(
    merchant: Merchant, has_things: bool
) -> None:
    account = channel_account(merchant, "whatsapp")
    ana, ben = known(account), says(account, "hi", user="49176000002").conversation
    if has_things:
        Address.objects.create(
            merchant_id=account.merchant_id,
            customer=ben.identity.customer,
            name="Ben",
            line1="2",
            city="Bonn",
            country="DE",
        )
    receive(account, [moves_to_an_id("49176000002", user_id="DE.2", number=ANA)])
    theirs = says(account, "hello", user="DE.2", aliases={"user_id": "DE.2", "wa_id": ANA}).conversation
    assert (theirs.pk != ana.pk, theirs.identity.customer != ana.identity.customer) == (True, True)
    assert set_apart_of(theirs.identity) == (ben.identity.customer if has_things else None)
    ana.identity.refresh_from_db()
    assert ana.identity.external_id[:4] == "was:"
    stranger = says(account, "hello", user=ANA).conversation
    assert stranger.identity.customer != ana.identity.customer


def test_attack_25_who_had_the_number_beside_a_user_id_keeps_thread_and_things(merchant: Merchant) -> None:
    account = channel_account(merchant, "whatsapp")
    ana = says(account, "hi", user="DE.7", aliases=BY_ID).conversation
    ben = says(account, "hi", user="49176000002").conversation
    home_of(ben.identity.customer)
    receive(account, [moved("49176000002", ANA)])
    theirs = says(account, "hello", user=ANA, aliases={"wa_id": ANA}).conversation
    assert (theirs.pk != ana.pk, set_apart_of(theirs.identity)) == (True, ben.identity.customer)
    assert says(account, "me", user="DE.7", aliases={"user_id": "DE.7"}).conversation == ana


def receive_of(account: ChannelAccount, told: ChannelEvent) -> Conversation:
    thread = receive(account, [told]).conversation
    return Conversation.objects.select_related("identity__customer").get(pk=thread.pk)
