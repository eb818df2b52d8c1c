"""What this app does for others: its truths, its part of an export and of an erasure, and a warning before going live."""

from apps.carts.registry import on_pour
from apps.customers.registry import on_erase, on_export, on_keep, on_merge
from apps.merchants import invariants

from . import checks  # noqa: F401 (registers itself)
from .actions.cards import forget_cards, merge_cards, unmerge_cards
from .actions.credit import merge_credit, unmerge_credit
from .actions.gift_card import pour_tenders, take_out_tenders
from .invariants import CHECKS
from .privacy import (
    erase_events,
    erase_evidence,
    erase_guesses,
    export_cards,
    export_credit,
    export_payments,
    has_cards,
    has_credit,
)

on_merge("credit", merge_credit, unmerge_credit)
on_merge("cards", merge_cards, unmerge_cards)
on_export("cards", export_cards)
on_export("payments", export_payments)
on_export("credit", export_credit)
on_erase(erase_events)
on_erase(erase_evidence)
on_erase(erase_guesses)
on_erase(forget_cards)
on_keep("credit", has_credit)
on_keep("cards", has_cards)
on_pour(pour_tenders, take_out_tenders)
for name, check in CHECKS.items():
    invariants.register(name, check)
