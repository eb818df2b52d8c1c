"""Who works here: invited by the shop, never taken from another one, and nobody climbs by themselves."""

import re
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django_scopes import scope

from apps.accounts.models import User
from apps.merchants.models import Merchant, StaffRole
from tests import factories

from .test_admin import page, sign_in

ROLE = "merchants.staffrole"


def invitation(email: str, role: str = "associate", **more: str) -> dict[str, str]:
    return {
        "email": email,
        "shown_name": "Mia",
        "role": role,
        "languages": [],
        "skills": "",
        "capacity": 4,
        "is_active": "on",
        **more,
    }


def roles(merchant: Merchant) -> dict[str, str]:
    with scope(merchant=merchant):
        return dict(StaffRole.objects.values_list("user__email", "role"))


def role_of(merchant: Merchant, user: Any) -> StaffRole:
    with scope(merchant=merchant):
        return StaffRole.objects.get(user=user)


LINK = re.compile(r"http://[^/\s]+(/accounts/password/reset/key/[^\s<\"]+)")


def test_where_mail_goes_out_the_link_is_shown_to_nobody_else(
    desk: Client, merchant: Merchant, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = desk.post(page(ROLE, "add"), invitation("Mia@Example.org"), follow=True).content.decode()
    assert (LINK.search(answer), "on its way to mia@example.org" in answer) == (None, True)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["mia@example.org"], f"{merchant.name} invites you to work in its chat")
    link = LINK.search(str(sent.body))
    assert link is not None
    assert 'name="password1"' in Client().get(link[1], follow=True).content.decode()


def again(client: Client, *chosen: StaffRole) -> str:
    """Ticked in the list, and invited again."""
    ticked = {"action": "invite_again", "_selected_action": [role.pk for role in chosen]}
    return client.post(page(ROLE, "changelist"), ticked, follow=True).content.decode()


def test_an_invitation_the_mail_server_did_not_take_is_sent_again(
    desk: Client, merchant: Merchant, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1  # nobody there
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(page(ROLE, "add"), invitation("mia@example.org"))
    mia = role_of(merchant, User.objects.get(email="mia@example.org"))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with django_capture_on_commit_callbacks(execute=True):
        answer = again(desk, mia)
    (sent,) = mail.outbox
    link = LINK.search(str(sent.body))
    assert (sent.to, "on its way to mia@example.org" in answer, LINK.search(answer)) == (
        ["mia@example.org"],
        True,
        None,
    )
    assert link is not None
    assert 'name="password1"' in Client().get(link[1], follow=True).content.decode()


def test_who_has_been_here_is_sent_no_other_way_in(
    desk: Client, merchant: Merchant, other_merchant: Merchant, django_capture_on_commit_callbacks: Any
) -> None:
    desk.post(page(ROLE, "add"), invitation("mia@example.org"))
    mia = User.objects.get(email="mia@example.org")
    owner = factories.staff(merchant, "admin")
    owner.set_unusable_password()
    owner.save()
    stranger = role_of(other_merchant, factories.staff(other_merchant))
    mia.set_password("blue linen 2026")
    mia.save()
    with django_capture_on_commit_callbacks(execute=True):
        answer = again(desk, role_of(merchant, mia), role_of(merchant, owner), stranger)
    assert ("Mia needs no invitation." in answer, LINK.search(answer), mail.outbox) == (True, None, [])


def test_a_link_seen_here_opens_no_other_shop(
    desk: Client, merchant: Merchant, other_merchant: Merchant, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"  # no mail goes out
    desk.post(page(ROLE, "add"), invitation("mia@example.org"))
    mia = User.objects.get(email="mia@example.org")
    assert LINK.search(again(desk, role_of(merchant, mia)))
    with scope(merchant=other_merchant):
        StaffRole.objects.create(merchant=other_merchant, user=mia, role="admin")
    answer = again(desk, role_of(merchant, mia))
    assert ("Another shop expects Mia, too" in answer, LINK.search(answer)) == (True, None)


@pytest.mark.django_db(transaction=True)
def test_invited_twice_at_once_is_invited_once(desk: Client) -> None:
    """The other invitation is not yet to be seen when ours is checked, and there when ours is written."""
    begun, failed = Event(), []

    def other() -> None:
        try:
            with transaction.atomic():
                User.objects.create_user("mia@example.org")
                begun.set()
                sleep(2)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    rival = Thread(target=other)
    rival.start()
    begun.wait()
    answer = desk.post(page(ROLE, "add"), invitation("mia@example.org"), follow=True)
    rival.join()
    assert (failed, answer.status_code, "has just invited this person" in answer.content.decode()) == ([], 200, True)
    assert User.objects.filter(email="mia@example.org").count() == 1


def test_a_colleague_is_invited_and_chooses_a_password(desk: Client, merchant: Merchant, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    answer = desk.post(page(ROLE, "add"), invitation("Mia@Example.org"), follow=True).content.decode()
    person = User.objects.get(email="mia@example.org")
    assert (person.shown_name, person.is_staff, person.has_usable_password()) == ("Mia", False, False)
    assert roles(merchant)["mia@example.org"] == "associate"
    link = LINK.search(answer)
    assert link is not None
    visitor = Client()
    form = visitor.get(link[1], follow=True)
    done = visitor.post(
        form.request["PATH_INFO"], {"password1": "blue linen 2026", "password2": "blue linen 2026"}, follow=True
    )
    assert done.status_code == 200
    assert visitor.login(email="mia@example.org", password="blue linen 2026") is True
    address = EmailAddress.objects.get(user=person)
    assert (address.email, address.verified) == ("mia@example.org", False)
    again = Client().get(link[1], follow=True)
    assert 'name="password1"' not in again.content.decode()


def test_people_of_other_shops_are_neither_shown_nor_taken(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    theirs = factories.staff(other_merchant, display_name="Zelda Fremd")
    assert "Zelda Fremd" not in desk.get(page(ROLE, "add")).content.decode()
    answer = desk.post(page(ROLE, "add"), invitation(theirs.email)).content.decode()
    assert "cannot be invited from here" in answer
    desk.post(page(ROLE, "add"), {**invitation("new@example.org"), "user": str(theirs.pk)})
    with scope(merchant=merchant):
        assert StaffRole.objects.filter(user=theirs).exists() is False
    assert Merchant.of_user(theirs) == other_merchant


def test_somebody_who_works_here_is_not_invited_twice(desk: Client, merchant: Merchant) -> None:
    jonas = factories.staff(merchant)
    answer = desk.post(page(ROLE, "add"), invitation(jonas.email))
    assert (answer.status_code, "works here already" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("deed", ["change", "delete"])
def test_nobody_changes_their_own_role(merchant: Merchant, deed: str) -> None:
    manager = factories.staff(merchant, "manager")
    mine = role_of(merchant, manager)
    data = {"role": "associate", "post": "yes"}
    assert sign_in(manager).post(page(ROLE, deed, mine.pk), data).status_code == 403
    assert roles(merchant)[manager.email] == "manager"


@pytest.mark.parametrize("deed", ["change", "delete"])
def test_a_manager_does_not_touch_who_runs_the_shop(desk: Client, merchant: Merchant, deed: str) -> None:
    owner = factories.staff(merchant, "admin")
    data = {"role": "associate", "post": "yes"}
    assert desk.post(page(ROLE, deed, role_of(merchant, owner).pk), data).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": role_of(merchant, owner).pk, "post": "yes"}
    desk.post(page(ROLE, "changelist"), chosen)
    assert roles(merchant)[owner.email] == "admin"


def test_a_manager_gives_no_more_than_they_have(desk: Client, merchant: Merchant) -> None:
    jonas = role_of(merchant, factories.staff(merchant))
    desk.post(page(ROLE, "change", jonas.pk), {"role": "admin", "is_active": "on"})
    desk.post(page(ROLE, "add"), invitation("mia@example.org", "admin"))
    assert "admin" not in roles(merchant).values()
    assert User.objects.filter(email="mia@example.org").exists() is False
    desk.post(
        page(ROLE, "change", jonas.pk),
        {"role": "lead", "is_active": "on", "languages": [], "skills": "", "capacity": 4},
    )
    assert role_of(merchant, jonas.user).role == "lead"


def test_who_runs_the_shop_makes_another_one(merchant: Merchant) -> None:
    owner = sign_in(factories.staff(merchant, "admin"))
    owner.post(page(ROLE, "add"), invitation("mia@example.org", "admin"))
    assert roles(merchant)["mia@example.org"] == "admin"
    assert User.objects.get(email="mia@example.org").is_staff is True
