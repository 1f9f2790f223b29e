"""Django's ordinary WSGI handler; the gateway in ``asgi.py`` stands before it."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")

application = get_wsgi_application()
