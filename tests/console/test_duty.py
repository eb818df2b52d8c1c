"""The switch, and being asked to take a chat, over the console's socket."""

from typing import Any

import pytest

from apps.conversations.models import Conversation
from apps.merchants.models import StaffRole
from apps.routing.actions import hand_over, withdraw
from apps.routing.models import Offer, Presence
from apps.routing.offers import run_due

from .. import factories
from ..web import sign_in
from .conftest import Desk, ain_shop, at_the_desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def mara(shop):
    """A colleague's console."""
    async with at_the_desk(await ain_shop(shop, lambda: sign_in(factories.staff(shop, display_name="Mara")))) as made:
        yield made


def person(desk: Desk) -> int:
    return int(desk.ready["user"]["id"])


async def switches(desk: Desk, state: str, **more: Any) -> dict[str, Any]:
    await desk.sends(type="presence.set", state=state, **more)
    told = await desk.hears("team")
    return next(row for row in told["people"] if row["id"] == person(desk))


async def offered(shop: Any, thread: Conversation, desk: Desk) -> dict[str, Any]:
    """The shopper asks for a person, and this console hears that it is asked."""
    context = {"cart": ["1 × Blue mug"], "cart_total": "€12.00"}
    await ain_shop(shop, lambda: hand_over(thread, reason="asked", context=context))
    told = await desk.hears("thread")
    return dict(told["row"])


async def test_the_switch_is_the_persons_own_and_a_heartbeat_does_not_undo_it(shop, desk, jonas):
    assert [(row["id"], row["state"], row["held"], row["most"]) for row in desk.ready["team"]] == [
        (jonas.pk, "off", 0, 4)  # the shop has no hours: until somebody switches on, it is closed
    ]
    assert await switches(desk, "away", note=" back at two ") == {
        "id": jonas.pk, "name": "Jonas", "state": "away", "note": "back at two", "held": 0, "most": 4, "here": True,
    }  # fmt: skip
    await desk.hears("heartbeat")
    await desk.hears("heartbeat")
    assert (await desk.hello())["team"][0]["state"] == "away"
    assert (await switches(desk, "available", note="gone"))["note"] == ""


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "presence.set", "state": "busy"}, "bad_state"),
        ({"type": "presence.set", "state": ["off"]}, "bad_state"),
        ({"type": "presence.set", "state": "away", "note": "x" * 81}, "too_long"),
        ({"type": "offer.accept", "offer": "1"}, "not_found"),
        ({"type": "offer.accept", "offer": True}, "not_found"),
        ({"type": "offer.accept", "offer": 2**64}, "not_found"),
        ({"type": "offer.decline", "offer": -1, "reason": "busy"}, "not_found"),
        ({"type": "take", "thread": "THREAD", "seen": "1"}, "bad_number"),
        ({"type": "take", "thread": "x", "seen": None}, "not_found"),
    ],
)
async def test_what_cannot_be_done_is_said(thread, desk, message, code):
    await desk.sends(**{key: thread.public_id if value == "THREAD" else value for key, value in message.items()})
    assert (await desk.hears("error"))["code"] == code


async def test_a_chat_is_offered_with_what_decides_and_accepted(shop, thread, desk, jonas):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)
    assert (row["offer"]["to"], row["offer"]["known"], row["cart_value"], row["reason"]) == (
        jonas.pk, False, "€12.00", "Asked for a person",
    )  # fmt: skip
    key = await desk.sends(type="offer.accept", offer=row["offer"]["id"])
    assert (await desk.hears("accepted", client_id=key))["thread"] == thread.public_id
    told = await desk.hears("thread")
    assert (told["row"]["owner_user"], told["row"]["offer"]) == (jonas.pk, None)
    team = await desk.hears("team")
    assert [row["held"] for row in team["people"]] == [1]


async def test_a_declined_chat_is_offered_to_the_next_and_both_consoles_see_it(shop, thread, desk, mara, jonas):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)
    await desk.sends(type="offer.decline", offer=row["offer"]["id"], reason="rain")
    assert (await desk.hears("error"))["code"] == "bad_reason"
    await switches(mara, "available")
    await desk.sends(type="offer.decline", offer=row["offer"]["id"], reason="topic")
    for console in (desk, mara):
        while (told := await console.hears("thread"))["row"]["offer"]["to"] == jonas.pk:
            pass
        assert told["row"]["offer"]["to"] == person(mara)
    outcomes = await ain_shop(shop, lambda: list(Offer.objects.order_by("pk").values_list("outcome", "reason")))
    assert outcomes == [("declined", "topic"), ("open", "")]


async def test_a_lapsed_offer_is_said_to_be_over_and_the_chat_can_still_be_taken(shop, thread, desk, jonas):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)

    def lapse() -> None:
        Offer.objects.update(until="2020-01-01T00:00Z")
        run_due()

    await ain_shop(shop, lapse)
    assert (await desk.hears("thread"))["row"]["offer"] is None
    await desk.sends(type="offer.accept", offer=row["offer"]["id"])
    error = await desk.hears("error")
    assert (error["code"], error["detail"]) == (
        "offer_over", "Your time to accept is over. You can still take the chat from the list.",
    )  # fmt: skip
    await desk.sends(type="take", thread=thread.public_id, seen=None)
    assert (await desk.hears("thread"))["row"]["owner_user"] == jonas.pk


async def test_whoever_is_late_is_told_who_has_it(shop, thread, desk, mara):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)
    await mara.sends(type="take", thread=thread.public_id, seen=None)
    await mara.hears("accepted")
    await desk.sends(type="offer.accept", offer=row["offer"]["id"])
    error = await desk.hears("error")
    assert (error["code"], error["detail"]) == ("taken", "Mara was faster and answers now.")
    await desk.sends(type="take", thread=thread.public_id, seen=None)
    assert (await desk.hears("error"))["code"] == "taken"
    await desk.sends(type="take", thread=thread.public_id, seen=person(mara))
    await desk.hears("accepted")


async def test_a_shopper_who_needs_nobody_any_more_is_not_there_to_accept(shop, thread, desk):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)
    await ain_shop(shop, lambda: withdraw(thread))
    await desk.sends(type="offer.accept", offer=row["offer"]["id"])
    assert (await desk.hears("error"))["detail"] == "The shopper needs no person any more."


async def test_attack_20_nobody_answers_an_offer_to_somebody_else(shop, thread, desk, mara):
    await switches(desk, "available")
    row = await offered(shop, thread, desk)
    stranger = Desk(await ain_shop(shop, lambda: sign_in(factories.staff(factories.merchant("stranger")))))
    await stranger.opens()
    await stranger.hello()
    for console in (mara, stranger):
        for kind in ("offer.accept", "offer.decline"):
            await console.sends(type=kind, offer=row["offer"]["id"], reason="busy")
            assert (await console.hears("error"))["code"] == "not_found"
    assert [row["name"] for row in stranger.ready["team"]] != []
    assert {row["name"] for row in stranger.ready["team"]} & {"Jonas", "Mara"} == set()
    await stranger.leaves()
    assert await ain_shop(shop, lambda: Offer.objects.get().outcome) == "open"


async def test_nobody_raises_their_own_capacity_by_switching(shop, desk, jonas):
    told = await switches(desk, "available", capacity=99, most=99, held=0, user=1)
    assert (told["most"], told["held"]) == (4, 0)
    assert await ain_shop(shop, lambda: StaffRole.objects.get().capacity) == 4
    assert await ain_shop(shop, lambda: Presence.objects.count()) == 1


async def test_who_waits_for_an_answer_of_a_colleague_waits_since_the_first_word_without_one(shop, thread, desk):
    def says(*words: tuple[str, str]) -> list[str]:
        rows = []
        for seq, (author, at) in enumerate(words, start=1):
            rows.append(thread.messages.create(
                merchant=shop, seq=seq, author=author, content={"kind": "text", "text": "x"}, text="x", state="accepted",
                occurred_at=at,
            ))  # fmt: skip
        Conversation.objects.filter(pk=thread.pk).update(last_seq=len(rows))
        return []

    await ain_shop(shop, lambda: says(
        ("shopper", "2026-03-02T10:00Z"), ("agent", "2026-03-02T10:01Z"), ("shopper", "2026-03-02T10:02Z"),
        ("shopper", "2026-03-02T10:03Z"),
    ))  # fmt: skip
    (row,) = (await desk.hello())["list"]
    assert row["unanswered_since"] == "2026-03-02T10:02:00+00:00"
