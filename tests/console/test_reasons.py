"""Why somebody waits is said in words, in the associate's language, for everything the assistant can get stuck at."""

import re
from pathlib import Path

import pytest
from django.utils import translation
from django_scopes import scope

from apps.bot.flow import Ask, Confirm, all_flows
from apps.console.reasons import REASONS, STUCK, why
from apps.console.serializers import customer_json, rows_of
from apps.conversations.models import Conversation
from apps.routing.actions import hand_over
from apps.routing.transfers import TRANSFER
from tests.conversations.people import greets
from tests.factories import channel_account

ROOT = Path(__file__).resolve().parents[2]
# start(talk, "human", {"reason": "…"}), {"flow": "human", "slots": {"reason": "…"}}, person(reason="…"), hand_over(…, reason="…")
HANDED_OVER = re.compile(
    r"""(?:"human", \{|"human", "slots": \{)"reason": f?"([^"]+)"|(?:\bperson\(|"human", |hand_over\(conversation, )reason="(\w+)\""""
)
LANGUAGES = ("en", "de", "es", "zh-hans")


def where_it_gives_up() -> set[str]:
    """Every step that asks and cannot be left out."""
    return {
        f"{flow.name}/{name}"
        for flow in all_flows().values()
        for name, step in flow.steps.items()
        if isinstance(step, Confirm) or (isinstance(step, Ask) and step.skip is None)
    }


def test_every_step_that_can_get_stuck_has_words_and_no_words_are_for_nothing() -> None:
    assert where_it_gives_up() == set(STUCK)


@pytest.mark.parametrize("language", LANGUAGES[1:])
@pytest.mark.parametrize("code", [*REASONS, *(f"stuck:{where}" for where in STUCK), "stuck:gone/step"])
def test_every_reason_is_translated_and_shows_no_code(code: str, language: str) -> None:
    with translation.override("en"):
        english = why(code)
    with translation.override(language):
        said = why(code)
    assert said != english
    assert [part for part in ("stuck", "/", "_", "{") if part in said + english] == []


def test_no_code_is_shown_also_where_there_are_no_words_yet() -> None:
    assert (why("brand_new"), why("")) == ("The assistant asked for a person", "")


def test_every_reason_there_is_has_words() -> None:
    given = {TRANSFER}
    gateway = ROOT / "apps" / "gateway"
    for source in [*sorted((ROOT / "apps" / "bot").rglob("*.py")), gateway / "apology.py", gateway / "turns.py"]:
        text = source.read_text()
        given |= {a or b for a, b in HANDED_OVER.findall(text) if "{" not in a}
    assert given == set(REASONS)


def test_the_row_and_the_pane_say_it(in_scope) -> None:
    conversation = greets(channel_account(in_scope, "telegram"))
    hand_over(conversation, reason="stuck:checkout/address", context={})
    with scope(merchant=in_scope), translation.override("de"):
        (row,) = rows_of(Conversation.objects.all())
        pane = customer_json(conversation, language="de", is_expert=False)
    said = "Die Assistentin kam nicht weiter bei: Lieferadresse"
    assert (row["reason"], pane["handover"]["reason"]) == (said, said)
