"""Everything the shop can say, once, in a language of choice: for eyes, axe and golden pictures."""

from typing import Any

from apps.conversations.actions import send_message
from apps.conversations.models import Conversation
from apps.messaging.content import (
    Ask,
    Browse,
    Card,
    CartSummary,
    Choice,
    Content,
    HandoverNotice,
    Line,
    OpenLink,
    OrderUpdate,
    Pay,
    Rate,
    Request,
    ShowProduct,
    Step,
    Text,
)

WORDS: dict[str, dict[str, str]] = {
    "en": {"hi": "Hello, I am Mia, the shop's assistant. What can I do for you?", "add": "Add to cart", "stock": "In stock",
           "cart": "Your cart", "total": "Total", "delivery": "Delivery", "buy": "Buy now", "change": "Change something",
           "note": "14 days to send it back. Terms: https://lindenhof.example/terms", "paid": "Paid", "packed": "Packed",
           "shipped": "On its way", "arrived": "Delivered", "pay": "Pay €118.80 securely", "rate": "How was it?"},
    "de": {"hi": "Guten Tag, ich bin Mia, die Assistentin des Geschäfts. Wie kann ich Ihnen behilflich sein?",
           "add": "In den Warenkorb legen", "stock": "Auf Lager, lieferbar in 2–4 Werktagen", "cart": "Ihr Warenkorb",
           "total": "Gesamtbetrag", "delivery": "Standardversand (Deutschland)", "buy": "Jetzt kaufen",
           "change": "Lieferanschrift oder Zusammenstellung ändern",
           "note": "Widerrufsrecht: 30 Tage Rückgabe. Allgemeine Geschäftsbedingungen: https://lindenhof.example/agb",
           "paid": "Zahlungseingang bestätigt", "packed": "Versandvorbereitung", "shipped": "An Versanddienst übergeben",
           "arrived": "Zugestellt", "pay": "118,80 € sicher bezahlen", "rate": "Wie zufrieden sind Sie mit Ihrer Bestellung?"},
    "zh-hans": {"hi": "您好，我是小店助理 Mia，请问有什么可以帮您？", "add": "加入购物车", "stock": "有货", "cart": "您的购物车",
                "total": "合计", "delivery": "配送费", "buy": "立即购买", "change": "修改", "note": "30 天内可退货。",
                "paid": "已付款", "packed": "已打包", "shipped": "运输中", "arrived": "已送达", "pay": "安全支付 €118.80",
                "rate": "您对本次购物满意吗？"},
}  # fmt: skip


def contents(language: str, picture: str) -> list[Content]:
    w = WORDS[language]
    yes = {"do": "menu"}
    card = Card(
        title="Leinenhemd „Hiddensee“ aus gewaschenem Leinen" if language == "de" else "Linen shirt Hiddensee",
        price="€59.40", was_price="€79.00", stock=w["stock"], image_url=picture, image_alt="Blue shirt",
        choices=(Choice(w["add"], yes), Choice("Details", yes)),
    )  # fmt: skip
    lines = (Line("Linen shirt · M · blue", "€59.40", 1, image_url=picture), Line("Mug Sylt", "€54.50", 2))
    totals = (Line(w["delivery"], "€4.90"), Line(w["total"], "€118.80", strong=True))
    steps = (Step(w["paid"], "12:04", True), Step(w["packed"], "14:30", True), Step(w["shipped"]), Step(w["arrived"]))
    return [
        Ask(text=w["hi"], choices=(Choice(w["cart"], yes), Choice(w["change"], yes), Choice("A person", {"do": "human"}))),
        Browse(text=w["hi"], cards=(card, card, card), choices=(Choice("More", yes),)),
        ShowProduct(card=card),
        CartSummary(title=w["cart"], lines=lines, totals=totals, notes=(w["note"],), is_order=True,
                    choices=(Choice(w["buy"], yes, style="primary"), Choice(w["change"], yes))),
        Request(text="Name?", what="name"),
        Pay(url="https://checkout.stripe.com/c/pay/1", label=w["pay"], amount="€118.80", order_number="K7QM-2XPD"),
        OrderUpdate(order_number="K7QM-2XPD", state="shipped", steps=steps, url="https://dhl.example/1", url_label="DHL"),
        OpenLink(text="Terms", url="https://lindenhof.example/terms", label="Terms"),
        HandoverNotice(state="joined", person="Jonas", text=""),
        Rate(text=w["rate"], choices=tuple(Choice(str(n), {"do": "rate", "order": "K7QM-2XPD", "score": n}) for n in range(1, 6))),
        Text(text="https://xn--pypal-4ve.example and www.lindenhof.example/shop."),
    ]  # fmt: skip


def say_all(conversation: Conversation, language: str, picture: str, *, agent: Any = None) -> None:
    """Everything once, and a person's word at the end."""
    for content in contents(language, picture):
        send_message(conversation, content, author="bot", fence=conversation.fence)
    if agent is not None:
        send_message(conversation, Text(text="Jonas here. I put it aside for you."), author="agent", author_user=agent)
