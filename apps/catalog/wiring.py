"""What this app does for others: its part of merging, exporting and erasing a customer, and serving who waits."""

from apps.customers.registry import on_erase, on_export, on_keep, on_merge

from .privacy import erase_wishes, export_wishes, has_wishes
from .stock import on_more
from .unmerge import join, part
from .waitlist import more_came

on_merge("catalog", join, part)
on_export("wishes", export_wishes)
on_erase(erase_wishes)
on_keep("catalog", has_wishes)
on_more(more_came)
