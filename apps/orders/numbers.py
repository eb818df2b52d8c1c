"""What people call an order by: random, so that nobody can count, and hard to mishear."""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 O 1 I L U
LENGTH = 8
GROUP = 4


def new_number() -> str:
    """Eight random signs in two groups, "K7QM-2XPD"; 6.5 × 10¹¹ of them."""
    return _grouped("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def tidy_number(text: str) -> str:
    """What somebody typed ("k7qm 2xpd", "#K7QM2XPD") as it is stored; "" if it cannot be an order's number."""
    signs = re.sub(r"[^0-9A-Z]", "", text.upper())
    return _grouped(signs) if len(signs) == LENGTH and set(signs) <= set(ALPHABET) else ""


def _grouped(signs: str) -> str:
    return f"{signs[:GROUP]}-{signs[GROUP:]}"
