"""The house stands as drawn: relations go down, locks are pinned, every listed attack has its test."""

import ast
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.apps import apps
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LANGUAGES = ("de", "es", "zh_Hans")
# Below these lie published holes: websocket floods, SQL injection, sign-in bypass.
FLOORS = {"django": "5.2.16", "daphne": "4.2.2", "django-allauth": "65.14.1"}
# The attacks of this story, by their numbers in the list of 64; C for consent.
ATTACKS = (
    *(*range(1, 14), *range(15, 19), *range(20, 27), 28, 29),
    *(*range(34, 39), *range(40, 43), 44, 45, *range(47, 51), 52, 54, 57),
)
CONSENTS = ("C1", "C2", "C3")


def _floor_of() -> dict[str, int]:
    """App → how high it stands, from the import contract (0 is the ground)."""
    (contract,) = (each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["id"] == "floors")
    rows = reversed(contract["layers"])
    return {name.strip(" ()"): height for height, row in enumerate(rows) for name in row.split("|")}


def _wing_of() -> dict[str, str]:
    (contract,) = (each for each in PYPROJECT["tool"]["importlinter"]["contracts"] if each["id"] == "shop-without-talk")
    talk, shop = contract["layers"]
    names = {name.strip(" ()"): "talk" for name in talk.split(":")}
    return names | {name.strip(" ()"): "shop" for name in shop.split(":")}


def test_every_relation_goes_down_and_stays_in_its_wing() -> None:
    """Relations by string are invisible to the import contract."""
    floors, wings = _floor_of(), _wing_of()
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith("apps."):
            continue
        mine = model._meta.app_label
        for field in model._meta.get_fields():
            if not field.is_relation or field.auto_created or field.related_model is None:
                continue
            theirs = str(
                getattr(field.related_model, "_meta", model._meta).app_label
            )  # "self" is a neighbour of itself
            if theirs not in floors or theirs == mine:
                continue
            crosses = mine in wings and theirs in wings and wings[mine] != wings[theirs]
            if floors[theirs] >= floors[mine] or crosses:
                wrong.append(f"{model._meta.label}.{field.name} → {theirs}")
    assert wrong == []


def test_every_app_stands_on_a_floor() -> None:
    installed = {config.label for config in apps.get_app_configs() if config.name.startswith("apps.")}
    assert installed - set(_floor_of()) == set()


@pytest.mark.parametrize("name", ["requirements.txt", "dev.txt", "uv.txt"])
def test_locks_pin_by_hash_and_name_no_address(name: str) -> None:
    text = (ROOT / "locks" / name).read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", "\n" + text, flags=re.I)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if not re.match(r"[\w.\-\[\],]+==\S+", block)] == []
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?://\S+|file:\S+", text) == []
    assert re.findall(r"^--\S+.*", text, flags=re.M) == []


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_nothing_with_a_published_hole_is_installed_or_locked(name: str, floor: str) -> None:
    locked = re.search(rf"^{name}(?:\[\w+\])?==(\S+)", (ROOT / "locks" / "requirements.txt").read_text(), re.M)
    assert locked is not None
    assert Version(version(name)) >= Version(floor)
    assert Version(locked[1]) >= Version(floor)


def _test_names() -> set[str]:
    names: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(file.read_text())
        names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return names


def test_every_listed_attack_has_its_test() -> None:
    names = _test_names()
    wanted = [f"test_attack_{number:02d}_" for number in ATTACKS] + [f"test_attack_{name}_" for name in CONSENTS]
    missing = [start for start in wanted if not any(name.lower().startswith(start.lower()) for name in names)]
    assert missing == []


CATALOGUES = sorted(path.relative_to(ROOT) for path in ROOT.glob("apps/*/locale/*/LC_MESSAGES/django.po"))


def test_an_app_with_words_has_them_in_every_language() -> None:
    apps_with_words = {path.parts[1] for path in CATALOGUES}
    expected = {
        Path(f"apps/{app}/locale/{language}/LC_MESSAGES/django.po") for app in apps_with_words for language in LANGUAGES
    }
    assert expected - set(CATALOGUES) == set()


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_every_word_is_translated_and_keeps_its_places(path: Path) -> None:
    with (ROOT / path).open("rb") as file:
        catalogue = read_po(file)
    missing, fuzzy, broken = [], [], []
    for message in catalogue:
        if not message.id:
            continue
        strings = list(message.string) if isinstance(message.string, tuple | list) else [message.string or ""]
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        if not all(strings):
            missing.append(ids[0])
        if message.fuzzy:
            fuzzy.append(ids[0])
        places = {place for each in ids for place in _places(each)}
        if all(strings) and any(not set(_places(each)) <= places for each in strings):
            broken.append(ids[0])
        if all(strings) and places - {place for each in strings for place in _places(each)}:
            broken.append(ids[0])
    assert (missing, fuzzy, broken) == ([], [], [])


def _places(text: str) -> list[str]:
    """The names to be filled in: %(name)s and {name}."""
    return re.findall(r"%\((\w+)\)[sd]", text) + re.findall(r"\{(\w+)\}", text)


def test_words_of_one_app_are_the_same_set_in_every_language() -> None:
    uneven = []
    for app in sorted({path.parts[1] for path in CATALOGUES}):
        sets = {}
        for language in LANGUAGES:
            with (ROOT / f"apps/{app}/locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
                sets[language] = {(str(message.id), message.context) for message in read_po(file) if message.id}
        if len({frozenset(each) for each in sets.values()}) > 1:
            uneven.append(app)
    assert uneven == []
