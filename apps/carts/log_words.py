"""A cart's log as people read it, in the active language."""

from django.utils.translation import gettext

from apps.catalog.products import variant_label

from .changes import CartChange


def change_in_words(change: CartChange) -> str:
    """What was done; needs the variant's product."""
    if change.variant is None:
        what = change.get_what_display()
        told = [change.before or "–", change.after or "–"] if change.before or change.after else []
        return f"{what}: {' → '.join(told)}" if told else gettext("{what} changed").format(what=what)
    title = variant_label(change.variant)
    if change.before == "0":
        return gettext("put in {count} × {title}").format(count=change.after, title=title)
    if change.after == "0":
        return gettext("took out {count} × {title}").format(count=change.before, title=title)
    return f"{title}: {change.before} → {change.after}"


def who_changed(change: CartChange) -> str:
    """A colleague by name, everybody else by what they are."""
    return change.user.shown_name if change.user else change.get_by_display()
