"""The merchant's desk. Django finds the admin here; each file is about one part of the shop."""

from . import (
    accounts,
    catalog,
    collections,
    documents,
    gift_cards,
    loyalty,
    orders,
    people,
    prices,
    promotions,
    returns,
    settings,
    staff,
    taxes,
    threads,
    wishes,
)

__all__ = [
    "accounts",
    "catalog",
    "collections",
    "documents",
    "gift_cards",
    "loyalty",
    "orders",
    "people",
    "prices",
    "promotions",
    "returns",
    "settings",
    "staff",
    "taxes",
    "threads",
    "wishes",
]
