"""The platform calls somebody by another name from now on."""

from collections.abc import Mapping

from apps.merchants.models import ChannelAccount

from ..models import Identity
from .identify import FORMER_THREADS, SAME_PERSON, find_identity, thread_keys_of

NAMES = frozenset({*SAME_PERSON, "phone", "parent_user_id"})  # aliases that end with the name they belong to


def rename_identity(
    account: ChannelAccount,
    former: str,
    former_aliases: Mapping[str, str],
    *,
    external_id: str,
    aliases: Mapping[str, str],
) -> bool:
    """Whoever was known as `former` is `external_id`: same person, same thread, unless somebody has that name already.

    Of numbers and user ids they keep only the `aliases` that are told with the new name: a number that is not told
    again may be somebody else's by now. False where nothing was renamed.
    """
    identity = find_identity(account, former, former_aliases)
    if identity is None:
        return False
    namesakes = Identity.objects.filter(channel_account=account, external_id=external_id)
    if namesakes.exclude(pk=identity.pk).exists():
        return False
    before = thread_keys_of(identity)
    kept = {key: value for key, value in identity.aliases.items() if key not in NAMES}
    identity.aliases = kept | dict(aliases) | {FORMER_THREADS: " ".join(sorted(before - {external_id}))}
    identity.external_id, identity.phone = external_id, aliases.get("phone", "")[:32]
    identity.save(update_fields=["external_id", "aliases", "phone"])
    return True
