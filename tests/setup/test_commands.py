"""A command typed in a bare environment finds the shop a demo left, or says what to do."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chatshop import engines
from chatshop.demo import BASE_DIR, _throw_away, engines_for

NAMES = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SALT_KEY")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Not below pytest's own folder: every start of pytest shuts that to others, and PostgreSQL may run as nobody."""
    found = Path(tempfile.mkdtemp(prefix="chatshop-commands-"))
    monkeypatch.setenv("DATA_DIR", str(found))
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that what the command sets is taken back
        monkeypatch.delenv(name)
    before = signal.getsignal(signal.SIGTERM)
    yield found
    signal.signal(signal.SIGTERM, before)
    shutil.rmtree(found, ignore_errors=True)


def manage(*args: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "DATA_DIR")}
    command = [sys.executable, "manage.py", *args]
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["check_invariants", "bench", "parse_webhook", "run_worker"])
def test_where_no_shop_ever_was_a_sentence_says_what_to_do(folder: Path, command: str) -> None:
    done = manage(command)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        f"chatshop: SECRET_KEY is not set. Run `make demo` once, which makes one in {folder}, "
        "or set it in the environment.\n",
    )


def test_a_database_of_ones_own_that_is_not_named_is_not_replaced_by_an_empty_one(folder: Path) -> None:
    (folder / "engines.env").write_text("SECRET_KEY='x'\n")
    done = manage("check_invariants")
    assert (done.returncode, done.stderr) == (
        1,
        f"chatshop: DATABASE_URL is not set, and {folder} has no database of its own. "
        "Set it, or run `make demo` once.\n",
    )
    assert not (folder / "pg").exists()


def test_commands_explain_themselves_before_there_is_a_shop(folder: Path) -> None:
    done = manage("chat", "--help")
    assert (done.returncode, done.stdout.startswith("usage: manage.py chat"), list(folder.iterdir())) == (0, True, [])


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_engines_run_as_long_as_the_command_where_nobody_else_runs_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = engines.start(folder, {})
    url, key = kept.environment["DATABASE_URL"], kept.environment["SECRET_KEY"]
    with engines_for(["manage.py", "check_invariants"]):  # somebody runs them: nothing is started, nothing stopped
        assert (answers(url), "DATABASE_URL" in os.environ) == (True, False)
    assert answers(url)
    kept.stop()
    with engines_for(["manage.py", "parse_webhook"]):
        assert not answers(url)
    with engines_for(["manage.py", "check_invariants"]):
        assert (answers(url), os.environ["DATABASE_URL"], os.environ["SECRET_KEY"]) == (True, url, key)
    assert not answers(url)
    monkeypatch.delenv("DATABASE_URL")
    with engines_for(["manage.py", "create_shop"]):
        assert answers(url)
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/shop")
    with engines_for(["manage.py", "check_invariants"]):
        assert not answers(url)


def test_a_fresh_demo_begins_without_the_files_of_the_one_before(folder: Path) -> None:
    engines.start(folder, {}).stop()
    for name in ("media/products/mug.png", "private/attachments/photo.jpg", "mine/notes.txt"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    _throw_away(folder)
    left = {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}
    assert left == {"engines.lock", "mine/notes.txt"}
