"""The demo's points are there at once, in every language of the shop, and are not forced on a merchant who changed them."""

import pytest
from django_scopes import scope

from apps.gateway.demo import seed_merchant
from apps.loyalty.demo import seed_points
from apps.loyalty.models import LoyaltyProgramme, Reward, Tier

pytestmark = pytest.mark.django_db


def test_levels_and_rewards_speak_every_language() -> None:
    shop = seed_merchant()
    with scope(merchant=shop):
        seed_points(shop)
        named = [*Tier.objects.all(), *Reward.objects.all()]
        assert len(named) == 6
        for each in named:
            each.full_clean()
            said = {getattr(each, f"name_{code.replace('-', '_')}") for code in shop.languages}
            assert len(said) == len(shop.languages), said
        assert LoyaltyProgramme.objects.get().ratio == 1


def test_what_the_merchant_changed_stays() -> None:
    shop = seed_merchant()
    with scope(merchant=shop):
        seed_points(shop)
        Reward.objects.all().delete()
        LoyaltyProgramme.objects.update(is_active=False)
        seed_points(shop)
        assert (LoyaltyProgramme.objects.get().is_active, Reward.objects.count()) == (False, 0)
