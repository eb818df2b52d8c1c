"""`/go/<token>` and `/continue/<token>`: the right link for every channel, counted by where it was found, and nobody told."""

import re
from urllib.parse import unquote

import pytest
from django.test import Client
from django_scopes import scope

from apps.conversations.entries import carried
from apps.conversations.entry_links import OPENS, open_ways
from apps.conversations.models import EntryPoint, EntryVisit, Source
from apps.customers.actions import issue_continuation, join_by_token
from apps.customers.models import Identity
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import all_channels
from tests import factories

pytestmark = pytest.mark.django_db
KINDS = sorted(all_channels())
# By what an account of these kinds is called in its address; the others have theirs among the test settings.
CALLED = {
    "line": {"basic_id": "@chatshop"},
    "viber": {"chat_uri": "chatshop"},
    "apple": {"business_id": "5a4ba1d5-0000-4000-8000-000000000000"},
    "rcs": {"number": "+15005550009", "agent_id": "chatshop"},
    "instagram": {"username": "chatshop"},
}
# Kinds no address of which takes a word along, and why. A kind that is neither here nor opens is a mistake.
CANNOT = {
    "wechat": "an account's code with a word in it is made by its API, one at a time; there is no address to build",
    "qq": "a bot's page opens without a word for it",
}


@pytest.fixture
def shop(merchant: Merchant) -> Merchant:
    for kind in KINDS:
        factories.channel_account(merchant, kind, **CALLED.get(kind, {}))
    return merchant


@pytest.fixture
def entry(shop: Merchant) -> EntryPoint:
    with scope(merchant=shop):
        return EntryPoint.objects.create(merchant=shop, title="Summer poster", target={"campaign": "summer"})


@pytest.mark.parametrize("kind", KINDS)
def test_snapchats_link_opens_every_channel_that_can_carry_a_word(client: Client, entry: EntryPoint, kind: str) -> None:
    answer = client.get(f"/go/{entry.token}?from=snapchat&on={kind}")
    if kind in CANNOT:
        assert (answer.status_code, f">{all_channels()[kind].label}<" in answer.content.decode()) == (200, False)
        return
    assert answer.status_code == 302
    assert OPENS.match(answer["Location"]) or answer["Location"].startswith("http://127.0.0.1")
    assert carried(entry.token, Source.SNAPCHAT) in unquote(answer["Location"])


def test_the_page_lists_what_can_carry_the_word_each_with_a_code(
    client: Client, entry: EntryPoint, shop: Merchant
) -> None:
    page = client.get(f"/go/{entry.token}?from=poster").content.decode()
    with scope(merchant=shop):
        ways = open_ways(shop, carried(entry.token, Source.POSTER), language="en")
    links = re.findall(r'<a class="button wide[^"]*" href="([^"]+)"', page)
    assert [link.replace("&amp;", "&") for link in links] == [way.url for way in ways]
    assert page.count("door-qr") == len(ways) - 1  # the browser is here already
    assert "Set-Cookie" not in client.get(f"/go/{entry.token}").headers


def test_what_is_asked_for_and_not_there_shows_the_others(client: Client, entry: EntryPoint) -> None:
    assert client.get(f"/go/{entry.token}?on=fax").status_code == 200


@pytest.mark.parametrize("source", Source)
def test_openings_are_counted_by_source_without_a_cookie(client: Client, entry: EntryPoint, source: Source) -> None:
    for _ in range(3):
        answer = client.get(f"/go/{entry.token}?from={source}")
        assert not answer.cookies
    with scope(merchant=entry.merchant):
        assert list(EntryVisit.objects.values_list("source", "count")) == [(source, 3)]


@pytest.mark.parametrize(
    "who",
    [{"User-Agent": "WhatsApp/2.23"}, {"User-Agent": "facebookexternalhit/1.1"}, {"User-Agent": "TelegramBot (like TwitterBot)"},
     {"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, {"Sec-Purpose": "prefetch;prerender"}],
)  # fmt: skip
def test_readers_of_addresses_are_nobody(client: Client, entry: EntryPoint, who: dict[str, str]) -> None:
    assert client.get(f"/go/{entry.token}", headers=who).status_code == 200
    with scope(merchant=entry.merchant):
        assert EntryVisit.objects.count() == 0


def test_a_source_nobody_knows_is_a_plain_link(client: Client, entry: EntryPoint) -> None:
    assert client.get(f"/go/{entry.token}?from=<script>").status_code == 200
    with scope(merchant=entry.merchant):
        assert list(EntryVisit.objects.values_list("source", flat=True)) == ["link"]


@pytest.mark.parametrize(
    "said", ["javascript:alert(1)", "data:text/html,x", "http://plain.example", "//x", "https: x", ""]
)
def test_what_an_adapter_says_that_is_no_address_sends_nobody(said: str) -> None:
    assert OPENS.match(said) is None


@pytest.mark.parametrize(
    "path", ["go/%00", "go/" + "x" * 65, "go/nothing", "go/a%2Fb", "continue/%00", "continue/short"]
)
def test_what_is_no_link_is_not_found(client: Client, shop: Merchant, path: str) -> None:
    assert client.get(f"/{path}").status_code == 404


@pytest.fixture
def ana(shop: Merchant) -> Identity:
    return factories.identity(account_of(shop, "whatsapp"), display_name="Ana Secret")


def account_of(shop: Merchant, kind: str) -> ChannelAccount:
    with scope(merchant=shop):
        found: ChannelAccount = ChannelAccount.objects.get(kind=kind)
        return found


@pytest.mark.parametrize("kind", KINDS)
def test_going_on_opens_the_channel_that_was_asked_for(
    client: Client, shop: Merchant, ana: Identity, kind: str
) -> None:
    with scope(merchant=shop):
        token = issue_continuation(ana).token
    answer = client.get(f"/continue/{token}?on={kind}")
    if kind == "whatsapp" or kind in CANNOT:
        assert answer.status_code == 200  # where they are already, or where no link leads: the others are listed
        return
    assert answer.status_code == 302
    assert f"continue_{token}" in unquote(answer["Location"])


def test_the_page_of_a_link_tells_nothing_of_its_owner_and_uses_nothing_up(
    client: Client, shop: Merchant, ana: Identity
) -> None:
    with scope(merchant=shop):
        token = issue_continuation(ana).token
    for _ in range(3):
        page = client.get(f"/continue/{token}")
        assert (page.status_code, "Ana" in page.content.decode(), page["Referrer-Policy"]) == (
            200,
            False,
            "no-referrer",
        )
    there = factories.identity(account_of(shop, "telegram"))
    with scope(merchant=shop):
        assert join_by_token(there, token).customer == ana.customer
    assert client.get(f"/continue/{token}").status_code == 404
