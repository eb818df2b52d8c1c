"""An account was linked on the platform's side: nothing of ours hangs on it, but a code brings everything along."""

from ..flow import End, Flow, Show
from ..talk import Talk
from ..words import words
from .orders import LINK

NOT_BY_ACCOUNT = words(
    "I cannot join accounts that way. If you have been with us on another channel, a code brings your cart and your orders here:"
)


def say(talk: Talk) -> None:
    talk.say(NOT_BY_ACCOUNT, [talk.choice(LINK, style="primary", do="link"), talk.menu(), talk.a_person()])


ACCOUNT_LINKED = Flow(name="account_linked", start="say", steps={"say": Show(say, "end"), "end": End()}, is_aside=True)
