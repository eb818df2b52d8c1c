"""Colleagues are asked in by the shop: a person without a password, and a link with which they set their own."""

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from .models import User


def invite(email: str, *, shown_name: str = "", has_desk: bool = False) -> User:
    """A new person who cannot sign in yet; `has_desk` opens the admin. An `email` that is known raises `IntegrityError`."""
    return User.objects.create_user(email, None, display_name=shown_name, is_staff=has_desk)


def way_in(person: User) -> str:
    """The path of the page where the person sets a password: good once, for `PASSWORD_RESET_TIMEOUT` seconds."""
    token = EmailAwarePasswordResetTokenGenerator().make_token(person)
    uid = user_pk_to_url_str(person)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
