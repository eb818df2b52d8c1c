"""Everything that can be done in the thread is found from the greeting by what the assistant offers; no word has to be known."""

import datetime as dt
import json
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.bot.flow import Ask, all_flows
from apps.bot.models import Session, Turn
from apps.bot.state import State
from apps.catalog.models import StockLevel, Variant
from apps.catalog.stock import count_stock
from apps.loyalty.actions import correct_points
from apps.merchants.models import Merchant
from apps.messaging.content import Choice, Content, all_choices
from apps.messaging.events import EventKind
from apps.orders.actions import deliver_order, ship_order
from apps.orders.models import Order
from apps.payments.actions import grant_credit, issue_gift_card
from apps.payments.models import PaymentAccount
from tests import factories
from tests.carts import goods, offers
from tests.loyalty import club
from tests.payments.desk import NAME, Desk
from tests.payments.story import linked, paid

from .bank import SandboxBank
from .dialogue import Shopper
from .test_currency import sells_in
from .test_sizes import guide

# What nobody may be asked to guess: where it is typed, the question says so. Slot → an answer.
TYPED = {
    "name": "Ana Lopez", "address": "Lindenstr. 12, 10969 Berlin", "email": "ana@example.org", "phone": "+49 176 12345678", "reason": "too small",
}  # fmt: skip
MOST_ANSWERS = 14
# They end the walk, take away what it is about, or only answer the question that was asked just then.
LEFT_ALONE = (
    "human",
    "delete_data",
    "start_over",
    "unsubscribe",
    "cancel",
    "back",
    "empty_cart",
    "remove",
    "unsave",
    "slot",
    "confirm",
    "skip",
    "resume",
)
OF_SHELVES = (
    "browse",
    "categories",
    "category",
    "search",
    "show",
    "confirm",
)  # not pressed where an order is looked at
MOST_OF_ONE = 12  # choices of one kind, such as products of a list, that are tried
MOST_TAPS = 160

# Topic → in which world it is due, the flow that is reached, and what is said there.
TOPICS: dict[str, tuple[str, str, str]] = {
    "browse": ("shelves", "categories", "Shirts"),
    "cart": ("shelves", "cart", "Your cart"),
    "coupon": ("shelves", "coupon", "code"),
    "why this price": ("shelves", "price", "This is how the price is made up:"),
    "checkout": ("shelves", "checkout", "Please check everything."),
    "pay": ("shelves", "checkout", "Here is the secure payment page"),
    "gift card bought": ("shelves", "product", "Gift card"),
    "gift card redeemed": ("shelves", "gift_card", "the code of your gift card"),
    "store credit": ("shelves", "store_credit", "Your store credit: €5.00"),
    "points balance": ("shelves", "points", "points"),
    "points history": ("shelves", "points_history", "40"),
    "reward redeemed": ("shelves", "redeem_points", "voucher"),
    "tier": ("shelves", "points", "Silver"),
    "referral": ("shelves", "invite", "/go/"),
    "saved for later": ("shelves", "save", "Saved:"),
    "wish list": ("shelves", "wishes", "wish list"),
    "back in stock": ("shelves", "alert", "as soon as"),
    "size guide": ("shelves", "size_guide", "chest 88–94"),
    "pick-up store": ("shelves", "stores", "Here you find us:"),
    "currency": ("shelves", "currency", "Which currency would you like?"),
    "language": ("shelves", "language", "Which language shall we speak?"),
    "questions": ("shelves", "topics", "What would you like to know?"),
    "new pay link": ("waiting", "pay", "Here is the secure payment page"),
    "unpaid order called off": ("waiting", "cancel_order", "Nothing has been charged."),
    "paid order called off": ("packing", "cancel_order", "go back the way you paid"),
    "invoice": ("packing", "documents", "Here is invoice"),
    "partial shipment": ("on its way", "order", "comes in more than one parcel"),
    "tracking": ("on its way", "order", "is on its way with DHL"),
    "return": ("here", "returns", "Which"),
    "exchange": ("here", "returns", "Which one would you like instead?"),
    "claim": ("here", "returns", "your money back, or the same again"),
    "my returns": ("here", "my_returns", "return"),
    "same again": ("here", "order_again", "is in your cart again"),
    "rating": ("here", "rating", ""),
    "an earlier order": ("here", "order", "{earlier}"),
}


class Walk:
    """Presses everything that is offered, the first first; a choice stays good after others were taken."""

    def __init__(self, shopper: Shopper, *, but: tuple[str, ...] = ()) -> None:
        self.shopper = shopper
        self.unwanted, self.but = but, LEFT_ALONE + but
        self.ahead: deque[Choice] = deque()
        self.known: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.said: list[tuple[str, str]] = []  # (flow, text)
        self.last: list[Content] = []  # what was answered last

    def go(self, most: int = MOST_TAPS) -> list[tuple[str, str]]:
        self.shopper.says("hello")
        self._hear("welcome")
        for _ in range(most):
            if not self.ahead:
                break
            self._press(self.ahead.popleft())
        return self.said

    def _press(self, choice: Choice) -> None:
        """And whatever is asked then is answered, by the first choice where there is one, until nothing is asked."""
        self._tap(choice)
        flow = self._flow()
        self._hear(flow)
        for _ in range(MOST_ANSWERS):
            self.shopper.waits()
            self._hear(flow)
            if not self._answer():
                break
            self._hear(flow)

    def _tap(self, choice: Choice) -> None:
        self.shopper.sends(EventKind.CHOICE, payload=choice.token, label=choice.label, via="button")

    def _answer(self) -> bool:
        offered = [choice for content in self.last for choice in all_choices(content)]
        direct = [
            each
            for each in offered
            if each.action.get("do") in ("slot", "confirm") and each.action["do"] not in self.unwanted
        ]
        skips = [each for each in offered if each.action.get("do") == "skip"]
        if direct:
            self._tap(direct[0])
        elif typed := self._asked():
            self.shopper.says(typed)
        elif skips:
            self._tap(skips[0])
        else:
            return False
        return True

    def _hear(self, flow: str) -> None:
        if not self.shopper.answers:
            return
        self.last = list(self.shopper.answers)
        self.said.append((flow, self.shopper.text))
        for content in self.shopper.answers:
            for choice in all_choices(content):
                self._note(choice)

    def _note(self, choice: Choice) -> None:
        action = {key: value for key, value in choice.action.items() if key not in ("stamp", "chosen")}
        name, kind = json.dumps(action, sort_keys=True), str(action.get("do"))
        if name in self.known or kind in self.but or self.kinds[kind] >= MOST_OF_ONE:
            return
        if kind in ("language", "currency") and len(action) > 1:  # from then on it would be another walk
            return
        self.known.add(name)
        self.kinds[kind] += 1
        self.ahead.append(choice)

    def _flow(self) -> str:
        with scope(merchant=self.shopper.account.merchant):
            commands = Turn.objects.order_by("-pk")[0].commands
        return next((str(each.get("flow")) for each in commands if each.get("flow")), "")

    def _asked(self) -> str:
        """The answer to the open question, where nothing but typing answers it."""
        with scope(merchant=self.shopper.account.merchant):
            top = State.from_json(Session.objects.get(conversation=self.shopper.conversation).state).top
        step = all_flows()[top.flow].steps[top.step] if top else None
        return TYPED.get(step.slot, "") if isinstance(step, Ask) else ""


@pytest.fixture
def desk(noon: dt.datetime) -> Iterator[Desk]:
    played = Desk()
    SandboxBank(played).follow(noon)
    yield played
    played.close()


@pytest.fixture
def member(arrive: Callable[..., Shopper], shop: Merchant, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Shopper:
    """Somebody in a shop that has everything: points, rewards, codes, cards, credit, sizes, stores and two currencies.

    A walk is what it would be taken for, a machine: it is let go on.
    """
    monkeypatch.setattr(sys.modules["apps.conversations.actions.receive"], "LOOP_MESSAGES", 10_000)
    shopper = arrive("webchat")
    shopper.says("hello")
    with scope(merchant=shop):
        PaymentAccount.objects.create(merchant=shop, provider="stripe", name=NAME, config=desk.config)
        customer = shopper.conversation.identity.customer
        club.programme(shop, referrer_bonus=100, friend_bonus=50)
        club.tier(shop, "Silver", 30)
        club.reward(shop, 10)
        correct_points(club.member(shop, customer=customer), points=40, reason="a present", source="present")
        offers.code(shop)
        issue_gift_card(shop, Money(20, "EUR"))
        goods.variant(shop, "Gift card", price="25.00", stock=None, comes_as="gift_card")
        grant_credit(customer, Money(5, "EUR"), reason="a late parcel")
        sold_out = StockLevel.objects.get(variant__product__slug="silk-shirt")
        count_stock(sold_out.variant, sold_out.location, 0, reason="lost", actor=None)
    guide(shop)
    factories.location(shop, "Store East", address="Oststr. 2\n10243 Berlin", is_store=True, hours="Mo–Sa 10–20")
    sells_in(shop, "USD", {"glass-mug": "11.00"})
    return shopper


def missed(world: str, said: list[tuple[str, str]], **facts: str) -> list[str]:
    """The world's topics that were not come to."""
    return [
        topic
        for topic, (due, wanted, words) in TOPICS.items()
        if due == world and not any(flow == wanted and words.format(**facts) in text for flow, text in said)
    ]


def test_what_a_shop_offers_is_found_by_pressing_alone(member: Shopper) -> None:
    assert missed("shelves", Walk(member).go()) == []


@pytest.mark.parametrize("world", ["waiting", "packing", "on its way", "here"])
def test_what_can_be_done_with_an_order_is_found_by_pressing_alone(member: Shopper, desk: Desk, world: str) -> None:
    with scope(merchant=member.account.merchant):
        customer = member.conversation.identity.customer
        shirt = Variant.objects.get(sku="linen-shirt-0")
        wanted = {shirt: 1, Variant.objects.get(sku="glass-mug-0"): 2}
        earlier = paid(desk, customer, wanted).order if world == "here" else None
        order: Order = (linked(customer, wanted) if world == "waiting" else paid(desk, customer, wanted)).order
        if world == "on its way":
            mug = order.lines.get(quantity=2)
            ship_order(order, carrier="DHL", tracking_number="1", lines={mug.pk: 1})
        if world == "here":
            ship_order(order, carrier="DHL", tracking_number="1")
            deliver_order(order)
    said = Walk(member, but=OF_SHELVES).go(90)
    assert missed(world, said, earlier=earlier.number if earlier else "") == []


# Topic → how it is asked for in plain words, in each language, and the flow that answers.
WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "coupon": ("coupon", {"en": "I have a coupon code", "de": "Ich habe einen Gutscheincode", "es": "tengo un código de descuento", "zh-hans": "我有优惠码"}),
    "why this price": ("price", {"en": "why this price?", "de": "Wie setzt sich der Preis zusammen?", "es": "¿por qué este precio?", "zh-hans": "为什么是这个价格？"}),
    "cart": ("cart", {"en": "show my cart", "de": "Zeig mir den Warenkorb", "es": "ver mi carrito", "zh-hans": "看看购物车"}),
    "checkout": ("checkout", {"en": "checkout", "de": "zur Kasse", "es": "quiero pagar", "zh-hans": "结账"}),
    "tracking": ("order", {"en": "where is my order?", "de": "Wo ist meine Bestellung?", "es": "¿dónde está mi pedido?", "zh-hans": "我的订单在哪里？"}),
    "cancel": ("cancel_order", {"en": "cancel my order", "de": "Bestellung stornieren", "es": "cancelar mi pedido", "zh-hans": "取消订单"}),
    "return": ("returns", {"en": "I want to return something", "de": "Ich möchte etwas zurückgeben", "es": "quiero devolver algo", "zh-hans": "我要退货"}),
    "exchange": ("returns", {"en": "I want to exchange it", "de": "Ich möchte das umtauschen", "es": "quiero cambiarlo por otra talla", "zh-hans": "我想换货"}),
    "claim": ("returns", {"en": "it arrived broken", "de": "Es kam kaputt an", "es": "llegó roto", "zh-hans": "收到的东西坏了"}),
    "my returns": ("my_returns", {"en": "my returns", "de": "meine Rückgaben", "es": "mis devoluciones", "zh-hans": "我的退货"}),
    "gift card bought": ("product", {"en": "buy a gift card", "de": "Geschenkkarte kaufen", "es": "comprar una tarjeta regalo", "zh-hans": "买礼品卡"}),
    "gift card redeemed": ("gift_card", {"en": "I have a gift card", "de": "Ich habe eine Geschenkkarte", "es": "tengo una tarjeta regalo", "zh-hans": "我有礼品卡"}),
    "store credit": ("store_credit", {"en": "my store credit", "de": "mein Guthaben", "es": "mi saldo a favor", "zh-hans": "店铺余额"}),
    "points balance": ("points", {"en": "my points", "de": "meine Punkte", "es": "mis puntos", "zh-hans": "我的积分"}),
    "points history": ("points_history", {"en": "history of my points", "de": "Punkteverlauf", "es": "historial de puntos", "zh-hans": "积分记录"}),
    "reward redeemed": ("redeem_points", {"en": "redeem my points", "de": "Punkte einlösen", "es": "canjear mis puntos", "zh-hans": "兑换积分"}),
    "tier": ("points", {"en": "what tier am I?", "de": "In welcher Stufe bin ich?", "es": "¿En qué nivel estoy?", "zh-hans": "我的等级"}),
    "referral": ("invite", {"en": "invite a friend", "de": "Freunde einladen", "es": "invitar a un amigo", "zh-hans": "邀请好友"}),
    "same again": ("order_again", {"en": "the same again", "de": "nochmal dasselbe", "es": "lo mismo otra vez", "zh-hans": "再来一单"}),
    "wish list": ("wishes", {"en": "my wish list", "de": "meine Merkliste", "es": "mi lista de deseos", "zh-hans": "我的心愿单"}),
    "size guide": ("size_guide", {"en": "size guide", "de": "Größentabelle", "es": "guía de tallas", "zh-hans": "尺码表"}),
    "pick-up store": ("stores", {"en": "where is your store?", "de": "Wo ist Ihre Filiale?", "es": "¿dónde está la tienda?", "zh-hans": "你们的店在哪里？"}),
    "invoice": ("documents", {"en": "I need an invoice", "de": "Ich brauche eine Rechnung", "es": "necesito la factura", "zh-hans": "我要发票"}),
    "currency": ("currency", {"en": "show prices in dollars", "de": "Preise in Dollar bitte", "es": "muéstrame los precios en dólares", "zh-hans": "用美元显示价格"}),
    "language": ("language", {"en": "change language", "de": "Sprache ändern", "es": "cambiar idioma", "zh-hans": "换语言"}),
}  # fmt: skip
# About the thing in view: said after it was looked at.
IN_VIEW: dict[str, tuple[str, dict[str, str]]] = {
    "saved for later": ("save", {"en": "save it for later", "de": "Merk es mir für später", "es": "guárdalo para después", "zh-hans": "先收藏"}),
    "back in stock": ("alert", {"en": "tell me when it is back", "de": "Sag mir Bescheid, wenn es wieder da ist", "es": "avísame cuando vuelva", "zh-hans": "到货通知我"}),
}  # fmt: skip
SILK = {"en": "silk shirt", "de": "Seidenhemd", "es": "camisa de seda", "zh-hans": "丝绸衬衫"}


def led_to(shopper: Shopper) -> str:
    """The flow that the last words were taken for."""
    with scope(merchant=shopper.account.merchant):
        command = Turn.objects.order_by("-pk")[0].commands[0]
    return str(command.get("flow") or command.get("verb"))


@pytest.mark.parametrize("language", SILK)
def test_plain_words_lead_there_in_every_language(member: Shopper, language: str) -> None:
    found: dict[str, str] = {}
    for place, (topic, (_, said)) in enumerate([*WORDS.items(), *IN_VIEW.items()]):
        shopper = Shopper(member.account, f"plain-{language}-{place}", language=language)
        if topic in IN_VIEW:
            shopper.says(SILK[language])
        shopper.says(said[language])
        found[topic] = led_to(shopper)
    assert found == {topic: flow for topic, (flow, _) in [*WORDS.items(), *IN_VIEW.items()]}
