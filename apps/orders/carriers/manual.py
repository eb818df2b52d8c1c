"""A carrier nobody hears from: the merchant writes the number down and says when the parcel has arrived."""

from ..carrier import Carrier


class Manual(Carrier):
    name = "manual"
