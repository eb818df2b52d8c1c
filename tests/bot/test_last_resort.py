"""What no intent explains is a search only where it names goods: no question, curse or thumb is answered with a shelf."""

from collections.abc import Callable

import pytest

from .dialogue import Shopper

Arrive = Callable[..., Shopper]


@pytest.mark.parametrize(
    ("language", "said", "told"),
    [
        ("en", "is the linen shirt machine washable?", "That is not in what I know about Linen shirt Arles."),
        ("en", "does it shrink?", "I did not get that."),
        ("es", "¿se puede lavar a máquina?", "¿De cuál se trata?"),
        ("en", "this is fucking shit", "I am sorry that this is annoying."),
        ("de", "du bist scheiße", "Es tut mir leid, dass das ärgerlich ist."),
        ("es", "eres una mierda", "Siento que esto sea molesto."),
        ("zh-hans", "你他妈的", "很抱歉让您不快。"),
        ("en", "👍", "What would you like to do?"),
        ("zh-hans", "👍", "接下来想做什么？"),
    ],
)
def test_no_shelf_is_shown_to_what_names_no_goods(arrive_at_demo: Arrive, language: str, said: str, told: str) -> None:
    shopper = arrive_at_demo(language)
    shopper.says(said)
    assert told in shopper.text
    assert "€" not in shopper.text


def test_several_of_what_is_asked_about_are_shown(arrive_at_demo: Arrive) -> None:
    shopper = arrive_at_demo("de")
    shopper.says("Ist das Hemd bügelfrei?")
    assert "Leinenhemd Arles" in shopper.text
    assert "Oxfordhemd Noah" in shopper.text


@pytest.mark.parametrize("said", ["hello? anybody there", "is anyone there?", "ist da jemand?"])
def test_a_call_for_the_awaited_person_is_no_search(arrive_at_demo: Arrive, said: str) -> None:
    shopper = arrive_at_demo("en")
    shopper.says("human")
    shopper.says(said)
    assert "€" not in shopper.text
