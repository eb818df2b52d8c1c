"""What `manage.py demo` needs before Django can be loaded: a fresh or kept folder, and engines in it.

The settings ask for a key, a database and a broker as soon as they are read, so these come first; the command itself
(apps/gateway/management/commands/demo.py) then finds a complete environment. Every other command finds the engines of
a demo that runs, or has those of one that ran before for as long as it takes.
"""

import argparse
import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import engines

BASE_DIR = Path(__file__).resolve().parent.parent
OURS = (
    "pg", "valkey", "media", "private", "logs", "engines.env", "celerybeat-schedule", "postgres.log", "valkey.log",
    "sandbox.sqlite3", "sandbox.sqlite3-wal", "sandbox.sqlite3-shm",
)  # fmt: skip
# What the played Stripe knows (apps/sandbox/accounts.py); with a STRIPE_API_KEY of your own the real one is asked.
SANDBOX_STRIPE = {"STRIPE_API_KEY": "sk_test_sandbox_chatshop", "STRIPE_WEBHOOK_SECRET": "whsec_sandbox_chatshop"}
# These speak to the shop's database; where nobody runs it, they do so themselves.
WITH_ENGINES = frozenset(
    (
        *(
            "bench",
            "chat",
            "check_invariants",
            "connect_channel",
            "conversation_to_test",
            "create_shop",
            "import_catalog",
        ),
        *("reindex_catalog", "replay", "run_transcript", "run_worker", "changepassword", "createsuperuser", "dbshell"),
        *("dumpdata", "loaddata", "migrate", "shell", "showmigrations"),
    )
)
EXPLAINING = frozenset(("-h", "--help", "--version"))
NO_KEY = "SECRET_KEY is not set. Run `make demo` once, which makes one in {folder}, or set it in the environment."
NO_DATABASE = "DATABASE_URL is not set, and {folder} has no database of its own. Set it, or run `make demo` once."

_running: list[engines.Engines] = []


def tend_engines(tell: Callable[[str], None]) -> None:
    """Starts again whichever of this process's engines died."""
    for each in _running:
        each.tend(tell)


def data_dir() -> Path:
    return Path(os.environ.get("DATA_DIR") or BASE_DIR / ".data").resolve()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="where pages are served")
    parser.add_argument("--fresh", action="store_true", help="throw away what an earlier run left in DATA_DIR")


@contextmanager
def engines_for(argv: Sequence[str]) -> Iterator[None]:
    """Around Django's command line: for `demo` the engines run inside, for other commands if nobody runs them already.

    Ends the process with a sentence when the port is taken, the folder in use, or there is no shop in it.
    """
    command = argv[1] if len(argv) > 1 else "help"
    if command in ("help", "version", *EXPLAINING) or EXPLAINING & set(argv[2:]):
        if not engines.read_environment(data_dir()):
            os.environ.setdefault(
                "SECRET_KEY", secrets.token_urlsafe()
            )  # the settings want one, an explanation does not
        yield
        return
    if command != "demo":
        with _borrowed(command):
            yield
        return
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    wanted, _ = parser.parse_known_args(argv[2:])
    _set_environment(wanted.port)
    _refuse_taken_port(os.environ["HOST"], wanted.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the engines end in order, however early it comes
    try:
        if wanted.fresh:
            _throw_away(data_dir())
        running = engines.start(data_dir())
    except (engines.EnginesBusy, engines.EngineFailed) as error:
        sys.exit(f"chatshop demo: {error}")
    try:
        _running.append(running)
        _tell_settings(running)
        (data_dir() / "static").mkdir(exist_ok=True)
        yield
    finally:
        _running.clear()
        running.stop()


@contextmanager
def _borrowed(command: str) -> Iterator[None]:
    """The shop that a demo left here, for one command."""
    kept = engines.read_environment(data_dir())
    if not (os.environ.get("SECRET_KEY") or kept.get("SECRET_KEY")):
        sys.exit(f"chatshop: {NO_KEY.format(folder=data_dir())}")
    if command not in WITH_ENGINES or os.environ.get("DATABASE_URL"):
        yield
        return
    if not kept.get("DATABASE_URL"):
        sys.exit(f"chatshop: {NO_DATABASE.format(folder=data_dir())}")
    try:
        running = engines.start(data_dir())
    except engines.EnginesBusy:  # somebody runs them: then they are there
        yield
        return
    except engines.EngineFailed as error:
        sys.exit(f"chatshop: {error}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _tell_settings(running)
        yield
    finally:
        running.stop()


def _tell_settings(running: engines.Engines) -> None:
    for name, value in running.environment.items():
        os.environ.setdefault(name, value)


def _set_environment(port: int) -> None:
    os.environ["PORT"] = str(port)
    os.environ.setdefault("HOST", "127.0.0.1")
    os.environ.setdefault("CHATSHOP_SANDBOX", "1")
    os.environ["DATA_DIR"] = str(data_dir())
    if not os.environ.get("STRIPE_API_KEY"):
        os.environ.update(SANDBOX_STRIPE, STRIPE_API_BASE=f"http://127.0.0.1:{port}/sandbox/api/stripe")


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"chatshop demo: port {port} is taken ({error.strerror}); choose another with --port N or PORT=N")


def _throw_away(folder: Path) -> None:
    """Only what we made, only while nobody runs it. An outside database (DATABASE_URL) is not ours to drop."""
    with engines.locked(folder):
        engines.end_orphans(folder)
        for name in OURS:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
