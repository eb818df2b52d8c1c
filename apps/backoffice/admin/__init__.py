"""The merchant's desk. Django finds the admin here; each file is about one part of the shop."""

from . import (
    accounts,
    catalog,
    collections,
    documents,
    gift_cards,
    labels,
    loyalty,
    orders,
    people,
    prices,
    promotions,
    returns,
    settings,
    staff,
    threads,
    wishes,
)

__all__ = [
    "accounts",
    "catalog",
    "collections",
    "documents",
    "gift_cards",
    "labels",
    "loyalty",
    "orders",
    "people",
    "prices",
    "promotions",
    "returns",
    "settings",
    "staff",
    "threads",
    "wishes",
]
