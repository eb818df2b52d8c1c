"""Recorded webhooks of Meta's channels, posted to the front door and dealt with by the worker."""

import json
from pathlib import Path

from apps.conversations.actions import Received
from apps.conversations.models import Conversation
from apps.gateway.turns import run_turn

from .harness import Platform

CHANNELS = Path(__file__).parents[1] / "messaging" / "channels"


def arrives(platform: Platform, name: str, **changed: str) -> list[Received]:
    """The turns that follow a recorded call; `changed` are other words for its own ("-" written as "_")."""
    text = (CHANNELS / platform.account.kind / f"{name}.json").read_text()
    for now, then in changed.items():
        text = text.replace(now.replace("_", "."), then)
    assert platform.posts(json.loads(text)) == 200
    taken: list[Received] = []
    while run_turn(taken.append):
        assert len(taken) < 10
    return taken


def only_thread() -> Conversation:
    return Conversation.objects.select_related("identity__customer").get()
