"""The walking shop from hello to the payment link, and its turnings."""

import datetime as dt
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.bot.models import Effect, Session, Turn
from apps.carts.models import Cart
from apps.catalog.models import Product
from apps.conversations.models import EntryPoint, Message
from apps.merchants import clock
from apps.messaging.content import CartSummary, HandoverNotice, Rate
from apps.messaging.events import ChannelEvent, EventKind
from apps.orders.models import Order
from tests import factories

from .dialogue import Shopper

WORDS = {
    "en": ("hello", "blue shirt under 60", "the first one, in M", "add it", "checkout", "Ana Lopez", "skip", "yes", "Buy now"),
    "de": ("Hallo", "blaues Hemd unter 60", "das erste, in M", "nehme ich", "zur Kasse", "Ana Lopez", "überspringen",
           "ja", "Jetzt kaufen"),
    "es": ("hola", "camisa azul por menos de 60", "la primera, talla M", "la quiero", "finalizar compra", "Ana Lopez",
           "saltar", "sí", "Comprar ahora"),
    "zh-hans": ("你好", "60元以下的蓝色衬衫", "第一个，中号", "加入购物车", "结账", "王小明", "跳过", "是", "立即购买"),
}  # fmt: skip
ADDRESS = "Lindenstr. 12, 10969 Berlin"


def walk(shopper: Shopper, words: tuple[str, ...]) -> None:
    """Up to the summary, by typing."""
    hello, search, pick, add, checkout, name, skip, _, _ = words
    for line in (hello, search, pick, add, checkout, name, ADDRESS, skip, skip, "1"):
        shopper.says(line)


def orders(shopper: Shopper) -> list[Order]:
    with scope(merchant=shopper.account.merchant):
        return list(Order.objects.all())


@pytest.mark.parametrize("kind", ["webchat", "whatsapp", "telegram", "sms"])
@pytest.mark.parametrize("language", WORDS)
def test_the_same_walk_on_every_channel_and_in_every_language(arrive, kind, language):
    shopper = arrive(kind, language=language)
    walk(shopper, WORDS[language])
    summary = shopper.answers[-1]
    assert isinstance(summary, CartSummary)
    assert summary.is_order
    assert summary.choices[0].label == WORDS[language][8]
    shopper.says(WORDS[language][7])
    (order,) = orders(shopper)
    assert (str(order.total.amount.normalize()), order.language, order.status) == ("43.9", language, "draft")
    assert order.contact_name == WORDS[language][5]
    with scope(merchant=shopper.account.merchant):
        assert [effect.kind for effect in Effect.objects.all()] == ["pay_link"]


def test_yes_by_tap_orders_exactly_once(ana):
    walk(ana, WORDS["en"])
    ana.taps("Buy now")
    first = ana.answers
    ana.says("yes")
    assert len(orders(ana)) == 1
    assert first[0].text.startswith("Thank you. Your order ")


@pytest.mark.parametrize("times", [2, 8])
def test_attack_37_tapped_again_while_the_order_is_made_the_link_still_comes(ana, times):
    walk(ana, WORDS["en"])
    summary = ana.answers
    for _ in range(times):
        ana.answers = summary
        ana.taps("Buy now")
    assert [content.text for content in ana.answers] == ["One moment, I am on it."]
    assert len(orders(ana)) == 1
    assert awaited(ana) == call_of(ana)


@pytest.mark.parametrize("said", ["checkout", "to the checkout please"])
def test_attack_37_asked_again_while_the_order_is_made_the_link_still_comes(ana, said):
    walk(ana, WORDS["en"])
    ana.taps("Buy now")
    ana.says(said)
    assert [content.text for content in ana.answers] == ["One moment, I am on it."]
    assert len(orders(ana)) == 1
    assert awaited(ana) == call_of(ana)


def awaited(shopper: Shopper) -> list[str]:
    """The outside answers that the talk waits for."""
    with scope(merchant=shopper.account.merchant):
        stack = Session.objects.get().state["stack"]
        return [frame["slots"]["call"] for frame in stack if "call" in frame["slots"]]


def call_of(shopper: Shopper) -> list[str]:
    with scope(merchant=shopper.account.merchant):
        return [effect.key for effect in Effect.objects.filter(kind="pay_link")]


@pytest.mark.parametrize(
    "name",
    ["A" * 140 + ", Lindenstr. 12, 10969 Berlin", "张" * 300 + " 建国路88号 100022", "x" * 121, "A, " + "B" * 400],
)
def test_a_name_nobody_has_is_asked_for_again(ana, name):
    hello, search, pick, add, checkout, *_ = WORDS["en"]
    for line in (hello, search, pick, add, checkout, name):
        ana.says(line)
    for line in (WORDS["en"][5], ADDRESS, "skip", "a" * 60 + "@" + ".".join(["b" * 60] * 5), "skip", "1", "yes"):
        ana.says(line)
    assert len(orders(ana)) == 1
    assert len(orders(ana)[0].contact_name) <= 80


def test_a_stale_buy_button_quotes_again_instead_of_ordering(ana):
    walk(ana, WORDS["en"])
    old = ana.answers
    ana.says("change delivery")
    ana.says("express")
    ana.answers = old
    ana.taps("Buy now")
    assert orders(ana) == []
    assert "Here is how it stands now" in ana.text
    ana.says("yes")
    assert str(orders(ana)[0].total.amount.normalize()) == "48.9"


def test_taken_off_sale_between_the_summary_and_the_yes_is_told(ana):
    walk(ana, WORDS["en"])
    with scope(merchant=ana.account.merchant):
        for product in Product.objects.all():
            product.status = Product.Status.ARCHIVED
            product.save()
    ana.taps("Buy now")
    assert orders(ana) == []
    assert "Something has changed since" in ana.text


def test_a_digression_is_answered_and_the_question_asked_again(ana):
    for line in ("blue shirt", "the first one, in M", "add it", "checkout", "Ana Lopez"):
        ana.says(line)
    ana.says("how much is shipping?")
    assert [content.text.splitlines()[0] for content in ana.answers] == [
        "This is how we deliver to Germany:",
        "Back to your order: where shall it go?",
    ]
    ana.says(ADDRESS)
    assert ana.answers[0].text == "A phone number for the courier? Only if you like."


def test_an_address_can_be_corrected_at_the_summary(ana):
    walk(ana, WORDS["en"])
    ana.says("change address")
    assert ana.answers[0].text == "Where shall it go? Street and number, postcode and town, please."
    ana.says("Calle Mayor 5, 28013 Madrid, Spain")
    ana.says("standard")
    assert "Calle Mayor 5" in ana.text
    assert "21 %" in ana.text


def test_back_pops_one_answer_and_cancel_names_what_is_kept(ana):
    for line in ("blue shirt", "the first one, in M", "add it", "checkout", "Ana Lopez"):
        ana.says(line)
    ana.says("back")
    assert ana.answers[0].text == "Lovely. What name shall I put on the parcel?"
    ana.says("cancel")
    assert ana.answers[0].text == (
        "Done, I have dropped that.\n\nYour cart with 1 item is still here.\n\nWhat would you like to do?"
    )
    with scope(merchant=ana.account.merchant):
        assert Cart.objects.get().lines.get().quantity == 1


def test_name_and_address_are_remembered_next_time(ana):
    walk(ana, WORDS["en"])
    ana.says("yes")
    for line in ("glass mug", "the first one", "add it", "checkout"):
        ana.says(line)
    assert ana.answers[0].text == "Shall it go to Ana Lopez, Lindenstr. 12, 10969 Berlin, DE?"
    ana.taps("Yes")
    assert ana.answers[0].text == "A phone number for the courier? Only if you like."


def test_cart_lines_are_changed_and_removed_by_words(ana):
    for line in ("glass mug", "the first one", "add it"):
        ana.says(line)
    ana.says("make it 3")
    assert ana.answers[0].text.startswith("Glass mug: now 3 in your cart.")
    ana.says("remove the glass mug")
    assert ana.answers[0].text.startswith("I have taken Glass mug out.")


def test_wishes_for_the_second_one_in_green(ana):
    ana.says("shirts under 50")
    ana.says("the cheaper one")
    assert "Oxford shirt" in ana.text
    ana.says("shirts under 50")
    ana.says("the white one in L")
    assert "Linen shirt · White · L" in ana.text


def test_the_assistant_says_what_it_is_first(arrive):
    shopper = arrive()
    shopper.says("glass mug")
    assert shopper.answers[0].text.startswith("Hello, I am Mia, the digital assistant of Demo Shop.")


def test_a_deep_link_shows_its_product(arrive):
    shopper = arrive("telegram")
    with scope(merchant=shopper.account.merchant):
        entry = EntryPoint.objects.create(
            merchant=shopper.account.merchant, title="Mug", target={"product": "glass-mug"}
        )
    shopper.sends(EventKind.REFERRAL, data={"ref": entry.token})
    assert "Glass mug" in shopper.text
    assert shopper.text.startswith("Hello, I am Mia")


@pytest.mark.parametrize(
    ("target", "is_active"),
    [
        ({"product": "glass-mug"}, True),  # archived
        ({"product": "never-was"}, True),
        ({"category": "never-was"}, True),
        ({"product": ["x"]}, True),
        ({"campaign": "spring"}, False),  # switched off
    ],
)
def test_a_deep_link_to_what_has_gone_is_answered_kindly(arrive, target, is_active):
    shopper = arrive("telegram")
    shop = shopper.account.merchant
    with scope(merchant=shop):
        Product.objects.filter(slug="glass-mug").update(status=Product.Status.ARCHIVED)
        entry = EntryPoint.objects.create(merchant=shop, title="Mug", target=target, is_active=is_active)
    shopper.sends(EventKind.REFERRAL, data={"ref": entry.token})
    said = [content.text for content in shopper.answers]
    assert said[0].startswith("Hello, I am Mia")
    assert said[-1].endswith("What this link was about is no longer here. I am happy to show you what we have now:")
    assert "Browse products" in shopper.labels
    shopper.sends(EventKind.REFERRAL, data={"ref": entry.token})
    assert said[-1].endswith(f"\n\n{shopper.answers[-1].text}")  # the hello is said once


@pytest.mark.parametrize(
    "word", ["human", "agent", "person", "Mensch", "persona", "人工", "I want to talk to a person"]
)
def test_a_person_is_called_without_a_question(ana, word):
    ana.says(word)
    notice = ana.answers[-1]
    assert isinstance(notice, HandoverNotice)
    assert "?" not in notice.text
    assert ana.conversation.waiting_since is not None


def test_out_of_hours_says_when_and_takes_a_message(ana):
    with clock.at(dt.datetime(2026, 3, 7, 20, 0, tzinfo=dt.UTC)):
        ana.says("human")
        assert ana.answers[-1].state == "after_hours"
        assert "3/9/26" in ana.answers[-1].text
        ana.says("please call me about the wedding list zxqv")
        assert ana.answers[0].text == "Thank you, I have passed that on. A colleague reads it first thing."


def test_a_person_with_the_baton_silences_the_bot_and_the_return_is_a_recap(ana, merchant):
    from apps.routing.actions import hand_back, take_over  # noqa: PLC0415

    for line in ("glass mug", "the first one", "add it", "checkout"):
        ana.says(line)
    person = factories.staff(merchant)
    with scope(merchant=merchant):
        take_over(ana.conversation, person)
    assert ana.says("are you there?") == []
    with scope(merchant=merchant):
        hand_back(ana.conversation, person)
    ana.waits()
    assert ana.answers[0].text.startswith("I am back, Mia, the assistant.")
    assert "In your cart: 1 item, €9.50." in ana.answers[0].text


def test_sms_zero_is_back_and_nine_a_person(arrive):
    shopper = arrive("sms", "+4917612345678")
    for line in ("hi", "glass mug", "1", "add it", "checkout", "Ana Lopez"):
        shopper.says(line)
    shopper.says("0")
    assert shopper.answers[0].text == "Lovely. What name shall I put on the parcel?"
    shopper.says("9")
    assert isinstance(shopper.answers[-1], HandoverNotice)


def test_re_asking_differs_and_ends_with_a_person(ana):
    for line in ("glass mug", "the first one", "add it", "checkout", "Ana Lopez"):
        ana.says(line)
    said = [ana.answers[0].text]
    for _ in range(2):
        ana.says("hm dunno")
        said.append(ana.answers[0].text)
    assert len(set(said)) == 3
    ana.says("hm dunno")
    assert isinstance(ana.answers[-1], HandoverNotice)


def test_the_same_words_are_never_said_twice_in_a_row(ana):
    texts = []
    for _ in range(6):
        ana.says("menu")
        texts.append(ana.text)
    assert all(before != after for before, after in itertools.pairwise(texts))


def test_close_calls_are_asked_about_once_then_a_person_comes(ana):
    ana.says("order")
    assert ana.answers[0].text == "Which do you mean?"
    assert ana.labels[-2:] == ["Something else", "A person"]
    ana.says("order")
    assert isinstance(ana.answers[-1], HandoverNotice)


def test_attack_18_another_shoppers_order_number_tells_nothing(ana, arrive):
    walk(ana, WORDS["en"])
    ana.says("yes")
    number = orders(ana)[0].number
    eve = arrive("telegram", "eve")
    eve.says(f"where is {number}?")
    assert "Ana" not in eve.text
    assert "Lindenstr" not in eve.text
    assert "43.90" not in eve.text
    real = eve.answers[0].text.replace(number, "#")
    eve.says("where is order ZZZZ-ZZZZ?")
    assert eve.answers[0].text.replace("ZZZZ-ZZZZ", "#").removeprefix("Once more: ") == real.partition("\n\n")[2]


@pytest.mark.parametrize(
    "name", ["{{settings.SECRET_KEY}}", "{0.__class__}", "%(x)s", "{% include 'x' %}", "{shop} {address} {order}"]
)
def test_attack_49_templates_in_a_name_stay_what_they_are(ana, name):
    for line in ("glass mug", "the first one", "add it", "checkout", name, ADDRESS, "skip", "skip", "1"):
        ana.says(line)
    assert f"To: {name}, Lindenstr. 12" in ana.text
    ana.says("yes")
    assert orders(ana)[0].contact_name == name


def test_attack_49_templates_in_merchant_words_stay_what_they_are(arrive, shop):
    shop.name = "{{settings.SECRET_KEY}} {assistant} %(x)s"
    shop.save()
    shopper = arrive()
    shopper.says("hello")
    assert "of {{settings.SECRET_KEY}} {assistant} %(x)s." in shopper.text


def test_a_rating_with_a_comment(ana):
    from apps.conversations.models import Rating  # noqa: PLC0415

    walk(ana, WORDS["en"])
    ana.says("yes")
    order = orders(ana)[0]
    with scope(merchant=ana.account.merchant):
        Order.objects.update(
            fulfilment_status="delivered", status="placed", payment_status="paid", placed_at=clock.now()
        )
    ana.says("rate my order")
    ana.says("4")
    ana.says("Lovely mug, quick delivery")
    with scope(merchant=ana.account.merchant):
        rating = Rating.objects.get()
    assert (rating.subject, rating.score, rating.comment) == (
        f"order:{order.number}", 4, "Lovely mug, quick delivery",
    )  # fmt: skip
    assert Rate.kind == "rate"


def test_one_cart_on_two_channels_once_linked(ana, arrive):
    for line in ("glass mug", "the first one", "add it"):
        ana.says(line)
    ana.says("link code")
    code = ana.answers[0].text.split("Your code is ")[1][:9]
    phone = arrive("telegram", "777")
    phone.says("I have a code")
    phone.says(code)
    assert "Welcome back. Your cart and your orders are here now." in [answer.text for answer in phone.answers]
    assert "In the cart: 1 × Glass mug" in phone.answers[0].text
    phone.says("my cart")
    assert "Glass mug" in phone.text


def test_a_turn_can_be_played_again_to_the_letter(ana):
    from apps.bot.replay import differences  # noqa: PLC0415

    walk(ana, WORDS["en"])
    ana.says("yes")
    with scope(merchant=ana.account.merchant):
        turns = list(Turn.objects.order_by("number"))
        assert len(turns) == 12
        assert [differences(turn) for turn in turns] == [[]] * 12
        turns[3].outputs[0]["text"] = "something else"
        assert len(differences(turns[3])) == 1


def queries(shopper: Shopper, text: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        shopper.says(text)
    return len([q for q in caught.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]) - 4


def grow(shopper: Shopper, count: int) -> None:
    """Yesterday's messages, so many of them."""
    with scope(merchant=shopper.account.merchant):
        conversation = shopper.conversation
        Message.objects.bulk_create(
            Message(
                merchant=shopper.account.merchant, conversation=conversation, seq=conversation.last_seq + n, author="bot",
                content={"kind": "text", "text": "x"}, text="x", state="read", occurred_at=clock.now(),
            )
            for n in range(1, count + 1)
        )  # fmt: skip
        Message.objects.filter(conversation=conversation).update(created_at=clock.now() - dt.timedelta(days=1))
        type(conversation).objects.filter(pk=conversation.pk).update(last_seq=conversation.last_seq + count)


def test_a_browsing_turn_costs_25_queries_and_a_confirming_one_45_whatever_the_history(ana):
    ana.says("blue shirt under 70")  # what is kept per catalogue is loaded by whoever comes first
    short = queries(ana, "blue shirt under 60")
    grow(ana, 100)  # from eighty messages on, one look sees whether two machines are talking to each other
    browsing = queries(ana, "blue shirt under 59")
    grow(ana, 10_000)
    assert queries(ana, "blue shirt under 58") == browsing
    assert short <= browsing <= short + 1
    assert browsing <= 25
    for line in ("the first one, in M", "add it", "checkout", "Ana Lopez", ADDRESS, "skip", "skip", "1"):
        ana.says(line)
    assert queries(ana, "yes") <= 45


def test_an_effect_of_an_older_baton_is_dropped(ana, merchant):
    from apps.routing.actions import hand_back, take_over  # noqa: PLC0415

    walk(ana, WORDS["en"])
    ana.says("yes")
    with scope(merchant=merchant):
        person = factories.staff(merchant)
        take_over(ana.conversation, person)
        hand_back(ana.conversation, person)
        effect = Effect.objects.get()
    event = ChannelEvent(
        kind=EventKind.INTERNAL,
        external_event_id="internal:stale",
        external_user_id=ana.external_id,
        occurred_at=clock.now(),
        data={
            "name": "effect",
            "fence": effect.fence,
            "key": effect.key,
            "result": {"url": "https://pay", "amount": "1"},
        },
    )
    assert ana.receives(event) == []


def test_every_session_belongs_to_one_merchant(ana, other_merchant):
    with scope(merchant=other_merchant):
        assert Session.objects.count() == 0
        assert Turn.objects.count() == 0
