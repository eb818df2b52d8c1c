"""What the engine itself says: cancelled, gone back, not understood, which of these did you mean."""

from apps.messaging.content import Choice, from_json

from .flow import Flow
from .talk import Talk
from .words import label, words

ONE_MOMENT = words("One moment, I am on it.")
CANCELLED = words("Done, I have dropped that.")
NOTHING_RUNNING = words("There is nothing to cancel just now.")
CART_KEPT = words("Your cart with {count} item is still here.", "Your cart with {count} items is still here.")
LEFT = words("We are back at the start.")
OVER = words("Let's start afresh.")
WHAT_NEXT = words("What would you like to do?")
NOTHING_TO_CHANGE = words("There is no order under way to change. Shall I show your cart?")
ORDERED_ALREADY = words("What is ordered I cannot change on my own. A colleague can, as long as it has not left.")
NOT_UNDERSTOOD = words("I did not get that. You can name a product, or choose here:")
NOT_UNDERSTOOD_AGAIN = words("Sorry, I still do not follow. Maybe one of these helps:")
CALLED_OFF = words("All right, no colleague will come. I am still here.")
WHICH = words("Which do you mean?")
SOMETHING_ELSE = label("Something else")
NOTED = words("Thank you, I have passed that on. A colleague reads it first thing.")
NOTED_TOO = words("Got it, that is with my colleague too.")
NOTHING_SAID = words("I have not said anything yet. How can I help?")
GO_ON = label("Continue")
BROWSE = label("Browse products")
CART = label("Show cart")
CHECKOUT = label("Checkout")
ORDERS = label("My orders")
CANCEL_ORDER = label("Cancel an order")
PAY_LINK = label("New payment link")
DELIVERY = label("Change delivery")
QUESTIONS = label("Questions")
POINTS = label("My points")
FURTHER = label("Everything else")
OPTIONS = {
    "order_status": (ORDERS, {"do": "order_status"}),
    "checkout": (CHECKOUT, {"do": "checkout"}),
    "cancel_order": (CANCEL_ORDER, {"do": "cancel_order"}),
    "cart": (CART, {"do": "cart"}),
    "pay_again": (PAY_LINK, {"do": "pay_again"}),
    "change_delivery": (DELIVERY, {"do": "correct", "slot": "method"}),
    "browse": (BROWSE, {"do": "browse"}),
}


def main_choices(talk: Talk) -> list[Choice]:
    """What is always worth offering."""
    return [
        talk.choice(BROWSE, style="primary", do="browse"),
        talk.choice(CART, do="cart"),
        talk.choice(ORDERS, do="order_status"),
        *([talk.choice(POINTS, do="points")] if talk.shop.has_points() else []),
        talk.choice(QUESTIONS, do="topics"),
        talk.choice(FURTHER, do="more_help"),
        talk.a_person(),
    ]


def cart_kept(talk: Talk) -> None:
    """Say that the cart stays, when there is one."""
    count = talk.shop.cart()["count"]
    if count:
        talk.say(CART_KEPT, count=count)


def cancelled(talk: Talk, flow: Flow | None) -> None:
    talk.say(CANCELLED if flow else NOTHING_RUNNING)
    if flow and flow.kept:
        talk.say(flow.kept)
    cart_kept(talk)
    talk.say(WHAT_NEXT, main_choices(talk))


def called_off(talk: Talk) -> None:
    """Nobody is awaited any more; a person can be asked for again at any time."""
    talk.say(CALLED_OFF)
    cart_kept(talk)
    talk.say(WHAT_NEXT, main_choices(talk))


def left(talk: Talk, flow: Flow) -> None:
    talk.say(LEFT)
    cart_kept(talk)
    talk.say(WHAT_NEXT, main_choices(talk))


def started_over(talk: Talk) -> None:
    talk.say(OVER)
    cart_kept(talk)
    talk.say(WHAT_NEXT, main_choices(talk))


def nothing_to_change(talk: Talk) -> None:
    if talk.shop.latest_order():
        talk.say(ORDERED_ALREADY, [talk.a_person(), talk.choice(ORDERS, do="order_status"), talk.menu()])
        return
    talk.say(NOTHING_TO_CHANGE, [talk.choice(CART, style="primary", do="cart"), talk.menu(), talk.a_person()])


def not_understood(talk: Talk) -> None:
    talk.say(NOT_UNDERSTOOD if talk.state.unclear <= 1 else NOT_UNDERSTOOD_AGAIN, main_choices(talk))


def clarify(talk: Talk, options: list[str]) -> None:
    """At most three readings, something else, and a person."""
    choices = [talk.choice(OPTIONS[name][0], **OPTIONS[name][1]) for name in options[:3] if name in OPTIONS]
    talk.say(WHICH, [*choices, talk.choice(SOMETHING_ELSE, style="quiet", do="menu"), talk.a_person()])


def noted(talk: Talk) -> None:
    talk.state.notes += 1
    talk.say(NOTED if talk.state.notes % 2 else NOTED_TOO)


def repeat(talk: Talk) -> None:
    """The last words once more, with choices that still work."""
    if not talk.state.said:
        talk.say(NOTHING_SAID, main_choices(talk))
    for content in talk.state.said:
        talk.put(from_json(content))
