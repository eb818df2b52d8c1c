"""What each kind's own folder says of it: `channels/<kind>/example.py`, found by looking into the folder.

ACCOUNT: what the adapter is connected with · SHOPPER: an id as the platform gives it · TAKEN: (status, body, headers) of an
accepted send, TAKEN_ID: its id · LINK: what opens the channel with the token "blue-shirt_2026", "" where nothing can ·
MEANINGS: (status, body, what it means) · PLATFORM: who plays it in the sandbox · FAULTS: (fault, what it means there) ·
KNOWS_REPEATS: True where the platform takes the same send twice as one ·
SAMPLES: folder of the platforms' samples: {file: [(kind, type)]}.
Where it applies: LENT: {path: what is answered there} where tokens are lent · HANDLE: every answer has to name one of the
shopper's messages · SAYS_NOTHING: an empty answer is a yes · BELOW: what the platform puts behind our webhook's address.
"""

from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent / "channels"
KINDS: dict[str, ModuleType] = {
    path.parent.name: import_module(f"tests.messaging.channels.{path.parent.name}.example")
    for path in sorted(HERE.glob("*/example.py"))
}
