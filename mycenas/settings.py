"""Settings, all from the environment; with none set everything stays on this machine.

The table in docs/operations.md lists every variable; a test compares the two.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from mycenas.account_settings import *  # noqa: F403
from mycenas.celery_settings import *  # noqa: F403
from mycenas.celery_settings import REDIS_URL
from mycenas.env import (
    env,
    env_bool,
    env_bytes,
    env_int,
    env_list,
    env_path,
    env_rate,
    env_secret,
    env_text,
)

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- environment
DEBUG = env_bool("DEBUG", default=False)
DATA_DIR = env_path("DATA_DIR", BASE_DIR / "var")
SECRET_KEY = env_secret("SECRET_KEY", debug=DEBUG, development="only-for-development")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = env_list("TRUSTED_PROXIES")
PROXY_HEADERS = [name.lower() for name in env_list("PROXY_HEADERS")]
SITE_NAME = "Mycenas"

# --- apps
INSTALLED_APPS = [
    "mycenas",
    "mycenas.core",
    "mycenas.core.approvals",
    "mycenas.core.results",
    "mycenas.core.draws",
    "mycenas.storage",
    "mycenas.imaging",
    "mycenas.accounts",
    "mycenas.staff",
    "mycenas.staff.exports",
    "competitions",
    "competitions.roles",
    "competitions.blind",
    "competitions.holds",
    "submissions",
    "submissions.review.claims",
    "submissions.review.reasons",
    "submissions.review.appeals",
    "submissions.review.permits",
    "submissions.judging",
    "submissions.judging.publishing",
    "campaigns",
    "interactions",
    "mycenas.demo",
    "mycenas.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
]

# --- middleware
MIDDLEWARE = [
    "mycenas.core.http.network.ForwardedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mycenas.core.http.middleware.ContentPolicyMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "mycenas.core.http.middleware.WellFormedMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "mycenas.core.http.middleware.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mycenas.accounts.second_factor.ProofMiddleware",
    "mycenas.staff.form_owners.FormOwnerMiddleware",
    "mycenas.core.audit.actor.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mycenas.core.http.returning.SignInAgainMiddleware",
    "mycenas.core.http.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "mycenas.urls"
WSGI_APPLICATION = "mycenas.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["mycenas.core.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- threads of a web process: each keeps a database connection of its own
S3_BUCKET = env_text("S3_BUCKET")
PAGE_THREADS = 8
# Look-ups of uploads wait for PostgreSQL, never for a disk.
LOOKUP_THREADS = 4
# A file that is made durable holds a thread: briefly with a disk, for as long as it
# takes to send the file with a bucket.
DISK_COMMIT_THREADS, BUCKET_COMMIT_THREADS = 4, 16
COMMIT_THREADS = BUCKET_COMMIT_THREADS if S3_BUCKET else DISK_COMMIT_THREADS
WEB_THREADS = PAGE_THREADS + LOOKUP_THREADS + COMMIT_THREADS

# --- database
_database = env.db_url("DATABASE_URL", default="postgres:///mycenas")
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "ENGINE": "django.db.backends.postgresql",
        # Each thread keeps its own; see mycenas/core/db/database.py.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            # Django's own statements carry their values along and are never prepared.
            "prepare_threshold": 5,
            # No page or task has a statement of seconds: what takes 15 is stuck, and
            # so is a transaction that does nothing, while it holds locks. A lock is
            # waited for within the same time; lock_timeout alone would begin anew with
            # each holder. An acknowledgment waits for the disk, whatever the server's
            # own default is. The few statements that are prepared find rows by their
            # keys (see mycenas/core/db/database.py), so their plan is made once: it
            # would take longer than the statement.
            "options": "-c statement_timeout=15s "
            "-c idle_in_transaction_session_timeout=15s -c synchronous_commit=on "
            "-c plan_cache_mode=force_generic_plan",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- cache: Redis holds nothing that cannot be lost; Celery stands in its own module
REDIS_OPTIONS = {
    # A page may wait this long for a Valkey that hangs, and then no page waits for it
    # until the breaker closes: see mycenas/core/cache.py.
    "SOCKET_CONNECT_TIMEOUT": 0.25,
    "SOCKET_TIMEOUT": 0.5,
    "IGNORE_EXCEPTIONS": True,
}
_redis = {"LOCATION": REDIS_URL, "OPTIONS": REDIS_OPTIONS, "KEY_PREFIX": "mycenas"}
CACHES = {
    "default": {"BACKEND": "mycenas.core.cache.SteadyCache", **_redis},
    # Counts of the rate limit of bytes; see mycenas/uploads/rate_limit.py.
    "pace": {"BACKEND": "django_redis.cache.RedisCache", **_redis},
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
SESSION_ENGINE = "mycenas.accounts.backends"

# --- files: on this machine's disk, or in a bucket; mycenas/storage asks for both
S3_ENDPOINT_URL = env_text("S3_ENDPOINT_URL")
S3_PUBLIC_URL = env_text("S3_PUBLIC_URL")
S3_REGION = env_text("S3_REGION", "us-east-1")
AWS_ACCESS_KEY_ID = env_text("AWS_ACCESS_KEY_ID")
AWS_SECRET_ACCESS_KEY = env_text("AWS_SECRET_ACCESS_KEY")
STORAGES = {
    "default": {"BACKEND": "mycenas.storage.bucket.SiteBucket"}
    if S3_BUCKET
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
mimetypes.add_type("text/javascript", ".js", strict=True)

# --- mail
EMAIL_CONFIG = env.email_url(
    "EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"
)
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", "Mycenas <noreply@localhost>")
BASE_URL = env_text("BASE_URL", "http://127.0.0.1:8000")

# --- accounts; the rest stands in its own module
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
STAFF_SECOND_FACTOR = not DEBUG

# --- security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb")
}
CSRF_FAILURE_VIEW = "mycenas.staff.kept_words.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# ForwardedMiddleware leaves it to the proxies that are trusted.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
)
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SECURE_HSTS_SECONDS = 31_536_000 if BASE_URL.startswith("https://") else 0

# --- limits
MAX_UPLOAD_BYTES = 2048 * 1024 * 1024
MAX_FORM_BYTES = 12 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
STORAGE_RESERVE = env_bytes("STORAGE_RESERVE", "512M")
PACE_PARTICIPANT = env_rate("PACE_PARTICIPANT", "1G/m")
PACE_NETWORK = env_rate("PACE_NETWORK", "8G/m")
PACE_TOTAL = env_bytes("PACE_TOTAL", "0")
PACE_FILES = env_int("PACE_FILES", 32)
PACE_WAITING = env_int("PACE_WAITING", 1000)
PACE_WAIT_SECONDS = env_int("PACE_WAIT_SECONDS", 30)
MAX_CONNECTIONS = env_int("MAX_CONNECTIONS", 4000)
MAX_SLOW_HEADS = env_int("MAX_SLOW_HEADS", 128)
# Of one person.
LIKES_RATE = "120/m"
# If the cache fails all the same, no request is refused.
RATELIMIT_FAIL_OPEN = True
RATELIMIT_EXCEPTION_CLASS = "mycenas.core.http.errors.TooOften"
RATELIMIT_IP_META_KEY = "mycenas.core.http.network.client_address"

# --- language and time
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"

# --- logging
DEFAULT_EXCEPTION_REPORTER = "mycenas.core.http.masking.MaskingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "mycenas.core.http.masking.MaskingReporterFilter"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "class": "mycenas.core.http.masking.MaskingFormatter",
            "format": "{levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env_text("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers mask nothing, and with DEBUG they write all of it twice.
        "django": {"level": "INFO", "handlers": []},
        # Beat's ticks every few seconds would hide what happens.
        **{
            name: {"level": "WARNING"}
            for name in ("celery.app.trace", "celery.worker.strategy", "celery.beat")
        },
    },
}
