"""Which words of the shop exist per language."""

from modeltranslation.translator import TranslationOptions, register

from .models import Merchant


@register(Merchant)
class MerchantTranslation(TranslationOptions):
    fields = ("return_instructions",)
