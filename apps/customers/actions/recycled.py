"""A phone number is given to somebody else one day. What was kept under it is set apart until they prove who they are.

Set apart means: the person of before keeps everything, the channel under a name that nobody writes from; whoever writes
from the number is new, as anybody is, and all the shop shows a newcomer is shown. So nothing has to be hidden anywhere.
"""

import datetime as dt
import secrets

from django.db import transaction

from apps.merchants import clock

from ..models import ConsentEntry, Customer, Identity, Merge
from ..registry import holds_anything
from .consent import latest_consent, record_consent
from .identify import FORMER_THREADS, thread_keys_of
from .link import forgive_guess, take_guess
from .privacy import ERASED, forget_former, merge_customers

# A number that was given up may be somebody else's after 45 days: https://www.fcc.gov/reassigned-numbers-database
IDLE = dt.timedelta(days=90)
FORMER = "was:"  # how the id of an identity begins whose number may be somebody else's now


class NothingSetApart(Exception):
    """Nobody was known under this name before, or they have been forgotten."""


class ProofWrong(Exception):
    """What was told is not what the shop knows of the person of before."""


def set_apart(identity: Identity) -> None:
    """Nobody is written to through it any more, and the next word from its number is a newcomer's. Inside a transaction,
    with its thread locked."""
    keys = thread_keys_of(identity)
    identity.external_id = f"{FORMER}{secrets.token_urlsafe(16)}"
    identity.aliases = {FORMER_THREADS: " ".join(sorted(keys))}
    identity.blocked_at = clock.now()
    identity.save(update_fields=["external_id", "aliases", "blocked_at"])


def lose_number(identity: Identity) -> None:
    """Somebody who is known by a user id, and stays so, has this number no more. Inside a transaction, with its thread
    locked."""
    identity.aliases = {key: name for key, name in identity.aliases.items() if key not in ("wa_id", "phone")}
    identity.phone = ""
    identity.save(update_fields=["aliases", "phone"])


def follow(identity: Identity, former: Identity) -> None:
    """`identity` has the number of `former` now. Who wanted no messages there gets none; what was allowed, another did."""
    identity.formerly = former
    identity.save(update_fields=["formerly"])
    for purpose in ConsentEntry.Purpose:
        said = latest_consent(former, purpose)
        if said.entry_id is not None and not said.is_granted:
            record_consent(identity, purpose=purpose, granted=False, source="number")


def set_apart_of(identity: Identity) -> Customer | None:
    """Whose things are kept from whoever writes as `identity` until they prove to be that person; None for nobody's."""
    if identity.formerly_id is None:
        return None
    former = Identity.objects.select_related("customer").get(pk=identity.formerly_id)
    is_there = not former.external_id.startswith(ERASED) and former.customer_id != identity.customer_id
    return former.customer if is_there and holds_anything(former.customer) else None


@transaction.atomic
def vouch_for(identity: Identity) -> Merge:
    """It is the same person: everything is theirs again. For a person of the shop, or after a proof. Returns what made
    the two one. Raises `NothingSetApart` and `MergeRefused`."""
    before = set_apart_of(identity)
    if before is None:
        raise NothingSetApart
    merge = merge_customers(identity.customer, before, origin=identity.formerly)
    forget_former(Identity.objects.filter(pk=identity.pk), merge)
    identity.customer, identity.formerly, identity.verified_at = merge.target, None, clock.now()
    identity.save(update_fields=["verified_at"])
    return merge


def prove(identity: Identity, *, is_right: bool) -> Merge:
    """One try to prove it, counted as a code is. Raises `LinkCodeLocked` however right it is, `ProofWrong` and what
    `vouch_for` raises."""
    take_guess(identity)
    if not is_right:
        raise ProofWrong
    merge = vouch_for(identity)
    forgive_guess(identity)
    return merge
