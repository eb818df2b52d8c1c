"""What is said instead of a page: in the reader's language, in the house's clothes, with a way on, and asking nobody."""

import re
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from apps.merchants.models import Merchant
from tests import factories

from .test_pages import FORBIDDEN, _policy

NOT_FOUND = {
    "en": ("There is nothing here", "To the shop"),
    "de": ("Hier ist nichts", "Zum Laden"),
    "es": ("Aquí no hay nada", "Ir a la tienda"),
    "zh-hans": ("这里什么也没有", "去商店"),
}
WAYS = {
    "/nowhere/": "/",
    "/chat/nobody/": "/",
    "/admin/nowhere/": "/admin/",
    "/desk/nowhere/": "/admin/",
    "/console/nowhere/": "/console/",
    "/accounts/nowhere/": "/accounts/login/",
}


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of the house")


urlpatterns = [path("broken/", broken), path("", include("chatshop.urls"))]


def said(page: Any) -> tuple[str, ...]:
    """Language, heading, and where each way on leads with its words."""
    text = page.content.decode()
    language = re.findall(r'<html lang="([^"]*)"', text)
    heading = re.findall(r'<h1 id="trouble-title">([^<]*)</h1>', text)
    ways = [word for way in re.findall(r'<a class="button[^"]*" href="([^"]*)">([^<]*)</a>', text) for word in way]
    return (*language, *heading, *ways)


def is_dressed(page: Any) -> bool:
    """Its looks come from our own files alone, light and dark, and the policy is the strict one."""
    text = page.content.decode()
    sheets = re.findall(r'<link rel="stylesheet" href="/static/css/(\w+)\.css">', text)
    values = [value for values in _policy(page).values() for value in values]
    is_strict = not set(values) & set(FORBIDDEN) and not re.search(r"<style|<script|style=|onclick", text)
    return sheets == ["tokens", "base", "trouble"] and 'content="light dark"' in text and is_strict


@pytest.mark.parametrize("language", NOT_FOUND)
def test_what_is_not_there_is_said_in_the_readers_language(client: Client, db: Any, language: str) -> None:
    page = client.get("/nowhere/", headers={"accept-language": language})
    heading, way = NOT_FOUND[language]
    assert (page.status_code, said(page), is_dressed(page)) == (404, (language, heading, "/", way), True)


def test_the_way_on_leads_to_the_room_one_is_in(client: Client, merchant: Merchant) -> None:
    client.force_login(factories.staff(merchant, "manager"))
    pages = {path: client.get(path) for path in WAYS}
    assert {path: (page.status_code, said(page)[2]) for path, page in pages.items()} == {
        path: (404, way) for path, way in WAYS.items()
    }


def test_what_is_not_allowed_leads_back_to_the_desk(client: Client, merchant: Merchant) -> None:
    client.force_login(factories.staff(merchant, "manager"))
    page = client.get("/admin/payments/giftcard/add/", headers={"accept-language": "de"})
    assert (page.status_code, said(page), is_dressed(page)) == (
        403,
        ("de", "Das steht Ihnen nicht offen", "/admin/", "Zur Verwaltung"),
        True,
    )


def test_a_form_that_lay_open_too_long_says_how_to_send_it_again(db: Any) -> None:
    page = Client(enforce_csrf_checks=True).post("/accounts/login/", {}, headers={"accept-language": "es"})
    assert (page.status_code, said(page)[:2], is_dressed(page)) == (403, ("es", "Envíelo otra vez"), True)


def test_what_no_database_could_keep_is_answered_in_words(client: Client, db: Any) -> None:
    page = client.get("/nowhere/?q=%00")
    assert page.status_code == 404
    page = client.get("/accounts/login/?next=%00")
    assert (page.status_code, said(page), is_dressed(page)) == (
        400,
        ("en", "We could not read that", "/", "To the shop"),
        True,
    )


@pytest.mark.urls("tests.setup.test_trouble")
def test_what_broke_is_said_without_a_query_and_without_its_secret() -> None:
    """Without the fixture of the database any query would fail, and so would the page."""
    page = Client(raise_request_exception=False).get("/broken/", headers={"accept-language": "de"})
    assert (page.status_code, said(page)[:3], said(page)[4:], is_dressed(page)) == (
        500,
        ("de", "Bei uns ist etwas schiefgegangen", ""),
        ("/", "Zum Laden"),
        True,
    )
    assert "secret" not in page.content.decode()
