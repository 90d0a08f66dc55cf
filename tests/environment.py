"""Loaded before Django reads its settings: every test process has its own data folder and key.

A plugin (`-p tests.environment` in pyproject.toml), since pytest-django reads the settings before
any conftest. Nothing a test does can reach the data of the person who runs it.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings

FOLDER = Path(tempfile.mkdtemp(prefix="yishi-test-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

os.environ["YISHI_DATA"] = str(FOLDER)
os.environ["YISHI_SECRET_KEY"] = "only-for-tests-" + "0123456789abcdef" * 4
# A file, since a database in memory hides what two connections do to each other.
os.environ["YISHI_TEST_DB"] = str(FOLDER / "test.sqlite3")
# A pool would keep the test database open when it is to be dropped.
os.environ["YISHI_NO_POOL"] = "1"
for name in ("YISHI_DEBUG", "YISHI_HTTPS", "YISHI_HOSTS", "YISHI_URL", "YISHI_MAIL_URL"):
    os.environ.pop(name, None)

# Nothing is judged by how long it took: a busy machine is no fault of the program.
settings.register_profile("yishi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yishi")
