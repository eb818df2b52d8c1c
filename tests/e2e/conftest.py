"""One demo for all of these tests, and one browser to look at it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from ..conftest import chromium
from ..demo import Demo, demo_running


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    with demo_running() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def address(demo: Demo) -> str:
    return f"http://127.0.0.1:{demo.port}"


@pytest.fixture
def errors() -> list[str]:
    """What the consoles of all windows complained about."""
    return []
