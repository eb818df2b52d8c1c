"""What a page calls the message it is about to send, so that sent twice it comes once."""

import uuid
from typing import Any


def client_id_of(value: Any) -> uuid.UUID | None:
    """The name, if it is written as a UUID."""
    try:
        return uuid.UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
