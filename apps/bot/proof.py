"""The static never-trap proof: walks every declared flow and says, in sentences, what could trap a shopper.

Nothing is run; a flow that passes can always be left, never goes round without waiting, and never moves money
without a yes. `breaches()` is empty for everything that ships (tests/bot/test_static_proof.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

from apps.messaging.channel import Channel, all_channels
from apps.messaging.content import Ask as AskContent
from apps.messaging.content import Choice, Text

from .flow import GLOBALS, Ask, Call, Confirm, Do, End, Flow, Step, all_flows
from .words import ALL, Words

MAX_LABEL = 20  # characters, WhatsApp's and the tightest of all buttons
SAMPLE = "c:0123456789"
MAX_TEXT = 420  # characters of a declared text, before names and addresses are put in


def breaches(
    flows: Mapping[str, Flow] | None = None, languages: Iterable[str] = ("en", "de", "es", "zh-hans")
) -> list[str]:
    """Every way in which a flow could trap, hurry or puzzle somebody; flows of the product unless given."""
    found: list[str] = []
    for flow in (flows if flows is not None else all_flows()).values():
        found += [f"{flow.name}: {said}" for check in CHECKS for said in check(flow)]
    if flows is None:
        found += text_breaches(ALL, tuple(languages))
    return found


def well_formed(flow: Flow) -> Iterator[str]:
    """Every step that is named exists, can be reached, and leads to an end."""
    if flow.start not in flow.steps:
        yield f"starts at {flow.start!r}, which is no step"
        return
    for name, step in flow.steps.items():
        for following in step.follows():
            if following not in flow.steps:
                yield f"step {name!r} leads to {following!r}, which is no step"
                return
    reached = _reach(flow, flow.start)
    for name in flow.steps:
        if name not in reached:
            yield f"step {name!r} can never be reached"
        elif not any(isinstance(flow.steps[other], End) for other in _reach(flow, name)):
            yield f"from step {name!r} there is no way to an end"


def globals_accepted(flow: Flow) -> Iterator[str]:
    """Whoever is asked something may always call a person, go back, cancel, start over, get help, change language."""
    if any(step.is_waiting for step in flow.steps.values()):
        for word in GLOBALS:
            if word not in flow.accepts:
                yield f"waits without listening to {word!r}"


def loops_bounded(flow: Flow) -> Iterator[str]:
    """Every circle in the flow waits for the shopper at least once, where re-asks are counted."""
    moving = {name: step for name, step in flow.steps.items() if not step.is_waiting}
    for name in moving:
        for following in moving[name].follows():
            if following in moving and name in _reach(flow, following, through=moving):
                yield f"goes round through {name!r} without waiting"
                return


def money_confirmed(flow: Flow) -> Iterator[str]:
    """No way leads from the start to a step that commits money except through a Confirm's yes."""
    seen: set[str] = set()
    waiting = [flow.start]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        step = flow.steps.get(name)
        if step is None:
            continue
        if isinstance(step, Do | Call) and step.money:
            yield f"step {name!r} moves money and can be reached without a yes"
            continue
        waiting += [step.no] if isinstance(step, Confirm) else list(step.follows())


def asks_differ(flow: Flow) -> Iterator[str]:
    """The three ways to ask for a slot are three different sentences."""
    for name, step in flow.steps.items():
        if isinstance(step, Ask) and len({prompt.msgid for prompt in step.prompts}) != len(step.prompts):
            yield f"step {name!r} asks twice in the same words"


CHECKS = (well_formed, globals_accepted, loops_bounded, money_confirmed, asks_differ)


def _reach(flow: Flow, start: str, *, through: Mapping[str, Step] | None = None) -> set[str]:
    """The steps that can follow `start`, itself included; only over the steps of `through`, if given."""
    steps = flow.steps if through is None else through
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in steps:
            continue
        seen.add(name)
        waiting += steps[name].follows()
    return seen


def text_breaches(texts: Iterable[Words], languages: tuple[str, ...]) -> list[str]:
    """Texts without a translation, with other places than the original, or too long for some channel."""
    found: list[str] = []
    for said in {(text.msgid, text.plural): text for text in texts}.values():
        for language in languages:
            found += [f"{said.msgid!r} in {language}: {why}" for why in _text_breaches(said, language)]
    return found


def _text_breaches(said: Words, language: str) -> Iterator[str]:
    if language != "en" and not _is_in_catalogue(said, language):
        yield "has no translation"
        return
    shown = said.in_(language, count=2)
    places = set(said.places)
    if Words.places_of(shown) - places or (places - {"count"}) - Words.places_of(shown):
        yield "has other places than the original"
    if said.is_label and len(shown) > MAX_LABEL:
        yield f"is a label of {len(shown)} characters; {MAX_LABEL} fit on every button"
    if len(shown) > MAX_TEXT:
        yield f"has {len(shown)} characters; {MAX_TEXT} are enough"
    for channel in all_channels().values():
        yield from _does_not_fit(said, shown, channel, language)


@cache
def _catalogue(language: str) -> Catalog:
    path = Path(__file__).parent / "locale" / translation.to_locale(language) / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        return read_po(source)


def _is_in_catalogue(said: Words, language: str) -> bool:
    """Every form of it, filled in and not fuzzy."""
    entry = _catalogue(language).get((said.msgid, said.plural) if said.plural else said.msgid)
    if entry is None or entry.fuzzy:
        return False
    return all(entry.string) if isinstance(entry.string, tuple) else bool(entry.string)


def _does_not_fit(said: Words, shown: str, channel: Channel, language: str) -> Iterator[str]:
    """Rendered for real: one call to the platform, within its own limits."""
    choices = (Choice(label=shown, action={"do": "menu"}, token=SAMPLE),) if said.is_label else ()
    content = AskContent(text="?", choices=choices) if said.is_label else Text(text=shown)
    wires = channel.render(content, language=language)
    if len(wires) != 1:
        yield f"takes {len(wires)} messages on {channel.kind}"
