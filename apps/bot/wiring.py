"""What the bot hooks into below: forgetting a shopper, and its own truths."""

from apps.customers.registry import on_erase, on_merge
from apps.merchants.invariants import register

from . import invariants, privacy

on_erase(privacy.erase)
on_merge("bot", privacy.keep_talking, privacy.forget_where_we_were)
register("bot_turns", invariants.turns_are_counted)
register("bot_effects", invariants.effects_are_done)
