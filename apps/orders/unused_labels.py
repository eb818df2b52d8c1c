"""Labels of what will not come back, or not by them: void, or on their way to be. The return is locked."""

from apps.merchants.inbox import wake

from .models import ReturnLabel, ReturnRequest

State = ReturnLabel.State


def drop_labels(request: ReturnRequest) -> None:
    """It will not come back: what was bought is given back."""
    for label in request.labels.filter(state__in=ReturnLabel.LIVE):
        give_up(label)


def drop_wanted(request: ReturnRequest) -> None:
    """It is here, whatever it came with: a label that was not bought yet is bought no more."""
    for label in request.labels.filter(state=State.WANTED):
        give_up(label)


def give_up(label: ReturnLabel) -> None:
    """A purchase under way keeps its time: it is looked at once that is over."""
    label.state = State.VOIDING if label.account_id else State.VOID
    label.save(update_fields=["state"])
    if label.state == State.VOIDING:
        wake("labels")
