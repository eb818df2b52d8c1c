"""Which transcripts are about commerce beyond a cart and a payment: by what is typed in them, and by what the shop does."""

from typing import Any

from apps.bot.currency_words import currency_asked
from apps.bot.intents import examples
from apps.nlu.understand import score_intents

SURE = 0.6
# Topic → what a shopper writes of their own accord is heard as one of these intents.
BY_WORDS: dict[str, tuple[str, ...]] = {
    "coupon": ("coupon", "redeem"),
    "why this price": ("why_price",),
    "cancel": ("cancel_order",),
    "return": ("give_back",),
    "exchange": ("exchange",),
    "claim": ("claim",),
    "gift card": ("gift_card", "buy_card", "gift_balance"),
    "points balance": ("points",),
    "redeem": ("rewards",),
    "referral": ("invite", "invited"),
    "back in stock": ("alert",),
    "same again": ("order_again",),
    "saved card": ("pay_card",),
    "licence code": ("downloads",),
}
# Topic → what the shop or its bank does.
BY_DEEDS = {
    "partial shipment": "ship", "tier change": "levels", "further currency": "sells_in", "reserved money": "captures_on_shipping",
    "dispute": "is disputed",
}  # fmt: skip
TOPICS = (*BY_WORDS, *BY_DEEDS)


def covered(script: dict[str, Any]) -> set[str]:
    """The topics that a script plays."""
    language = str(script.get("locale", "en"))
    typed = [str(step["shopper"]) for step in script["steps"] if "shopper" in step]
    best = [scored[0] for text in typed if (scored := score_intents(text, examples(language)))]
    heard = {intent for intent, score in best if score >= SURE}
    found = {topic for topic, intents in BY_WORDS.items() if heard.intersection(intents)}
    return found | {topic for topic, deed in BY_DEEDS.items() if _does(script, deed, typed)}


def _does(script: dict[str, Any], deed: str, typed: list[str]) -> bool:
    deeds = [step.get("merchant") for step in script["steps"]]
    match deed:
        case "ship":
            return any(isinstance(each, dict) and "lines" in (each.get("ship") or {}) for each in deeds)
        case "levels":
            return any(isinstance(each, dict) and "levels" in (each.get("points") or {}) for each in deeds)
        case "sells_in":
            return any(isinstance(each, dict) and deed in each for each in deeds) and any(map(currency_asked, typed))
        case "captures_on_shipping":
            return deed in (script.get("bank") or {})
    return any(step.get("platform") == {"bank": deed} for step in script["steps"])
