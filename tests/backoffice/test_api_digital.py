"""The API of digital goods and of how things come back: files, links, pools of codes, return rules; nobody else's."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT, encode_multipart
from django_scopes import scope

from apps.catalog.models import Digital, LicenceCode, Variant
from apps.merchants.models import Merchant
from apps.orders.models import CarrierAccount, ReturnRules
from tests.carts import goods

from .conftest import Api

BOUNDARY = "BoUnDaRyStRiNg"
HOME = {"name": "Shop", "street": "Hauptstr. 1", "postcode": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def game(merchant: Merchant, settings: Any, tmp_path: Path) -> Variant:
    settings.PRIVATE_ROOT = str(tmp_path)
    with scope(merchant=merchant):
        goods.warehouse(merchant)
        return goods.variant(merchant, "Puzzle game", price="20.00", stock=None, comes_as="digital")


def upload(api: Api, product: str, content: bytes, name: str = "setup.bin") -> Any:
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile(name, content)})
    return api.client.put(
        f"/api/v1/products/{product}/digital/file/", body, content_type=MULTIPART_CONTENT, headers=api.headers
    )


@pytest.mark.django_db(transaction=True)
def test_a_file_is_brought_read_replaced_and_removed(api: Api, game: Variant, tmp_path: Path) -> None:
    product = game.product.public_id
    place = f"products/{product}/digital/"
    assert api.get(place).status_code == 404
    assert upload(api, product, b"setup one").json() == {"file": "setup.bin", "size": 9, "url": ""}
    answer = api.get(f"{place}file/")
    assert b"".join(answer.streaming_content) == b"setup one"
    assert upload(api, product, b"setup two!", name="two.bin").json()["file"] == "two.bin"
    assert [path.name for path in (tmp_path / "digital").iterdir()] == ["two.bin"]
    assert api.put(place, {"url": "https://game.example/1"}).json() == {
        "file": "", "size": 0, "url": "https://game.example/1",
    }  # fmt: skip
    assert list((tmp_path / "digital").iterdir()) == []
    assert api.get(f"{place}file/").status_code == 404
    assert api.client.delete(f"/api/v1/{place}", headers=api.headers).status_code == 204
    with scope(merchant=game.merchant):
        assert not Digital.objects.exists()


def test_only_digital_goods_hand_over_a_file_and_only_a_writer_brings_one(
    api: Api, reader: Api, stranger: Api, game: Variant, variant: Any
) -> None:
    product = game.product.public_id
    assert upload(api, variant.product.public_id, b"no").status_code == 409
    assert upload(reader, product, b"no").status_code == 403
    assert upload(stranger, product, b"no").status_code == 404
    assert api.put(f"products/{product}/digital/", {"url": "nowhere"}).status_code == 400
    assert upload(api, product, b"").status_code == 400


def test_a_pool_is_opened_filled_and_counted(api: Api, reader: Api, stranger: Api, game: Variant, variant: Any) -> None:
    assert api.post("code-pools/", {"variant": variant.public_id}).status_code == 409
    assert api.post("code-pools/", {"variant": "nothing"}).status_code == 400
    assert reader.post("code-pools/", {"variant": game.public_id}).status_code == 403
    made = api.post("code-pools/", {"variant": game.public_id, "low_at": 3})
    assert (made.status_code, made.json()["free"], made.json()["low_at"]) == (201, 0, 3)
    assert api.post("code-pools/", {"variant": game.public_id}).status_code == 409
    place = f"code-pools/{made.json()['id']}/"
    added = api.post(f"{place}codes/", {"codes": ["AAAA-1111-BBBB-2222", "CCCC-3333", "AAAA-1111-BBBB-2222"]}).json()
    assert (added["added"], added["refused"]) == (2, [{"line": 3, "why": "twice"}])
    assert api.post(f"{place}codes/", {"codes": ["CCCC-3333"]}).json()["refused"] == [{"line": 1, "why": "known"}]
    told = api.get(place).json()
    assert (told["free"], told["given"], told["sku"]) == (2, 0, game.sku)
    assert api.patch(place, {"low_at": 1}).json()["low_at"] == 1
    listed = api.get("code-pools/")
    assert [pool["id"] for pool in listed.json()["results"]] == [told["id"]]
    assert "AAAA-1111" not in listed.content.decode()
    assert stranger.get(place).status_code == 404
    assert stranger.post(f"{place}codes/", {"codes": ["X"]}).status_code == 404
    assert api.post(f"variants/{game.public_id}/stock/", {"change": 1, "reason": "found"}).status_code == 409
    assert api.patch(f"products/{game.product.public_id}/", {"comes_as": "goods"}).status_code == 400
    with scope(merchant=game.merchant):
        assert LicenceCode.objects.count() == 2


def test_return_rules_are_read_and_written_whole(api: Api, reader: Api, stranger: Api, merchant: Merchant) -> None:
    assert api.get("return-rules/").status_code == 404
    assert reader.put("return-rules/", HOME).status_code == 403
    rules = api.put("return-rules/", HOME).json()
    assert rules == {
        **HOME, "region": "", "phone": "", "account": None, "at_once": False, "payer": "shop", "postage": None,
        "label_days": 28, "grams": 500,
    }  # fmt: skip
    assert api.get("return-rules/").json() == rules
    assert api.put("return-rules/", HOME | {"country": "XX"}).status_code == 400
    refused = api.put("return-rules/", HOME | {"payer": "mind"}).json()
    assert [error["pointer"] for error in refused["errors"]] == ["#/account/0", "#/postage/0"] or refused["errors"]
    with scope(merchant=merchant):
        CarrierAccount.objects.create(merchant=merchant, provider="easypost", name="main", config={"api_key": "k"})
        CarrierAccount.objects.create(merchant=merchant, provider="manual", name="hand", config={})
    assert api.put("return-rules/", HOME | {"account": "manual/hand"}).status_code == 400
    assert api.put("return-rules/", HOME | {"account": "easypost/other"}).status_code == 400
    full = HOME | {"account": "easypost/main", "payer": "mind", "postage": 450, "at_once": True}
    told = api.put("return-rules/", full).json()
    assert {name: told[name] for name in full} == full
    assert stranger.get("return-rules/").status_code == 404
    with scope(merchant=merchant):
        assert ReturnRules.objects.count() == 1


def test_the_stocks_book_says_which_program_brought_and_took_codes(api: Api, game: Variant) -> None:
    pool = api.post("code-pools/", {"variant": game.public_id}).json()["id"]
    api.post(f"code-pools/{pool}/codes/", {"codes": ["AAAA-1111-BBBB-2222"]})
    api.post(f"code-pools/{pool}/take-back/", {"codes": ["AAAA-1111-BBBB-2222"]})
    told = api.get(f"variants/{game.public_id}/stock/history/").json()["results"]
    assert [(line["quantity"], line["actor"]) for line in told] == [
        (-1, {"kind": "token", "name": "warehouse"}),
        (1, {"kind": "token", "name": "warehouse"}),
    ]
