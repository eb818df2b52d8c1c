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
    price_lists,
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
    "loyalty",
    "orders",
    "people",
    "price_lists",
    "prices",
    "promotions",
    "returns",
    "settings",
    "staff",
    "threads",
    "wishes",
]
