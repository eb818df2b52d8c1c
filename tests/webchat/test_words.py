"""Every word of the chat and the console exists in every language."""

import re
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("language", ["de", "es", "zh_Hans"])
@pytest.mark.parametrize("app", list(ROOMS))
def test_every_word_is_translated(app, language):
    path = ROOT / "apps" / app / "locale" / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as source:
        catalogue = read_po(source)
    assert {word for word in words_of(app) if not (catalogue.get(word) and catalogue.get(word).string)} == set()
    for message in catalogue:
        if message.id:
            blanks = re.findall(r"\{\w+\}|%\(\w+\)s", str(message.id))
            assert sorted(re.findall(r"\{\w+\}|%\(\w+\)s", str(message.string))) == sorted(blanks)
