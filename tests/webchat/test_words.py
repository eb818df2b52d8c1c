"""Every word of the chat and the console exists in every language."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from ..web import ROOT

ROOMS = {
    "gateway": (["pages.py", "webchat.py", "chat_words.py"], "chat"),
    "console": (["desk.py", "words.py", "reasons.py", "pages.py", "consumers.py"], "console"),
}
IN_TEMPLATE = re.compile(r"""{%\s*translate\s+(?:"([^"]+)"|'([^']+)')\s*%}""")


def words_of(app: str) -> set[str]:
    files, templates = ROOMS[app]
    keywords = {"_": None, "gettext": None, "_words": None}
    found = set()
    for name in files:
        path = ROOT / "apps" / app / name
        found |= {str(row[1]) for row in extract_from_file("python", str(path), keywords=keywords)}
    for path in Path(ROOT / "templates" / templates).glob("*.html"):
        found |= {first or second for first, second in IN_TEMPLATE.findall(path.read_text("utf-8"))}
    return found


def catalogue_of(app: str, language: str) -> Catalog:
    with (ROOT / "apps" / app / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source)


@pytest.mark.parametrize("language", ["de", "es", "zh_Hans"])
@pytest.mark.parametrize("app", list(ROOMS))
def test_every_word_is_translated(app, language):
    catalogue = catalogue_of(app, language)
    others = [catalogue_of(path.parts[-2], language) for path in (ROOT / "apps").glob("*/locale")]
    said = {word for each in others for word in words_of(app) if each.get(word) and each.get(word).string}
    assert words_of(app) - said == set()  # Django reads the catalogues of all apps as one
    for message in catalogue:
        if message.id:
            blanks = re.findall(r"\{\w+\}|%\(\w+\)s", str(message.id))
            assert sorted(re.findall(r"\{\w+\}|%\(\w+\)s", str(message.string))) == sorted(blanks)
