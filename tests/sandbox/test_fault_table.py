"""What becomes of a message on a bad day, on every kind of channel: the outbox against the played platform, which counts.

A fault comes once. The clock then runs on until nothing waits, with nobody looking after it.
"""

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pytest_django import Settings

from apps.conversations.actions import receive, send_message
from apps.conversations.deliver import deliver, look, requeue_unknown
from apps.conversations.models import AccountTrouble, Conversation, Message
from apps.customers.actions import may_receive
from apps.gateway.ingest import unwrapped
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import ErrorClass, WebhookRequest, channel_for
from apps.messaging.content import OrderUpdate, Text
from tests.factories import channel_account
from tests.messaging.kinds import KINDS

from .conftest import CONFIGS, Shop, World
from .test_adapters import SHOPPERS

pytestmark = pytest.mark.usefixtures("in_scope")
MOMENTS = (0, 5, 30, 130, 140, 300, 600)  # seconds after the first attempt at which a worker looks
NEWS = OrderUpdate(text="Your order is on its way.", order_number="K7QM-2XPD", state="shipped")
PROXY: dict[str, Any] = {"kind": "lost", "params": {"seconds": 0}}  # the platform took it, a proxy answers in its place

# fault: (how an answer ends, how often the platform took it), (how order news end, how often)
TABLE: dict[str, tuple[dict[str, Any], tuple[str, int], tuple[str, int]]] = {
    "429 that names a delay": (
        {"kind": "rate_limit", "params": {"retry_after": 2}},
        ("accepted", 1),
        ("accepted", 1),
    ),
    "429 without a delay": ({"kind": "rate_limit"}, ("accepted", 1), ("accepted", 1)),
    "500": ({"kind": "server_error"}, ("accepted", 1), ("accepted", 1)),
    "503": ({"kind": "server_error", "params": {"status": 503}}, ("accepted", 1), ("accepted", 1)),
    "taken, and half of the answer": ({"kind": "cut"}, ("unknown", 1), ("accepted", 2)),
    "taken, and a proxy's 504": (PROXY, ("unknown", 1), ("accepted", 2)),
}
SILENCE = {"taken, and no answer": ({"kind": "lost"}, ("unknown", 1), ("accepted", 2))}
# Whoever says the same name twice is known there: the second call is the first.
SAY_NOTHING = frozenset(kind for kind, told in KINDS.items() if getattr(told, "SAYS_NOTHING", False))  # nothing to cut
KNOWS_REPEATS = frozenset(kind for kind, told in KINDS.items() if getattr(told, "KNOWS_REPEATS", False))


@pytest.fixture
def reachable(settings: Settings) -> None:
    settings.PRIVATE_ADDRESSES = True


def begin(merchant: Any, world: World, shop: Shop, kind: str) -> Conversation:
    """The shopper writes on their phone; what the platform then calls us with is verified, read and taken in."""
    platform = KINDS[kind].PLATFORM
    account = channel_account(
        merchant, kind, name="demo", **{**CONFIGS[kind], "api_base": f"{world.url}/sandbox/api/{platform}"}
    )
    world.order("_settings", receipts=[])
    world.order("_say", kind=kind, shopper=SHOPPERS[kind], text="hello there", name="Ana", language="en")
    hook = shop.wait(1)[0]
    query = dict(parse_qsl(hook.path.partition("?")[2], keep_blank_values=True))
    request = WebhookRequest("POST", shop.url + hook.path, hook.headers, query, hook.body)
    channel = channel_for(kind)
    channel.verify(request, account.config)
    request = unwrapped(request, limit=channel.unpacked_limit)
    received = receive(account, channel.parse(request, account.config))
    assert received.conversation is not None
    return received.conversation


def says(conversation: Conversation, *, is_news: bool = False) -> Message:
    if is_news:
        return send_message(conversation, NEWS, author="system", purpose=Message.Purpose.TRANSACTIONAL)
    return send_message(conversation, Text(text="Good day."), author="bot")


def time_passes() -> None:
    began = clock.now()
    for seconds in MOMENTS:
        with clock.at(began + dt.timedelta(seconds=seconds)):
            requeue_unknown()
            while claims := look(4).claims:
                for claim in claims:
                    deliver(claim)


def outcome(world: World, kind: str, message: Message) -> tuple[str, int]:
    message.refresh_from_db()
    taken = [row for row in world.accepted(KINDS[kind].PLATFORM) if row["outcome"] == "accepted"]
    return str(message.state), len(taken)


def table(rows: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(kind, fault, expected[is_news], is_news, id=f"{kind}-{name}-{'news' if is_news else 'answer'}")
        for kind in KINDS
        for name, (fault, *expected) in rows.items()
        for is_news in (False, True)
    ]


def held(merchant: Any, world: World, shop: Shop, kind: str, fault: dict[str, Any], is_news: bool) -> tuple[str, int]:
    conversation = begin(merchant, world, shop, kind)
    world.order("_faults", platform=KINDS[kind].PLATFORM, **fault)
    message = says(conversation, is_news=is_news)
    time_passes()
    return outcome(world, kind, message)


def expectation(kind: str, fault: dict[str, Any], expected: tuple[str, int]) -> tuple[str, int]:
    state, times = expected
    if fault["kind"] == "cut" and kind in SAY_NOTHING:
        return "accepted", 1
    if fault is PROXY and kind in KNOWS_REPEATS:
        return "accepted", 1  # tried again at once, and known there
    return (state, min(times, 1) if kind in KNOWS_REPEATS else times)


@pytest.mark.parametrize(("kind", "fault", "expected", "is_news"), table(TABLE))
@pytest.mark.usefixtures("reachable")
def test_a_bad_day_ends_as_the_table_says(
    merchant: Any, world: World, shop: Shop, kind: str, fault: dict[str, Any], expected: Any, is_news: bool
) -> None:
    assert held(merchant, world, shop, kind, fault, is_news) == expectation(kind, fault, expected)


@pytest.mark.soak
@pytest.mark.parametrize(("kind", "fault", "expected", "is_news"), table(SILENCE))
@pytest.mark.usefixtures("reachable")
def test_silence_after_it_was_taken_ends_as_the_table_says(
    merchant: Any, world: World, shop: Shop, kind: str, fault: dict[str, Any], expected: Any, is_news: bool
) -> None:
    assert held(merchant, world, shop, kind, fault, is_news) == expectation(kind, fault, expected)


FOREVER = {
    ErrorClass.WINDOW_CLOSED: "failed",
    ErrorClass.OPTED_OUT: "failed",
    ErrorClass.UNREACHABLE: "failed",
    ErrorClass.POLICY: "failed",
}
REFUSALS = [
    pytest.param(kind, fault, meaning, id=f"{kind}-{meaning}")
    for kind, told in KINDS.items()
    for fault, meaning in told.FAULTS
    if meaning in FOREVER
]
REVOKED = [
    (kind, fault) for kind, told in KINDS.items() for fault, meaning in told.FAULTS if meaning == ErrorClass.AUTH
]


@pytest.mark.parametrize(("kind", "fault", "meaning"), REFUSALS)
@pytest.mark.usefixtures("reachable")
def test_a_no_is_not_asked_again(
    merchant: Any, world: World, shop: Shop, kind: str, fault: dict[str, Any], meaning: ErrorClass
) -> None:
    conversation = begin(merchant, world, shop, kind)
    world.order("_faults", platform=KINDS[kind].PLATFORM, **fault)
    message = says(conversation, is_news=True)
    time_passes()
    assert outcome(world, kind, message) == ("failed", 0)
    assert message.error_class == meaning
    if meaning == ErrorClass.OPTED_OUT:
        conversation.identity.refresh_from_db()
        is_open = conversation.identity.blocked_at is None and may_receive(conversation.identity, "service")
        assert not is_open
        again = says(conversation)
        time_passes()
        assert outcome(world, kind, again) == ("suppressed", 0)


@pytest.mark.parametrize(("kind", "fault"), REVOKED)
@pytest.mark.usefixtures("reachable")
def test_a_revoked_key_is_told_to_the_shop_and_the_message_waits(
    merchant: Any, world: World, shop: Shop, kind: str, fault: dict[str, Any]
) -> None:
    conversation = begin(merchant, world, shop, kind)
    world.order("_faults", platform=KINDS[kind].PLATFORM, times=1, **fault)
    message = says(conversation)
    (claim,) = look(1).claims
    assert deliver(claim) == "retry"
    assert AccountTrouble.objects.get().channel_account_id == conversation.channel_account_id
    time_passes()
    assert outcome(world, kind, message) == ("accepted", 1)
    assert not AccountTrouble.objects.exists()


def test_every_kind_has_a_row_for_what_it_can_refuse() -> None:
    said = {kind: {meaning for _fault, meaning in told.FAULTS} for kind, told in KINDS.items()}
    can_close = {kind for kind in KINDS if channel_for(kind).capability.window_hours is not None}
    assert {kind for kind in can_close if ErrorClass.WINDOW_CLOSED not in said[kind]} == set()
    silent = {kind for kind in KINDS if not said[kind] & {ErrorClass.OPTED_OUT, ErrorClass.UNREACHABLE}}
    assert silent == {"line"}  # takes a push to whoever blocked the account, and says nothing
    assert {kind for kind in KINDS if ErrorClass.AUTH not in said[kind]} == set()


def test_the_account_is_one_of_the_played_platform(merchant: Any) -> None:
    assert set(CONFIGS) == set(KINDS)
    assert ChannelAccount.objects.count() == 0
