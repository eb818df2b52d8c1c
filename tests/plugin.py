"""Loaded by pytest before Django's settings: real engines, test secrets, a place of our own for files.

With DATABASE_URL and REDIS_URL set the tests use those; otherwise they start the embedded PostgreSQL and Valkey
in a temporary folder and stop them at the end. Workers of pytest-xdist inherit what the first process started.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from chatshop import engines

from . import schema

os.environ.setdefault("CHATSHOP_TESTING", "1")
os.environ.setdefault("SECRET_KEY", "test-key-that-guards-nothing-but-is-long-enough-to-be-accepted")
os.environ.setdefault("TEST_DATABASE", "test_chatshop")
os.environ.setdefault("DATABASE_POOL", "24")  # more than any test has threads, each with a connection to the end
os.environ.setdefault("PRIVATE_ADDRESSES", "1")  # tests play the outside world on loopback
os.environ.setdefault("CATALOG_READING_SHARE", "0")  # a slow machine would read old words of a new shop
os.environ.setdefault("EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")


def _own_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="chatshop-tests-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


if "CHATSHOP_TESTS_STARTED" not in os.environ:
    os.environ["CHATSHOP_TESTS_STARTED"] = "1"
    data_dir = _own_folder()
    os.environ["DATA_DIR"] = str(data_dir)
    (data_dir / "static").mkdir()
    running = engines.start(data_dir)
    atexit.register(running.stop)
    for name, value in running.environment.items():
        os.environ.setdefault(name, value)
    if "DATABASE_URL" in running.environment:
        os.environ["TEST_TEMPLATE"] = schema.prepare(running.environment["DATABASE_URL"])
