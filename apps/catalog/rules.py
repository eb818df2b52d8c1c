"""The rules of a collection: whether one can be meant, and what it asks of a product, in the database's terms."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _

from apps.merchants import clock
from apps.merchants.currency import exponent
from apps.merchants.models import Merchant

from .conditions import WordQuery, free_levels, in_category
from .models import Category, CollectionRule, Price, Variant
from .prices import amount_now, before_now
from .words import tokens

Field = CollectionRule.Field
MOST_RULES = 20
MOST_PICKS = 200  # put on top or left out, of each
PRICES = (Field.PRICE_TO, Field.PRICE_FROM)
BARE = (Field.REDUCED, Field.IN_STOCK)  # nothing more is said of them
AMOUNT = re.compile(r"[0-9]{1,12}(?:[.,][0-9]{1,3})?", re.ASCII)
DAYS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
Given = dict[str, Any]


class WrongRule(Exception):
    """The rule cannot be meant; the message says why, `at` which part of it is wrong."""

    def __init__(self, message: str, *, at: str = "value") -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule as it is kept: text, whatever it stands for."""

    field: str
    value: str = ""
    currency: str = ""


def checked(field: object, value: object = "", currency: object = "", *, shop_currency: str) -> RuleSpec:
    """The rule as it is kept, with spaces gone and the shop's currency where none is named. In the merchant's scope.

    Raises `WrongRule`.
    """
    if field not in Field.values:
        raise WrongRule(_("There is no rule “%s”.") % str(field)[:40], at="field")
    if not isinstance(value, str) or not isinstance(currency, str):
        raise WrongRule(_("Write it as text."))
    said, named = value.strip(), currency.strip().upper()
    if named and field not in PRICES:
        raise WrongRule(_("Only a price has a currency."), at="currency")
    if field in BARE:
        if said:
            raise WrongRule(_("Nothing more is said here; leave it empty."))
        return RuleSpec(str(field))
    if not said:
        raise WrongRule(_("Say what."))
    if len(said) > 80:
        raise WrongRule(_("At most 80 characters."))
    if field in PRICES:
        return _checked_price(str(field), said, named or shop_currency)
    return RuleSpec(str(field), _checked_text(str(field), said))


def _checked_price(field: str, said: str, currency: str) -> RuleSpec:
    if currency not in settings.CURRENCIES:
        raise WrongRule(_("We do not know the currency “%s”.") % currency[:10], at="currency")
    if not AMOUNT.fullmatch(said):
        raise WrongRule(_("Write an amount, such as 40 or 39.90."))
    decimals = len(said.replace(",", ".").partition(".")[2])
    if decimals > exponent(currency) or ("," in said and decimals == len("000")):  # "1,200" may be meant as thousands
        told = {"currency": currency, "most": exponent(currency)}
        raise WrongRule(_("Write 1200 for 1,200; an amount in %(currency)s has at most %(most)d decimals.") % told)
    return RuleSpec(field, format(Decimal(said.replace(",", ".")), "f"), currency)


def _checked_text(field: str, said: str) -> str:
    if field == Field.NEW and not DAYS.fullmatch(said):
        raise WrongRule(_("Write a number of days from 1 to 9999."))
    if field == Field.CATEGORY:
        found = Category.objects.filter(slug=said).first() or Category.objects.filter(name__iexact=said).first()
        if found is None:
            raise WrongRule(_("There is no category “%s” in this shop.") % said)
        return str(found.slug)
    if field == Field.TITLE and not tokens(said):
        raise WrongRule(_("Write a word with letters or digits."))
    return said


def check_all(rules: list[RuleSpec], *, has_pinned: bool) -> None:
    """What is said of them together. Raises `WrongRule`."""
    if not rules and not has_pinned:
        raise WrongRule(_("Nothing would be in it: say at least one rule, or put a product on top."), at="rules")
    if len(rules) > MOST_RULES:
        raise WrongRule(_("At most %d rules.") % MOST_RULES, at="rules")
    if len(set(rules)) != len(rules):
        raise WrongRule(_("A rule stands there twice."), at="rules")


def check_picks(pinned: int, left_out: int) -> None:
    """How many products may be put on top and left out by hand. Raises `WrongRule`, at "pinned" or "left_out"."""
    for count, at in ((pinned, "pinned"), (left_out, "left_out")):
        if count > MOST_PICKS:
            raise WrongRule(_("At most %d products on top, and as many left out.") % MOST_PICKS, at=at)


def rules_about(categories: Iterable[Category]) -> QuerySet[CollectionRule]:
    """Rules of collections that name one of these categories, or one below it: without it nothing would meet them."""
    ids = [category.pk for category in categories]
    named = Category.objects.filter(Q(pk__in=ids) | Q(parent__in=ids)).values("slug")
    return CollectionRule.objects.filter(field=Field.CATEGORY, value__in=named).select_related("collection")


# --- in the database's terms ---------------------------------------------------------------------
class HasTag(Func):
    """One of the tags is this, whatever its case. Tags that are no list are none."""

    template = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements_text(CASE jsonb_typeof(%(tags)s) WHEN 'array' THEN %(tags)s"
        " ELSE '[]'::jsonb END) AS tag WHERE upper(tag) = upper(%(said)s))"
    )
    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        tags, said = self.get_source_expressions()
        column, _none = compiler.compile(tags)
        value, params = compiler.compile(said)
        return self.template % {"tags": column, "said": value}, list(params)


def given(rule: RuleSpec, merchant: Merchant) -> Given:
    """What `met` needs to know of the rule at this moment, by name."""
    match rule.field:
        case Field.PRICE_TO | Field.PRICE_FROM:
            return {"amount": Decimal(rule.value), "currency": rule.currency, "priced_at": clock.now()}
        case Field.REDUCED:
            return {"currency": merchant.currency, "priced_at": clock.now()}
        case Field.IN_STOCK:
            return {"now": clock.now()}
        case Field.NEW:
            return {"since": clock.now() - dt.timedelta(days=int(rule.value))}
        case Field.TITLE:
            return {"words": _words(rule.value, ":*A")}
        case Field.CATEGORY:
            return {"slug": rule.value}
        case Field.BRAND:
            return _with_words({"said": rule.value}, _words(rule.value, ":A"))
        case Field.TAG:
            return _with_words({"said": rule.value}, _words(rule.value, ":B"))
    return _with_words({"said": rule.value}, _words(rule.value, ""))


def _with_words(found: Given, words: str) -> Given:
    """Words only help the database to find it soon; text without any is found without."""
    return {**found, "words": words} if words else found


def _words(text: str, where: str) -> str:
    return " & ".join(f"'{word}'{where}" for word in dict.fromkeys(tokens(text)))


def kind_of_value(name: str) -> type:
    """The type under which `given` hands out a value of this name."""
    return Decimal if name == "amount" else dt.datetime if name in ("since", "now", "priced_at") else str


def met(field: str, said: Mapping[str, Any]) -> Q:
    """For queries over `Product`: whether it meets a rule of this field. `said` is what `given` gave."""
    match field:
        case Field.CATEGORY:
            return in_category(said["slug"])
        case Field.PRICE_TO:
            prices = _prices(said).filter(costs__lte=said["amount"])
            return Q(Exists(_variants().filter(Exists(prices))))
        case Field.PRICE_FROM:
            dear = _prices(said).filter(costs__gte=said["amount"])
            cheap = _prices(said).filter(costs__lt=said["amount"])
            return Q(Exists(_variants().filter(Exists(dear)))) & ~Q(Exists(_variants().filter(Exists(cheap))))
        case Field.REDUCED:
            reduced = _prices(said).annotate(before=before_now(said["currency"], said["priced_at"]))
            return Q(Exists(_variants().filter(Exists(reduced.filter(before__gt=F("costs"))))))
        case Field.IN_STOCK:
            return Q(Exists(_variants().filter(Q(is_tracked=False) | Exists(free_levels(said["now"])))))
        case Field.NEW:
            return Q(created_at__gte=said["since"])
    found = Q(search_vector=WordQuery(said["words"])) if "words" in said else Q()
    match field:
        case Field.BRAND:
            return found & Q(brand__iexact=said["said"])
        case Field.TAG:
            return found & Q(HasTag("tags", Value(said["said"])))
        case Field.OPTION:
            return found & Q(Exists(_variants().filter(Exists(_values(said["said"])))))
    return found


def _values(said: str) -> Any:
    """For queries over `Variant`: its option values that are called so in any of our languages."""
    chosen = Variant.values.through.objects.filter(variant=OuterRef("pk"))
    codes = [code.replace("-", "_") for code, _name in settings.LANGUAGES]
    called = [Q(**{f"optionvalue__value_{code}__iexact": said}) for code in codes]
    return chosen.filter(reduce(or_, called))


def _variants() -> Any:
    return Variant.objects.filter(product=OuterRef("pk"), is_active=True)


def _prices(said: Mapping[str, Any]) -> Any:
    prices = Price.objects.filter(variant=OuterRef("pk"), amount_currency=said["currency"])
    return prices.annotate(costs=amount_now(said["currency"], said["priced_at"]))
