"""Why the programme says no; the bot, the API and the admin each say it in their own words."""


class LoyaltyRefusal(Exception):
    """Nothing was changed."""


class NotOffered(LoyaltyRefusal):
    """The shop has no programme, or it is switched off."""

    def __init__(self) -> None:
        super().__init__("there is no programme of points here")


class NotAMember(LoyaltyRefusal):
    """This person has not joined, or was forgotten."""

    def __init__(self) -> None:
        super().__init__("not a member")


class NotEnoughPoints(LoyaltyRefusal):
    """The balance does not cover it; `missing` points are."""

    def __init__(self, *, balance: int, wanted: int) -> None:
        super().__init__(f"{wanted} points wanted, {balance} there")
        self.balance = balance
        self.wanted = wanted
        self.missing = wanted - balance


class RewardGone(LoyaltyRefusal):
    """This reward is no longer given."""

    def __init__(self) -> None:
        super().__init__("this reward is no longer given")


class VoucherGone(LoyaltyRefusal):
    """No voucher of this shopper that could be used by that code: unknown, used, void or too old."""

    def __init__(self) -> None:
        super().__init__("no such voucher can be used")


class ReferralRefused(LoyaltyRefusal):
    """`why` is "unknown", "self", "customer" (has ordered here before) or "taken" (was invited already)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"referral refused: {why}")
        self.why = why


class BirthdayKept(LoyaltyRefusal):
    """A birthday is told once; only the shop changes it."""

    def __init__(self) -> None:
        super().__init__("the birthday is known already")


class ReasonMissing(LoyaltyRefusal):
    """A correction by hand says why, and moves something."""

    def __init__(self) -> None:
        super().__init__("a correction needs points and a reason")
