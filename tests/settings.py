"""Settings for tests: the site's own, with small secrets and a folder of its own."""

from __future__ import annotations

import os
import tempfile

os.environ["DATABASE_URL"] = os.environ.get(
    "DATABASE_OWNER_URL", os.environ.get("DATABASE_URL", "postgres:///mycenas")
)
os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("SECRET_KEY", "for-tests-only")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="mycenas-test-"))
os.environ.setdefault("EMAIL_URL", "memorymail://")
os.environ.setdefault("LOG_LEVEL", "WARNING")

from mycenas.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_SECOND_FACTOR = False
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
WHITENOISE_AUTOREFRESH = True
ACCOUNT_RATE_LIMITS = False
