"""Stripe Tax on loopback, through the true client of stripe-python: what it refuses, and in whose words."""

from typing import Any

import pytest
import stripe

MUNICH = {"address": {"country": "DE", "postal_code": "80331"}, "address_source": "shipping"}


def calculation(client: stripe.StripeClient, **changes: Any) -> Any:
    line = {"amount": 1190, "reference": "mug", "tax_code": "txcd_99999999", "tax_behavior": "inclusive"}
    params: Any = {"currency": "eur", "customer_details": MUNICH, "line_items": [line], **changes}
    return client.v1.tax.calculations.create(params)


def booked(client: stripe.StripeClient, reference: str) -> Any:
    params: Any = {"calculation": calculation(client).id, "reference": reference, "expand": ["line_items"]}
    return client.v1.tax.transactions.create_from_calculation(params)


def test_a_calculation_has_lines_when_they_are_asked_for(stripe_client: stripe.StripeClient) -> None:
    bare = calculation(stripe_client)
    assert (bare.amount_total, bare.tax_amount_inclusive, bare.tax_amount_exclusive) == (1190, 190, 0)
    assert "line_items" not in bare.to_dict()
    (line,) = calculation(stripe_client, expand=["line_items"]).to_dict()["line_items"]["data"]
    assert (line["reference"], line["amount_tax"], "tax_breakdown" in line) == ("mug", 190, False)


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"customer_details": {"address_source": "shipping"}}, "customer_details[address]"),
        ({"customer_details": {"address": MUNICH["address"]}}, "customer_details[address_source]"),
        ({"line_items": [{"amount": 1, "tax_code": "txcd_1"}]}, "line_items[0][tax_code]"),
        (
            {"line_items": [{"amount": 1, "reference": "a"}, {"amount": 1, "reference": "a"}]},
            "line_items[1][reference]",
        ),
        ({"line_items": []}, None),
        ({"customer_adress": "Munich"}, "customer_adress"),
    ],
)
def test_a_calculation_needs_to_know_where_and_what(
    stripe_client: stripe.StripeClient, changes: dict[str, Any], param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calculation(stripe_client, **changes)
    if param is not None:
        assert refused.value.param == param


def test_a_sale_is_reversed_once_and_no_further(stripe_client: stripe.StripeClient) -> None:
    sale = booked(stripe_client, "once")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        booked(stripe_client, "once")
    api: Any = stripe_client.v1.tax.transactions
    back = {"original_line_item": sale.line_items.data[0].id, "reference": "mug", "amount": -595, "amount_tax": -95}
    partial = {"mode": "partial", "original_transaction": sale.id, "line_items": [back]}
    first = api.create_reversal({**partial, "reference": "half"})
    assert (first.type, first.reversal.original_transaction) == ("reversal", sale.id)
    for params, said in (
        ({**partial, "reference": "half"}, "already exists"),
        ({**partial, "line_items": [back | {"amount_tax": -96}], "reference": "more"}, "more than the 95 that are left"),
        ({**partial, "line_items": [back | {"amount": 595}], "reference": "plus"}, "are negative"),
        ({"mode": "full", "original_transaction": sale.id, "reference": "whole"}, "already been reversed in part"),
        ({"mode": "partial", "original_transaction": sale.id, "reference": "none"}, "needs line_items"),
        ({**partial, "original_transaction": first.id, "reference": "back"}, "cannot be reversed"),
        ({"mode": "partial", "original_transaction": sale.id, "shipping_cost": {"amount": -1, "amount_tax": 0}, "reference": "parcel"}, "no shipping cost"),
    ):  # fmt: skip
        with pytest.raises(stripe.InvalidRequestError, match=said):
            api.create_reversal(params)


def test_a_whole_sale_goes_back_at_once(stripe_client: stripe.StripeClient) -> None:
    sale = booked(stripe_client, "whole-sale")
    api: Any = stripe_client.v1.tax.transactions
    back = api.create_reversal(
        {"mode": "full", "original_transaction": sale.id, "reference": "whole-back", "expand": ["line_items"]}
    )
    assert [(line.amount, line.amount_tax) for line in back.line_items.data] == [(-1190, -190)]
