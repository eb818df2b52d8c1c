"""Plays one transcript on one channel inside a transaction that is rolled back, and says where the shop went astray."""

import datetime as dt
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml
from django.db import transaction
from django_scopes import scope
from djmoney.money import Money

from apps.accounts.models import User
from apps.carts.models import Coupon, DeliveryMethod, PickupPoint, Promotion
from apps.carts.money import money
from apps.catalog.licence_codes import add_codes, open_pool
from apps.catalog.models import (
    Category,
    Digital,
    Option,
    OptionValue,
    Price,
    PriceList,
    Product,
    Relation,
    SizeGuide,
    StockLevel,
    Variant,
)
from apps.catalog.stock import count_stock
from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.customers.actions import add_members, word_to_continue
from apps.customers.models import Customer, CustomerGroup
from apps.loyalty.actions import correct_points, follow_tiers, join, pay_referrals, settle_points
from apps.loyalty.models import LoyaltyMembership, LoyaltyProgramme, Reward, RewardKind, Tier
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant, ShopCurrency
from apps.messaging.channel import channel_for
from apps.messaging.content import Choice, Text, all_choices, from_json
from apps.orders.actions import (
    approve_return,
    deliver_order,
    receive_return,
    ship_order,
)
from apps.orders.models import Order, ReturnRequest, ReturnRules
from apps.payments.actions import (
    cancel_order,
    decline_return,
    grant_credit,
    issue_gift_card,
    refund_lines,
    refund_order,
    refund_return,
    send_replacement,
)
from apps.payments.inbox import take_webhook
from apps.payments.models import GiftCard, Payment, PaymentAccount
from apps.payments.tenders import card_balance
from apps.routing.actions import hand_back, take_over

from ..loop import drain
from .outside import API_KEY, WEBHOOK_KEY, Outside, stripe_signature
from .phones import PHONES, Phone, phone_on

GIFT_CARD = "{gift card}"  # in what a shopper says: the code of the card that was made last
INVITATION = "{invitation}"  # the code of the member who joined last
START = dt.datetime(2026, 3, 2, 11, 0, tzinfo=dt.UTC)  # a Monday around noon in Europe
CHANNELS = ("webchat", *sorted(set(PHONES) - {"webchat"}))
NIGHTLY = (settle_points, pay_referrals, follow_tiers)  # what time alone does to points
GO_ON = re.compile(r"/continue/([\w-]{22})")
_LATER = re.compile(r"\+(\d+)\s*(s|m|h|d)")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Bank(Protocol):
    """Who plays the payment provider where more is wanted of it than a page that is paid: the tests bring one."""

    config: dict[str, Any]  # of the payment account

    def follow(self, now: dt.datetime) -> None:
        """It is `now` there as well."""

    def pays(self, *, card: str, keep: bool) -> None:
        """The open page is paid with this card, kept or not."""

    def decides(self, what: str) -> None:
        """Of the latest payment: "says yes" or "says no" to the shopper's answer, "is disputed", "dispute won" or "lost"."""

    def tells(self, account: str) -> None:
        """Everything new is posted, signed, to the payment account."""


class NeedsBank(Exception):
    """The script says what the bank is like, and there is none."""


class _Undo(Exception):
    """Leaves the transaction without a trace."""


@dataclass
class Report:
    """How a run went. `end` is what the shop's tables say, with ids and times left out."""

    file: str
    channel: str
    problems: list[str] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)
    wires: list[dict[str, Any]] = field(default_factory=list)
    turns: int = 0

    def to_json(self) -> dict[str, Any]:
        return {"file": self.file, "channel": self.channel, "ok": not self.problems, **vars(self)}


def channels_of(script: dict[str, Any], wanted: str = "") -> list[str]:
    """The channels to play it on: those asked for, else those it names."""
    named = script.get("channels", "all")
    mine = list(CHANNELS) if named == "all" else list(named)
    if wanted and wanted != "all":
        return [wanted] if wanted in mine else []
    return mine


def load(path: Path) -> dict[str, Any]:
    script: dict[str, Any] = yaml.safe_load(path.read_text())
    return script


def play_file(path: Path, *, channel: str, merchant: Merchant | None = None, bank: Bank | None = None) -> Report:
    """Play the file; the merchant is the one it names unless given. Raises `NeedsBank` where the script wants one."""
    script = load(path)
    shop = merchant or Merchant.objects.get(slug=script["merchant"])
    report = Report(file=str(path), channel=channel)
    outside = Outside()
    try:
        with transaction.atomic(), scope(merchant=shop):
            Stage(script, shop, channel, outside, report, bank).play()
            raise _Undo
    except _Undo:
        pass
    finally:
        outside.close()
    report.wires = outside.wires
    return report


@dataclass
class Aside:
    """A phone that is not in the shopper's hand just now: how far it was read, and what was on offer."""

    account: ChannelAccount
    phone: Phone
    heard: int = 0
    choices: list[Choice] = field(default_factory=list)


class Stage:
    """One run: the accounts, the phone, the virtual clock."""

    def __init__(
        self,
        script: dict[str, Any],
        shop: Merchant,
        channel: str,
        outside: Outside,
        report: Report,
        bank: Bank | None = None,
    ) -> None:
        self.script, self.shop, self.outside, self.report = script, shop, outside, report
        if (rules := script.get("bank")) is not None and bank is None:
            raise NeedsBank(report.file)
        self.bank = bank if rules is not None else None
        self.now = START
        self.account = ChannelAccount.objects.create(
            merchant=shop, kind=channel, name=f"transcript-{channel}", config=self._config(channel)
        )
        config = {"api_key": API_KEY, "webhook_secret": WEBHOOK_KEY, "api_base": outside.url}
        config = self.bank.config if self.bank else config
        PaymentAccount.objects.filter(merchant=shop).update(is_active=False)
        self.pay_account = PaymentAccount.objects.create(
            merchant=shop, provider="stripe", name=f"transcript-{shop.slug}", config=config, **(rules or {})
        )
        self.phone: Phone = phone_on(self.account, number=1, language=script.get("locale", "en"))
        self.heard = 0
        self.aside = self._second_phone() if any("goes_on" in step for step in script["steps"]) else None
        self.choices: list[Choice] = []
        self.agent: User | None = None
        self.gift_card = self.invitation = ""  # the codes of the latest that were made

    def _second_phone(self) -> "Aside":
        """The same shopper's phone on the next channel that a link opens, and that tells the language of the script."""
        language = self.script.get("locale", "en")
        after = CHANNELS.index(self.account.kind) + 1
        kind = next(kind for kind in (*CHANNELS[after:], *CHANNELS[: after - 1]) if _can_follow(kind, language))
        account = ChannelAccount.objects.create(
            merchant=self.shop, kind=kind, name=f"transcript-second-{kind}", config=self._config(kind)
        )
        return Aside(account, phone_on(account, number=2, language=language))

    def _change_phones(self) -> None:
        """The other phone is in their hand; what it shows is read where it was left."""
        if self.aside is None:
            raise LookupError("there is one phone: nobody goes on elsewhere in this script")
        put_by = Aside(self.account, self.phone, self.heard, self.choices)
        self.account, self.phone, self.heard, self.choices = (
            self.aside.account, self.aside.phone, self.aside.heard, self.aside.choices,
        )  # fmt: skip
        self.aside = put_by

    def _go_on(self) -> None:
        """The link that was given last is opened on the other phone."""
        told = Message.objects.filter(conversation__channel_account=self.account).order_by("-seq")
        tokens = [found[1] for text in told.values_list("text", flat=True) if (found := GO_ON.search(text))]
        if not tokens:
            raise LookupError("no link to go on by was given")
        self._change_phones()
        self.phone.comes_by(word_to_continue(tokens[0]))

    def _config(self, channel: str) -> dict[str, str]:
        return {**PHONES[channel].config, "api_base": self.outside.base_of(channel)} if channel != "webchat" else {}

    def play(self) -> None:
        for number, step in enumerate(self.script["steps"], start=1):
            self.now += dt.timedelta(seconds=5)
            if self.bank:
                self.bank.follow(self.now)
            self._do(step)
            self._drain()
            said = self._hear()
            for problem in misses(step.get("expect", []), said):
                what = next(f"{key}: {value}" for key, value in step.items() if key != "expect")
                self.report.problems.append(f"step {number} ({what}): {problem}")
        self.report.end = ending(self.shop)
        self.report.problems += differs("end", self.script.get("end", {}), self.report.end)

    def _do(self, step: dict[str, Any]) -> None:
        with clock.at(self.now):
            match step:
                case {"shopper": text}:
                    self.report.turns += 1
                    self.phone.says(
                        str(text).replace(GIFT_CARD, self._card_code()).replace(INVITATION, self.invitation)
                    )
                case {"tap": label}:
                    self.report.turns += 1
                    self.phone.taps(self._choice(str(label)))
                case {"goes_on": _}:
                    self.report.turns += 1
                    self._go_on()
                case {"comes_back": _}:
                    self._change_phones()
                case {"platform": deed}:
                    self._platform(deed)
                case {"merchant": deed}:
                    self._merchant(deed)
                case {"agent": deed}:
                    self._agent(deed)
                case {"clock": moved}:
                    self._move(str(moved))
                case _:
                    raise ValueError(f"a step nobody knows: {step}")

    def _choice(self, label: str) -> Choice:
        found = [choice for choice in self.choices if choice.label == label]
        if not found:
            offered = ", ".join(choice.label for choice in self.choices)
            raise LookupError(f"there is no {label!r} to tap; on offer: {offered}")
        return found[0]

    def _platform(self, deed: Any) -> None:
        """The payment provider's side: `pays`, with a bank also `pays: {card, keep}` and `bank: says yes`."""
        if self.bank is None and deed == "pays":
            self._pays()
            return
        if self.bank is None:
            raise NeedsBank(self.report.file)
        match deed:
            case "pays":
                self.bank.pays(card="success", keep=False)
            case {"pays": {**how}}:
                self.bank.pays(card=str(how.get("card", "success")), keep=bool(how.get("keep")))
            case {"bank": what}:
                self.bank.decides(str(what))
            case _:
                raise ValueError(f"a platform cannot {deed!r}")
        self.bank.tells(self.pay_account.name)

    def _pays(self) -> None:
        body = self.outside.pay()
        headers = {"stripe-signature": stripe_signature(body, int(time.time()))}
        status, answer = take_webhook(self.pay_account.name, headers, body, provider="stripe")
        if status != 200:
            raise LookupError(f"the payment webhook was answered {status}: {answer!r}")

    def _merchant(self, deed: Any) -> None:
        if isinstance(deed, dict) and "code" in deed:
            self._give_out(**deed["code"])
            return
        order = Order.objects.order_by("-pk").first()
        match deed:
            case {"ship": {"carrier": carrier, "number": number}}:
                ship_order(order, carrier=carrier, tracking_number=str(number), lines=_lines(order, deed["ship"]))
            case "deliver":
                deliver_order(order)
            case "cancel":
                cancel_order(order, reason="merchant")
            case {"count": counted}:
                for sku, pieces in counted.items():
                    variant = Variant.objects.get(sku=sku)
                    count_stock(variant, variant.stock_levels.get().location, pieces, reason="counted")
            case {"refund": {"lines": _}}:
                refund_lines(order, lines=_lines(order, deed["refund"]) or {}, reason="merchant")
            case "refund":
                refund_order(order, reason="merchant")
            case {"pick_up_points": {"way": way, "price": price, "at": points}}:
                self._open_points(way, str(price), points)
            case {"close_point": name}:
                PickupPoint.objects.filter(name=name).update(is_active=False)
            case {"return_rules": {**told}}:
                home = {"name": self.shop.name, "street": "Lagerweg 1", "postcode": "10115", "city": "Berlin"}
                ReturnRules.objects.create(merchant=self.shop, country=self.shop.country, **home, **told)
            case {"return": judged}:
                _judge(ReturnRequest.objects.order_by("pk").last(), judged)
            case {"relate": {"product": slug, "kind": kind, "to": other}}:
                known = {row.slug: row for row in Product.objects.filter(slug__in=[slug, other])}
                Relation.objects.create(merchant=self.shop, product=known[slug], other=known[other], kind=kind)
            case {"size_guide": {"category": slug, "name": name, "measures": measures, "rows": rows}}:
                guide = SizeGuide.objects.create(merchant=self.shop, name=name, measures=measures, rows=rows)
                guide.categories.add(Category.objects.get(slug=slug))
            case {"points": rules}:
                self._start_points(**rules)
            case {"member": name}:
                self.invitation = join(Customer.objects.create(merchant=self.shop, name=name), terms="").code
            case {"give_points": count}:
                for member in LoyaltyMembership.objects.order_by("pk"):
                    correct_points(member, points=count, reason="a present", source=f"present:{self.now:%s}")
            case {"gift_card": amount}:
                _, self.gift_card = issue_gift_card(self.shop, money(str(amount), self.shop.currency))
            case {"price_list": rules}:
                self._price_apart(**rules)
            case {"sells_gift_cards": amounts}:
                self._sell_gift_cards([str(amount) for amount in amounts])
            case {"sells_download": {"title": title, "price": price, "url": url}}:
                self._sell_download(title, money(str(price), self.shop.currency), url)
            case {"sells_codes": {"title": title, "price": price, "codes": codes}}:
                self._sell_codes(title, money(str(price), self.shop.currency), list(codes))
            case {"sells_in": {"currency": currency, "prices": prices, "delivery": fee}}:
                self._sell_in(currency, prices, str(fee))
            case {"credit": amount}:
                for customer in Customer.objects.filter(merged_into=None).order_by("pk"):
                    grant_credit(customer, money(str(amount), self.shop.currency), reason="a present")
            case _:
                raise ValueError(f"a merchant cannot {deed!r}")

    def _sell_in(self, currency: str, prices: dict[str, Any], fee: str) -> None:
        """A further currency, with a price for every kind of these products and one way of delivery."""
        ShopCurrency.objects.create(merchant=self.shop, currency=currency)
        for variant in Variant.objects.filter(product__slug__in=prices).select_related("product"):
            price = money(str(prices[variant.product.slug]), currency)
            Price.objects.create(merchant=self.shop, variant=variant, amount=price)
        DeliveryMethod.objects.create(
            merchant=self.shop, name="Post", price=money(fee, currency), days_min=2, days_max=4, position=8
        )

    def _sell_download(self, title: str, price: Money, url: str) -> None:
        product = Product.objects.create(
            merchant=self.shop, slug="download", title_en=title, title=title, comes_as=Product.ComesAs.DIGITAL
        )
        variant = Variant.objects.create(merchant=self.shop, product=product, sku="download-0", is_tracked=False)
        Price.objects.create(merchant=self.shop, variant=variant, amount=price)
        Digital.objects.create(merchant=self.shop, product=product, url=url)

    def _sell_codes(self, title: str, price: Money, codes: list[str]) -> None:
        product = Product.objects.create(
            merchant=self.shop, slug="codes", title_en=title, title=title, comes_as=Product.ComesAs.DIGITAL
        )
        variant = Variant.objects.create(merchant=self.shop, product=product, sku="codes-0")
        Price.objects.create(merchant=self.shop, variant=variant, amount=price)
        add_codes(open_pool(variant), "\n".join(codes))

    def _card_code(self) -> str:
        """Of the last that was bought, else of the last that the shop made."""
        bought = GiftCard.objects.filter(sealed__isnull=False).order_by("pk").last()
        return str(bought.sealed) if bought is not None else self.gift_card

    def _sell_gift_cards(self, amounts: list[str]) -> None:
        """A product that is a gift card, to be had with these amounts."""
        titles = {
            "title_en": "Gift card",
            "title_de": "Geschenkkarte",
            "title_es": "Tarjeta regalo",
            "title_zh_hans": "礼品卡",
        }
        product = Product.objects.create(
            merchant=self.shop, slug="gift-card", comes_as=Product.ComesAs.GIFT_CARD, **titles
        )
        names = {"name_en": "Value", "name_de": "Wert", "name_es": "Valor", "name_zh_hans": "面值"}
        option = Option.objects.create(merchant=self.shop, product=product, **names)
        for place, amount in enumerate(amounts):
            worth = money(amount, self.shop.currency)
            value = OptionValue.objects.create(
                merchant=self.shop, option=option, position=place, value_en=f"{worth.amount:.0f} {worth.currency}"
            )
            variant = Variant.objects.create(
                merchant=self.shop, product=product, sku=f"gift-card-{place}", position=place, is_tracked=False
            )
            variant.values.set([value])
            Price.objects.create(merchant=self.shop, variant=variant, amount=worth)

    def _open_points(self, way: str, price: str, points: dict[str, str]) -> None:
        """A way to points at these postcodes of the shop's country."""
        fee = Money(price, self.shop.currency)
        method = DeliveryMethod.objects.create(merchant=self.shop, name=way, price=fee, to_point=True, position=9)
        for name, postcode in points.items():
            PickupPoint.objects.create(
                merchant=self.shop,
                method=method,
                name=name,
                street="Markt 1",
                postcode=str(postcode),
                city="Berlin",
                country=self.shop.country,
                hours="8–20",
            )

    def _start_points(
        self, reward: str, cost: int, levels: dict[str, int] | None = None, referrer: int = 0, friend: int = 0
    ) -> None:
        LoyaltyProgramme.objects.create(
            merchant=self.shop, is_active=True, referrer_bonus=referrer, friend_bonus=friend
        )
        for name, threshold in (levels or {}).items():
            Tier.objects.create(merchant=self.shop, name=name, threshold=threshold)
        Reward.objects.create(merchant=self.shop, name=reward, cost=cost, kind=RewardKind.FREE_DELIVERY)

    def _price_apart(self, percent: int, reason: str = "", countries: list[str] | None = None, level: str = "") -> None:
        """A list for countries or for members on a level, or else for a group with everybody in it who is there."""
        made = PriceList.objects.create(
            merchant=self.shop,
            name=reason[:60] or level,
            reason=reason,
            currency=self.shop.currency,
            percent=percent,
            countries=countries or [],
        )
        if level:
            made.tiers.add(Tier.objects.get(name=level))
        elif not countries:
            group = CustomerGroup.objects.create(merchant=self.shop, name="Trade")
            add_members(group, Customer.objects.filter(merged_into=None))
            made.groups.add(group)

    def _give_out(self, text: str, percent: int, least: int = 0) -> None:
        """A code for so many percent off, from an amount on."""
        currency = self.shop.currency
        promotion = Promotion.objects.create(
            merchant=self.shop, name="Welcome", percent=percent, min_subtotal=Money(least, currency) if least else None
        )
        Coupon.objects.create(merchant=self.shop, promotion=promotion, code=text, usage_limit=1)

    def _agent(self, deed: Any) -> None:
        conversation = self._conversation()
        if self.agent is None:
            self.agent = User.objects.create_user("agent@transcript.invalid", None)
        match deed:
            case "takes over":
                take_over(conversation, self.agent)
            case "hands back":
                hand_back(conversation, self.agent)
            case {"says": text}:
                send_message(conversation, Text(text=text), author="agent", author_user=self.agent)
            case _:
                raise ValueError(f"an agent cannot {deed!r}")

    def _move(self, moved: str) -> None:
        if match := _LATER.fullmatch(moved.strip()):
            self.now += dt.timedelta(**{UNITS[match[2]]: int(match[1])})
        else:
            self.now = dt.datetime.fromisoformat(moved)
        with clock.at(self.now):
            for nightly in NIGHTLY:
                nightly()

    def _drain(self) -> None:
        """Everything that is due now and, as bursts and paces need a moment, within the next seconds."""
        for _ in range(4):
            self.now += dt.timedelta(seconds=1)
            with clock.at(self.now):
                drain()
            if not self._is_due_soon():
                return

    def _is_due_soon(self) -> bool:
        soon = self.now + dt.timedelta(seconds=3)
        unread = InboundEvent.objects.filter(channel_account_id=self.account.pk, processed_at=None, due_at__lte=soon)
        unsent = Message.objects.filter(conversation__channel_account=self.account, next_at__lte=soon)
        return unread.exists() or unsent.exists()

    def _conversation(self) -> Conversation:
        return Conversation.objects.select_related("identity__customer", "channel_account__merchant").get(
            channel_account=self.account
        )

    def _hear(self) -> list[dict[str, Any]]:
        """What the shop said since last time; the choices on the screen."""
        rows = Message.objects.filter(conversation__channel_account=self.account, seq__gt=self.heard).order_by("seq")
        said = []
        for row in rows:
            self.heard = row.seq
            if row.author == Message.Author.SHOPPER:
                continue
            content = from_json(row.content)
            if offered := list(all_choices(content)):
                self.choices = offered
            labels = [choice.label for choice in offered]
            said.append({"kind": content.kind, "text": row.text, "choices": labels, "author": row.author})
        return said


def _can_follow(kind: str, language: str) -> bool:
    opens = kind == "webchat" or bool(channel_for(kind).deep_link("word", PHONES[kind].config))
    return opens and (language == "en" or PHONES[kind].tells_language)


def _lines(order: Order, deed: dict[str, Any]) -> dict[int, int] | None:
    """The lines named by their SKUs (`lines: {glass-mug-0: 1}`); None for all there is."""
    named = deed.get("lines")
    return named and {order.lines.get(sku=sku).pk: quantity for sku, quantity in named.items()}


def _judge(request: ReturnRequest | None, judged: Any) -> None:
    """What the shop does with the latest return."""
    if request is None:
        raise LookupError("nobody has asked to return anything")
    match judged:
        case "approve":
            approve_return(request)
        case {"approve": {"label": url}}:
            approve_return(request, label_url=url)
        case {"decline": reason}:
            decline_return(request, reason=reason)
        case "receive":
            receive_return(request)
        case "refund":
            refund_return(request)
        case {"send": {"carrier": carrier, "number": number}}:
            send_replacement(request, carrier=carrier, tracking_number=str(number))
        case _:
            raise ValueError(f"a return cannot be {judged!r}")


def misses(expected: list[dict[str, Any]], said: list[dict[str, Any]]) -> list[str]:
    """What was expected, in this order, and not said. An empty list expects silence only where it says `silence`."""
    problems = []
    place = 0
    for wanted in expected:
        if wanted.get("silence"):
            if said:
                problems.append(f"expected silence, heard {said[0]['text'][:200]!r}")
            continue
        at = next((index for index in range(place, len(said)) if _fits(wanted, said[index])), None)
        if at is None:
            heard = " | ".join(f"[{item['kind']}] {item['text'][:300]}" for item in said) or "nothing"
            problems.append(f"expected {wanted}, heard {heard}")
        else:
            place = at
    return problems


def _fits(wanted: dict[str, Any], said: dict[str, Any]) -> bool:
    if "kind" in wanted and wanted["kind"] != said["kind"]:
        return False
    if "author" in wanted and wanted["author"] != said["author"]:
        return False
    if "text" in wanted and str(wanted["text"]) not in said["text"]:
        return False
    return all(label in said["choices"] for label in wanted.get("choices", ()))


def ending(shop: Merchant) -> dict[str, Any]:
    """Orders, stock, payments, points and gift cards as they stand, without ids, numbers and times."""
    orders = [
        {
            "status": order.status,
            "payment": order.payment_status,
            "fulfilment": order.fulfilment_status,
            "total": f"{order.total.amount:.2f} {order.currency}",
            "discount": f"{order.discount_total.amount:.2f}",
            "lines": {line.sku: line.quantity for line in order.lines.all()},
            "name": order.contact_name,
            "country": order.shipping_address.get("country", ""),
            "returns": [f"{request.kind} {request.state}: {request.goods}" for request in order.returns.order_by("pk")],
        }
        for order in Order.objects.order_by("pk")
    ]
    stock = {
        level.variant.sku: [level.on_hand, level.allocated, level.held]
        for level in StockLevel.objects.select_related("variant").order_by("variant__sku")
    }
    payments = [f"{payment.state} {payment.amount.amount:.2f}" for payment in Payment.objects.order_by("pk")]
    points = [f"{member.balance} and {member.pending}" for member in LoyaltyMembership.objects.order_by("pk")]
    cards = [f"{card_balance(card).amount:.2f}" for card in GiftCard.objects.order_by("pk")]
    return {"orders": orders, "stock": stock, "payments": payments, "points": points, "gift_cards": cards}


def differs(where: str, wanted: Any, is_now: Any) -> list[str]:
    """Where `is_now` is not as wanted; keys that are not named do not matter."""
    if isinstance(wanted, dict) and isinstance(is_now, dict):
        return [line for key, value in wanted.items() for line in differs(f"{where}.{key}", value, is_now.get(key))]
    if isinstance(wanted, list) and isinstance(is_now, list) and len(wanted) == len(is_now):
        pairs = enumerate(zip(wanted, is_now, strict=True))
        return [line for index, (old, new) in pairs for line in differs(f"{where}[{index}]", old, new)]
    return [] if wanted == is_now else [f"{where}: expected {wanted!r}, is {is_now!r}"]
