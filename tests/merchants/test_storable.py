"""One gate for what no database holds."""

from typing import Any

import pytest
from django.test import Client

from apps.merchants.models import Merchant
from apps.merchants.storable import is_storable, storable
from tests import factories

BAD: list[tuple[Any, Any]] = [
    ("a\x00b", "a\ufffdb"),
    ("\ud800", "\ufffd"),
    ({"a\x00": ["\udfff", {"b": "\x00"}]}, {"a\ufffd": ["\ufffd", {"b": "\ufffd"}]}),
    ([1e400, float("nan")], [None, None]),
]


@pytest.mark.parametrize(("bad", "good"), BAD)
def test_attack_13_what_cannot_be_kept_is_seen_and_replaced(bad: Any, good: Any) -> None:
    assert (is_storable(bad), storable(bad), is_storable(storable(bad))) == (False, good, True)


@pytest.mark.parametrize("value", ["", "ü €\n\t😀", {"a": [1, 1.5, None, True, "x"]}, []])
def test_everything_else_stays_as_it_is(value: Any) -> None:
    assert (is_storable(value), storable(value)) == (True, value)


def test_attack_13_a_cookie_no_database_holds_is_nobodys(client: Client, db: None) -> None:
    client.cookies.load('sessionid="\\000abcdefghijk"')
    answer = client.get("/console/")
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/console/customer/%00/", 404),
        ("/console/customer/%ed%a0%80/", 404),
        ("/console/catalogue/?q=%00", 400),
        ("/console/?merchant=%00", 400),
        ("/console/?%00=1", 400),
        ("/go/%00", 404),
        ("/pay/%00/", 404),
        ("/my-data/%00/", 404),
        ("/media/%00", 404),
        ("/admin/orders/order/%00/change/", 404),
        ("/admin/orders/order/?status__exact=%00", 400),
        ("/chat/demo/?entry=%00", 400),
    ],
)
def test_attack_13_no_address_breaks_a_page(client: Client, merchant: Merchant, path: str, status: int) -> None:
    factories.channel_account(merchant, "webchat")
    client.force_login(factories.staff(merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(path).status_code == status
