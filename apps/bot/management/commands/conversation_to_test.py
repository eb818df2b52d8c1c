"""Write a recorded conversation as a transcript test, scrubbed of everything personal."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django_scopes import scope

from apps.bot.models import Turn
from apps.bot.transcript import to_script

from .replay import find_conversation


class Command(BaseCommand):
    help = "Prints CONVERSATION (its id or public id) as a transcript; redirect it into tests/bot/transcripts/."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("conversation")

    def handle(self, *args: Any, **options: Any) -> None:
        conversation = find_conversation(options["conversation"])
        with scope(merchant=conversation.merchant):
            turns = Turn.objects.filter(conversation=conversation).order_by("number")
            script = to_script(turns, merchant=conversation.merchant.slug)
        # JSON is YAML, and needs no library where the shop runs.
        self.stdout.write(json.dumps(script, ensure_ascii=False, indent=2))
