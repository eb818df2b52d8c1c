"""What a database can hold. Whoever lets words from outside in asks here: no text of theirs may break a query.

PostgreSQL has no NUL, UTF-8 no lone surrogate and JSON no infinity; HTTP addresses, JSON bodies and sockets bring all three.
"""

import math
import re
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(value: Any) -> bool:
    """Whether all of a value as JSON knows them (keys too) can be asked for and kept. Raises `RecursionError`."""
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is None
    if isinstance(value, dict):
        return all(is_storable(key) and is_storable(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_storable, value))
    return not isinstance(value, float) or math.isfinite(value)


def storable(value: Any) -> Any:
    """The same value with "�" where no character can be kept, and None for numbers that are none."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
