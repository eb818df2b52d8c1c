"""Threads, the inbox, and messages, which are also the outbox. The tables are the queue."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.private import PrivateStorage
from apps.merchants.scoping import scoped_manager


class InboxThread(models.Model):
    """What a worker locks: one platform chat on one account. Never updated inside a turn; no foreign keys."""

    channel_account_id = models.BigIntegerField()
    thread_key = models.CharField(max_length=255)

    objects: ClassVar[models.Manager["InboxThread"]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_account_id", "thread_key"], name="inboxthread_once")]

    def __str__(self) -> str:
        return f"{self.channel_account_id}/{self.thread_key}"


class InboundEvent(models.Model):
    """One thing that happened, from outside or from ourselves, waiting for its turn or done."""

    channel_account_id = models.BigIntegerField()
    event_key = models.CharField(max_length=255)
    thread_key = models.CharField(_("thread"), max_length=255)
    payload = models.JSONField()  # a ChannelEvent as JSON, card numbers masked
    received_at = models.DateTimeField(_("received on"), db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), db_default=0)
    error = models.TextField(_("error"), db_default="")
    dead_at = models.DateTimeField(_("given up on"), null=True)

    objects: ClassVar[models.Manager["InboundEvent"]] = models.Manager()

    class Meta:
        verbose_name = _("event not handled")
        verbose_name_plural = _("events not handled")
        constraints = [models.UniqueConstraint(fields=["channel_account_id", "event_key"], name="inboundevent_once")]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="inboundevent_waiting",
                condition=models.Q(processed_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(
                fields=["channel_account_id", "thread_key", "id"],
                name="inboundevent_thread_waiting",
                condition=models.Q(processed_at__isnull=True, dead_at__isnull=True),
            ),
            models.Index(fields=["dead_at"], name="inboundevent_dead", condition=models.Q(dead_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel_account_id}/{self.event_key}"


class Conversation(MerchantOwned):
    """One identity on one channel account: the baton, and the sequence of what was said."""

    class Owner(models.TextChoices):
        BOT = "bot", _("assistant")
        AGENT = "agent", _("person")
        EXPERT = "expert", _("expert")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    identity = models.OneToOneField("customers.Identity", on_delete=models.PROTECT, related_name="conversation")
    channel_account = models.ForeignKey("merchants.ChannelAccount", on_delete=models.PROTECT)
    thread_key = models.CharField(max_length=255)  # the inbox thread its events come through
    owner = models.CharField(max_length=8, choices=Owner.choices, default=Owner.BOT)
    owner_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    fence = models.PositiveIntegerField(default=0)  # grows whenever the baton changes hands
    waiting_since = models.DateTimeField(null=True, blank=True)  # a person was asked for and none has come
    language = models.CharField(max_length=10, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    last_inbound_at = models.DateTimeField(null=True, blank=True)
    last_message_at = models.DateTimeField(null=True, blank=True)
    reply_handle = models.CharField(
        max_length=255, blank=True, db_default=""
    )  # what an answer has to name, where the platform wants that
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [models.Index(fields=["merchant", "-last_message_at"])]

    def __str__(self) -> str:
        return f"{self.identity_id} on {self.channel_account_id}"


class Message(MerchantOwned):
    """What was said, by whom; an outbound one is also its own place in the outbox."""

    class Author(models.TextChoices):
        SHOPPER = "shopper", _("shopper")
        BOT = "bot", _("assistant")
        AGENT = "agent", _("person")
        EXPERT = "expert", _("expert")
        SYSTEM = "system", _("shop")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")  # inbound
        QUEUED = "queued", _("waiting to be sent")
        SENDING = "sending", _("being sent")
        RETRY = "retry", _("will be tried again")
        ACCEPTED = "accepted", _("accepted")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        UNKNOWN = "unknown", _("unknown")  # it may have arrived; we cannot know
        FAILED = "failed", _("failed")  # the platform said no
        DEAD = "dead", _("given up")
        SUPPRESSED = "suppressed", _("not sent")  # consent, fence or window forbade it

    class Purpose(models.TextChoices):
        REPLY = "reply", _("answer")
        TRANSACTIONAL = "transactional", _("order news")
        CAMPAIGN = "campaign", _("offer")
        OTP = "otp", pgettext_lazy("one-time", "code")

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="messages"
    )
    seq = models.PositiveIntegerField()
    author = models.CharField(max_length=8, choices=Author.choices)
    author_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    content = models.JSONField()  # content.to_json(), or {"kind": "text"|"choice"|"image"|…} for inbound
    text = models.TextField(_("text"), blank=True)  # the floor form: what search and screen readers see
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    purpose = models.CharField(max_length=14, choices=Purpose.choices, default=Purpose.REPLY)
    client_id = models.UUIDField(null=True, blank=True)
    external_id = models.CharField(max_length=255, blank=True)  # the platform's id, ours in and theirs out
    reply_to = models.CharField(
        max_length=255, blank=True
    )  # what it answers: of ours, the handle its first attempt named
    fence = models.PositiveIntegerField(default=0)
    turn_key = models.CharField(max_length=64, blank=True)
    parts_sent = models.PositiveSmallIntegerField(default=0)  # wire messages of this one already accepted
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    send_started_at = models.DateTimeField(null=True, blank=True)
    error_class = models.CharField(_("kind of error"), max_length=20, blank=True)
    error_detail = models.CharField(_("what the platform says"), max_length=300, blank=True)
    consent = models.ForeignKey("customers.ConsentEntry", null=True, blank=True, on_delete=models.SET_NULL)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    WAITING = (State.QUEUED, State.RETRY)

    class Meta:
        verbose_name = _("unsent message")
        verbose_name_plural = _("unsent messages")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["conversation", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="message_client_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at", "id"],
                name="message_outbox",
                condition=models.Q(state__in=["queued", "retry", "sending"]),
            ),
            models.Index(
                fields=["conversation", "seq"],
                name="message_outbox_order",
                condition=models.Q(state__in=["queued", "retry", "sending"]),
            ),
            models.Index(fields=["external_id"], name="message_external", condition=~models.Q(external_id="")),
            models.Index(fields=["next_at"], name="message_unknown", condition=models.Q(state="unknown")),
            models.Index(
                fields=["merchant", "id"], name="message_dead", condition=models.Q(state__in=["dead", "failed"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seq}: {self.text[:60]}"

    @property
    def is_inbound(self) -> bool:
        return self.author == self.Author.SHOPPER


class PendingChoice(MerchantOwned):
    """A choice on offer. Its token rides in buttons; its number and label mean the same when typed."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="pending_choices")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="pending_choices")
    token = models.CharField(max_length=24, unique=True)
    number = models.PositiveSmallIntegerField(null=True)  # its place in the typed menu, if it has one
    label = models.CharField(max_length=200)
    action = models.JSONField()
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        indexes = [models.Index(fields=["conversation", "-message"])]

    @property
    def is_expired(self) -> bool:
        """An old button still says what it meant; whether that still holds is the bot's question."""
        return self.expires_at is not None and self.expires_at <= clock.now()


class WirePart(MerchantOwned):
    """The platform's name for one of several wire messages of a long message, all but the last (that is on Message)."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="wire_parts")
    number = models.PositiveSmallIntegerField()
    external_id = models.CharField(max_length=255, db_index=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="wirepart_once")]


class Attachment(MerchantOwned):
    """A file somebody sent. Once kept, everything here says what it is, and no longer what it was called on the way."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being fetched")
        KEPT = "kept", _("kept")
        REFUSED = "refused", _("not kept")
        GONE = "gone", _("no longer there")

    class Reason(models.TextChoices):
        TOO_LARGE = "too_large", _("too large")
        PIXELS = "pixels", _("too many pixels")
        KIND = "kind", _("a kind of file that is not taken")
        BROKEN = "broken", _("cannot be opened")
        NOT_GIVEN = "not_given", _("the platform did not give it")
        OLD = "old", _("kept long enough")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    media_type = models.CharField(max_length=12)  # image | video | audio | file | sticker
    external_id = models.CharField(max_length=255, blank=True)
    source_url = models.CharField(max_length=1000, blank=True)
    mime = models.CharField(max_length=80, blank=True)
    filename = models.CharField(max_length=160, blank=True)
    size = models.PositiveIntegerField(null=True)
    file = models.FileField(upload_to="attachments/", storage=PrivateStorage(allow_overwrite=True), blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True, db_default="")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(default=clock.now, db_default=Now())

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["due_at"], name="attachment_waiting", condition=models.Q(state="waiting"))]


class ThreadEvent(MerchantOwned):
    """A fact about a thread, in the transaction of the change; its id is the consoles' `list_seq`."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    # message | state | edited | deleted | reaction | file | taken | returned | waiting | withdrawn | offer | transfer |
    # rated | note | loop | consent | continued | went_on | in_store
    kind = models.CharField(max_length=24)
    message_seq = models.PositiveIntegerField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "id"]),
            models.Index(
                fields=["conversation", "-id"],
                name="threadevent_hands",
                condition=models.Q(kind__in=["taken", "returned"]),
            ),
        ]


class Rating(MerchantOwned):
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.CASCADE, related_name="ratings"
    )
    subject = models.CharField(_("what about"), max_length=80)  # "order:<number>", "handover:<fence>"
    score = models.PositiveSmallIntegerField(_("stars"))
    comment = models.TextField(_("comment"), blank=True)
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "subject"], name="rating_once"),
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="rating_range"),
        ]

    def __str__(self) -> str:
        return f"{self.score} / 5"


class AccountTrouble(MerchantOwned):
    """A channel account whose platform refuses our credentials; gone with the next send that works."""

    channel_account = models.OneToOneField(
        "merchants.ChannelAccount", verbose_name=_("channel"), on_delete=models.CASCADE, related_name="trouble"
    )
    detail = models.CharField(_("what the platform says"), max_length=300, blank=True)
    since = models.DateTimeField(_("since"))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("trouble with a channel")
        verbose_name_plural = _("troubles with channels")

    def __str__(self) -> str:
        return self.detail


class AccountHealth(MerchantOwned):
    """What is remembered of a channel account beside its messages: calls at its door, the last check, who was told.

    A row comes with the first of these; the door writes at most once a minute, nothing on the way of a genuine call.
    """

    channel_account = models.OneToOneField(
        "merchants.ChannelAccount", verbose_name=_("channel"), on_delete=models.CASCADE, related_name="health"
    )
    handshake_at = models.DateTimeField(null=True)  # the platform asked for our word and got it
    forged_at = models.DateTimeField(null=True)
    forged_calls = models.PositiveIntegerField(default=0, db_default=0)  # within a day of one another
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    told = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))  # troubles already mailed

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("health of a channel")
        verbose_name_plural = _("health of channels")

    def __str__(self) -> str:
        return f"health of {self.channel_account_id}"


class Snippet(MerchantOwned):
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("text"))
    language = models.CharField(_("language"), max_length=10, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("snippet")
        verbose_name_plural = _("snippets")

    def __str__(self) -> str:
        return self.title


class Note(MerchantOwned):
    """Written by staff for staff."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.text[:60]


class Source(models.TextChoices):
    """Where somebody found a link or a code, as whoever spread it said; never who they are."""

    LINK = "link", _("link")
    POSTER = "poster", _("poster or print")
    AD = "ad", _("advertisement")
    EMAIL = "email", _("e-mail")
    WIDGET = "widget", _("website")
    SNAPCHAT = "snapchat", "Snapchat"
    GOOGLE = "google", _("Google Business profile")


class EntryPoint(MerchantOwned):
    """A link or QR code that opens a thread already knowing what it is about. `target` is opaque here."""

    token = models.CharField(max_length=40, unique=True, default=new_public_id)
    title = models.CharField(_("title"), max_length=80)
    # {"product": slug} | {"category": slug} | {"collection": slug} | {"referral": code} | {"cart": [[variant, pieces], …]},
    # with any of "campaign", "store": a location's public id, "associate": a user's number, and "ads": their numbers
    target = models.JSONField(_("where it leads"), default=dict)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("link or code")
        verbose_name_plural = _("links and codes")

    def __str__(self) -> str:
        return self.title


class EntryVisit(MerchantOwned):
    """How often the page of a link was opened in a day: a number, and nothing of whoever opened it."""

    entry = models.ForeignKey(EntryPoint, on_delete=models.CASCADE, related_name="visits")
    day = models.DateField()
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.LINK)
    count = models.PositiveIntegerField(default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "day", "source"], name="entryvisit_once")]


class EntryArrival(MerchantOwned):
    """A shopper came into a thread by a link. Goes with the shopper's data when they want to be forgotten."""

    entry = models.ForeignKey(EntryPoint, on_delete=models.CASCADE, related_name="arrivals")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="arrivals")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.LINK)
    arrived_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        indexes = [
            models.Index(fields=["entry", "arrived_at"]),
            models.Index(fields=["conversation", "arrived_at"]),
        ]
