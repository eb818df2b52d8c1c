"""One channel more than the shop has, for what every channel has to get right."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.messaging import channels
from apps.messaging.channel import all_channels

THIRTEENTH = Path(__file__).parent / "thirteenth"


@pytest.fixture(scope="module")
def thirteenth() -> Iterator[None]:
    """The registry looks into one more folder, and finds there what nothing in the shop or in the suites names."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(channels, "__path__", [*channels.__path__, str(THIRTEENTH)])
        all_channels.cache_clear()
        yield
    all_channels.cache_clear()
