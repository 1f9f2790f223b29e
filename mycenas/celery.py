"""Celery wakes workers up; what is to be done stands in PostgreSQL."""

from __future__ import annotations

import os

from celery import Celery
from celery.schedules import crontab

from mycenas.celery_settings import CANARY_EVERY

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mycenas.settings")

app = Celery("mycenas")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "deadlines": {"task": "competitions.keep_deadlines", "schedule": 5.0},
    "campaigns": {"task": "campaigns.keep_windows", "schedule": 10.0},
    "canary": {"task": "submissions.begin_canary", "schedule": CANARY_EVERY},
    "sweep": {"task": "submissions.sweep", "schedule": 10.0},
    "expire": {"task": "submissions.expire", "schedule": 60.0},
    "audit": {"task": "submissions.audit_storage", "schedule": crontab("17", "2")},
    "describe": {"task": "submissions.describe", "schedule": crontab("47", "2")},
    "round_ends": {"task": "judging.close", "schedule": 15.0},
    "rounds": {"task": "judging.seal", "schedule": 15.0},
    "exports": {"task": "exports.sweep", "schedule": 15.0},
    "mail": {"task": "core.send_mail", "schedule": 15.0},
}
