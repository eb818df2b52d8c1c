from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.backoffice.api.authentication import issue_token
from apps.merchants.models import Merchant
from tests import factories
from tests.catalog.factories import make_variant
from tests.payments.desk import Desk


class Api:
    """A merchant's program: JSON in, JSON out."""

    def __init__(self, key: str = "") -> None:
        self.client = Client()
        self.headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers)

    def post(self, path: str, body: Any = None) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.client.patch(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(f"/api/v1/{path}", body, content_type="application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}", headers=self.headers)


@pytest.fixture
def api(merchant: Merchant) -> Api:
    with scope(merchant=merchant):
        _, key = issue_token(merchant, name="warehouse", can_write=True)
    return Api(key)


@pytest.fixture
def reader(merchant: Merchant) -> Api:
    with scope(merchant=merchant):
        _, key = issue_token(merchant, name="reader")
    return Api(key)


@pytest.fixture
def stranger(other_merchant: Merchant) -> Api:
    with scope(merchant=other_merchant):
        _, key = issue_token(other_merchant, name="stranger", can_write=True)
    return Api(key)


@pytest.fixture
def variant(merchant: Merchant) -> Any:
    with scope(merchant=merchant):
        return make_variant(merchant, price="20.00", stock=10, title="Blue shirt")


@pytest.fixture
def desk(merchant: Merchant) -> Client:
    """A manager, signed in."""
    client = Client()
    client.force_login(factories.staff(merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def stripe() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()
