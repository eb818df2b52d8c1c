"""Going on elsewhere: by a link or a code, once, with the shopper's yes, and back where it was not them."""

import datetime as dt
import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.flows import link, welcome
from apps.bot.models import Session
from apps.bot.words import Words
from apps.carts.models import Cart
from apps.conversations.models import Message, ThreadEvent
from apps.customers.actions import NotUndoable, redeem_store_code, undo_merge, undo_merges_since, word_to_continue
from apps.customers.models import Address, Customer, Merge
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.messaging.channel import all_channels
from apps.messaging.content import from_json
from apps.messaging.events import EventKind
from apps.routing.actions import take_over
from apps.routing.models import Assignment
from apps.routing.presence import mark_present
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
KINDS = sorted(all_channels())
PAIRS = list(itertools.permutations(KINDS, 2))
ASKS = {
    "en": ("can we continue on whatsapp", "glass mug", "add the first one"),
    "de": ("können wir auf WhatsApp weitermachen", "Glasbecher", "das erste in den Warenkorb"),
    "es": ("podemos seguir en WhatsApp", "taza de cristal", "añade la primera"),
    "zh-hans": ("我想在WhatsApp上继续", "玻璃杯", "把第一个加入购物车"),
}
IN_STORE = {
    "en": "continue in the store",
    "de": "im Laden weitermachen",
    "es": "continuar en la tienda",
    "zh-hans": "到店里继续",
}


@pytest.fixture
def arrive(shop: Merchant) -> Callable[..., Shopper]:
    """`arrive("sms", "+49…")`: somebody on that channel of a shop that has every kind once."""
    accounts = {kind: factories.channel_account(shop, kind) for kind in KINDS}

    def on(kind: str = "telegram", external_id: str = "shopper-1", *, language: str = "en") -> Shopper:
        return Shopper(accounts[kind], external_id, language=language)

    return on


@pytest.fixture
def ana(arrive: Callable[..., Shopper]) -> Shopper:
    """English, on WhatsApp, already greeted."""
    shopper = arrive("whatsapp", "4917612345678")
    shopper.says("hello")
    return shopper


def token_of(shopper: Shopper) -> str:
    return re.findall(r"/continue/([\w-]{22})", shopper.text)[0]


def can_be_opened(shopper: Shopper) -> bool:
    """Whether a link can take the word along; where none can, the digits are typed."""
    account = shopper.account
    return account.kind == "webchat" or bool(all_channels()[account.kind].deep_link("word", account.config))


def opens(shopper: Shopper, token: str) -> None:
    shopper.sends(EventKind.REFERRAL, data={"ref": word_to_continue(token)})


def says_yes(shopper: Shopper, language: str = "en") -> None:
    shopper.taps(link.YES_HERE.in_(language))


def in_cart(shopper: Shopper) -> dict[int, int]:
    with scope(merchant=shopper.account.merchant):
        cart = Cart.objects.filter(customer=shopper.conversation.identity.customer, status="open").first()
        return dict(cart.lines.values_list("variant", "quantity")) if cart else {}


def fills_a_cart(shopper: Shopper, language: str = "en") -> dict[int, int]:
    _, what, add = ASKS[language]
    shopper.says(what)
    shopper.says(add)
    return in_cart(shopper)


@pytest.mark.parametrize("language", ASKS)
def test_from_the_web_to_whatsapp_in_plain_words(arrive: Callable[..., Shopper], language: str) -> None:
    here = arrive("webchat", "anon:one", language=language)
    cart = fills_a_cart(here, language)
    assert cart != {}
    here.says(ASKS[language][0])
    token = token_of(here)
    assert f"/continue/{token}?on=whatsapp" in here.text
    there = arrive("whatsapp", "4917699999999")
    opens(there, token)
    assert there.text.count(link.GO_ON_HERE.in_("en")) == 1
    says_yes(there)
    assert in_cart(there) == cart
    assert there.conversation.language == language  # what they spoke before, they speak now
    assert there.conversation.identity.customer == here.conversation.identity.customer
    (summary,) = [content for content in there.answers if getattr(content, "said_on", "")]
    assert summary.text.startswith(link.FROM.in_(language, channel=summary.said_on))
    here.waits()
    assert link.WENT_ON.in_(language, channel="WhatsApp") in here.text


@pytest.mark.parametrize("origin", KINDS)
def test_every_pair_of_channels(arrive: Callable[..., Shopper], origin: str) -> None:
    here = arrive(origin, f"{origin}-1")
    cart = fills_a_cart(here)
    for number, kind in enumerate(kind for kind in KINDS if kind != origin):
        with clock.at(clock.now() + dt.timedelta(seconds=number)):
            here.says("link")
            there = arrive(kind, f"{kind}-2")
            if can_be_opened(there):
                opens(there, token_of(here))
                says_yes(there)
            else:
                there.says("hello")
                there.says(re.findall(r"\d{4} \d{4}", here.text)[0])
            assert (kind, in_cart(there)) == (kind, cart)
            with scope(merchant=here.account.merchant):
                assert there.conversation.identity.customer == here.conversation.identity.customer


def test_what_was_under_way_goes_along_and_is_open_once(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    for line in ("checkout", "Mia Evans"):
        ana.says(line)
    ana.says("link")
    token = token_of(ana)
    there = arrive("telegram", "ana-on-telegram")
    opens(there, token)
    says_yes(there)
    assert "Continue" in there.labels or any("go on" in str(content.text) for content in there.answers)
    there.says("yes")
    there.says("Lindenstr. 12, 10969 Berlin")
    with scope(merchant=there.account.merchant):
        here, mine = (Session.objects.get(conversation=one.conversation).state for one in (ana, there))
    assert [frame["slots"]["name"] for frame in mine["stack"] if frame["flow"] == "checkout"] == ["Mia Evans"]
    ana.waits()
    with scope(merchant=ana.account.merchant):
        here = Session.objects.get(conversation=ana.conversation).state
    assert [frame["flow"] for frame in here["stack"]] == []


def test_before_the_yes_nothing_is_told_and_nothing_moves(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    with scope(merchant=ana.account.merchant):
        Customer.objects.filter(pk=ana.conversation.identity.customer_id).update(
            name="Secret Name", email="s@example.org"
        )
    ana.says("link")
    stranger = arrive("telegram", "stranger")
    opens(stranger, token_of(ana))
    for told in ("Secret", "example.org", "WhatsApp", "mug", "Mug", "€"):
        assert told not in stranger.text
    with scope(merchant=ana.account.merchant):
        assert Merge.objects.count() == 0
    stranger.taps(link.NO_THANKS.in_("en"))
    assert link.LEFT.in_("en") in stranger.text
    assert (in_cart(stranger), Merge.objects.model._base_manager.count()) == ({}, 0)


def test_the_second_phone_is_told_kindly_and_gets_nothing(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    ana.says("link")
    token = token_of(ana)
    first, second = arrive("telegram", "first"), arrive("sms", "+491761111111")
    for phone in (first, second):
        opens(phone, token)
    for phone in (first, second):
        says_yes(phone)
    assert in_cart(first) != {}
    assert (in_cart(second), second.answers[0].text) == ({}, link.USED.in_("en"))


def test_a_link_is_good_for_ten_minutes(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    ana.says("link")
    token = token_of(ana)
    late = arrive("telegram", "late")
    opens(late, token)
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        says_yes(late)
    assert link.TOO_OLD.in_("en") in late.text


@pytest.mark.parametrize("token", ["A" * 22, "short", "A" * 23])
def test_a_guessed_link_gives_nothing(arrive: Callable[..., Shopper], token: str) -> None:
    guesser = arrive("telegram")
    opens(guesser, token)
    if len(token) == 22:
        says_yes(guesser)
        assert link.TOO_OLD.in_("en") in guesser.text
    with scope(merchant=guesser.account.merchant):
        assert Merge.objects.count() == 0


def test_in_its_own_thread_a_link_says_so_and_stays_good(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    ana.says("link")
    token = token_of(ana)
    opens(ana, token)
    says_yes(ana)
    assert link.OWN.in_("en") in ana.text
    there = arrive("telegram", "there")
    opens(there, token)
    says_yes(there)
    assert in_cart(there) == in_cart(ana) != {}


def test_the_code_and_the_link_are_one_way_out(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    ana.says("link")
    token, code = token_of(ana), re.findall(r"\d{4} \d{4}", ana.text)[0]
    typed, opened = arrive("telegram", "typed"), arrive("sms", "+491762222222")
    typed.says("hello")
    typed.says(code)
    assert link.JOINED.in_("en") in typed.text
    opens(opened, token)
    says_yes(opened)
    assert opened.answers[0].text == link.USED.in_("en")


def test_who_it_was_not_undoes_it_where_they_were(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    cart = fills_a_cart(ana)
    ana.says("link")
    thief = arrive("telegram", "thief")
    opens(thief, token_of(ana))
    says_yes(thief)
    ana.waits()
    ana.taps(link.UNDO.in_("en"))
    assert ana.answers[0].text == link.UNDONE.in_("en")
    assert (in_cart(ana), in_cart(thief)) == (cart, {})
    shop = ana.account.merchant
    with scope(merchant=shop):
        assert thief.conversation.identity.customer != ana.conversation.identity.customer
        assert Session.objects.get(conversation=thief.conversation).state == {}
        carried = Message.objects.filter(conversation=thief.conversation, content__kind="deleted")
        assert carried.count() == 1  # the summary
        assert list(ThreadEvent.objects.filter(kind="continued").values_list("data", flat=True)) == [{}]
    thief.says("show cart")
    assert "Mug" not in thief.text


def test_after_a_day_a_colleague_splits_them(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    ana.says("link")
    there = arrive("telegram", "there")
    opens(there, token_of(ana))
    says_yes(there)
    ana.waits()
    offer = ana.answers
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        ana.answers = offer
        ana.taps(link.UNDO.in_("en"))
    assert ana.answers[0].text == link.TOO_LATE.in_("en")
    with scope(merchant=ana.account.merchant):
        undo_merge(Merge.objects.get())
        assert there.conversation.identity.customer != ana.conversation.identity.customer


def test_whoever_answered_there_is_asked_first_here(
    arrive: Callable[..., Shopper], shop: Merchant, ana: Shopper
) -> None:
    mara, jonas = factories.staff(shop, display_name="Mara"), factories.staff(shop, display_name="Jonas")
    ana.says("link")
    token = token_of(ana)
    with scope(merchant=shop):
        mark_present(mara, shop.pk)
        mark_present(jonas, shop.pk)
        take_over(ana.conversation, mara)
    there = arrive("telegram", "there")
    opens(there, token)
    says_yes(there)
    with scope(merchant=shop):
        asked = Assignment.objects.filter(conversation=there.conversation, outcome="waiting").get()
        assert asked.offers.get().user == mara
    assert (asked.wanted, asked.reason) == (mara, "continued")


@pytest.mark.parametrize("language", IN_STORE)
def test_in_the_store_six_digits_are_shown_and_open_the_thread_once(
    arrive: Callable[..., Shopper], shop: Merchant, language: str
) -> None:
    shopper = arrive("telegram", language=language)
    shopper.says({"en": "hello there", "de": "Guten Tag zusammen", "es": "buenos días", "zh-hans": "你好"}[language])
    shopper.says(IN_STORE[language])
    code = re.findall(r"\d{3} \d{3}", shopper.text)[0]
    assert link.STORE_CODE.in_(language, code=code) in shopper.text
    with scope(merchant=shop):
        assert redeem_store_code(factories.staff(shop), shop.pk, code) == shopper.conversation.identity


@pytest.mark.parametrize(
    ("text", "kind"),
    [("weiter auf WhatsApp", "whatsapp"), ("seguir en el navegador", "webchat"), ("continue by SMS", "sms"), ("在微信继续", "wechat"),
     ("go on with Facebook Messenger", "messenger"), ("on LINE please", "line"), ("continue online", ""), ("link", ""),
     ("iMessage", "apple"), ("auf QQ weiter", "qq")],
)  # fmt: skip
def test_a_channel_is_known_by_what_people_call_it(text: str, kind: str) -> None:
    assert link.named_channel(text) == kind


def test_every_kind_of_channel_can_be_named() -> None:
    assert set(link.NAMED) >= set(KINDS)


def test_the_menu_is_there_where_nobody_wants_to_take_anything(arrive: Callable[..., Shopper]) -> None:
    shopper = arrive("telegram")
    shopper.sends(EventKind.REFERRAL, data={"ref": "continue_x"})
    assert isinstance(welcome.HELLO, Words)
    assert shopper.text.startswith("Hello")


def test_nothing_of_the_other_thread_is_shown_but_the_summary(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    fills_a_cart(ana)
    ana.says("my secret plan is a surprise party")
    ana.says("link")
    there = arrive("webchat", "anon:there")
    opens(there, token_of(ana))
    says_yes(there)
    with scope(merchant=ana.account.merchant):
        shown: Any = list(Message.objects.filter(conversation=there.conversation).values_list("content", flat=True))
    assert "surprise" not in str(shown)
    assert [content["said_on"] for content in shown if "said_on" in content] == ["WhatsApp"]


def test_who_has_a_history_is_warned_and_can_take_it_back(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    """Somebody sends a link of their own to a regular customer, hoping for a quick yes."""
    fills_a_cart(ana)
    ana.says("link")
    regular = arrive("telegram", "regular")
    regular.says("hello")
    shop = ana.account.merchant
    with scope(merchant=shop):
        mine = regular.conversation.identity.customer
        Address.objects.create(merchant=shop, customer=mine, name="R", line1="Secret 1", city="Berlin", country="DE")
    opens(regular, token_of(ana))
    assert link.THEY_SEE.in_("en") in regular.text
    says_yes(regular)
    regular.taps(link.UNDO_HERE.in_("en"))
    assert regular.answers[0].text == link.UNDONE.in_("en")
    with scope(merchant=shop):
        assert regular.conversation.identity.customer == mine
        assert list(mine.addresses.values_list("line1", flat=True)) == ["Secret 1"]
        assert ana.conversation.identity.customer.addresses.count() == 0
        state = Session.objects.get(conversation=regular.conversation).state
    assert (state["stack"], state["shown"], state["focus"]) == ([], [], {})
    assert in_cart(regular) == {}


def test_a_newcomer_is_not_warned(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    ana.says("link")
    there = arrive("telegram", "new")
    opens(there, token_of(ana))
    assert link.THEY_SEE.in_("en") not in there.text
    says_yes(there)
    assert link.UNDO_HERE.in_("en") not in there.labels


def joins(shopper: Shopper, origin: Shopper) -> None:
    """By a link that `origin` asks for."""
    origin.says("link")
    opens(shopper, token_of(origin))
    says_yes(shopper)


def owners(*shoppers: Shopper) -> list[int]:
    with scope(merchant=shoppers[0].account.merchant):
        return [shopper.conversation.identity.customer_id for shopper in shoppers]


def test_who_went_on_from_a_joined_chat_leaves_with_it(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    """A thief takes the cart to one phone, and from there to the next: one word of Ana's ends both."""
    thief, next_phone = arrive("telegram", "thief"), arrive("sms", "+4915112345678")
    thief.says("hello")
    before = owners(ana, thief)
    joins(thief, ana)
    ana.waits()
    undo = undo_of(ana, "Telegram")
    cart = fills_a_cart(ana)
    ana.says("checkout")
    joins(next_phone, thief)
    assert in_cart(next_phone) == cart
    ana.waits()
    assert link.WENT_ON.in_("en", channel="SMS") in ana.text  # not asked for here, and told all the same
    with scope(merchant=ana.account.merchant):
        stack = Session.objects.get(conversation=ana.conversation).state["stack"]
    assert [frame["flow"] for frame in stack] == ["checkout"]  # that one went along from elsewhere
    ana.sends(EventKind.CHOICE, payload=undo, label=link.UNDO.in_("en"), via="button")
    assert ana.answers[0].text == link.UNDONE.in_("en")
    assert (in_cart(ana), in_cart(thief), in_cart(next_phone)) == (cart, {}, {})
    assert owners(ana, thief) == before
    assert len(set(owners(ana, thief, next_phone))) == 3


def undo_of(shopper: Shopper, channel: str) -> str:
    """The token of "That was not me" below the word of this channel."""
    (said,) = [one for one in shopper.answers if link.WENT_ON.in_("en", channel=channel) in one.text]
    return next(choice.token for choice in said.choices if choice.label == link.UNDO.in_("en"))


def test_a_joined_chat_that_takes_everything_further_is_undone_too(
    arrive: Callable[..., Shopper], ana: Shopper
) -> None:
    """The thief uses the code of a third chat: Ana's things are that one's then, until she says it was not her."""
    thief, third = arrive("telegram", "thief"), arrive("line", "Uthird")
    for one in (thief, third):
        one.says("hello")
    before = owners(ana, thief, third)
    cart = fills_a_cart(ana)
    joins(thief, ana)
    ana.waits()
    undo = undo_of(ana, "Telegram")
    joins(thief, third)
    assert len(set(owners(ana, thief, third))) == 1
    ana.sends(EventKind.CHOICE, payload=undo, label=link.UNDO.in_("en"), via="button")
    assert ana.answers[0].text == link.UNDONE.in_("en")
    assert owners(ana, thief, third) == before
    assert (in_cart(ana), in_cart(thief), in_cart(third)) == (cart, {}, {})


def test_a_tap_of_somebody_it_does_not_concern_parts_nobody(arrive: Callable[..., Shopper], ana: Shopper) -> None:
    there = arrive("telegram", "there")
    joins(there, ana)
    ana.waits()
    with scope(merchant=ana.account.merchant):
        merge = Merge.objects.get()
        stranger = arrive("sms", "+4915199999999")
        stranger.says("hello")
        with pytest.raises(NotUndoable):
            undo_merges_since(merge, by=stranger.conversation.identity.customer)


def test_it_is_told_and_undone_while_a_colleague_has_the_thread(
    arrive: Callable[..., Shopper], shop: Merchant, ana: Shopper
) -> None:
    cart = fills_a_cart(ana)
    ana.says("checkout")
    ana.says("link")
    token = token_of(ana)
    with scope(merchant=shop):
        take_over(ana.conversation, factories.staff(shop, display_name="Mara"))
    thief = arrive("telegram", "thief")
    opens(thief, token)
    says_yes(thief)
    ana.waits()
    with scope(merchant=shop):
        said = Message.objects.filter(conversation=ana.conversation).latest("seq")
        assert (said.author, said.text.splitlines()[0]) == ("system", link.WENT_ON.in_("en", channel="Telegram"))
        assert Session.objects.get(conversation=ana.conversation).state["stack"] == []
        (undo,) = from_json(said.content).choices
    ana.sends(EventKind.CHOICE, payload=undo.token, label=undo.label, via="button")
    with scope(merchant=shop):
        assert Message.objects.filter(conversation=ana.conversation).latest("seq").text == link.UNDONE.in_("en")
        assert ana.conversation.owner_user is not None  # Mara still has it
    assert (in_cart(ana), in_cart(thief)) == (cart, {})
