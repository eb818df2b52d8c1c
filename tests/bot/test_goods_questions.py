"""What is asked about the thing in view, about returns and delivery, and words that two languages share."""

from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.goods_questions import topic_of
from apps.catalog.models import Product
from apps.merchants.models import Merchant

from .dialogue import Shopper

CARE = {
    "en": "A shirt for every day. Machine wash at 30 degrees.",
    "de": "Ein Hemd für jeden Tag. Waschbar bei 30 Grad in der Maschine.",
    "es": "Una camisa para cada día. Se lava a máquina a 30 grados.",
    "zh-hans": "每天都能穿的衬衫。可30度机洗。",
}
Arrive = Callable[..., Shopper]


@pytest.fixture
def cared_for(shop: Merchant) -> Merchant:
    with scope(merchant=shop):
        told = {f"description_{code.replace('-', '_')}": text for code, text in CARE.items()}
        product = Product.objects.get(slug="oxford-shirt")
        for field, text in told.items():
            setattr(product, field, text)
        product.save()
    return shop


@pytest.mark.parametrize(
    ("language", "shirt", "person", "asked", "told"),
    [
        ("en", "Oxford shirt", "human", "is it machine washable?", "Machine wash at 30 degrees."),
        ("de", "Oxfordhemd", "Mensch", "Kann man es in der Maschine waschen?", "Waschbar bei 30 Grad in der Maschine."),
        ("es", "camisa Oxford", "persona", "¿se puede lavar a máquina?", "Se lava a máquina a 30 grados."),
        ("zh-hans", "牛津衬衫", "人工", "可以机洗吗？", "可30度机洗。"),
    ],
)
def test_a_question_about_the_thing_in_view_is_answered_by_its_own_text(
    arrive: Arrive, cared_for: Merchant, language: str, shirt: str, person: str, asked: str, told: str
) -> None:
    shopper = arrive("webchat", language=language)
    for line in (shirt, person, asked):
        shopper.says(line)
    assert told in shopper.text
    assert CARE[language] not in shopper.text


def test_what_the_text_does_not_say_is_left_to_the_person(ana: Shopper, cared_for: Merchant) -> None:
    for line in ("Oxford shirt", "human"):
        ana.says(line)
    ana.says("is it waterproof?")
    assert ana.text == (
        "That is not in what I know about Oxford shirt. Your question stays here, and the colleague who comes will tell you."
    )
    ana.says("does it run small?")
    assert "Our sizes run true." in ana.text


@pytest.mark.parametrize(
    ("language", "said", "asks"),
    [
        ("en", "return", "how do returns work?"),
        ("en", "I want to return", "how do returns work"),
        ("de", "Rückgabe", "Wie funktioniert die Rückgabe?"),
        ("es", "devolución", "¿cómo funcionan las devoluciones?"),
        ("zh-hans", "退货", "怎么退货？"),
    ],
)
def test_return_alone_begins_one_and_how_is_told_by_the_article(
    arrive: Arrive, language: str, said: str, asks: str
) -> None:
    article = {"en": "within 30 days", "de": "innerhalb von 30 Tagen", "es": "en 30 días", "zh-hans": "30 天内"}[
        language
    ]
    nothing = {
        "en": "I see nothing of yours that has arrived", "de": "zurück", "es": "devol", "zh-hans": "退",
    }[language]  # fmt: skip
    shopper = arrive("webchat", language=language)
    shopper.says(said)
    assert nothing in shopper.text
    begun = shopper.text.splitlines()[-5:]
    shopper.says(asks)
    assert article in shopper.text
    assert shopper.text.splitlines()[-5:] != begun


@pytest.mark.parametrize(
    ("language", "asked", "span"),
    [
        ("en", "how do you deliver?", "Wed 4 Mar – Fri 6 Mar"),
        ("de", "Wie liefern Sie?", "Mi., 4. – Fr., 6. März"),
        ("es", "¿cómo enviáis?", "mié 4 – vie 6 de marzo"),
        ("zh-hans", "怎么配送？", "3月4日周三 – 3月6日周五"),
    ],
)
def test_days_of_delivery_are_told_in_words(arrive: Arrive, language: str, asked: str, span: str) -> None:
    shopper = arrive("webchat", language=language)
    shopper.says(asked)
    assert span in shopper.text


@pytest.mark.parametrize(
    ("language", "said", "first", "last"),
    [
        ("en", "tee", "1. Striped sailor tee Brest", "Oolong tea"),
        ("de", "Tee", "1. Oolong-Tee Ali Shan", "T-Shirt"),
        ("es", "té", "1. Té Oolong Ali Shan", "Té Earl Grey"),
    ],
)
def test_a_word_of_two_languages_is_the_shoppers_own(
    arrive_at_demo: Arrive, language: str, said: str, first: str, last: str
) -> None:
    shopper = arrive_at_demo(language)
    shopper.says(said)
    assert first in shopper.text
    assert shopper.text.index(first) < shopper.text.index(last)


@pytest.mark.parametrize(
    ("language", "shirt", "asked", "told"),
    [
        ("en", "Oxford shirt", "is it waterproof?", "That is not in what I know about Oxford shirt."),
        ("de", "Oxfordhemd", "Ist es wasserdicht?", "Das steht nicht in dem, was ich über Oxfordhemd weiß."),
        ("es", "camisa Oxford", "¿es impermeable?", "Eso no está en lo que sé de Camisa Oxford."),
        ("zh-hans", "牛津衬衫", "防水吗？", "我手头关于牛津衬衫的资料里没有这一点。"),
    ],
)
def test_what_no_text_says_is_said_not_to_be_known(
    arrive: Arrive, cared_for: Merchant, language: str, shirt: str, asked: str, told: str
) -> None:
    shopper = arrive("webchat", language=language)
    shopper.says(shirt)
    shopper.says(asked)
    assert told in shopper.text
    assert len(shopper.labels) == 1  # a person


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("¿tiene aroma de lavanda?", ""),
        ("¿se lava a máquina?", "care"),
        ("¿se puede lavar?", "care"),
        ("Was wollen Sie dafür?", ""),
        ("Wollen Sie das auch verschicken?", ""),
        ("Ist das aus Wolle?", "material"),
        ("Ist der Engel aus Holz?", ""),
        ("Sitzt es zu eng?", "fit"),
        ("is it machine washable?", "care"),
        ("是什么材质的？", "material"),
    ],
)
def test_a_question_is_about_what_it_says(asked: str, topic: str) -> None:
    assert topic_of(asked) == topic
