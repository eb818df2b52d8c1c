"""Translations are committed as .po, which people read, and used as .mo, which Django reads. `python -m chatshop.words`."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

BASE_DIR = Path(__file__).resolve().parent.parent


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
    compile_catalogues()
