"""Settings for tests: the site's own, with small secrets and a folder of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# Whom tests log in as that act as the site does; it owns nothing.
os.environ.setdefault("TESTS_SITE_URL", os.environ.get("DATABASE_URL", ""))
os.environ["DATABASE_URL"] = os.environ.get(
    "DATABASE_OWNER_URL", os.environ.get("DATABASE_URL", "postgres:///mycenas")
)
# Workers inherit the variables of the process that started them; folders they may not.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="mycenas-test-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("SECRET_KEY", "for-tests-only")
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from mycenas.settings import *  # noqa: E402, F403

# Its `flush` takes the place of Django's, behind every test that commits.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.emptying"]  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_SECOND_FACTOR = False
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
ACCOUNT_RATE_LIMITS = False
# A thread's connection is closed when the thread ends, and PostgreSQL drops no database
# that has any.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
# A test's outer transaction stays open while Python works; the site has none around it.
DATABASES["default"]["OPTIONS"]["options"] += (  # noqa: F405
    " -c idle_in_transaction_session_timeout=0"
)
# Workers share one Valkey and have equal primary keys.
for _cache in CACHES.values():  # noqa: F405
    _cache["KEY_PREFIX"] = f"mycenas-test-{os.getpid()}"
