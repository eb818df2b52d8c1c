"""The empty database every test process starts from: migrated once, kept for the next run while nothing moves it.

Only for the embedded PostgreSQL: a server somebody else runs gets nothing but the test databases.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg

from chatshop import engines

NAME = "chatshop_migrated"
ROOT = Path(__file__).resolve().parent.parent
MOVES_IT = ("apps/*/migrations/*.py", "chatshop/settings.py", "locks/dev.txt")


def prepare(server: str) -> str:
    """Make the migrated database on the server of this URL; returns its name, for `CREATE DATABASE … TEMPLATE`."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME}")
    url = server.replace("/postgres?", f"/{NAME}?")
    kept = _cache() / f"schema-{_fingerprint()}.sql"
    if not (kept.is_file() and _restored(url, kept)):
        _migrate(url)
        _keep(url, kept)
    return NAME


def _fingerprint() -> str:
    """Of everything that decides what a migrated database looks like."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _files():
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _files() -> Iterator[Path]:
    for pattern in MOVES_IT:
        yield from sorted(ROOT.glob(pattern))


def _cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chatshop"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _migrate(url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": url}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def _keep(url: str, kept: Path) -> None:
    """Written beside and moved: two runs that end at once leave one whole file. Older ones go."""
    fresh = kept.with_suffix(f".{os.getpid()}")
    dumped = subprocess.run([engines.postgres_program("pg_dump"), "--no-owner", "-f", str(fresh), url], check=False)
    if dumped.returncode != 0:
        fresh.unlink(missing_ok=True)
        return
    fresh.replace(kept)
    for old in sorted(kept.parent.glob("schema-*.sql"), key=lambda path: path.stat().st_mtime)[:-8]:
        old.unlink(missing_ok=True)


def _restored(url: str, kept: Path) -> bool:
    command = [engines.postgres_program("psql"), "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-1"]
    return subprocess.run([*command, "-f", str(kept), url], check=False).returncode == 0
