"""The catalogue as the database keeps it: what is for sale, what it costs, and how much of it there is."""

from .beside import Relation, SizeGuide, Synonym
from .collections import Collection, CollectionPick, CollectionRule
from .digital import Digital
from .goods import CatalogVersion, Category, Media, Option, OptionValue, Product, Variant
from .lists import ListPrice, ListPriceRecord, PriceList
from .prices import Price, PricePlan, PriceRecord
from .stock import StockHold, StockLevel, StockMovement
from .wishes import StockAlert, Wish

__all__ = [
    "CatalogVersion",
    "Category",
    "Collection",
    "CollectionPick",
    "CollectionRule",
    "Digital",
    "ListPrice",
    "ListPriceRecord",
    "Media",
    "Option",
    "OptionValue",
    "Price",
    "PriceList",
    "PricePlan",
    "PriceRecord",
    "Product",
    "Relation",
    "SizeGuide",
    "StockAlert",
    "StockHold",
    "StockLevel",
    "StockMovement",
    "Synonym",
    "Variant",
    "Wish",
]
