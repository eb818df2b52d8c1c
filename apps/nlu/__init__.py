"""Understanding shoppers offline. `understand` is the door; the caller brings examples, lexicon and what is shown."""

from .references import Shown
from .slots import Lexicon, Slots
from .understand import Understanding, understand

__all__ = ["Lexicon", "Shown", "Slots", "Understanding", "understand"]
