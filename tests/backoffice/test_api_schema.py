"""The schema is the contract: a stranger's tool reads it and tries every operation with what it can think of."""

import pytest
import requests
import schemathesis
from django.core.management import call_command
from django.test import Client
from django_scopes import scope
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings

from apps.backoffice.api.authentication import issue_token
from apps.merchants.models import Merchant
from tests.catalog.factories import make_variant

from .conftest import Api

SCHEMA = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))


@pytest.fixture
def key(merchant: Merchant) -> str:
    with scope(merchant=merchant):
        make_variant(merchant, price="20.00", stock=10, title="Blue shirt")
        return issue_token(merchant, name="fuzz", can_write=True)[1]


@SCHEMA.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_operation_ever_answers_500(case: schemathesis.Case, key: str) -> None:
    wire = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    response = Client(raise_request_exception=False).generic(
        wire.method,
        wire.path_url,
        wire.body or b"",
        content_type=wire.headers.get("Content-Type", "application/json"),
        headers={"authorization": f"Bearer {key}"},
    )
    assert response.status_code < 500


def test_the_schema_has_no_warnings(db: None) -> None:
    assert call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null") is None


def test_options_asks_for_no_row(api: Api) -> None:
    assert api.client.options("/api/v1/products/0/relations/", headers=api.headers).status_code == 405
