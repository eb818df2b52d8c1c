"""Which words of delivery, offers and taxes exist per language."""

from modeltranslation.translator import TranslationOptions, register

from .models import DeliveryMethod, Promotion, TaxRate


@register(DeliveryMethod)
class DeliveryMethodTranslation(TranslationOptions):
    fields = ("name",)


@register(Promotion)
class PromotionTranslation(TranslationOptions):
    fields = ("name",)


@register(TaxRate)
class TaxRateTranslation(TranslationOptions):
    fields = ("name",)
