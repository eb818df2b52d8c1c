"""Open a shop on an empty installation."""

import sys
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from getpass import getpass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError

from apps.accounts.models import User
from apps.gateway.founding import TAXES, Founding, found_shop


class Command(BaseCommand):
    help = "Create a merchant with its owner, web chat, hours, taxes and a delivery method; the rest is in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its name in addresses: /chat/SLUG/")
        parser.add_argument("--name", required=True, help="as shoppers read it")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="who signs in first, as admin")
        parser.add_argument("--country", default="DE", help="two letters (default: %(default)s)")
        parser.add_argument("--currency", default="EUR", help="three letters (default: %(default)s)")
        parser.add_argument("--languages", default="en", help="the first is the default (default: %(default)s)")
        parser.add_argument("--timezone", default="Europe/Berlin", help="default: %(default)s")
        parser.add_argument("--delivery", metavar="PRICE", help="what delivery costs; 0 is free")

    def handle(self, **options: Any) -> None:
        asked = _read(options)
        try:
            merchant, owner, is_new = found_shop(asked)
        except IntegrityError as error:
            raise CommandError(f"There is a shop or a web chat called {asked.slug!r} already.") from error
        self.stdout.write(f"{merchant.name} is open: {settings.PUBLIC_URL}/chat/{merchant.slug}/")
        if is_new and not (sys.stdin.isatty() and self._set_password(owner)):
            self.stdout.write(f"Give {owner.email} a password: manage.py changepassword {owner.email}")
        if not any(country == asked.country for country, *_ in TAXES):
            self.stdout.write(f"No tax rates of {asked.country} are known here: enter them in the admin under Taxes.")
        if asked.delivery is None:
            self.stdout.write("Nothing can be delivered yet: add a delivery method in the admin.")
        self.stdout.write(
            f"Next, at {settings.PUBLIC_URL}/admin/: products (or import them), a payment account, more channels."
        )

    def _set_password(self, owner: User) -> bool:
        """Asked twice at the terminal; False where somebody gives up with an empty line."""
        while first := getpass(f"Password of {owner.email} (empty: later): "):
            try:
                validate_password(first, owner)
            except ValidationError as weak:
                self.stderr.write(" ".join(weak.messages))
                continue
            if getpass("Once more: ") == first:
                owner.set_password(first)
                owner.save(update_fields=["password"])
                return True
            self.stderr.write("These were not the same.")
        return False


def _read(options: dict[str, Any]) -> Founding:
    """What was typed, checked before anything is written. Raises `CommandError`."""
    languages = tuple(code.strip() for code in options["languages"].split(",") if code.strip())
    known = [code for code, _ in settings.LANGUAGES]
    if not languages or any(code not in known for code in languages):
        raise CommandError(f"--languages takes some of {', '.join(known)}.")
    currency, country = options["currency"].upper(), options["country"].upper()
    if currency not in settings.CURRENCIES:
        raise CommandError(f"--currency takes one of {', '.join(settings.CURRENCIES)}.")
    if len(country) != 2 or not country.isalpha():
        raise CommandError("--country takes the two letters of a country, like DE.")
    try:
        ZoneInfo(options["timezone"])
        validate_slug(options["slug"])
        validate_email(options["owner"])
        delivery = None if options["delivery"] is None else Decimal(options["delivery"])
        if delivery is not None and not 0 <= delivery < 10**9:
            raise InvalidOperation
    except (ValueError, KeyError, OSError) as error:
        raise CommandError(f"--timezone takes a name like Europe/Berlin, not {options['timezone']!r}.") from error
    except InvalidOperation as error:
        raise CommandError(f"--delivery takes an amount like 4.90, not {options['delivery']!r}.") from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return Founding(
        slug=options["slug"],
        name=options["name"].strip()[:80],
        owner=options["owner"],
        country=country,
        currency=currency,
        languages=languages,
        timezone=options["timezone"],
        delivery=delivery,
    )
