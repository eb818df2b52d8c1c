"""Where parcels go."""

from django.db import transaction

from ..models import Address, Customer


@transaction.atomic
def save_address(
    customer: Customer,
    *,
    name: str,
    line1: str,
    line2: str = "",
    postcode: str = "",
    city: str,
    region: str = "",
    country: str,
) -> Address:
    """Remember this address as the customer's default; the same address twice stays one row. `country` is ISO 3166."""
    fields = {
        "name": name.strip()[:120],
        "line1": line1.strip()[:160],
        "line2": line2.strip()[:160],
        "postcode": postcode.strip()[:16],
        "city": city.strip()[:80],
        "region": region.strip()[:80],
        "country": country.strip().upper()[:2],
    }
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    customer.addresses.filter(is_default=True).update(is_default=False)
    address = customer.addresses.filter(**fields).first()
    if address is None:
        return Address.objects.create(merchant_id=customer.merchant_id, customer=customer, is_default=True, **fields)
    address.is_default = True
    address.save(update_fields=["is_default"])
    return address
