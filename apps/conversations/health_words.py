"""What is wrong with a channel account, as sentences for the people of the shop."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .health import Health, Trouble

TROUBLES: dict[str, Any] = {
    Trouble.REFUSED: gettext_lazy("The platform refuses our access data. Nothing goes out until they are renewed."),
    Trouble.INCOMPLETE: gettext_lazy("Something is still to be filled in."),
    Trouble.BROKEN: gettext_lazy("The last check found something that is wrong."),
    Trouble.SILENT: gettext_lazy("Messages went out, and the platform reports on none: its calls do not reach us."),
    Trouble.UNVERIFIED: gettext_lazy("The webhook is not verified yet: nothing has come in from the platform so far."),
    Trouble.FAILING: gettext_lazy("Much of what we send fails."),
    Trouble.FORGED: gettext_lazy(
        "Many calls came in without the platform's signature and were refused. If messages of shoppers are missing, the secret "
        "entered here is not the one at the platform; if none is missing, somebody is trying the door, and it holds."
    ),
}


def trouble_in_words(health: Health, trouble: Trouble) -> str:
    """What is wrong, with what the platform says of it."""
    said = str(TROUBLES[trouble])
    if trouble is Trouble.REFUSED and health.refused_with:
        said += " " + _("It says: %s") % health.refused_with
    return said
