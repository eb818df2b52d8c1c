"""Orders as the database keeps them: what was bought, what was sent, what came back, what was written about it."""

from ..documents.models import Document, DocumentSeries
from .codes import HandedCode
from .labels import ReturnLabel, ReturnRules
from .order import Download, Order, OrderAdjustment, OrderEvent, OrderLine
from .parcels import CarrierAccount, CarrierEvent, Fulfilment, FulfilmentLine, TrackingEvent
from .returns import ReturnLine, ReturnQuerySet, ReturnRequest

__all__ = [
    "CarrierAccount",
    "CarrierEvent",
    "Document",
    "DocumentSeries",
    "Download",
    "Fulfilment",
    "FulfilmentLine",
    "HandedCode",
    "Order",
    "OrderAdjustment",
    "OrderEvent",
    "OrderLine",
    "ReturnLabel",
    "ReturnLine",
    "ReturnQuerySet",
    "ReturnRequest",
    "ReturnRules",
    "TrackingEvent",
]
