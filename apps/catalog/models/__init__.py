"""The catalogue as the database keeps it: what is for sale, what it costs, and how much of it there is."""

from .beside import Relation, SizeGuide, Synonym
from .codes import CodePool, LicenceCode
from .collections import Collection, CollectionPick, CollectionRule
from .counts import WordCount
from .digital import Digital
from .goods import CatalogVersion, Category, Media, Option, OptionValue, Product, Variant
from .lists import ListPrice, ListPriceRecord, PriceList
from .prices import Price, PricePlan, PriceRecord
from .stock import StockHold, StockLevel, StockMovement
from .wishes import StockAlert, Wish

__all__ = [
    "CatalogVersion",
    "Category",
    "CodePool",
    "Collection",
    "CollectionPick",
    "CollectionRule",
    "Digital",
    "LicenceCode",
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
    "WordCount",
]
