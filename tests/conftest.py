"""What every test may ask for. Engines and settings are up before this file is read (tests/plugin.py)."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.utils import translation
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.messaging import tokens
from chatshop.words import compile_catalogues

from . import factories

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def pytest_configure(config: pytest.Config) -> None:
    compile_catalogues()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and chromium() is None:
        reason = "needs Chromium (apt-get install chromium, or set CHROMIUM to its path)"
        if os.environ.get("STRICT") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture
def needs_chromium(request: pytest.FixtureRequest) -> str:
    """The path of the system's Chromium; skips loudly without one, fails when STRICT=1."""
    found = chromium()
    if found is None:
        reason = "needs Chromium (apt-get install chromium, or set CHROMIUM to its path)"
        if os.environ.get("STRICT") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


@pytest.fixture(autouse=True)
def _own_cache() -> None:
    """Every test sees an empty cache; a prefix of its own, because clearing would flush the neighbours' too."""
    prefix = f"test-{uuid.uuid4().hex}"
    caches.settings["default"]["KEY_PREFIX"] = prefix
    caches["default"].key_prefix = prefix


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """Every test starts in English: a request of the test client leaves its language behind in the thread."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def _own_tokens() -> None:
    """What a platform has lent in one test is nothing in the next: that platform is gone."""
    tokens.forget_all()


@pytest.fixture
def merchant(db: Any) -> Merchant:
    return factories.merchant("demo", name="Demo Shop")


@pytest.fixture
def pgvector(db: Any) -> None:
    """The extension is there to stay: rolled back and made anew, its types were others than those of prepared statements."""
    apart = connection.copy()
    try:
        with apart.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
    finally:
        apart.close()


@pytest.fixture
def other_merchant(db: Any) -> Merchant:
    """The stranger who must see nothing."""
    return factories.merchant("stranger", name="Stranger's Shop")


@pytest.fixture
def in_scope(merchant: Merchant) -> Iterator[Merchant]:
    """The whole test runs in the scope of `merchant`."""
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def scoped(merchant: Merchant) -> AbstractContextManager[Any]:
    """`with scoped:` runs one block in the scope of `merchant`."""
    return scope(merchant=merchant)
