"""Colleagues are asked in by the shop: a person without a password, and a link with which they set their own."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from .models import User

NOWHERE = ("console.EmailBackend", "dummy.EmailBackend")  # mail that reaches nobody


@transaction.atomic
def invite(email: str, *, shown_name: str = "", has_desk: bool = False) -> User:
    """A new person who cannot sign in yet; `has_desk` opens the admin. An `email` that is known raises `IntegrityError`.

    The address counts as unverified: that somebody was given the link to it proves nothing about whose it is.
    """
    person = User.objects.create_user(email, None, display_name=shown_name, is_staff=has_desk)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)
    return person


def is_expected(person: User) -> bool:
    """Whether the person was invited and has never been here: then, and only then, another link may be given out."""
    return not (person.has_usable_password() or person.last_login or person.is_superuser)


def has_mail() -> bool:
    """Whether what this installation mails arrives anywhere."""
    return not settings.EMAIL_BACKEND.endswith(NOWHERE)


def mail_way_in(person: User, *, shop: str) -> None:
    """The link goes to the invited address and to nobody else. Raises what the mail server does."""
    link = f"{settings.PUBLIC_URL}{way_in(person)}"
    told = {"shop": shop, "link": link}
    subject = _("%(shop)s invites you to work in its chat") % told
    text = _("Choose a password with this link. It works once, for three days: %(link)s") % told
    send_mail(" ".join(subject.split()), text, None, [person.email])


def way_in(person: User) -> str:
    """The path of the page where the person sets a password: good once, for `PASSWORD_RESET_TIMEOUT` seconds."""
    token = EmailAwarePasswordResetTokenGenerator().make_token(person)
    uid = user_pk_to_url_str(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
