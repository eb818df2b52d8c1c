"""Files as a shopkeeper handles them: taken away, worked on, brought back."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

Paper = list[dict[str, str]]


def place(label: str, act: str, *row: int) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{act}_sheet", args=row)


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def taken_away(desk: Client, label: str, *row: int) -> bytes:
    answer: Any = desk.get(place(label, "export", *row))
    return b"".join(answer)


def rows(content: bytes) -> Paper:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def written(paper: Sequence[dict[str, str]], delimiter: str = ",", mark: str = "") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(paper[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(paper)
    return (mark + text.getvalue()).encode()


def exported(desk: Client, label: str, *row: int) -> Paper:
    return rows(taken_away(desk, label, *row))


class Looked:
    """What the page says of a file before anything is written."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.report = answer.context["report"]
        self.kept = answer.context["kept"]

    @property
    def changes(self) -> list[tuple[str, str, str, str]]:
        return [(one.what, one.column, one.before, one.after) for one in self.report.changes]

    @property
    def errors(self) -> list[tuple[int, str, str]]:
        return [(one.line, one.column, one.message) for one in self.report.errors]

    @property
    def counts(self) -> tuple[int, int, int]:
        """New, changed, as they are."""
        return self.report.created, self.report.changed, self.report.unchanged


def look(desk: Client, label: str, content: bytes | Sequence[dict[str, str]], *row: int) -> Looked:
    content = content if isinstance(content, bytes) else written(content)
    return Looked(desk.post(place(label, "import", *row), {"file": SimpleUploadedFile("file.csv", content)}))


def refused(desk: Client, label: str, content: bytes) -> str:
    """The sentence beside the field, for a file that is none."""
    answer = desk.post(place(label, "import"), {"file": SimpleUploadedFile("file.csv", content)})
    found = re.search(r'role="alert">([^<]+)<', answer.content.decode())
    return found[1] if found else ""


def bring(desk: Client, label: str, content: bytes | Sequence[dict[str, str]], *row: int) -> Looked:
    """Looked at, and done."""
    looked = look(desk, label, content, *row)
    assert looked.errors == []
    if looked.kept:
        assert desk.post(place(label, "import", *row), {"kept": looked.kept}).status_code == 302
    return looked
