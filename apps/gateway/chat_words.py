"""Every word of the web chat's script, in the reader's language, in one place."""

from django.utils.translation import gettext as _

from apps.conversations.models import Attachment


def starters() -> list[str]:
    """What a shopper may tap before having written anything; sent as their own words."""
    return [_("What do you sell?"), _("Where is my order?"), _("Talk to a person")]


def chat_words() -> dict[str, str]:
    """Keys are the script's names; {blanks} are filled in by the script, as text."""
    return {
        "assistant": _("assistant"),
        "person": _("from our team"),
        "expert": _("independent expert"),
        "answersYou": _("{name} answers you in person"),
        "somebody": _("Somebody from our team"),
        "you": _("You"),
        "human": _("Talk to a person"),
        "saidOn": _("Said on {channel}"),
        "choices": _("Choose an answer"),
        "enlarge": _("Enlarge picture: {what}"),
        "before": _("before"),
        "more": _("More"),
        "products": _("{n} products"),
        "previous": _("Previous products"),
        "next": _("Next products"),
        "cart": _("Cart"),
        "payment": _("Payment"),
        "pay": _("Pay securely"),
        "payUntil": _("Please pay before {time}."),
        "order": _("Order {number}"),
        "notYet": _("not yet"),
        "trackParcel": _("Track parcel"),
        "file": _("File"),
        "attachment": _("File"),
        "picture": _("Picture"),
        "voice": _("Voice message"),
        "film": _("Video"),
        "fetching": _("One moment …"),
        "notKept": _("Not kept: {why}"),
        "file_gone": _("No longer there"),
        **{f"file_{reason.value}": str(reason.label) for reason in Attachment.Reason},
        "fileTooLarge": _("This file is larger than {size}. Please choose a smaller one."),
        "fileUnwanted": _(
            "Please send a picture (JPEG, PNG, WebP, GIF), a voice message, a video (MP4, WebM) or a PDF."
        ),
        "fileNotSent": _("The file could not be sent. Check your connection and try again."),
        "takeAway": _("Take away: {what}"),
        "quoted": _("Answers {name}: {text}"),
        "quoteGone": _("No longer there"),
        "rating": _("Your rating"),
        "stars": _("{n} of 5 stars"),
        "handover_waiting": _("We are looking for somebody from our team."),
        "handover_joined": _("{name} has joined the chat."),
        "handover_returned": _("The assistant is answering again."),
        "handover_closed": _("This chat is closed. Write any time to start again."),
        "handover_after_hours": _("Nobody is at their desk right now. Leave a message and we will answer."),
        "shareLocation": _("Share my location"),
        "locating": _("One moment …"),
        "myLocation": _("My location"),
        "noLocation": _("Your browser does not tell where you are. Please write a postcode instead."),
        "today": _("Today"),
        "state_sending": _("Sending"),
        "state_sent": _("Sent"),
        "state_delivered": _("Delivered"),
        "state_read": _("Read"),
        "state_failed": _("Not sent."),
        "tryAgain": _("Try again"),
        "notConnected": _("The shop could not be reached. Your message is kept."),
        "reconnecting": _("Reconnecting. What you write is kept and sent as soon as we are back."),
        "offline": _("You are offline. What you write is kept and sent as soon as you are back."),
        "closed": _("This chat is open in too many places. Please close one and reload."),
    }
