"""Rules of the shop's questions and of global words: what they must hear, and what is none of theirs."""

import pytest

from apps.bot.global_words import after_calling_off, global_word, is_solved, wants_no_person
from apps.bot.shop_questions import TOPICS, is_in_time
from apps.nlu.text import HAN, fold, spaced


def said(text: str) -> str:
    folded = fold(text)
    return folded if HAN.search(folded) else spaced(folded).strip()


def topics(text: str) -> list[str]:
    return [name for name, pattern in TOPICS.items() if pattern.search(said(text))]


@pytest.mark.parametrize(
    "text",
    [
        "will it arrive by Friday", "can it be here by christmas", "could you deliver in 24?", "do you deliver in 24 hours",
        "kommt das bis freitag an", "könnt ihr in 24 stunden liefern", "liefert ihr heute noch", "wird es morgen geliefert", "¿llega mañana?",
        "llega antes del viernes?", "明天能到吗", "周五之前能送到吗",
    ],
)  # fmt: skip
def test_a_delivery_by_then_is_asked_about(text: str) -> None:
    assert is_in_time(said(text)) is True


@pytest.mark.parametrize(
    "text",
    [
        "it arrived broken today", "the parcel arrived today and one is broken", "llegó hoy roto", "今天收到的杯子碎了",
        "does it come in size 42?", "do they come in 42?", "kommt das auch in 42?", "ist die da in 38?", "schicke Bluse in 40",
        "mesa de comedor para 6 personas", "can I come to your store tomorrow?",
    ],
)  # fmt: skip
def test_claims_sizes_and_visits_are_no_question_of_delivery(text: str) -> None:
    assert is_in_time(said(text)) is False


@pytest.mark.parametrize(
    "text", ["could u do it for 40?", "give me 20% off", "let me have it for 25", "20% Rabatt geht das?"]
)
def test_haggling_is_heard(text: str) -> None:
    assert topics(text) == ["haggle"]


@pytest.mark.parametrize(
    "text",
    [
        "do you sell shoes for 10 year olds", "do you sell a case for 14 inch laptops", "do you sell candles for 12 hours",
        "20 off code does not work",
    ],
)  # fmt: skip
def test_ages_sizes_and_codes_are_no_haggling(text: str) -> None:
    assert topics(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "不要人工智能，我要真人", "不要客服机器人，转人工", "我不想找客服机器人，我要人工",
        "No quiero un agente virtual, quiero una persona real",
        "ich brauche keinen Mitarbeiter der nur Floskeln schreibt, ich will mit einem Menschen sprechen",
        "let me speak to the manager", "quiero hablar con el encargado",
    ],
)  # fmt: skip
def test_whoever_wants_no_bot_wants_a_person(text: str) -> None:
    assert (global_word(text), wants_no_person(text)) == ("human", False)


@pytest.mark.parametrize(
    "text",
    [
        "I want a gift for a manager",
        "mug for the manager",
        "regalo para el encargado",
        "c/o The Manager, 12 High Street",
    ],
)
def test_a_manager_is_also_somebody_who_gets_a_mug(text: str) -> None:
    assert global_word(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "cancel it before it ships", "cancel my subscription", "mejor no lo enviéis hasta el lunes", "ya no me llega nada",
        "doch nicht so gut, der Reißverschluss klemmt", "算了半天还是不对",
    ],
)  # fmt: skip
def test_a_wish_or_a_complaint_calls_nobody_off(text: str) -> None:
    assert not is_solved(after_calling_off(text) or "")


@pytest.mark.parametrize(
    "text", ["never mind i found it", "doch nicht, hat geklappt", "déjalo, ya está", "算了，我找到了"]
)
def test_what_is_solved_needs_nobody(text: str) -> None:
    rest = after_calling_off(text)
    assert rest is not None
    assert is_solved(rest)
