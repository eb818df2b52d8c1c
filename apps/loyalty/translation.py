"""Which words of the programme exist per language."""

from modeltranslation.translator import TranslationOptions, register

from .models import Reward, Tier


@register(Tier)
class TierTranslation(TranslationOptions):
    fields = ("name",)


@register(Reward)
class RewardTranslation(TranslationOptions):
    fields = ("name",)
