"""A thread goes from one person to another, over the console's socket."""

from typing import Any

import pytest

from apps.conversations.models import Conversation, Message, Note
from apps.merchants.models import StaffRole
from apps.routing.actions import take_over
from apps.routing.models import Offer
from apps.routing.offers import run_due
from apps.routing.presence import switch

from .. import factories
from ..web import sign_in
from .conftest import Desk, ain_shop
from .test_duty import mara, person  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def held(shop, thread, jonas):
    """Jonas has it."""
    await ain_shop(shop, lambda: take_over(thread, jonas))
    return thread


async def on_duty(shop: Any, who: Desk) -> None:
    user = await ain_shop(shop, lambda: StaffRole.objects.get(user=person(who)).user)
    await ain_shop(shop, lambda: switch(user, shop.pk, state="available"))


async def transfers(giver: Desk, held: Conversation, to: Any, **more: Any) -> str:
    return await giver.sends(type="transfer", thread=held.public_id, to=to, **more)


async def owner(shop: Any) -> Any:
    return await ain_shop(shop, lambda: Conversation.objects.get().owner_user_id)


async def test_a_thread_is_passed_on_with_a_note_and_accepted(shop, held, desk, mara, jonas):  # noqa: F811
    await on_duty(shop, mara)
    key = await transfers(desk, held, f"person:{person(mara)}", note="wants size M")
    await desk.hears("accepted", client_id=key)
    while not (row := (await mara.hears("thread"))["row"])["offer"]:
        pass
    offer = row["offer"]
    assert (offer["to"], offer["by"], offer["note"], row["owner_user"], row["waiting_since"]) == (
        person(mara), jonas.pk, "wants size M", jonas.pk, "",
    )  # fmt: skip
    assert (row["asked_by_name"], row["reason"]) == (None, "Passed on by a colleague")
    await mara.sends(type="offer.accept", offer=offer["id"])
    await mara.hears("accepted")
    assert await owner(shop) == person(mara)
    assert await ain_shop(shop, lambda: (Note.objects.get().text, Message.objects.count())) == ("wants size M", 0)


async def test_what_its_giver_still_writes_is_refused_and_names_who_has_it(shop, held, desk, mara, jonas):  # noqa: F811
    await on_duty(shop, mara)
    await transfers(desk, held, f"person:{person(mara)}")
    await desk.hears("accepted")
    offer = await ain_shop(shop, lambda: Offer.objects.get().pk)
    await mara.sends(type="offer.accept", offer=offer)
    await mara.hears("accepted")
    words = {"type": "message.send", "thread": held.public_id, "text": "late"}
    key = await desk.sends(**words, holder=jonas.pk)
    error = await desk.hears("error")
    assert (error["code"], error["detail"], error["client_id"]) == ("taken", "Mara was faster and answers now.", key)
    for kind, more in (("card.send", {"product": 1}), ("cart.set", {"variant": 1, "quantity": 1, "seen": 0})):
        await desk.sends(type=kind, thread=held.public_id, holder=jonas.pk, **more)
        assert (await desk.hears("error"))["code"] in ("taken", "not_found")
    assert (await ain_shop(shop, Message.objects.count), await owner(shop)) == (0, person(mara))
    await desk.sends(**words, holder=person(mara))  # now they see whom they take it from
    await desk.hears("accepted")
    assert await owner(shop) == jonas.pk


async def test_a_declined_and_a_lapsed_transfer_are_told_to_the_giver(shop, held, desk, mara, jonas):  # noqa: F811
    await on_duty(shop, mara)

    def lapse() -> None:
        Offer.objects.filter(outcome="open").update(until="2020-01-01T00:00Z")
        run_due()

    async def heard(outcome: str) -> dict[str, Any]:
        while (told := await desk.hears("thread")).get("event", {}).get("data", {}).get("outcome") != outcome:
            pass
        return dict(told["event"])

    await transfers(desk, held, f"person:{person(mara)}")
    await desk.hears("accepted")
    offer = await ain_shop(shop, lambda: Offer.objects.get().pk)
    await mara.sends(type="offer.decline", offer=offer, reason="busy")
    event = await heard("declined")
    assert (event["kind"], event["actor"], event["data"]["by"], event["data"]["next"]) == (
        "transfer",
        "Mara",
        jonas.pk,
        "",
    )
    await transfers(desk, held, f"person:{person(mara)}")
    await desk.hears("accepted")
    await ain_shop(shop, lapse)
    assert (await heard("lapsed"))["data"]["by"] == jonas.pk
    assert await owner(shop) == jonas.pk


async def test_called_off_it_stays(shop, held, desk, mara, jonas):  # noqa: F811
    await on_duty(shop, mara)
    await transfers(desk, held, "")
    await desk.hears("accepted")
    offer = await ain_shop(shop, lambda: Offer.objects.get().pk)
    await mara.sends(type="transfer.stop", thread=held.public_id)
    assert (await mara.hears("error"))["code"] == "taken"
    await desk.sends(type="transfer.stop", thread=held.public_id)
    await desk.hears("accepted")
    await mara.sends(type="offer.accept", offer=offer)
    error = await mara.hears("error")
    assert (error["code"], error["detail"]) == (
        "offer_over", "This is not to be taken over any more: Jonas goes on answering.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to": "person:0"}, "not_found"),
        ({"to": "person:STRANGER"}, "not_found"),
        ({"to": "store:STRANGERS"}, "not_found"),
        ({"to": "skill:juggling"}, "not_found"),
        ({"to": "role:admin"}, "not_found"),
        ({"to": None}, "not_found"),
        ({"to": "person:²"}, "not_found"),
        ({"to": ["person:1"]}, "not_found"),
        ({"to": "person:ME"}, "nobody"),
        ({"to": ""}, "nobody"),
        ({"to": "", "note": "x" * 501}, "too_long"),
        ({"to": "", "client_id": "7"}, "client_id_missing"),
    ],
)
async def test_what_cannot_be_passed_on_is_said(shop, held, desk, jonas, more, code):
    def strangers() -> tuple[int, int]:
        other = factories.merchant("stranger")
        return factories.staff(other).pk, factories.location(other, "Theirs", is_store=True).pk

    pair = await ain_shop(shop, strangers) if "STRANGER" in str(more) else (0, 0)
    if isinstance(more["to"], str):
        names = {"STRANGERS": str(pair[1]), "STRANGER": str(pair[0]), "ME": str(jonas.pk)}
        for name, number in names.items():
            more = {**more, "to": more["to"].replace(name, number)}
    await desk.sends(type="transfer", thread=held.public_id, **more)
    assert (await desk.hears("error"))["code"] == code
    assert await owner(shop) == jonas.pk


@pytest.mark.parametrize(("role", "may"), [("associate", False), ("expert", False), ("lead", True), ("manager", True)])
async def test_attack_32_only_who_has_it_or_leads_passes_it_on(shop, held, desk, mara, jonas, role, may):  # noqa: F811
    await on_duty(shop, mara)
    third = Desk(await ain_shop(shop, lambda: sign_in(factories.staff(shop, role, display_name="Third"))))
    await third.opens()
    await third.hello()
    await transfers(third, held, f"person:{person(mara)}")
    told = await third.hears("accepted" if may else "error")
    assert may or (told["code"], told["detail"]) == ("taken", "Jonas was faster and answers now.")
    await third.leaves()
    assert (await owner(shop), await ain_shop(shop, Offer.objects.count)) == (jonas.pk, int(may))


async def test_attack_20_nobody_of_another_shop_passes_it_on(shop, held, jonas):
    lead = await ain_shop(shop, lambda: sign_in(factories.staff(factories.merchant("stranger"), "manager")))
    stranger = Desk(lead)
    await stranger.opens()
    await stranger.hello()
    for kind in ("transfer", "transfer.stop"):
        await stranger.sends(type=kind, thread=held.public_id, to="")
        assert (await stranger.hears("error"))["code"] == "not_found"
    await stranger.leaves()
    assert await owner(shop) == jonas.pk
