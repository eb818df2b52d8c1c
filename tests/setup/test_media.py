"""The catalogue's pictures are shown; nothing that could run, and nothing outside, is."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "media" / "products").mkdir(parents=True)
    (tmp_path / "secret.png").write_bytes(b"outside")
    return tmp_path / "media"


def test_a_picture_is_shown_so_that_nothing_in_it_can_run(client: Client, folder: Path) -> None:
    (folder / "products" / "mug.png").write_bytes(b"picture")
    answer: Any = client.get("/media/products/mug.png")
    assert b"".join(answer.streaming_content) == b"picture"
    assert {name: answer[name] for name in ("Content-Type", "X-Content-Type-Options", "Content-Security-Policy")} == {
        "Content-Type": "image/png",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


@pytest.mark.parametrize("name", ["mug.svg", "mug.html", "mug.js", "mug", ".hidden.png"])
def test_what_could_run_is_not_there(client: Client, folder: Path, name: str) -> None:
    (folder / "products" / name).write_bytes(b"x")
    assert client.get(f"/media/products/{name}").status_code == 404


@pytest.mark.parametrize(
    "path", ["../secret.png", "products/../../secret.png", "%2e%2e/secret.png", "products/none.png"]
)
def test_what_lies_outside_is_not_there(client: Client, folder: Path, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404
