"""Run recorded turns again with their frozen inputs and say where they would go differently today."""

from typing import Any

from .models import Turn
from .play import play
from .tape import Astray, Player


def differences(turn: Turn) -> list[str]:
    """What this turn would do otherwise now: [] when it is the same to the letter."""
    asked = turn.inputs
    try:
        talk = play(
            inputs=asked["inputs"],
            before=turn.before,
            tape=Player(turn.facts),
            language=asked["language"],
            channel=asked["channel"],
            now=turn.at,
            key=asked["key"],
        )
    except Astray as astray:
        return [f"turn {turn.number}: {astray}"]
    found = _differ("said", turn.outputs, talk.said_json())
    found += _differ("understood", turn.commands, talk.commands)
    return [f"turn {turn.number}: {said}" for said in found]


def _differ(what: str, before: Any, now: Any) -> list[str]:
    """One line per element that is not the same; shapes as a JSON column keeps them."""
    before, now = list(before), _plain(now)
    if len(before) != len(now):
        return [f"{what} {len(before)} then, {len(now)} now"]
    return [line for old, new in zip(before, now, strict=True) for line in _where(what, old, new)]


def _where(path: str, old: Any, new: Any) -> list[str]:
    """The deepest places that differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = dict.fromkeys((*old, *new))
        return [line for key in keys for line in _where(f"{path}.{key}", old.get(key), new.get(key))]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [line for index, (then, now) in pairs for line in _where(f"{path}[{index}]", then, now)]
    return [] if old == new else [f"{path} was {old!r}, would be {new!r}"]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
