"""`/pay/<token>/chat/`: from a payment page back into the thread the shopper came from."""

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import all_channels
from apps.payments.views import order_of


class ToAnApp(HttpResponseRedirect):
    """Also to the phone's own messages."""

    allowed_schemes = ["https", "http", "sms"]


@require_safe
@cache_control(private=True, no_store=True)
def back_to_chat(request: HttpRequest, token: str) -> HttpResponse:
    """Where the shopper of this order last wrote to us; without a thread, the shop's web chat.

    Of the shopper it tells the channel and nothing else: the address is the shop's own.
    """
    order = order_of(token)
    with scope(merchant=order.merchant):
        threads = Conversation.objects.filter(identity__customer=order.customer_id, channel_account__is_active=True)
        latest = (
            threads.select_related("channel_account")
            .order_by(F("last_inbound_at").desc(nulls_last=True), "-pk")
            .first()
        )
        address = address_of_chat(latest.channel_account) if latest else ""
    return ToAnApp(address or f"/chat/{order.merchant.slug}/?lang={order.language or order.merchant.default_language}")


def address_of_chat(account: ChannelAccount) -> str:
    """What opens the thread with the shop on the shopper's device; "" for the web chat, and where nothing does."""
    if "/sandbox/api/" in str(account.config.get("api_base", "")):
        return "/sandbox/"  # the phones of the demo
    channel = all_channels().get(account.kind)
    return channel.thread_link(account.config) if channel else ""
