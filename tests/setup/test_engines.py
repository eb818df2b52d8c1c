"""The embedded engines start, stop, and heal after whatever killed their supervisor."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from chatshop import engines

SUPERVISOR = """
import sys, time
from pathlib import Path
from chatshop import engines
engines.start(Path(sys.argv[1]), {})
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own folder: every start of pytest shuts that to others, and PostgreSQL may run as nobody."""
    found = Path(tempfile.mkdtemp(prefix="chatshop-engines-"))
    yield found / "data"
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
def running(folder: Path) -> Iterator[engines.Engines]:
    found = engines.start(folder, {})
    yield found
    found.stop()


def _supervisor(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child


def _postmaster(folder: Path) -> int:
    return int((folder / "pg" / "postmaster.pid").read_text().splitlines()[0])


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_both_engines_answer_and_are_gone_after_stop(folder: Path) -> None:
    running = engines.start(folder, {})
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT current_user, current_setting('server_encoding')").fetchone()
    broker = redis.Redis.from_url(running.environment["REDIS_URL"])
    policy = broker.config_get("maxmemory-policy")
    postmaster = _postmaster(folder)
    running.stop()
    assert row == ("chatshop", "UTF8")
    assert policy == {"maxmemory-policy": "noeviction"}
    assert not _is_alive(postmaster)
    with pytest.raises(redis.ConnectionError):
        broker.ping()
    running.stop()  # twice is fine


def test_the_extensions_that_search_needs_are_in_the_wheel(running: engines.Engines) -> None:
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        for name in ("pg_trgm", "unaccent", "fuzzystrmatch"):
            connection.execute(f"CREATE EXTENSION {name}")
        found = connection.execute("SELECT similarity('shirt', 'shrit') > 0.2, unaccent('Größe')").fetchone()
    assert found == (True, "Grosse")


def test_nothing_listens_on_the_network_and_valkey_wants_its_password(running: engines.Engines) -> None:
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    port = running.environment["REDIS_URL"].rsplit(":", 1)[1]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=int(port)).ping()


def test_keys_are_made_once_and_only_their_owner_reads_them(folder: Path) -> None:
    first = engines.start(folder, {})
    first.stop()
    second = engines.start(folder, {})
    second.stop()
    assert (folder / "engines.env").stat().st_mode & 0o777 == 0o600
    for name in ("SECRET_KEY", "SALT_KEY"):
        assert first.environment[name] == second.environment[name]
    assert first.environment["REDIS_URL"] != second.environment["REDIS_URL"]
    assert engines.read_environment(folder) == second.environment


def test_data_outlives_a_restart(folder: Path) -> None:
    first = engines.start(folder, {})
    with psycopg.connect(first.environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    first.stop()
    second = engines.start(folder, {})
    with psycopg.connect(second.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    second.stop()


def test_a_second_supervisor_is_refused_while_the_first_lives(folder: Path, running: engines.Engines) -> None:
    with pytest.raises(engines.EnginesBusy, match="already running"):
        engines.start(folder, {})
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_urls_of_the_environment_win(folder: Path) -> None:
    given = {"DATABASE_URL": "postgresql://elsewhere/shop", "REDIS_URL": "redis://elsewhere:6379"}
    running = engines.start(folder, given)
    running.stop()
    assert set(running.environment) == {"SECRET_KEY", "SALT_KEY"}
    assert not (folder / "pg").exists()


def test_engines_do_not_outlive_a_killed_supervisor(folder: Path) -> None:
    child = _supervisor(folder)
    postmaster = _postmaster(folder)
    child.kill()
    child.wait()
    deadline = time.monotonic() + 10
    while _is_alive(postmaster) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_alive(postmaster)


def test_an_orphan_is_ended_and_its_data_taken_over(folder: Path) -> None:
    """As left behind where the kernel does not end children with their parent."""
    first = engines.start(folder, {})
    with psycopg.connect(first.environment["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    first.stop()
    orphan = subprocess.Popen(
        engines.postgres_command(folder / "pg", folder / "pg"),
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **engines.unprivileged(),
    )
    deadline = time.monotonic() + 10
    while not (folder / "pg" / "postmaster.pid").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    second = engines.start(folder, {})
    with psycopg.connect(second.environment["DATABASE_URL"]) as connection:
        kept = connection.execute("SELECT count(*) FROM kept").fetchone()
    second.stop()
    assert orphan.wait(10) == 0
    assert kept == (0,)


def test_a_pid_file_of_a_killed_server_does_not_stop_the_next(folder: Path) -> None:
    child = _supervisor(folder)
    os.kill(_postmaster(folder), signal.SIGKILL)
    child.kill()
    child.wait()
    running = engines.start(folder, {})
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    running.stop()


def test_a_path_too_long_for_a_socket_gets_a_runtime_folder(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    running = engines.start(deep, {})
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    running.stop()
    assert len(running.environment["DATABASE_URL"]) < 107


def test_a_port_somebody_else_took_over_is_not_shut_down(folder: Path, running: engines.Engines) -> None:
    """The orphan of Valkey is known by its password, not by its port."""
    port = running.environment["REDIS_URL"].rsplit(":", 1)[1]
    engines.end_orphan_valkey(f"redis://:another-password@127.0.0.1:{port}")
    assert redis.Redis.from_url(running.environment["REDIS_URL"]).ping()


def test_a_killed_engine_is_started_again_where_it_was(running: engines.Engines) -> None:
    told: list[str] = []
    for engine in running.running:
        engine.child.kill()
        engine.child.wait()
    running.tend(told.append)
    with psycopg.connect(running.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert redis.Redis.from_url(running.environment["REDIS_URL"]).ping()
    assert told == [
        "PostgreSQL ended with -9, starting it again",
        "Valkey ended with -9, starting it again",
    ]
    running.tend(told.append)
    assert len(told) == 2
