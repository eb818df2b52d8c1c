"""Nobody can be trapped: proven over all declared flows, and the proof itself catches planted traps."""

import pytest

from apps.bot.flow import GLOBALS, Ask, Branch, Call, Confirm, Do, End, Flow, Show, all_flows
from apps.bot.proof import breaches, text_breaches
from apps.bot.words import ALL, Words


def words_of(msgid: str, **options) -> Words:
    """Words that stay out of the shipped list."""
    said = Words(msgid, **options)
    ALL.remove(said)
    return said


FIRST, SECOND, THIRD = (words_of(text) for text in ("One?", "Two?", "Three?"))


def asking(**changes) -> Ask:
    fields = {"slot": "x", "prompts": (FIRST, SECOND, THIRD), "short": FIRST, "parse": lambda t, r: None, "next": "end"}
    return Ask(**(fields | changes))


def flow(steps, **options) -> Flow:
    return Flow(name="planted", start="start", steps={**steps, "end": End()}, **options)


def test_no_flow_of_the_product_traps_anybody():
    assert breaches() == []


def test_all_flows_are_found():
    assert {"welcome", "listing", "product", "add", "cart", "checkout", "pay", "order", "rating", "human"} <= set(
        all_flows()
    )


GO = {"on": "end"}
PLANTED = {
    "no such step": (
        flow({"start": Show(lambda t: None, "nowhere")}),
        "step 'start' leads to 'nowhere', which is no step",
    ),
    "unreachable": (flow({"start": Show(lambda t: None, "end"), "lost": End()}), "step 'lost' can never be reached"),
    "no end": (
        flow({"start": asking(next="start")}),
        "from step 'start' there is no way to an end",
    ),
    "deaf": (
        flow({"start": asking()}, accepts=frozenset(GLOBALS) - {"human"}),
        "waits without listening to 'human'",
    ),
    "spinning": (
        flow({"start": Branch(lambda t: "on", {"on": "again", "off": "end"}), "again": Show(lambda t: None, "start")}),
        "goes round through 'start' without waiting",
    ),
    "grabbing": (
        flow({"start": Do(lambda t: "on", GO, money=True)}),
        "step 'start' moves money and can be reached without a yes",
    ),
    "no means yes": (
        flow(
            {
                "start": Confirm(show=lambda t: None, stamp=lambda t: "", yes="pay", no="pay"),
                "pay": Call("pay_link", lambda t: {}, lambda t, r: "on", GO, money=True),
            }
        ),
        "step 'pay' moves money and can be reached without a yes",
    ),
    "parrot": (flow({"start": asking(prompts=(FIRST, FIRST, THIRD))}), "step 'start' asks twice in the same words"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_proof_catches_a_planted_trap(name):
    planted, said = PLANTED[name]
    assert f"planted: {said}" in breaches({"planted": planted})


def test_the_proof_catches_words_that_are_missing_too_long_or_misplaced():
    assert text_breaches([words_of("Nobody translated this.")], ("en", "de")) == [
        "'Nobody translated this.' in de: has no translation"
    ]
    long_label = words_of("Twenty-one characters", is_label=True)
    assert text_breaches([long_label], ("en",))[0] == (
        "'Twenty-one characters' in en: is a label of 21 characters; 20 fit on every button"
    )
