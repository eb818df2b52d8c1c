"""The shopper: who they are on each channel, what they allowed, where parcels go."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class Customer(MerchantOwned):
    """One person. Phone and e-mail are attributes, verified or not; never a key."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = PhoneNumberField(_("phone"), blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    phone_verified_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("As they chose it."))
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, editable=False)
    created_at = models.DateTimeField(_("created on"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("shoppers")

    def __str__(self) -> str:
        return self.name or str(_("Shopper"))

    @property
    def is_stranger(self) -> bool:
        """A visitor of the web chat, and nothing else: no e-mail, no phone, no account the shop or a platform knows."""
        if self.email or self.phone:
            return False
        known_as = list(self.identities.values_list("channel_account__kind", "external_id"))
        return bool(known_as) and all(kind == "webchat" and name.startswith("anon:") for kind, name in known_as)


class Identity(MerchantOwned):
    """A person as one channel account knows them."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="identities")
    channel_account = models.ForeignKey("merchants.ChannelAccount", verbose_name=_("channel"), on_delete=models.PROTECT)
    external_id = models.CharField(max_length=255)
    aliases = models.JSONField(default=dict, blank=True)  # {"phone": …, "wa_id": …, "username": …}
    display_name = models.CharField(_("name at the platform"), max_length=120, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)
    blocked_at = models.DateTimeField(
        _("blocked since"), null=True, blank=True
    )  # the person shut the door (opted out, blocked the bot)
    # Who was known under this name before, a number being given to somebody else one day: to be proven the same person.
    formerly = models.ForeignKey(
        "self", verbose_name=_("to be proven the same as"), null=True, blank=True, editable=False, related_name="+",
        on_delete=models.SET_NULL,
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("account at the platform")
        verbose_name_plural = _("accounts at platforms")
        constraints = [
            models.UniqueConstraint(fields=["channel_account", "external_id"], name="identity_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.external_id


class CustomerGroup(MerchantOwned):
    """People the merchant treats alike: trade customers, members of a club. Prices and offers may be for one."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=60)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created on"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="customergroup_name_once")]

    def __str__(self) -> str:
        return self.name


class PutByPeople(MerchantOwned):
    """A shopper was put somewhere by people: since when and by whom."""

    since = models.DateTimeField(_("since"), default=clock.now, editable=False)
    added_by = models.ForeignKey(
        "accounts.User", verbose_name=_("added by"), null=True, blank=True, editable=False, on_delete=models.SET_NULL
    )

    class Meta:
        abstract = True


class GroupMember(PutByPeople):
    """Somebody is in a group, since when and by whom."""

    group = models.ForeignKey(
        CustomerGroup, verbose_name=_("customer group"), on_delete=models.CASCADE, related_name="members"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="memberships"
    )
    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["group", "customer"], name="groupmember_once")]

    def __str__(self) -> str:
        return str(self.group)


class CustomerTag(MerchantOwned):
    """A word of the merchant's on shoppers, for those who work here: "press", "calls back". Never said to a shopper."""

    name = models.CharField(_("tag"), max_length=40)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("customer tag")
        verbose_name_plural = _("customer tags")
        ordering = [Lower("name"), "pk"]
        constraints = [models.UniqueConstraint("merchant", Lower("name"), name="customertag_name_once")]

    def __str__(self) -> str:
        return self.name


class Tagging(PutByPeople):
    """A shopper bears a tag, since when and by whom."""

    tag = models.ForeignKey(
        CustomerTag, verbose_name=_("customer tag"), on_delete=models.CASCADE, related_name="taggings"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="taggings"
    )
    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = [Lower("tag__name"), "pk"]
        constraints = [models.UniqueConstraint(fields=["tag", "customer"], name="tagging_once")]

    def __str__(self) -> str:
        return str(self.tag)


class ConsentEntry(MerchantOwned):
    """Append-only: what a person allowed or withdrew, where, in which words."""

    class Purpose(models.TextChoices):
        SERVICE = "service", _("answers and order news")
        MARKETING = "marketing", _("offers")

    class Scope(models.TextChoices):
        IDENTITY = "identity", _("this channel")
        CUSTOMER = "customer", _("every channel")

    identity = models.ForeignKey(
        Identity, verbose_name=_("account at the platform"), on_delete=models.PROTECT, related_name="consents"
    )
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    granted = models.BooleanField(_("allowed"))
    source = models.CharField(_("origin"), max_length=40)  # "keyword", "platform", "checkout", "admin"
    wording = models.CharField(_("wording"), max_length=200, blank=True)
    event_key = models.CharField(max_length=255, blank=True)
    occurred_at = models.DateTimeField(_("date"))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [models.Index(fields=["identity", "purpose", "-id"])]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.occurred_at:%Y-%m-%d}"


class Address(MerchantOwned):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    name = models.CharField(_("name"), max_length=120)
    line1 = models.CharField(_("street and number"), max_length=160)
    line2 = models.CharField(_("addition"), max_length=160, blank=True)
    postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    city = models.CharField(_("city"), max_length=80)
    region = models.CharField(_("region"), max_length=80, blank=True)
    country = models.CharField(_("country"), max_length=2)
    is_default = models.BooleanField(_("usual address"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self) -> str:
        return ", ".join(
            part
            for part in (
                self.name,
                self.line1,
                self.line2,
                f"{self.postcode} {self.city} {self.region}".strip(),
                self.country,
            )
            if part
        )


class Merge(MerchantOwned):
    """Two customers became one: what moved, by id, so that it can be undone. Holds nothing personal."""

    source = models.ForeignKey(Customer, verbose_name=_("who was joined"), on_delete=models.CASCADE, related_name="+")
    target = models.ForeignKey(Customer, verbose_name=_("who stayed"), on_delete=models.CASCADE, related_name="merges")
    # {"identities", "origin": the channel whose code it was, None for none, "addresses", "defaults", "filled", "memberships",
    # "taggings", "parts", and of a proof "formerly": {identity: whom it was to be proven the same as}}
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField(_("joined on"))
    undone_at = models.DateTimeField(_("undone on"), null=True, blank=True)
    undone_by = models.ForeignKey(
        "accounts.User", verbose_name=_("undone by"), null=True, blank=True, on_delete=models.SET_NULL
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("joined shoppers")
        verbose_name_plural = _("joined shoppers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(undone_at__isnull=True), name="merge_once_while_it_holds"
            )
        ]


class LinkCode(MerchantOwned):
    """A one-time way by which a second channel proves it is the same person: digits to type, and a link that does the
    same. Or, for a store, digits that a colleague there types. Only hashes are kept."""

    class Kind(models.TextChoices):
        CHANNEL = "channel", _("another channel")
        STORE = "store", _("a store")

    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.CHANNEL, db_default="channel")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE)  # the one that asked for it
    code_hash = models.CharField(max_length=64, db_index=True)
    token_hash = models.CharField(max_length=64, blank=True, default="", db_default="", db_index=True)  # the link's
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()


class LinkAttempt(MerchantOwned):
    """Wrong codes are counted per identity, in one statement, so that parallel guesses count too."""

    identity = models.OneToOneField(Identity, on_delete=models.CASCADE)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()


class StoreCodeAttempt(MerchantOwned):
    """The same for the codes that people in a store type, per person."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE)
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="storecodeattempt_once")]
