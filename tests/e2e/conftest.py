"""One demo for all of these tests, and one browser to look at it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from ..conftest import chromium
from ..demo import Demo, demo_running
from ..web import browsing


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    with demo_running() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(chromium()) as found:
        yield found


@pytest.fixture
def address(demo: Demo) -> str:
    return f"http://127.0.0.1:{demo.port}"


@pytest.fixture
def errors() -> list[str]:
    """What the consoles of all windows complained about."""
    return []
