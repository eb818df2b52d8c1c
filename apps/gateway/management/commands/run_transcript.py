"""Plays scripted conversations through the front door and says where the shop answers otherwise."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.gateway.transcripts.player import NeedsBank, channels_of, load, play_file


class Command(BaseCommand):
    help = "Plays transcripts (docs/adding-a-flow.md); nothing they do stays in the database. Exit 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--channel", default="", help="a kind, or all; else the channels the file names")
        parser.add_argument("--json", action="store_true", help="one line per run, wire messages included")

    def handle(self, *args: Any, **options: Any) -> None:
        settings.PRIVATE_ADDRESSES = True  # the platforms are played on this machine
        failed = runs = 0
        for path in options["files"]:
            for channel in channels_of(load(path), options["channel"]):
                try:
                    report = play_file(path, channel=channel)
                except NeedsBank:
                    self.stdout.write(f"SKIP {path}: only the tests have the bank it wants")
                    break
                runs += 1
                failed += bool(report.problems)
                if options["json"]:
                    self.stdout.write(json.dumps(report.to_json(), ensure_ascii=False, default=str))
                    continue
                self.stdout.write(f"{'ok  ' if not report.problems else 'FAIL'} {path} on {channel}")
                for problem in report.problems:
                    self.stdout.write(f"     {problem}")
        if not options["json"]:
            self.stdout.write(f"{runs} runs, {failed} failed")
        if failed:
            raise CommandError("The shop answered otherwise.")
