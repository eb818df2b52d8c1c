"""Every word of the phones' script, in the reader's language, in one place."""

from django.utils.translation import gettext as _


def phone_words() -> dict[str, str]:
    """Keys are the script's names; {blanks} are filled in by the script, as text."""
    return {
        "sending": _("Sending"),
        "accepted": _("Handed over"),
        "sent": _("Sent"),
        "delivered": _("Delivered"),
        "read": _("Read"),
        "failed": _("Not delivered"),
        "block": _("Block"),
        "unblock": _("Unblock"),
        "typing": _("typing…"),
        "noPicture": _("Picture not available"),
        "shopPicture": _("Picture from the shop"),
        "picture": _("Picture {n}"),
        "part": _("Part {n}"),
        "closeList": _("Close the list"),
        "cards": _("Cards, side by side"),
    }
