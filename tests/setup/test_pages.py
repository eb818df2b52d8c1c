"""What every page carries, whoever wrote it."""

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from apps.merchants.models import Merchant
from tests import factories

PUBLIC = ("/chat/demo/", "/accounts/login/", "/accounts/password/reset/", "/sandbox/", "/api/docs/", "/nowhere/")
FOR_STAFF = ("/console/",)
FORBIDDEN = ("'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:")


@pytest.fixture
def shop(merchant: Merchant, settings: Any) -> Merchant:
    settings.CHATSHOP_SANDBOX = True
    factories.channel_account(merchant, "webchat", name="demo")
    return merchant


def _policy(answer: Any) -> dict[str, list[str]]:
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";") if part.strip()]
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("path", PUBLIC)
def test_every_page_has_a_strict_policy(client: Client, shop: Merchant, path: str) -> None:
    policy = _policy(client.get(path))
    if path.startswith("/chat/"):
        assert policy.pop("frame-ancestors") == ["*"]  # shops embed it in pages of their own
    assert policy["object-src"] == ["'none'"]
    assert policy["base-uri"] == ["'none'"]
    assert [value for values in policy.values() for value in values if value in FORBIDDEN] == []


@pytest.mark.parametrize("path", FOR_STAFF)
def test_staff_pages_have_it_too_and_are_kept_by_nobody(client: Client, shop: Merchant, path: str) -> None:
    assert client.get(path).status_code == 302
    client.force_login(factories.staff(shop, "lead"))
    answer = client.get(path)
    assert answer.status_code == 200
    assert [value for values in _policy(answer).values() for value in values if value in FORBIDDEN] == []
    assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]


@pytest.mark.parametrize("path", PUBLIC)
def test_pages_say_nosniff_and_same_origin(client: Client, shop: Merchant, path: str) -> None:
    answer = client.get(path)
    assert (answer["X-Content-Type-Options"], answer["Referrer-Policy"]) == ("nosniff", "same-origin")


def test_the_pages_of_the_public_open(client: Client, shop: Merchant) -> None:
    assert {path: client.get(path).status_code for path in PUBLIC} == dict.fromkeys(PUBLIC, 200) | {"/nowhere/": 404}


def test_no_migration_is_missing(db: Any) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
