"""Every text that code and templates say to people exists in every language, and the catalogues hold nothing else."""

import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from chatshop.words import BASE_DIR, LANGUAGES, add_new, catalogue_of, compile_catalogues, texts, untranslated


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_said_that_is_not_translated(language: str) -> None:
    assert [f"{said.where}: {said.msgid}" for said in untranslated(language)] == []


def test_the_extraction_finds_all_kinds_of_texts() -> None:
    """It would find nothing wrong if it found nothing."""
    found = {(said.app, said.msgid, said.plural, said.context) for said in texts()}
    assert {
        ("bot", "One moment, I am on it.", "", None),
        ("bot", "A person", "", None),  # a label
        ("bot", "Your cart with {count} item is still here.", "Your cart with {count} items is still here.", None),
        ("notifications", "1 – bad", "", "rating"),
        ("notifications", "It should reach you in %(high)d working day.",
         "It should reach you in %(high)d working days.", None),
        ("payments", "Paid – thank you!", "", None),  # in a template
        ("payments", "%(count)s item", "%(count)s items", None),  # a plural in a template
        ("accounts", "Sign in with a passkey", "", None),
    } <= found  # fmt: skip
    assert len(found) > 700


def test_no_catalogue_keeps_what_nobody_says_any_more() -> None:
    said = {(each.msgid, each.context) for each in texts()}
    stale = []
    for path in sorted(BASE_DIR.glob("apps/*/locale/de/LC_MESSAGES/django.po")):
        with path.open("rb") as source:
            for message in read_po(source):
                msgid = message.id[0] if isinstance(message.id, tuple) else message.id
                if msgid and (msgid, message.context) not in said:
                    stale.append(f"{path.parts[-5]}: {msgid}")
    assert stale == []


def house(root: Path, source: str) -> Path:
    """A small copy: one app that says something, and its catalogues."""
    app = root / "apps" / "gateway"
    app.mkdir(parents=True)
    (app / "views.py").write_text(source)
    for language in LANGUAGES:
        shutil.copytree(BASE_DIR / f"apps/gateway/locale/{language}", app / "locale" / language)
    return root


def test_a_new_text_fails_until_somebody_translates_it(tmp_path: Path) -> None:
    root = house(tmp_path, 'from x import _, ngettext\n_("Brand new")\nngettext("%d thing", "%d things", 2)\n')
    assert [said.msgid for said in untranslated("de", root)] == ["Brand new", "%d thing"]
    assert (add_new(root), add_new(root)) == (6, 0)
    po = root / "apps/gateway/locale/zh_Hans/LC_MESSAGES/django.po"
    assert po.read_text("utf-8").endswith(
        '#: apps/gateway/views.py\nmsgid "Brand new"\nmsgstr ""\n\n'
        '#: apps/gateway/views.py\n#, python-format\nmsgid "%d thing"\nmsgid_plural "%d things"\nmsgstr[0] ""\n'
    )
    assert [said.msgid for said in untranslated("de", root)] == ["Brand new", "%d thing"]  # empty is not translated
    german = root / "apps/gateway/locale/de/LC_MESSAGES/django.po"
    text = german.read_text("utf-8").replace('msgid "Brand new"\nmsgstr ""', 'msgid "Brand new"\nmsgstr "Neu"')
    german.write_text(text.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "%d Ding"\nmsgstr[1] "%d Dinge"'))
    compile_catalogues(root)
    assert german.with_suffix(".mo").exists()
    catalogue_of.cache_clear()
    assert untranslated("de", root) == []
