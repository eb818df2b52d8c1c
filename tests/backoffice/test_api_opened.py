"""Returns and claims opened over the API by the rules of the thread, and links to the pictures sent with them."""

import datetime as dt
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.backoffice.photos import photo_url
from apps.conversations.models import Attachment, Conversation, Message
from apps.conversations.uploads import forget_upload, save_upload
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.orders.actions import deliver_order, ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Fulfilment, Order, ReturnRequest, ReturnRules
from tests import factories
from tests.carts import goods
from tests.messaging.loopback import platform

from .conftest import Api


@pytest.fixture
def order(merchant: Merchant) -> Order:
    """Two mugs and a lamp, here."""
    with scope(merchant=merchant):
        wanted = {goods.variant(merchant): 2, goods.variant(merchant, "Desk lamp"): 1}
        order = lock_order(goods.draft(goods.full_cart(factories.customer(merchant), wanted)))
        place_paid(order)
        ship_order(order, carrier="DHL", tracking_number="1")
        return deliver_order(order)


def asks(order: Order, quantity: int = 1, **other: Any) -> dict[str, Any]:
    with scope(merchant=order.merchant):
        mug = order.lines.order_by("pk")[0].variant.public_id
    return {"kind": "return", "lines": [{"variant": mug, "quantity": quantity}], "request": "rma-1", **other}


def test_a_return_is_opened_once_and_judged_like_any(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/returns/"
    sent = asks(order, 2, reason="does_not_fit", note="my card 4111 1111 1111 1111", to_credit=True)
    one, two = api.post(path, sent), api.post(path, sent)
    assert (one.status_code, two.status_code, one.json()) == (201, 201, two.json())
    told = one.json()
    assert {name: told[name] for name in ("kind", "state", "wish", "reason", "to_credit", "photos", "pictures")} == {
        "kind": "return", "state": "requested", "wish": "money", "reason": "does_not_fit", "to_credit": True, "photos": 0,
        "pictures": [],
    }  # fmt: skip
    assert "4111" not in told["note"]
    assert [(line["quantity"], line["replacement"]) for line in told["lines"]] == [(2, None)]
    more = api.post(path, asks(order, 1, request="rma-2"))
    assert (more.status_code, more.json()["title"]) == (409, "Not in this state")
    assert api.post(f"returns/{told['id']}/approve/").json()["state"] == "approved"
    with scope(merchant=order.merchant):
        assert ReturnRequest.objects.get().request == "api:rma-1"


def test_a_name_is_of_one_return_and_swallows_no_other(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/returns/"
    assert api.post(path, asks(order)).status_code == 201
    for other in (asks(order, kind="claim"), asks(order, 2)):
        answer = api.post(path, other)
        assert (answer.status_code, answer.json()["detail"]) == (409, "Another return has this name.")


def test_a_claim_has_no_end_and_may_be_for_the_same_again(api: Api, order: Order) -> None:
    path = f"orders/{order.public_id}/returns/"
    with scope(merchant=order.merchant):
        Fulfilment.objects.update(delivered_at=clock.now() - dt.timedelta(days=90))
    late = api.post(path, asks(order))
    assert late.status_code == 409
    made = api.post(path, asks(order, kind="claim", wish="replacement", reason="damaged"))
    assert (made.status_code, made.json()["wish"], made.json()["lines"][0]["replacement"]) == (
        201,
        "replacement",
        made.json()["lines"][0]["variant"],
    )


def test_where_nobody_looks_it_is_approved_at_once(api: Api, order: Order) -> None:
    home = {"name": "Shop", "street": "Hauptstr. 1", "postcode": "10115", "city": "Berlin", "country": "DE"}
    with scope(merchant=order.merchant):
        ReturnRules.objects.create(merchant=order.merchant, at_once=True, **home)
    assert api.post(f"orders/{order.public_id}/returns/", asks(order)).json()["state"] == "approved"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"wish": "replacement"}, 400),
        ({"kind": "exchange"}, 400),
        ({"reason": "whim"}, 400),
        ({"lines": []}, 400),
        ({"lines": [{"variant": "nothing"}]}, 409),
        ({"lines": [{"variant": "nothing", "quantity": 0}]}, 400),
        ({"request": ""}, 400),
        ({"photos": ["m1"]}, 400),
        ({"note": "x" * 501}, 400),
    ],
)
def test_what_makes_no_return_is_refused(api: Api, order: Order, change: Any, status: int) -> None:
    assert api.post(f"orders/{order.public_id}/returns/", asks(order) | change).status_code == status
    with scope(merchant=order.merchant):
        assert not ReturnRequest.objects.exists()


def test_more_than_came_is_refused_and_a_stranger_opens_nothing(
    api: Api, reader: Api, stranger: Api, order: Order
) -> None:
    path = f"orders/{order.public_id}/returns/"
    assert api.post(path, asks(order, 3)).status_code == 409
    assert (reader.post(path, asks(order)).status_code, stranger.post(path, asks(order)).status_code) == (403, 404)


def pictured(customer: Customer, base: str, name: str = "m1", *, account: Any = None, **fields: Any) -> Attachment:
    """The shopper sent a picture, from WhatsApp where it still lies unless said otherwise."""
    merchant = customer.merchant
    account = account or factories.channel_account(merchant, "whatsapp", api_base=base)
    talk = Conversation.objects.create(
        merchant=merchant, channel_account=account, identity=factories.identity(account, customer=customer), thread_key="t"
    )  # fmt: skip
    said = Message.objects.create(
        merchant=merchant, conversation=talk, seq=1, author="shopper", content={"kind": "image"}, state="received",
        external_id=name, occurred_at=clock.now(),
    )  # fmt: skip
    told = {"media_type": "image", "external_id": "900"} | fields
    return Attachment.objects.create(merchant=merchant, message=said, **told)


def claimed(api: Api, order: Order, photos: list[str], request: str = "rma-1") -> str:
    made = api.post(f"orders/{order.public_id}/returns/", asks(order, kind="claim", request=request)).json()["id"]
    with scope(merchant=order.merchant):
        ReturnRequest.objects.filter(public_id=made).update(photos=photos)
    return made


def opened(url: str) -> Any:
    return Client().get(url[url.index("/photos/") :])


def test_attack_55_a_picture_is_looked_at_by_its_link_for_a_week_and_by_no_guess(
    api: Api, desk: Client, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = claimed(api, order, ["m1", "gone"])
    with platform((200, {}, {}), (200, b"jpg", {"Content-Type": "image/jpeg"})) as there:
        there.answers[0] = (200, {"url": f"{there.base}/blob/1"}, {})
        with scope(merchant=order.merchant):
            sent = pictured(order.customer, there.base)
        told = api.get(f"returns/{claim}/").json()
        assert (told["photos"], [picture["id"] for picture in told["pictures"]]) == (2, [sent.public_id])
        assert api.get("returns/").json()["results"][0]["pictures"][0]["id"] == sent.public_id
        url = told["pictures"][0]["url"]
        shown = opened(url)
    assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, b"jpg", "image/jpeg")
    assert (shown["X-Content-Type-Options"], shown["Content-Security-Policy"]) == (
        "nosniff",
        "default-src 'none'; sandbox",
    )
    assert "no-store" in shown["Cache-Control"]
    with scope(merchant=order.merchant):
        page = desk.get(f"/admin/orders/returnrequest/{ReturnRequest.objects.get().pk}/change/")
    assert "/photos/" in page.content.decode()
    assert opened("/photos/forged/").status_code == 404
    real = signing.time.time
    monkeypatch.setattr(signing.time, "time", lambda: real() + 8 * 24 * 3600)
    assert opened(url).status_code == 410


def test_attack_54_what_is_no_picture_is_saved_and_never_shown(api: Api, order: Order) -> None:
    claimed(api, order, ["m1"])
    script = b"<script>alert(1)</script>"
    with platform((200, {}, {}), (200, script, {"Content-Type": "image/svg+xml"})) as there:
        there.answers[0] = (200, {"url": f"{there.base}/blob/1"}, {})
        with scope(merchant=order.merchant):
            url = photo_url(pictured(order.customer, there.base))
        answer = opened(url)
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("application/octet-stream", "attachment")


def test_a_picture_from_the_web_chat_is_shown_while_it_waits(
    api: Api, order: Order, settings: Any, tmp_path: Any
) -> None:
    settings.PRIVATE_ROOT = str(tmp_path)
    with scope(merchant=order.merchant):
        account = factories.channel_account(order.merchant, "webchat")
        waiting = pictured(order.customer, "", account=account, external_id=save_upload(b"jpg"), mime="image/jpeg")
        url = photo_url(waiting)
    shown = opened(url)
    assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, b"jpg", "image/jpeg")
    assert shown["Cross-Origin-Resource-Policy"] == "same-origin"
    forget_upload(waiting.external_id)
    assert opened(url).status_code == 502


def test_a_platform_that_gives_nothing_and_a_picture_that_was_erased(api: Api, order: Order) -> None:
    claimed(api, order, ["m1"])
    with platform((404, {"error": {}}, {})) as there, scope(merchant=order.merchant):
        sent = pictured(order.customer, there.base)
        url = photo_url(sent)
        assert opened(url).status_code == 502
        sent.delete()
    assert opened(url).status_code == 404


def test_attack_55_a_picture_of_another_shopper_is_not_told(api: Api, order: Order) -> None:
    claim = claimed(api, order, ["m1"])
    with scope(merchant=order.merchant):
        pictured(factories.customer(order.merchant, "Ben"), "https://graph.example")
    assert api.get(f"returns/{claim}/").json()["pictures"] == []


def test_pictures_of_many_returns_are_one_query(api: Api, order: Order) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get("returns/").status_code == 200
        return len(queries)

    claimed(api, order, ["m1"])
    with scope(merchant=order.merchant):
        pictured(order.customer, "https://graph.example")
    asked()
    few = asked()
    claimed(api, order, ["m1"], request="rma-2")
    assert asked() == few
