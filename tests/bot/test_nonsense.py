"""Words that mean nothing, in four scripts, before the demo shop's shelf: 2,500 words to be mistaken for."""

import pytest
from django_scopes import scope

from apps.bot.models import Session
from apps.catalog.demo import seed_catalog
from tests import factories

from .dialogue import Shopper

NOTHING_MEANT = {
    "Latin": (
        "asdf qwer zxcv", "qwerty uiop asdf", "sdfkjh skdjfh ksjdfh", "lkjh poiu mnbv", "blorf gnax wibble",
        "hjkl fghj dfgh", "jfjfjfj dkdkdkd slslsls", "aaaa bbbb cccc", "wdqw fewf gergre", "ölkj äöüp ßqwe yxcv",
        "ñlkj qwñe xdxd", "fgh rty vbn", "brrr grrr tsss", "lorem ipsum dolor amet", "kjhasd 8273 lkasjd qqqw",
    ),
    "Cyrillic": ("абвгд еёжз ийкл", "йцукен фыва ячсм", "ячсмит бюж эхъ", "ололо трололо пыщ", "щшгн еуцк йфыв"),
    "Arabic": ("شسيب لاتن مكطظ", "ضصثق فغعه خحجد", "ئءؤر لاىة وزظ", "هههه ممم ننن", "يبل اتن مكط"),
    "Han": (  # the last one, as it moves the talk there
        "胡说八道胡说八道", "嘻嘻呵呵嘿嘿吼吼", "阿斯顿发斯蒂芬", "去玩儿体育球类", "飞机坦克恐龙火箭", "啦啦啦啦啦啦啦",
    ),
}  # fmt: skip
A_WORD_OR_TWO = (
    "asdf", "qwer", "qwertz", "qwerty uiop", "xyzzy plugh", "fjdksla ghty", "yxcv bnmm", "汽车", "哈哈哈哈",
    "йцукен фыва", "шшш", "شسيب لاتن", "ضصثق",
)  # fmt: skip


NOT_UNDERSTOOD = ("ask", "I did not get that. You can name a product, or choose here:")
NOT_UNDERSTOOD_IN_CHINESE = (
    "ask",
    "我没听明白。您可以说出商品名称，或在这里选择：",
)


@pytest.mark.django_db
def test_nobody_gets_goods_for_words_that_mean_nothing(noon: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.catalog.demo._pictures", lambda *_: None)
    merchant = factories.merchant("demo", name="Demo Shop")
    with scope(merchant=merchant):
        factories.location(merchant)
        seed_catalog(merchant)
    account = factories.channel_account(merchant, "telegram")
    # A word or two may name goods we do not have: they are quoted back.
    heard = answers_to(Shopper(account, "few", language="en"), A_WORD_OR_TWO)
    assert {line: [kind for kind, _ in answers] for line, answers in heard.items()} == {line: ["ask"] for line in heard}
    assert heard["qwerty uiop"][0][1].startswith('I found nothing for "qwerty uiop". Another word may help')
    for script, lines in NOTHING_MEANT.items():
        expected = NOT_UNDERSTOOD_IN_CHINESE if script == "Han" else NOT_UNDERSTOOD
        shopper = Shopper(account, script, language="en")
        assert answers_to(shopper, lines) == {line: [expected] for line in lines}
    # The third time a person is fetched.
    stranger = Shopper(account, "stranger", language="en")
    kinds = [stranger.says(line)[-1].kind for line in ("hello", *NOTHING_MEANT["Latin"][:3])]
    assert kinds == ["ask", "ask", "ask", "handover_notice"]


def answers_to(shopper: Shopper, lines: tuple[str, ...]) -> dict[str, list[tuple[str, str]]]:
    """What each of them gets from the bot, as if the shopper had said no more than hello before."""
    shopper.says("hello")
    heard = {}
    with scope(merchant=shopper.account.merchant):
        mine = Session.objects.filter(conversation=shopper.conversation)
        greeted = mine.get().state
        for line in lines:
            heard[line] = [(content.kind, content.text) for content in shopper.says(line)]
            mine.update(state=greeted)
    return heard
