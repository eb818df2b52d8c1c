"""What shoppers send besides words: files, kept where their platform hands them out, places, and cards of people."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from .accounts import Account, own_url
from .store import Store

SAMPLES = Path(__file__).parent / "samples"
MIMES = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "mp4": "video/mp4", "pdf": "application/pdf",
    "ogg": "audio/ogg", "m4a": "audio/mp4", "amr": "audio/amr", "wav": "audio/wav",
}  # fmt: skip
SORTS = ("image", "audio", "video", "file", "sticker")
MOST_BYTES = 16_000_000  # of a file from a visitor's own device
KEPT = "sent_file"


@dataclass(frozen=True, slots=True)
class File:
    """One file; `sort` is how the app sends it: image | audio | video | file | sticker. `seconds` of sound and film."""

    sort: str
    name: str
    mime: str
    content: bytes
    seconds: float = 0.0

    @property
    def ending(self) -> str:
        return self.name.rpartition(".")[2].lower()

    @property
    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


@dataclass(frozen=True, slots=True)
class Place:
    latitude: float
    longitude: float
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody out of the phone's book."""

    name: str
    phone: str

    def vcard(self) -> File:
        lines = ("BEGIN:VCARD", "VERSION:3.0", f"FN:{self.name}", f"TEL;TYPE=CELL:{self.phone}", "END:VCARD", "")
        return File("file", f"{self.name}.vcf", "text/vcard", "\r\n".join(lines).encode())


STATION = Place(35.681236, 139.767125, "Tokyo Station", "1-9-1 Marunouchi")
SQUARE = Place(52.520008, 13.404954, "Alexanderplatz", "10178 Berlin")
FRIEND = Card("Iker Sanz", "+34600222333")


def sample(sort: str, *, name: str) -> File:
    """One of the files every phone here has."""
    content = (SAMPLES / name).read_bytes()
    seconds = 1.5 if sort in ("audio", "video") else 0.0
    return File(sort, name, MIMES[name.rpartition(".")[2]], content, seconds)


def sort_of(mime: str) -> str:
    family = mime.partition("/")[0]
    return family if family in ("image", "audio", "video") else "file"


def keep(store: Store, account: Account, file: File, *, number: str = "") -> str:
    """The number the platform keeps it under, its own choice unless `number` says another; call it inside `write()`."""
    number = number or str(10**15 + secrets.randbelow(9 * 10**15))
    told = {"sort": file.sort, "name": file.name, "mime": file.mime, "content": base64.b64encode(file.content).decode()}
    store.run(
        "insert into objects (id, account, kind, created, data) values (?, ?, ?, ?, ?)",
        number, f"{account.kind}/{account.name}", KEPT, store.now(), json.dumps(told),
    )  # fmt: skip
    return number


def kept(store: Store, number: str, *, account: Account | None = None) -> File | None:
    """The file of this number; with an account only if it is one of its shoppers'."""
    row = store.one("select account, data from objects where id = ? and kind = ?", number, KEPT)
    if row is None or (account is not None and row["account"] != f"{account.kind}/{account.name}"):
        return None
    told = json.loads(row["data"])
    return File(told["sort"], told["name"], told["mime"], base64.b64decode(told["content"]))


def forget(store: Store, number: str) -> None:
    """The file is taken back with its message."""
    store.run("delete from objects where id = ? and kind = ?", number, KEPT)


def address(account: Account, platform: str, path: str) -> str:
    """Where the platform's own part of this account answers."""
    base = str(account.config.get("api_base") or f"{own_url()}/sandbox/api/{platform}")
    return f"{base.rstrip('/')}/{path}"
