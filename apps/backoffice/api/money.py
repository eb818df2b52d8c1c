"""Money on the wire: whole minor units and a currency code, never a float."""

from typing import Any

from djmoney.money import Money
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.carts.money import from_minor, to_minor

MAX_MINOR = 10**12


@extend_schema_field(
    {
        "type": "object",
        "required": ["minor", "currency"],
        "properties": {
            "minor": {"type": "integer", "minimum": 0, "maximum": MAX_MINOR, "description": "1299 for 12.99 EUR"},
            "currency": {"type": "string", "example": "EUR"},
        },
    }
)
class MoneyField(serializers.Field[Money, Any, dict[str, Any], Any]):
    """`{"minor": 1299, "currency": "EUR"}`"""

    default_error_messages = {
        "shape": 'Write money as {{"minor": 1299, "currency": "EUR"}}.',
        "minor": "minor must be a whole number from 0 to 1,000,000,000,000.",
        "currency": "We do not sell in this currency.",
    }

    def __init__(self, *, currencies: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.currencies = currencies
        super().__init__(**kwargs)

    def to_representation(self, value: Money) -> dict[str, Any]:
        return {"minor": to_minor(value), "currency": str(value.currency)}

    def to_internal_value(self, data: Any) -> Money:
        if not isinstance(data, dict) or set(data) != {"minor", "currency"}:
            self.fail("shape")
        minor, currency = data["minor"], data["currency"]
        if not isinstance(minor, int) or isinstance(minor, bool) or not 0 <= minor <= MAX_MINOR:
            self.fail("minor")
        if not isinstance(currency, str) or currency not in self.currencies:
            self.fail("currency")
        return from_minor(minor, currency)
