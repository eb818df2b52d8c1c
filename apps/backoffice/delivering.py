"""A way of delivery in one line, as a merchant reads it."""

from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.carts.models import DeliveryMethod, DeliveryStep
from apps.carts.money import format_money, money
from apps.carts.spoken import weight_in_words


def price_line(method: DeliveryMethod) -> str:
    """ "up to 2 kg €4.90, up to 10 kg €7.90, free from €60.00", in the active language; its steps prefetched."""
    steps = list(method.steps.all())
    is_whole = any(step.from_amount == 0 for step in steps)
    parts = [] if is_whole else [_costs(method, method.price.amount)]
    parts += [_step(method, step) for step in steps]
    if method.free_from is not None:
        parts.append(_("free from %s") % _say(method, method.free_from.amount))
    if method.max_grams is not None:
        parts.append(_("at most %s") % weight_in_words(method.max_grams, get_language() or "en"))
    return ", ".join(parts)


def _step(method: DeliveryMethod, step: DeliveryStep) -> str:
    facts = {"price": _costs(method, step.price), "amount": _say(method, step.from_amount), "weight": ""}
    if step.up_to_grams is not None:
        facts["weight"] = weight_in_words(step.up_to_grams, get_language() or "en")
    if step.from_amount and step.up_to_grams is not None:
        return _("from %(amount)s up to %(weight)s %(price)s") % facts
    if step.from_amount:
        return _("from %(amount)s %(price)s") % facts
    if step.up_to_grams is not None:
        return _("up to %(weight)s %(price)s") % facts
    return _("any weight %(price)s") % facts


def _costs(method: DeliveryMethod, amount: Decimal) -> str:
    return _say(method, amount) if amount else _("free of charge")


def _say(method: DeliveryMethod, amount: Decimal) -> str:
    return format_money(money(amount, str(method.price.currency)), get_language() or "en")
