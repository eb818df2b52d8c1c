"""A new channel is one file and its own folder of examples: the generic suites hold it to all of theirs by themselves."""

import ast
from pathlib import Path

import pytest

from apps.messaging.channel import all_channels, channel_for
from apps.messaging.rendering import size

from .conftest import THIRTEENTH
from .examples import EXAMPLES, LANGUAGES, example
from .kinds import HELD, KINDS

HERE = Path(__file__).parent
# The suites whose cases are made of the kinds there are.
GENERIC = (
    "test_every_kind", "test_faults", "test_golden", "test_mutations", "test_payloads", "test_rendering", "test_sending", "test_signatures",
)  # fmt: skip


@pytest.mark.usefixtures("thirteenth")
def test_a_file_in_the_folder_is_a_channel() -> None:
    assert [path.name for path in THIRTEENTH.glob("*.py")] == ["toy.py"]
    assert set(all_channels()) == {*HELD, "webchat"}
    assert set(HELD) - set(KINDS) == {"toy"}


@pytest.mark.parametrize("name", GENERIC)
def test_a_suite_of_every_channel_takes_whatever_channels_there_are(name: str) -> None:
    """Its module looks into the further folder, and no list of its own decides which kinds it asks."""
    tree = ast.parse((HERE / f"{name}.py").read_text())
    marks = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]
    assert any(mark.startswith("pytestmark = pytest.mark.usefixtures('thirteenth'") for mark in marks)


@pytest.mark.usefixtures("thirteenth")
@pytest.mark.parametrize("name", EXAMPLES)
def test_toy_can_say_everything_within_its_limits(name: str) -> None:
    can = channel_for("toy").capability
    for language in LANGUAGES:
        for wire in channel_for("toy").render(example(name, language), language=language):
            assert 0 < size(wire.body["words"]) <= can.text
            assert len(wire.body["tap"]) <= can.buttons
            assert all(0 < size(label) <= can.button_label for label in wire.body["tap"])
