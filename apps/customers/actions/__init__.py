"""What can be done about a shopper. Other apps import from here."""

from .address import save_address
from .consent import Said, forget_said, latest_consent, may_receive, record_consent, remember_said
from .groups import add_members, groups_of
from .identify import SAME_PERSON, identify, keep_up_to_date, names_of, remember_thread, thread_keys_of
from .link import LinkCodeLocked, LinkCodeWrong, issue_link_code, looks_like_link_code, redeem_link_code
from .privacy import StillNeeded, erase_customer, export_customer, merge_customers
from .tags import LONGEST_TAG, MOST_TAGS, WrongTag, change_tags, tags_named, tags_of, tidy_tags
from .unlink import NotUndoable, undo_merge

__all__ = [
    "LONGEST_TAG",
    "MOST_TAGS",
    "SAME_PERSON",
    "LinkCodeLocked",
    "LinkCodeWrong",
    "NotUndoable",
    "Said",
    "StillNeeded",
    "WrongTag",
    "add_members",
    "change_tags",
    "erase_customer",
    "export_customer",
    "forget_said",
    "groups_of",
    "identify",
    "issue_link_code",
    "keep_up_to_date",
    "latest_consent",
    "looks_like_link_code",
    "may_receive",
    "merge_customers",
    "names_of",
    "record_consent",
    "redeem_link_code",
    "remember_said",
    "remember_thread",
    "save_address",
    "tags_named",
    "tags_of",
    "thread_keys_of",
    "tidy_tags",
    "undo_merge",
]
