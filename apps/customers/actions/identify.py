"""Who is writing: one identity per channel account and external id, however many messages race to be the first."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from apps.merchants.models import ChannelAccount

from ..models import Customer, Identity
from ..phone_language import language_of_phone

# The platform's other names for the same person; an older message may have been filed under one of them.
SAME_PERSON = ("user_id", "wa_id", "bsuid")
FORMER_THREADS = "former_threads"  # an alias of ours: keys, separated by spaces


def identify(
    account: ChannelAccount,
    external_id: str,
    *,
    display_name: str = "",
    phone: str = "",
    aliases: Mapping[str, str] | None = None,
    language: str = "",
) -> Identity:
    """The identity of `external_id` on this account, made with a customer of its own when it is new.

    What the platform tells is kept up to date; an empty value never erases a known one. A newcomer whose language
    the platform does not tell is first taken to speak as in the country of their phone number.
    """
    identity = _find(account, external_id, aliases or {})
    if identity is None:
        guess = language or language_of_phone(phone, account.merchant.languages)
        identity = _create(account, external_id, display_name=display_name[:120], language=guess)
    keep_up_to_date(identity, display_name=display_name, phone=phone, aliases=aliases or {})
    return identity


def names_of(external_id: str, aliases: Mapping[str, str]) -> set[str]:
    """Everything a platform calls this person by that an identity may be filed under."""
    return {external_id, *(aliases[key] for key in SAME_PERSON if aliases.get(key))}


def _find(account: ChannelAccount, external_id: str, aliases: Mapping[str, str]) -> Identity | None:
    mine = Identity.objects.filter(channel_account=account).select_related("customer").order_by("pk")
    found = list(mine.filter(external_id__in=names_of(external_id, aliases)))
    known = next((row for row in found if row.external_id == external_id), None)
    if known is None:
        known = next((row for row in found if _may_be(row, aliases)), None)
    if known is None and aliases.get("wa_id") == external_id:  # told by number only: known by a user id perhaps
        known = mine.filter(aliases__wa_id=external_id).last()
    return known


def find_identity(account: ChannelAccount, external_id: str, aliases: Mapping[str, str]) -> Identity | None:
    """Whoever is known by one of these names, also where a user id is only noted of somebody filed by number."""
    known = _find(account, external_id, aliases)
    if known is None and (user_id := aliases.get("user_id")):
        mine = Identity.objects.filter(channel_account=account).select_related("customer").order_by("pk")
        known = mine.filter(aliases__user_id=user_id).last()
    return known


def known_as(account: ChannelAccount, external_id: str, aliases: Mapping[str, str]) -> QuerySet[Identity]:
    """Everybody whom `identify` or `find_identity` could take for the person of these names, however many."""
    is_one = Q(external_id__in=names_of(external_id, aliases))
    for key in ("user_id", "wa_id"):
        if name := aliases.get(key):
            is_one |= Q(**{f"aliases__{key}": name})
    found: QuerySet[Identity] = Identity.objects.filter(is_one, channel_account=account).order_by("pk")
    return found


def _may_be(identity: Identity, aliases: Mapping[str, str]) -> bool:
    """A number is given to somebody else one day: two different user ids are two people."""
    before, now = identity.aliases.get("user_id"), aliases.get("user_id")
    return not (before and now) or before == now or identity.external_id == now


def _create(account: ChannelAccount, external_id: str, *, display_name: str, language: str) -> Identity:
    try:
        with transaction.atomic():
            customer = Customer.objects.create(
                merchant_id=account.merchant_id, name=display_name, language=language[:10].lower()
            )
            return Identity.objects.create(
                merchant_id=account.merchant_id,
                customer=customer,
                channel_account=account,
                external_id=external_id,
                display_name=display_name,
            )
    except IntegrityError:  # somebody else was first; the savepoint took our customer back
        return Identity.objects.select_related("customer").get(channel_account=account, external_id=external_id)


def keep_up_to_date(identity: Identity, *, display_name: str, phone: str, aliases: Mapping[str, str]) -> None:
    """Note what the platform tells of somebody who has just written; an empty value never erases a known one."""
    display_name, phone = display_name[:120], phone[:32]
    changes: dict[str, Any] = {}
    if display_name and display_name != identity.display_name:
        changes["display_name"] = display_name
    if phone and phone != identity.phone:
        changes["phone"] = phone
    if aliases and not aliases.items() <= identity.aliases.items():
        changes["aliases"] = identity.aliases | dict(aliases)
    if identity.blocked_at is not None:
        changes["blocked_at"] = None  # whoever writes has opened the door again
    if changes:
        for name, value in changes.items():
            setattr(identity, name, value)
        identity.save(update_fields=list(changes))


def remember_thread(identity: Identity, thread_key: str) -> None:
    """Where this person wrote before, so that what came through there can be found when they want to be forgotten."""
    former = identity.aliases.get(FORMER_THREADS, "").split()
    if thread_key and thread_key not in former:
        identity.aliases = identity.aliases | {FORMER_THREADS: " ".join([*former, thread_key])}
        identity.save(update_fields=["aliases"])


def thread_keys_of(identity: Identity) -> set[str]:
    """Every name under which something of this person may have come in."""
    return {*names_of(identity.external_id, identity.aliases), *identity.aliases.get(FORMER_THREADS, "").split()}
