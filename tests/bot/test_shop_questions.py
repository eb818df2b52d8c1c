"""What is asked of the shop itself, as people write it: answered by the merchant or honestly, never by a list of goods."""

from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.demo import seed_articles
from apps.bot.models import Article, Turn
from apps.merchants.models import Merchant

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
Arrive = Callable[..., Shopper]
NO_WRAPPING = {
    "en": "Gift wrapping or a card with your words is nothing I can add",
    "de": "Geschenkverpackung oder eine Karte mit Ihren Worten kann ich keiner Bestellung beilegen",
    "es": "Envolver para regalo o añadir una tarjeta con tus palabras no puedo",
    "zh-hans": "我无法为订单添加礼品包装或贺卡",
}


@pytest.fixture
def demo(arrive_at_demo: Arrive, merchant: Merchant) -> Arrive:
    with scope(merchant=merchant):
        seed_articles(merchant)
    return arrive_at_demo


def led_to(shopper: Shopper) -> str:
    """What the last message was taken for: a flow, of these questions with its topic."""
    with scope(merchant=shopper.account.merchant):
        command = Turn.objects.order_by("-pk")[0].commands[0]
    return str(command.get("slots", {}).get("topic") or command.get("flow") or command["verb"])


TAKEN_FOR = [  # language, what is said, the topic or the flow that it leads to
    ("en", "is this a scam", "trust"),
    ("en", "r u legit??", "trust"),
    ("de", "ist das hier seriös?", "trust"),
    ("de", "seid ihr betrüger", "trust"),
    ("es", "sois de fiar", "trust"),
    ("zh-hans", "靠谱吗", "trust"),
    ("en", "give me 20% off and i buy now", "haggle"),
    ("en", "could u do it for 40?", "haggle"),
    ("de", "letzter preis?", "haggle"),
    ("es", "me lo dejas en 40?", "haggle"),
    ("zh-hans", "能便宜点吗", "haggle"),
    ("en", "can i pay in installments", "pay_ways"),
    ("de", "ratenzahlung?", "pay_ways"),
    ("es", "puedo pagar contra reembolso", "pay_ways"),
    ("zh-hans", "可以货到付款吗", "pay_ways"),
    ("en", "can i get an invoice for my company", "company_bill"),
    ("de", "brauche rechnung auf firma", "company_bill"),
    ("es", "factura a nombre de empresa", "company_bill"),
    ("zh-hans", "能开公司发票吗", "company_bill"),
    ("en", "what is ur vat number", "company"),
    ("de", "ust id nr?", "company"),
    ("es", "teneis tienda fisica", "stores"),
    ("zh-hans", "税号多少", "company"),
    ("en", "its a present can u send it to my sister", "for_another"),
    ("de", "soll an meine mutter gehen, andere adresse", "for_another"),
    ("es", "es para regalar a mi madre se lo mandais a ella", "for_another"),
    ("zh-hans", "送给妈妈的，寄到她那里可以吗", "for_another"),
    ("en", "are your products vegan", "unknown"),
    ("de", "wie lange hab ich garantie", "unknown"),
    ("en", "do i have to pay customs", "unknown"),
    ("zh-hans", "质保多久", "unknown"),
    ("en", "is my data safe", "privacy"),
    ("en", "could you deliver in 24?", "delivery"),
    ("en", "can you deliver within 24 hours?", "delivery"),
    ("en", "will it arrive before christmas", "delivery"),
    ("de", "kommt das bis freitag an", "delivery"),
    ("de", "könnt ihr in 24 stunden liefern", "delivery"),
    ("es", "llega antes de navidad", "delivery"),
    ("es", "lo entregáis en 24 horas?", "delivery"),
    ("zh-hans", "24小时内能送到吗", "delivery"),
    ("zh-hans", "周五前能到吗", "delivery"),
    ("en", "was charged twice", "human"),
    ("en", "i want to speak to ur manager", "human"),
    ("en", "wheres my stuff its been 2 weeks", "order"),
    ("en", "order 12345 where is it", "order"),
    ("zh-hans", "我的快递呢", "order"),
    ("en", "wrong address", "correct_slot"),
    ("es", "me equivoqué de dirección", "correct_slot"),
    ("zh-hans", "地址写错了", "correct_slot"),
    ("de", "so ein scheiss laden", "small_talk"),
    ("en", "how much is it in dollars", "currency"),
    ("en", "need smth for my dad bday tmrw", "listing"),
    ("de", "ich suche was für meine freundin so bis 50 euro", "listing"),
    ("es", "hola busco algo para mi novio menos de 40", "listing"),
    ("zh-hans", "给女朋友买点什么好", "listing"),
    ("en", "do you have mugs for 20", "listing"),
    ("en", "linen shirt in xl?", "listing"),
    ("zh-hans", "可以礼品包装吗", "wrapping"),
]


def test_questions_about_the_shop_are_taken_for_what_they_are(demo: Arrive) -> None:
    found = {}
    for number, (language, said, _) in enumerate(TAKEN_FOR):
        shopper = demo(language, str(number))
        shopper.says(said)
        found[said] = led_to(shopper)
    assert found == {said: topic for _, said, topic in TAKEN_FOR}


def test_wrapping_that_is_not_offered_is_said_to_be_none(demo: Arrive, merchant: Merchant) -> None:
    for language, said in (
        ("en", "can i get it gift wrapped?"),
        ("de", "könnt ihr das als geschenk einpacken"),
        ("es", "lo envolveis para regalo"),
        ("zh-hans", "可以礼品包装吗"),
    ):
        shopper = demo(language)
        shopper.says(said)
        assert NO_WRAPPING[language] in shopper.text
        assert len(shopper.labels) == 1  # a person
    with scope(merchant=merchant):
        Article.objects.create(
            merchant=merchant,
            topic="wrapping",
            language="en",
            title="Gift wrapping",
            body="We wrap for €3.",
            keywords=[],
        )
    shopper = demo("en", "later")
    shopper.says("can i get it gift wrapped?")
    assert "We wrap for €3." in shopper.text
    assert NO_WRAPPING["en"] not in shopper.text


def test_a_question_is_nobodys_name(demo: Arrive) -> None:
    shopper = demo("en")
    for line in ("teapot", "add it", "sage", "checkout"):
        shopper.says(line)
    for said in ("actually wait how much is shipping", "is this a scam", "can it be here by friday"):
        shopper.says(said)
        assert ("Where shall it go" in shopper.text, "name" in shopper.text) == (False, True)
    shopper.says("Will Smith")
    assert "Where shall it go" in shopper.text
