"""Which catalogue words exist per language."""

from modeltranslation.translator import TranslationOptions, register
from simple_history import register as keep_history

from .models import Category, Collection, Option, OptionValue, Price, PriceList, Product, SizeGuide, Variant


@register(Category)
class CategoryTranslation(TranslationOptions):
    fields = ("name",)


@register(Collection)
class CollectionTranslation(TranslationOptions):
    fields = ("name", "text")


@register(Product)
class ProductTranslation(TranslationOptions):
    fields = ("title", "description")


@register(Option)
class OptionTranslation(TranslationOptions):
    fields = ("name",)


@register(OptionValue)
class OptionValueTranslation(TranslationOptions):
    fields = ("value",)


@register(SizeGuide)
class SizeGuideTranslation(TranslationOptions):
    fields = ("name", "measures", "note")


@register(PriceList)
class PriceListTranslation(TranslationOptions):
    fields = ("reason",)


# After the translation, or saving a translated model with history fails.
keep_history(Product, excluded_fields=["search_text", "search_vector"])
keep_history(Variant)
keep_history(Price, excluded_fields=["changed_at"])
