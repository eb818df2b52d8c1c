"""The console's page before its script runs."""

import pytest
from django.test import Client

from apps.merchants.models import Merchant
from tests import factories


@pytest.mark.parametrize(
    ("language", "role"), [("en", "associate"), ("de", "Verkauf"), ("es", "dependiente"), ("zh-hans", "店员")]
)
def test_who_sits_there_is_said_in_the_readers_language(
    client: Client, merchant: Merchant, language: str, role: str
) -> None:
    person = factories.staff(merchant, role="associate")
    client.force_login(person)
    page = client.get("/console/", headers={"Accept-Language": language}).content.decode()
    assert f"{person.shown_name} · {role}</span>" in page
