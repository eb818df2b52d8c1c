"""What can be done about a shopper. Other apps import from here."""

from .address import save_address
from .consent import Said, forget_said, latest_consent, may_receive, record_consent, remember_said
from .groups import add_members, groups_of
from .identify import SAME_PERSON, identify, keep_up_to_date, names_of, remember_thread, thread_keys_of
from .link import (
    Joined,
    LinkCodeLocked,
    LinkCodeOwn,
    LinkCodeUsed,
    LinkCodeWrong,
    asked_for_by,
    continuation_by,
    continue_url,
    forget_codes,
    issue_continuation,
    issue_link_code,
    join_by_code,
    join_by_token,
    looks_like_link_code,
    redeem_link_code,
    token_in,
    word_to_continue,
)
from .privacy import MergeRefused, StillNeeded, erase_customer, export_customer, merge_customers
from .rename import rename_identity
from .store_code import issue_store_code, redeem_store_code
from .tags import LONGEST_TAG, MOST_TAGS, WrongTag, change_tags, tags_named, tags_of, tidy_tags
from .unlink import NotUndoable, undo_merge, undo_merges_since

__all__ = [
    "LONGEST_TAG",
    "MOST_TAGS",
    "SAME_PERSON",
    "Joined",
    "LinkCodeLocked",
    "LinkCodeOwn",
    "LinkCodeUsed",
    "LinkCodeWrong",
    "MergeRefused",
    "NotUndoable",
    "Said",
    "StillNeeded",
    "WrongTag",
    "add_members",
    "asked_for_by",
    "change_tags",
    "continuation_by",
    "continue_url",
    "erase_customer",
    "export_customer",
    "forget_codes",
    "forget_said",
    "groups_of",
    "identify",
    "issue_continuation",
    "issue_link_code",
    "issue_store_code",
    "join_by_code",
    "join_by_token",
    "keep_up_to_date",
    "latest_consent",
    "looks_like_link_code",
    "may_receive",
    "merge_customers",
    "names_of",
    "record_consent",
    "redeem_link_code",
    "redeem_store_code",
    "remember_said",
    "remember_thread",
    "rename_identity",
    "save_address",
    "tags_named",
    "tags_of",
    "thread_keys_of",
    "tidy_tags",
    "token_in",
    "undo_merge",
    "undo_merges_since",
    "word_to_continue",
]
