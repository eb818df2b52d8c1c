"""What each kind's own folder says of it: `channels/<kind>/example.py`, found by looking into the folder.

ACCOUNT: what the adapter is connected with · SHOPPER: an id as the platform gives it · TAKEN: (status, body, headers) of an
accepted send, TAKEN_ID: its id · LINK: what opens the channel with the token "blue-shirt_2026", "" where nothing can ·
MEANINGS: (status, body, what it means) · PLATFORM: who plays it in the sandbox · FAULTS: (fault, what it means there) ·
KNOWS_REPEATS: True where the platform takes the same send twice as one ·
SAMPLES: folder of the platforms' samples: {file: [(kind, type)]} · NEVER: {a fault of `faults.FAULTS`: why it cannot happen}.
Where it applies: OTHERWISE: {fault: what it means there and nowhere else; None: it is taken} · ASKS_AGAIN: faults after which
the adapter calls once more at once · LENT: {path: what is answered there} where tokens are lent · HANDLE: every answer has to
name one of the shopper's messages · SAYS_NOTHING: an empty answer is a yes · BELOW: what the platform puts behind our webhook's address.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

from apps.messaging.channel import all_channels

HERE = Path(__file__).parent / "channels"
# Whatever has a folder is held to the generic suites: the shop's kinds, and one that only the tests have.
HELD: dict[str, ModuleType] = {
    path.parent.name: import_module(f"tests.messaging.channels.{path.parent.name}.example")
    for path in sorted(HERE.glob("*/example.py"))
}
KINDS: dict[str, ModuleType] = {kind: told for kind, told in HELD.items() if kind in all_channels()}
