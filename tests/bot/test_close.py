"""Words that find little are looked for by what they mean, outside and after the turn; where nobody answers, as always."""

from collections.abc import Iterator

import pytest
from django_scopes import scope

from apps.bot.models import Effect
from apps.catalog.models import Product
from apps.catalog.vectors import catch_up
from tests.catalog.embedder import Service

from .dialogue import Shopper


@pytest.fixture
def service(ana: Shopper, settings, pgvector) -> Iterator[Service]:
    played = Service()
    played.switch_on(settings)
    with scope(merchant=ana.account.merchant):
        catch_up()
    played.bodies.clear()
    yield played
    played.close()


def _effects(ana: Shopper) -> list[str]:
    with scope(merchant=ana.account.merchant):
        return list(Effect.objects.filter(kind="close").values_list("state", flat=True))


def test_what_comes_close_is_told_as_that(ana: Shopper, service: Service) -> None:
    ana.says("beaker")
    assert ana.answers == []
    ana.waits()
    assert 'I found nothing called "beaker", but these come close:' in ana.text
    assert "Glass mug" in ana.text
    assert service.asked[-1] == "beaker"


def test_a_wish_narrows_what_comes_close(ana: Shopper, service: Service) -> None:
    ana.says("beaker")
    ana.waits()
    assert "Stoneware mug" in ana.text
    ana.says("under 10")
    assert "Glass mug" in ana.text
    assert "Stoneware mug" not in ana.text
    with scope(merchant=ana.account.merchant):
        Product.objects.filter(slug="glass-mug").update(status="draft")
    ana.says("under 11")
    assert "Glass mug" not in ana.text


def test_nobody_answers_and_nothing_was_found(ana: Shopper, service: Service) -> None:
    service.fault("server_error")
    ana.says("beaker")
    ana.waits()
    assert 'I found nothing for "beaker".' in ana.text
    assert _effects(ana) == ["done"]


def test_nonsense_finds_nothing(ana: Shopper, service: Service) -> None:
    ana.says("blorfen")
    ana.waits()
    assert 'I found nothing for "blorfen".' in ana.text


def test_whoever_goes_on_meanwhile_is_not_told_any_more(ana: Shopper, service: Service) -> None:
    ana.says("beaker")
    ana.says("glass mug")
    assert "Glass mug" in ana.text
    assert ana.waits() == []


def test_what_is_called_exactly_so_waits_for_nobody(ana: Shopper, service: Service) -> None:
    ana.says("glass mug")
    assert "Glass mug" in ana.text
    assert (_effects(ana), service.bodies) == ([], [])


def test_only_what_they_look_for_goes_out(ana: Shopper, service: Service) -> None:
    ana.says("beaker ana@example.com")
    ana.waits()
    assert [text for text in service.asked if "@" in text or "example" in text] == []


def test_without_a_service_nothing_is_asked(ana: Shopper) -> None:
    ana.says("beaker")
    assert 'I found nothing for "beaker".' in ana.text
    assert _effects(ana) == []
