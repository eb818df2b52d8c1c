"""Why a shopper waits for a person, in words an associate reads at a glance; the rows keep the code."""

from collections.abc import Callable

from django.utils.translation import gettext as _


def why(code: str) -> str:
    """The reason in the active language; "" for none. No code is shown: what has no words is the assistant's wish."""
    kind, _colon, detail = code.partition(":")
    if kind == "stuck":
        return _stuck(detail)
    said = REASONS.get(code)
    if said is None:
        return _("The assistant asked for a person") if code else ""
    return said()


def _stuck(where: str) -> str:
    """`where` is "flow/step": what the assistant asked for and did not get."""
    asked_for = STUCK.get(where)
    if asked_for is None:
        return _("The assistant did not get any further")
    return _("The assistant did not get any further with: {what}").replace("{what}", asked_for())


REASONS: dict[str, Callable[[], str]] = {
    "asked": lambda: _("Asked for a person"),
    "transfer": lambda: _("Passed on by a colleague"),
    "loop": lambda: _("Writes so fast that it may be a machine; the assistant is silent"),
    "continued": lambda: _("Went on here with what a colleague was asked elsewhere"),
    "by_name": lambda: _("Came by the link of a colleague"),
    "unclear": lambda: _("Unclear twice in a row what was meant"),
    "nothing_found": lambda: _("Nothing was found for what they are looking for"),
    "not_understood": lambda: _("The assistant did not understand"),
    "form": lambda: _("Filled in a form that the assistant did not ask for"),
    "broken": lambda: _("The assistant failed on a message of theirs"),
    "delete_data": lambda: _("Wants their data deleted, and it could not be done automatically"),
}
STUCK: dict[str, Callable[[], str]] = {
    "checkout/name": lambda: _("the name for the parcel"),
    "checkout/buyer": lambda: _("the name for the receipt"),
    "checkout/same": lambda: _("whether the address is right"),
    "checkout/address": lambda: _("the delivery address"),
    "checkout/town": lambda: _("postcode and town"),
    "checkout/home": lambda: _("country and postcode, for the tax"),
    "checkout/point": lambda: _("the pick-up point"),
    "checkout/where": lambda: _("where they are, for a pick-up point"),
    "checkout/method": lambda: _("the way of delivery"),
    "checkout/summary": lambda: _("the yes to the order"),
    "pay_card/sure": lambda: _("the yes to paying with the saved card"),
    "forget_card/sure": lambda: _("whether to delete the saved card"),
    "cancel_order/sure": lambda: _("whether to cancel the order"),
    "erase/sure": lambda: _("whether to delete their data"),
    "go_on_here/ask": lambda: _("whether to take along a chat from another channel"),
    "redeem/ask": lambda: _("whether to take along a chat from another channel"),
    "redeem/code": lambda: _("the code from another channel"),
    "prove/number": lambda: _("the number of an order, as a proof of who they are"),
    "prove/proof": lambda: _("the postcode or e-mail address of an order, as a proof of who they are"),
    "nearest_store/ask": lambda: _("where they are, for the nearest store"),
    "add/kind": lambda: _("the colour or size"),
    "alert/kind": lambda: _("the colour or size"),
    "join_points/sure": lambda: _("whether to collect points"),
    "redeem_points/sure": lambda: _("the yes to spending points"),
    "birthday/sure": lambda: _("whether the birthday is right"),
    "returns/order": lambda: _("the order something goes back from"),
    "returns/line": lambda: _("what is to go back"),
    "returns/count": lambda: _("how many go back"),
    "returns/more": lambda: _("whether more goes back"),
    "returns/reason": lambda: _("why it goes back"),
    "returns/wish": lambda: _("money back or a replacement"),
    "returns/variant": lambda: _("what they want instead"),
    "returns/payback": lambda: _("how the money goes back"),
    "returns/sure": lambda: _("the yes to the return"),
    "cancel_return/sure": lambda: _("whether to call off the return"),
    "invited/code": lambda: _("the code of an invitation"),
}
