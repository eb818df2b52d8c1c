"""Rows that many tests need. Each function takes what matters and invents the rest; open a scope where you read."""

import datetime as dt
import itertools
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django_scopes import scope

from apps.accounts.models import User
from apps.customers.models import Customer, Identity
from apps.merchants.models import ChannelAccount, Location, Merchant, StaffRole

from .messaging.kinds import HELD

_numbers = itertools.count(1)

# What each channel's adapter needs to sign, verify and send; the secrets are test secrets.
CHANNEL_CONFIGS: dict[str, dict[str, Any]] = {
    **{kind: told.ACCOUNT for kind, told in HELD.items()},
    "webchat": {},
    "whatsapp": {
        "access_token": "wa-token",
        "app_secret": "wa-app-secret",
        "verify_token": "wa-verify-token",
        "phone_number_id": "106540352242922",
        "number": "15550783881",
        "business_account_id": "102290129340398",
    },
    "messenger": {
        "access_token": "page-token",
        "app_secret": "page-app-secret",
        "verify_token": "page-verify-token",
        "page_id": "404217156637689",
        "app_id": "205552219930699",
        "username": "chatshop",
    },
    "telegram": {
        "bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "secret_token": "tg-secret-token",
        "username": "chatshop_bot",
    },
    "sms": {
        "provider": "twilio",
        "account_sid": "AC00000000000000000000000000000000",
        "auth_token": "twilio-auth-token",
        "from_number": "+15005550006",
    },
}


def merchant(slug: str = "", **fields: Any) -> Merchant:
    """A shop in Berlin selling in euros, speaking all four languages, writing invoices for years."""
    slug = slug or f"shop-{next(_numbers)}"
    defaults: dict[str, Any] = {
        "name": slug.replace("-", " ").title(),
        "legal_name": f"{slug} GmbH",
        "postal_address": "Musterstraße 1, 10115 Berlin",
        "tax_number": "DE999999999",
        "issues_invoices": True,
        "invoices_since": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
        "country": "DE",
        "currency": "EUR",
        "languages": ["en", "de", "es", "zh-hans"],
        "support_email": f"help@{slug}.example",
        "terms_url": f"https://{slug}.example/terms",
        "privacy_url": f"https://{slug}.example/privacy",
    }
    return Merchant.objects.create(slug=slug, **(defaults | fields))


def location(merchant: Merchant, name: str = "Warehouse", **fields: Any) -> Location:
    with scope(merchant=merchant):
        return Location.objects.create(merchant=merchant, name=name, **fields)


def channel_account(merchant: Merchant, kind: str = "webchat", *, name: str = "", **config: Any) -> ChannelAccount:
    """An account of that kind with test secrets; extra keywords go into its config (`api_base=…`)."""
    with scope(merchant=merchant):
        return ChannelAccount.objects.create(
            merchant=merchant,
            kind=kind,
            name=name or (merchant.slug if kind == "webchat" else f"{merchant.slug}-{kind}-{next(_numbers)}"),
            title=f"{merchant.name} on {kind}",
            config=CHANNEL_CONFIGS.get(kind, {}) | config,
        )


def customer(merchant: Merchant, name: str = "Ana", **fields: Any) -> Customer:
    with scope(merchant=merchant):
        return Customer.objects.create(merchant=merchant, name=name, **fields)


def identity(
    account: ChannelAccount, external_id: str = "", *, customer: Customer | None = None, **fields: Any
) -> Identity:
    """A shopper as this account knows them, with a customer of their own unless one is given."""
    with scope(merchant=account.merchant):
        owner = customer or Customer.objects.create(merchant=account.merchant, name=fields.get("display_name", "Ana"))
        return Identity.objects.create(
            merchant=account.merchant,
            customer=owner,
            channel_account=account,
            external_id=external_id or f"4917600000{next(_numbers):04d}",
            **fields,
        )


def user(email: str = "", *, password: str | None = None, **fields: Any) -> User:
    person = User.objects.create_user(email or f"person{next(_numbers)}@example.org", None, **fields)
    if password is not None:
        person.password = _hashed(password)
        person.save(update_fields=["password"])
    return person


@cache
def _hashed(password: str) -> str:
    """Slow on purpose, and the same for everybody here: once is enough."""
    return make_password(password)


def staff(merchant: Merchant, role: str = "associate", *, email: str = "", **fields: Any) -> User:
    """A signed-in-able person with that role; `password` is "correct horse" unless given."""
    password = fields.pop("password", "correct horse")
    person = user(email, password=password, is_staff=role in {"manager", "admin"}, **fields)
    with scope(merchant=merchant):
        StaffRole.objects.create(merchant=merchant, user=person, role=role)
    return person
