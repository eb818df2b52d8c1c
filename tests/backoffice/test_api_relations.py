"""What goes with what, and size guides, through the API."""

from typing import Any

from apps.merchants.models import Merchant
from tests.catalog.factories import make_category, make_product

from .conftest import Api


def test_relations_are_replaced_list_by_list(api: Api, stranger: Api, merchant: Merchant) -> None:
    shirt, belt, hat = (make_product(merchant, title).public_id for title in ("Shirt", "Belt", "Hat"))
    address = f"products/{shirt}/relations/"
    assert api.put(address, {"goes_with": [hat, belt]}).json() == {"goes_with": [hat, belt], "instead": []}
    assert api.put(address, {"instead": [belt]}).json() == {"goes_with": [hat, belt], "instead": [belt]}
    for wrong in ([shirt], [belt, belt], ["nothing"]):
        assert api.put(address, {"goes_with": wrong}).status_code == 400
    assert api.get(address).json() == {"goes_with": [hat, belt], "instead": [belt]}
    assert stranger.get(address).status_code == 404


def test_a_size_guide_is_made_changed_and_deleted(api: Api, stranger: Api, merchant: Merchant) -> None:
    make_category(merchant, "Shirts", "shirts")
    sent: dict[str, Any] = {
        "name": "Shirts", "measures": "chest, waist", "rows": [["S", "88", "76"]], "categories": ["shirts"],
        "translations": {"de": {"name": "Hemden", "measures": "Brust, Taille"}},
    }  # fmt: skip
    made = api.post("size-guides/", sent)
    assert (made.status_code, made.json()["rows"], made.json()["categories"]) == (201, [["S", "88", "76"]], ["shirts"])
    address = f"size-guides/{made.json()['id']}/"
    assert api.patch(address, {"rows": [["S", "88"]]}).status_code == 400
    assert api.patch(address, {"unit": "in"}).json()["unit"] == "in"
    assert stranger.get(address).status_code == 404
