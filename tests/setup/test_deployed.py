"""What a shop on the internet is told about its environment before it opens, and what it makes of it."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.core import checks
from encrypted_fields.fields import EncryptedTextField

from apps.gateway.checks import proxy
from chatshop.demo import BASE_DIR


@pytest.mark.parametrize(
    ("is_https", "is_believed", "said"), [(True, False, ["gateway.W001"]), (True, True, []), (False, False, [])]
)
def test_a_proxy_that_nobody_believes_is_named(
    settings: Any, is_https: bool, is_believed: bool, said: list[str]
) -> None:
    settings.IS_HTTPS, settings.BEHIND_PROXY = is_https, is_believed
    assert [each.id for each in proxy(None)] == said
    assert proxy in checks.registry.registry.get_checks(include_deployment_checks=True)


def told(expression: str, **environment: str) -> Any:
    """What the settings make of an environment, as a process of its own reads them."""
    bare = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "x",
        "DATA_DIR": "/nonexistent",
        "PUBLIC_URL": "https://shop.example",
    }
    command = [sys.executable, "-c", f"import json; from chatshop import settings; print(json.dumps({expression}))"]
    done = subprocess.run(
        command, cwd=BASE_DIR, env={**bare, **environment}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


MAIL = ("BACKEND", "HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL", "TIMEOUT")


def mail_by(**environment: str) -> list[Any]:
    names = ", ".join(f"settings.EMAIL_{name}" for name in MAIL)
    found: list[Any] = told(f"[{names}, settings.DEFAULT_FROM_EMAIL]", **environment)
    return found


def test_mail_is_printed_until_a_server_is_named() -> None:
    django = "django.core.mail.backends"
    ours = "chatshop@shop.example"
    assert mail_by() == [f"{django}.console.EmailBackend", "", 25, "", "", False, False, 10, ours]
    named = {
        "EMAIL_HOST": "smtp.example",
        "EMAIL_USE_TLS": "1",
        "EMAIL_HOST_USER": "shop",
        "EMAIL_HOST_PASSWORD": "word",
    }
    smtp = [f"{django}.smtp.EmailBackend", "smtp.example", 587, "shop", "word", True, False, 10]
    assert mail_by(**named, DEFAULT_FROM_EMAIL="Shop <hello@shop.example>") == [*smtp, "Shop <hello@shop.example>"]
    assert mail_by(EMAIL_HOST="smtp.example", EMAIL_USE_SSL="1")[2] == 465


def test_what_an_earlier_secret_key_sealed_is_read_only_while_that_is_listed(settings: Any) -> None:
    sealed = EncryptedTextField().get_prep_value("whsec_x")
    earlier, settings.SECRET_KEY = settings.SECRET_KEY, "a new one"
    settings.SECRET_KEY_FALLBACKS = [earlier]
    assert EncryptedTextField().to_python(sealed) == "whsec_x"
    settings.SECRET_KEY_FALLBACKS = []
    assert EncryptedTextField().to_python(sealed) == sealed


def test_earlier_secret_keys_come_from_the_environment() -> None:
    assert told("settings.SECRET_KEY_FALLBACKS", SECRET_KEY_FALLBACKS="old,older") == ["old", "older"]
