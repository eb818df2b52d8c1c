"""A shopper on Instagram."""

from typing import Any

from .messenger import Messenger


class Instagram(Messenger):
    kind = "instagram"
    config = {
        "access_token": "t",
        "app_secret": "t",
        "verify_token": "t",
        "instagram_id": "17841400000000001",
        "page_id": "1001",
        "app_id": "1",
    }
    object = "instagram"
    own_id = "instagram_id"

    @classmethod
    def name_of(cls, number: int, *, language: str) -> str:
        return f"12{number:014d}"

    @classmethod
    def answer(cls, path: str, number: int) -> dict[str, Any]:
        return {"message_id": f"aWdf_out.{number}"}
