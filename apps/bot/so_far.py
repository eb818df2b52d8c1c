"""What a talk was about, in a few words: for the shopper who goes on elsewhere, and for the colleague who takes over."""

from typing import Any

from .flow import Call, all_flows
from .words import words

LOOKED_AT = words("Looked at: {titles}")
IN_CART = words("In the cart: {titles}")
WERE_AT = words("We were at: {what}")
MOST = 3  # things named of each kind
STAY = frozenset({"link", "redeem", "go_on_here", "human", "went_on", "in_store", "undo_going_on", "offered_goods"})


def lines_of(state: dict[str, Any], cart: list[str], language: str) -> list[str]:
    """One line each; none where nothing has happened yet. `cart` is what lies in it, written out."""
    looked_at = [str(item["title"]) for item in state.get("shown", ()) if item.get("title")][:MOST]
    doing = [all_flows()[frame["flow"]].title for frame in frames_to_take(state)]
    titles = [title.in_(language) for title in reversed(doing) if title is not None]
    more = ["…"] if len(cart) > MOST else []
    return [
        *([LOOKED_AT.in_(language, titles=", ".join(looked_at))] if looked_at else []),
        *([IN_CART.in_(language, titles=", ".join([*cart[:MOST], *more]))] if cart else []),
        *([WERE_AT.in_(language, what=titles[0])] if titles else []),
    ]


def frames_to_take(state: dict[str, Any]) -> list[dict[str, Any]]:
    """What was begun and can be gone on with in another thread; what waits for the outside ends where it was asked."""
    flows = all_flows()
    return [
        frame
        for frame in state.get("stack", ())
        if frame["flow"] in flows
        and frame["flow"] not in STAY
        and frame["step"] in flows[frame["flow"]].steps
        and not isinstance(flows[frame["flow"]].steps[frame["step"]], Call)
    ]
