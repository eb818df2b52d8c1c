"""Translations are committed as .po, which people read, and used as .mo, which Django reads.

`python -m chatshop.words` compiles; with `--new` it first writes every text that code and templates say and no
catalogue knows into the catalogue of its app, untranslated, for somebody to fill in. Needs no gettext on the machine.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import escape, read_po
from django.utils.translation.template import templatize

BASE_DIR = Path(__file__).resolve().parent.parent
LANGUAGES = ("de", "es", "zh_Hans")  # English is in the code
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "label", "_words"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}
BOT_KEYWORDS = KEYWORDS | {"words": {None: (1,), 2: (1, 2)}}  # with a plural or without
_STRING = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
# Django makes calls of a template's texts and fills the rest with letters, which is no Python.
_CALL = re.compile(rf"\b(?:n|p|np)?gettext\(\s*u?{_STRING}(?:\s*,\s*u?{_STRING})*(?:\s*,\s*count)?\s*\)")
HOMES = {
    "": "gateway",  # what is said instead of a page: not found, not allowed, broken
    "trouble": "gateway",
    "chat": "gateway",
    "desk": "backoffice",
    "admin": "backoffice",
    "unfold": "backoffice",
    "account": "accounts",
    "allauth": "accounts",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A text somebody may read. `app` is whose catalogue it belongs to, `where` a file it stands in."""

    msgid: str
    app: str
    where: str
    plural: str = ""
    context: str | None = None


def texts(root: Path = BASE_DIR) -> Iterator[Said]:
    """Every marked text in the apps' code and in the templates."""
    for path in sorted(root.glob("apps/**/*.py")):
        app = path.relative_to(root).parts[1]
        if "migrations" not in path.parts:
            yield from _in_source(path.read_text("utf-8"), app=app, where=str(path.relative_to(root)))
    for path in sorted(root.glob("chatshop/*.py")):  # what settings name is read in the back office
        yield from _in_source(path.read_text("utf-8"), app="backoffice", where=str(path.relative_to(root)))
    for path in sorted(root.glob("templates/**/*.html")):
        inside = path.relative_to(root).parts[1:]
        folder = inside[0] if len(inside) > 1 else ""
        source = "\n".join(_CALL.findall(templatize(path.read_text("utf-8"), origin=str(path))))
        yield from _in_source(source, app=HOMES.get(folder, folder), where=str(path.relative_to(root)))


def _in_source(source: str, *, app: str, where: str) -> Iterator[Said]:
    keywords = BOT_KEYWORDS if app == "bot" else KEYWORDS
    for _line, found, _comments, context in extract("python", BytesIO(source.encode()), keywords=keywords):
        forms = (found,) if isinstance(found, str) else tuple(found)
        if forms and forms[0]:
            yield Said(forms[0], app, where, plural=forms[1] if len(forms) > 1 else "", context=context)


@cache
def catalogue_of(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source)


def untranslated(language: str, root: Path = BASE_DIR) -> list[Said]:
    """What no app's catalogue says in this language: to Django they are one, so any of them will do."""
    catalogues = [catalogue_of(path) for path in root.glob(f"apps/*/locale/{language}/LC_MESSAGES/django.po")]
    missing: dict[tuple[str, str | None], Said] = {}
    for said in texts(root):
        if not any(_knows(catalogue, said) for catalogue in catalogues):
            missing.setdefault((said.msgid, said.context), said)
    return list(missing.values())


def _knows(catalogue: Catalog, said: Said) -> bool:
    entry = catalogue.get(said.msgid, said.context)
    if entry is None or entry.fuzzy:
        return False
    forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
    return all(forms)


def add_new(root: Path = BASE_DIR) -> int:
    """Untranslated entries for all that is missing; returns how many. What stands there empty is not written twice."""
    added = 0
    for language in LANGUAGES:
        for said in untranslated(language, root):
            path = root / f"apps/{said.app}/locale/{language}/LC_MESSAGES/django.po"
            if path.exists() and catalogue_of(path).get(said.msgid, said.context) is not None:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text("utf-8") if path.exists() else _head(said.app, language)
            path.write_text(f"{before.rstrip()}\n\n{_entry(said, language)}", "utf-8")
            added += 1
        catalogue_of.cache_clear()
    return added


def _head(app: str, language: str) -> str:
    plurals = "nplurals=1; plural=0;" if language.startswith("zh") else "nplurals=2; plural=(n != 1);"
    lines = ("Project-Id-Version: chatshop 0.1", f"Language: {language}", f"Plural-Forms: {plurals}",
             "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")  # fmt: skip
    return "\n".join([f"# Words of apps/{app}.", 'msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines)])


def _entry(said: Said, language: str) -> str:
    lines = [f"#: {said.where}"]
    if re.search(r"%(?:\(|[sd])", said.msgid):
        lines.append("#, python-format")
    if said.context:
        lines.append(f"msgctxt {escape(said.context)}")
    lines.append(f"msgid {escape(said.msgid)}")
    if said.plural:
        forms = 1 if language.startswith("zh") else 2
        lines += [f"msgid_plural {escape(said.plural)}", *(f'msgstr[{form}] ""' for form in range(forms))]
    else:
        lines.append('msgstr ""')
    return "\n".join(lines) + "\n"


def compile_catalogues(root: Path = BASE_DIR) -> list[Path]:
    """Writes each catalogue whose .po is newer than its .mo; returns those. Safe to run in parallel."""
    written = []
    for po in sorted(root.glob("apps/*/locale/*/LC_MESSAGES/django.po")):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        half = mo.with_suffix(f".mo.{os.getpid()}")
        with po.open("rb") as source, half.open("wb") as target:
            write_mo(target, read_po(source))
        half.replace(mo)
        written.append(mo)
    return written


if __name__ == "__main__":
    if "--new" in sys.argv:
        print(f"{add_new()} new entries")
    compile_catalogues()
