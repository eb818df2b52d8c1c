"""Which words of delivery exist per language."""

from modeltranslation.translator import TranslationOptions, register

from .models import DeliveryMethod, Promotion


@register(DeliveryMethod)
class DeliveryMethodTranslation(TranslationOptions):
    fields = ("name",)


@register(Promotion)
class PromotionTranslation(TranslationOptions):
    fields = ("name",)
