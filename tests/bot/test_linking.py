"""The way to a second channel is found by the words we tell people to write, and by those that come to mind."""

import re
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.flows.link import ASK_CODE_EXAMPLE, JOINED, STILL_TO_PAY
from apps.orders.models import Order

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
QUOTED = re.compile(r'["“„]([^"“”„]+)["”“]')
ASKED = {
    "en": ("link", "link another channel", "connect my whatsapp"),
    "de": ("verbinden", "einen anderen Kanal verbinden", "mein WhatsApp verbinden"),
    "es": ("vincular", "vincular otro canal", "conectar mi WhatsApp"),
    "zh-hans": ("绑定", "绑定其他渠道", "连接其他渠道"),
}
HELLO = {"en": "good morning", "de": "Guten Morgen zusammen", "es": "buenos días", "zh-hans": "你好"}


@pytest.mark.parametrize("language", ASKED)
def test_a_code_comes_for_the_words_we_tell_and_for_those_people_have(
    arrive_at_demo: Callable[..., Shopper], language: str
) -> None:
    told = QUOTED.findall(ASK_CODE_EXAMPLE.in_(language))[-1]
    heard = {line: arrive_at_demo(language).says(line)[-1].text for line in (told, *ASKED[language])}
    assert [line for line, text in heard.items() if not re.search(r"\d{4} \d{4}", text)] == []


@pytest.mark.parametrize("language", ASKED)
def test_the_words_are_heard_whatever_the_thread_speaks(arrive_at_demo: Callable[..., Shopper], language: str) -> None:
    """They are told on one channel and written on another."""
    said = [line for asked in ASKED.values() for line in asked]
    said += [QUOTED.findall(ASK_CODE_EXAMPLE.in_(told))[-1] for told in ASKED]
    here = arrive_at_demo(language)
    here.says(HELLO[language])
    heard = {line: here.says(line)[-1].text for line in said}
    assert [line for line, text in heard.items() if not re.search(r"\d{4} \d{4}", text)] == []


def test_an_order_that_waits_for_its_payment_is_named_and_goes_on_waiting(
    ana: Shopper, arrive: Callable[..., Shopper]
) -> None:
    for line in ("glass mug", "add the first one", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin"):
        ana.says(line)
    for line in ("skip", "skip", "1", "yes"):
        ana.says(line)
    ana.waits()
    code = re.findall(r"\d{4} \d{4}", ana.says("link")[-1].text)[0]
    here = arrive("telegram", "ana-on-telegram")
    for line in ("hello", "glass mug", "add the first one"):
        here.says(line)
    said = here.says(code)[-1].text
    with scope(merchant=here.account.merchant):
        order = Order.objects.get()
    assert said == f"{JOINED.in_('en')}\n\n{STILL_TO_PAY.in_('en', orders=order.number)}"
    assert (order.status, here.labels) == ("draft", ["Payment link", "Show cart", "My orders"])


@pytest.mark.parametrize("word", ["info", "INFO", "Info!"])
def test_info_is_help_as_carriers_have_it(arrive_at_demo: Callable[..., Shopper], word: str) -> None:
    ana = arrive_at_demo()
    help_ = ana.says(word)[-1].text
    assert ana.says("help")[-1].text.endswith(help_)
