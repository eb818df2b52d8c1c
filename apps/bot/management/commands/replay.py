"""Run a conversation's recorded turns again and print what would be different today."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope, scopes_disabled

from apps.bot.models import Turn
from apps.bot.replay import differences
from apps.conversations.models import Conversation


class Command(BaseCommand):
    help = (
        "Re-runs the recorded turns of CONVERSATION (its id or public id) with frozen inputs; exit 1 on a difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("conversation")

    def handle(self, *args: Any, **options: Any) -> None:
        conversation = find_conversation(options["conversation"])
        with scope(merchant=conversation.merchant):
            turns = list(Turn.objects.filter(conversation=conversation).order_by("number"))
            found = [line for turn in turns for line in differences(turn)]
        for line in found:
            self.stdout.write(line)
        self.stdout.write(f"{len(turns)} turns, {len(found)} differences")
        if found:
            raise CommandError("The shop would answer differently today.")


def find_conversation(name: str) -> Conversation:
    """By number or public id. Raises `CommandError`."""
    with scopes_disabled():
        found = Conversation.objects.select_related("merchant").filter(public_id=name).first()
        if found is None and name.isdigit():
            found = Conversation.objects.select_related("merchant").filter(pk=int(name)).first()
    if found is None:
        raise CommandError(f"There is no conversation {name!r}.")
    return found
