"""Staff: the people who sign in. Shoppers never do; they are `customers.Customer`."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A staff member known by e-mail."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    display_name = models.CharField(_("name shown to shoppers"), max_length=60, blank=True)
    pin = models.CharField(max_length=128, blank=True, default="", db_default="", editable=False)  # hashed; for tablets
    wrong_pins = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)  # in a row
    pin_rests_until = models.DateTimeField(null=True, blank=True, editable=False)
    sign_outs = models.PositiveIntegerField(default=0, db_default=0, editable=False)  # each ends every session so far

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """What a shopper reads above this person's messages."""
        return self.display_name or self.first_name or self.email.split("@")[0]

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session must carry: it changes with the password and whenever the person is signed out everywhere."""
        bare: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.sign_outs:
            return bare
        return salted_hmac(
            f"chatshop.sign_outs.{bare}", str(self.sign_outs), secret=secret, algorithm="sha256"
        ).hexdigest()
