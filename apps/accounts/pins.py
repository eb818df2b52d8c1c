"""The six digits by which colleagues change places at a shared tablet. They are good at a paired tablet and nowhere else.

Five wrong ones in a row and the PIN rests for five minutes; ten and it is void until its owner, signed in by password,
chooses another: of a million possible PINs ten can be tried.
"""

import datetime as dt
import re
from enum import StrEnum
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from .models import User

DIGITS = 6
RESTS_AFTER, VOID_AFTER = 5, 10
REST = dt.timedelta(minutes=5)


class Tried(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    RESTS = "rests"  # too many wrong ones: not even looked at
    NONE = "none"  # there is no PIN, or it has become void


def is_easy(pin: str) -> bool:
    """Whether anybody would try it first: one digit all along, or a run up or down."""
    steps = {int(two) - int(one) for one, two in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def is_pin(text: str) -> bool:
    return re.fullmatch(rf"[0-9]{{{DIGITS}}}", text) is not None


def set_pin(user: User, pin: str) -> None:
    """Replaces the PIN and forgets what was tried. Raises `ValueError` for anything but six digits that are not easy."""
    if not is_pin(pin) or is_easy(pin):
        raise ValueError("a PIN is six digits, not all the same and no run")
    user.pin, user.wrong_pins, user.pin_rests_until = make_password(pin), 0, None
    user.save(update_fields=["pin", "wrong_pins", "pin_rests_until"])


@transaction.atomic
def try_pin(user_id: int, pin: str, *, now: dt.datetime) -> Tried:
    """Whether this is the person's PIN. One try at a time for each person, so that nobody tries many at once."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not user.pin or not user.is_active:
        return Tried.NONE
    if user.pin_rests_until is not None and now < user.pin_rests_until:
        return Tried.RESTS
    if check_password(pin, user.pin):
        User.objects.filter(pk=user.pk).update(wrong_pins=0, pin_rests_until=None)
        return Tried.RIGHT
    user.wrong_pins += 1
    if user.wrong_pins >= VOID_AFTER:
        user.pin, user.wrong_pins = "", 0
    user.pin_rests_until = now + REST if user.wrong_pins and user.wrong_pins % RESTS_AFTER == 0 else None
    user.save(update_fields=["pin", "wrong_pins", "pin_rests_until"])
    if not user.pin:
        return Tried.NONE
    return Tried.RESTS if user.pin_rests_until else Tried.WRONG


def sign_out_everywhere(user: User) -> None:
    """Ends every session of this person, also this one: consoles notice within seconds."""
    User.objects.filter(pk=user.pk).update(sign_outs=F("sign_outs") + 1)
    user.refresh_from_db(fields=["sign_outs"])
