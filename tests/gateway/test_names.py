"""Who changes the number or the user id on WhatsApp keeps the thread, however the change is told."""

import pytest

from apps.conversations.models import Conversation, InboundEvent
from apps.customers.models import Customer, Identity
from apps.merchants.models import ChannelAccount

from .harness import Platform
from .recorded import arrives

pytestmark = pytest.mark.usefixtures("in_scope")
OLD_NUMBER, NEW_NUMBER = "34600111222", "34600999888"
CHANGES = ("number_changed", "user_id_changed", "user_id_changed_in_words", "user_id_update")


def filed(account: ChannelAccount, external_id: str, **aliases: str) -> Conversation:
    """Somebody we have talked with, as an earlier day left them."""
    customer = Customer.objects.create(merchant=account.merchant, name="Pilar")
    identity = Identity.objects.create(
        merchant=account.merchant,
        customer=customer,
        channel_account=account,
        external_id=external_id,
        aliases=aliases,
        phone=aliases.get("phone", ""),
    )
    return Conversation.objects.create(
        merchant=account.merchant, identity=identity, channel_account=account, thread_key=external_id
    )


def names() -> list[tuple[str, str, dict[str, str]]]:
    """(id, number, other names) of all we know here."""
    known = Identity.objects.order_by("pk")
    told = ("user_id", "parent_user_id", "phone", "wa_id")
    return [
        (one.external_id, one.phone, {key: one.aliases[key] for key in told if key in one.aliases}) for one in known
    ]


@pytest.mark.parametrize("by_number", [True, False])
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_written_under_the_new_user_id_is_in_the_same_thread(
    account: ChannelAccount, platform: Platform, change: str, by_number: bool
) -> None:
    known = {"user_id": "ES.90017", "phone": OLD_NUMBER, "wa_id": OLD_NUMBER}
    thread = filed(account, OLD_NUMBER if by_number else "ES.90017", **known)
    arrives(platform, change)
    arrives(platform, "text", ES_90017="ES.90018", **{OLD_NUMBER: NEW_NUMBER})
    assert list(Conversation.objects.values_list("pk", flat=True)) == [thread.pk]
    assert names()[0][0] == "ES.90018"
    assert thread.messages.count() == 1
    assert InboundEvent.objects.exclude(error="").count() == 0


def test_the_old_number_goes_with_the_old_user_id(account: ChannelAccount, platform: Platform) -> None:
    """Order news by it would reach whoever has it next."""
    filed(account, "ES.90017", user_id="ES.90017", phone=OLD_NUMBER, wa_id=OLD_NUMBER, username="pilar")
    arrives(platform, "user_id_changed")
    assert names() == [("ES.90018", "", {"user_id": "ES.90018", "parent_user_id": "ES.ENT.78"})]
    assert Identity.objects.get().aliases["username"] == "pilar"


def test_a_number_told_by_number_finds_who_is_filed_by_user_id(account: ChannelAccount, platform: Platform) -> None:
    """The old user id ended with the old number; the next message may tell another."""
    thread = filed(account, "ES.90017", user_id="ES.90017", phone=OLD_NUMBER, wa_id=OLD_NUMBER)
    arrives(platform, "number_changed_told_by_number")
    assert names() == [(NEW_NUMBER, NEW_NUMBER, {"phone": NEW_NUMBER, "wa_id": NEW_NUMBER})]
    arrives(platform, "text", ES_90017="ES.90018", **{OLD_NUMBER: NEW_NUMBER})
    assert (Conversation.objects.get(), thread.messages.count()) == (thread, 1)


def test_a_name_that_somebody_has_already_is_not_taken_from_them(account: ChannelAccount, platform: Platform) -> None:
    filed(account, "ES.90017", user_id="ES.90017")
    filed(account, "ES.90018", user_id="ES.90018")
    arrives(platform, "user_id_changed")
    assert names() == [("ES.90017", "", {"user_id": "ES.90017"}), ("ES.90018", "", {"user_id": "ES.90018"})]


@pytest.mark.parametrize("change", [*CHANGES, "keys_changed"])
def test_a_change_of_somebody_we_do_not_know_makes_no_customer(platform: Platform, change: str) -> None:
    arrives(platform, change)
    assert (Customer.objects.count(), InboundEvent.objects.filter(processed_at=None).count()) == (0, 0)


def test_a_change_that_names_nobody_is_kept_to_be_looked_at(platform: Platform) -> None:
    arrives(platform, "user_id_changed_by_nobody")
    assert InboundEvent.objects.get().error == "change of name not understood"
