"""What must never stand in a log line."""

import io
import json
import logging
from typing import Any

import pytest

from chatshop.logs import REMOVED, logging_config, scrub, scrub_text

CARD = "4242 4242 4242 4242"
SECRETS = [
    "sk_live_51HxYzAbCdEfGhIjKl",
    "whsec_c2VjcmV0LXNlY3JldA",
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "EAAJZCZBZA0ZC1kBAO5Zx0z2cF4wqZBexample",
]


@pytest.fixture
def written() -> Any:
    """A logger whose lines end in a buffer, formatted as in production."""
    config = logging_config("INFO")
    made = config["formatters"]["json"].copy()
    formatter = made.pop("()")(**made)
    buffer = io.StringIO()
    handler = logging.StreamHandler(buffer)
    handler.setFormatter(formatter)
    logger = logging.getLogger("test.logs")
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    yield logger, lambda: [json.loads(line) for line in buffer.getvalue().splitlines()]
    logger.removeHandler(handler)


@pytest.mark.parametrize("secret", SECRETS)
def test_keys_are_removed_wherever_they_stand(secret: str) -> None:
    assert scrub_text(f"key {secret} refused") == f"key {REMOVED} refused"


def test_a_token_inside_an_address_is_removed() -> None:
    assert scrub_text(f"POST https://api.telegram.org/bot{SECRETS[2]}/sendMessage") == (
        f"POST https://api.telegram.org/bot{REMOVED}/sendMessage"
    )


def test_card_numbers_lose_all_but_four_digits() -> None:
    assert scrub_text(f"my card is {CARD} ok?") == "my card is [card …4242] ok?"
    assert scrub_text("order 4242424242424241 is no card") == "order 4242424242424241 is no card"


def test_passwords_in_addresses_go() -> None:
    assert scrub_text("redis://:pass@127.0.0.1:6379") == f"redis://{REMOVED}@127.0.0.1:6379"
    assert scrub_text("postgresql://shop:pass@db/shop") == f"postgresql://{REMOVED}@db/shop"


def test_values_with_secret_names_go_whole() -> None:
    assert scrub({"access_token": "abc", "Authorization": "x", "config": {"app_secret": "y", "title": "Shop"}}) == {
        "access_token": REMOVED,
        "Authorization": REMOVED,
        "config": {"app_secret": REMOVED, "title": "Shop"},
    }


def test_a_line_is_json_and_its_traceback_is_scrubbed(written: Any) -> None:
    logger, lines = written
    try:
        raise ValueError(f"cannot charge {CARD} with sk_test_51HxYzAbCdEfGhIjKl")
    except ValueError:
        logger.exception("payment failed for %s", CARD)
    (line,) = lines()
    assert line["event"] == "payment failed for [card …4242]"
    assert line["level"] == "error"
    assert line["exception"].endswith(f"ValueError: cannot charge [card …4242] with {REMOVED}")
    assert CARD not in json.dumps(line)
