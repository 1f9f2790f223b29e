"""Celery and the patience of phase two, each value with its reason.

A part of ``mycenas.settings``, which takes all of it over. Tried with Celery 5.7.0,
kombu 5.7.0, redis-py 8.1.0 and Valkey 9.1: what is left at its default on purpose is
said too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mycenas.env import env_seconds, env_text

# --- phase two

# How long one attempt holds its row. Twice CELERY_TASK_TIME_LIMIT: whoever is still at
# work then has been killed. Should it not be so, the fence refuses its commit.
PROCESSING_LEASE = env_seconds("PROCESSING_LEASE", 240)
# A file that kills three decoders is not tried again by itself.
PROCESSING_STRIKES = 3
# Leases that one entry may lose. Workers are killed for reasons of the machine, many
# times in a bad night; a file that kills the whole worker every time still ends.
PROCESSING_LOST_LEASES = 10
# How long a message may take before it counts as lost, and the pause after a strike.
SWEEP_AFTER = env_seconds("SWEEP_AFTER", 20)

# A made-up picture goes through both phases this often. `healthz/progress` complains
# when none has got through for three times as long, or an entry waits for so long.
CANARY_EVERY = env_seconds("CANARY_EVERY", 60)
ENTRY_LATE = timedelta(minutes=10)

# --- broker

REDIS_URL = env_text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace(
    "?db=", "?virtual_host="
)
# Wait for Valkey for ever, at the start as well: the sweep works meanwhile.
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    # After so long an unacknowledged message is delivered again, to be done beside the
    # first if that still runs: so more than three times the hard limit of a task.
    "visibility_timeout": 600,
    # Look for such messages every 5 s. The default (every 10 s, one time in 10) adds
    # up to 100 s.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A Valkey that hangs must not hang us: without these the client waits for ever.
    # Workers block 1 s in BRPOP, so 10 s means trouble; `Publisher` shortens it to 1 s.
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
    # Notices a peer that vanished without a word, over TCP.
    "socket_keepalive": True,
}
# One more try, soon: nobody waits for a publish, the sweep finds what it lost.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}

# --- tasks

# State stands in PostgreSQL. A result backend would be one more thing to lose.
CELERY_TASK_IGNORE_RESULT = True
# Acknowledged when done: what a killed worker had begun is delivered again.
CELERY_TASK_ACKS_LATE = True
# A killed pool process gives its message up. Handing it back at once, as these two
# would, finds the row leased and does nothing; with the first a poisonous message also
# goes round without end. The sweep takes the lease back when it runs out.
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_RETRY_ON_WORKER_LOST = False
# A decode ends by itself within 60 s (`pictures.Limits`). The soft limit is an
# exception in our code, the hard one SIGKILL by the parent.
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_TIME_LIMIT = 120
# A message is a number. Pickle would let whoever reaches Valkey run code here.
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# There is one queue. A misspelled one is an error, not a list that nobody reads.
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TIMEZONE = "UTC"

# --- workers

# With late acknowledgment: one message for each process, none waiting behind it.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Left at its default: worker_disable_prefetch. With the two lines above a worker held
# as many messages with it as without (tried: 2 processes, 8 messages, 2 held).
# SIGQUIT lets what runs go on for so long; SIGTERM waits for it in any case.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10.0
# Against slow leaks: a fresh process after so many tasks, or above so many KiB. The
# decoder has its own process and limit; this one needs about 100 MiB.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
# Logging is Django's.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
