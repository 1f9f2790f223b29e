"""The site's own settings, with less patience: a siege has minutes, not days.

``apps.py`` shortens the pauses that are no settings.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from mycenas.settings import *  # noqa: F403

# The files lie on a file system of their own, the databases do not.
DATA_DIR = Path(os.environ["SIEGE_FILES"])
INSTALLED_APPS = [*INSTALLED_APPS, "tests.siege"]  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
PACE_PARTICIPANT = PACE_NETWORK = (10**15, 60)

PROCESSING_LEASE = timedelta(seconds=20)
SWEEP_AFTER = timedelta(seconds=3)
