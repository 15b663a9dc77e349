"""How long a test's client waits for a mail server: long, unless the server is meant to say nothing.

A machine that pauses for a second or two must not turn a letter that was sent into one that was put off. Only where a
server hangs on purpose does the client hurry, and even then it leaves seconds for what comes before the hang.
"""

from __future__ import annotations

from services.notify.channel import connection

PATIENT = connection.Patience(connect_s=60.0, noop_s=60.0, reply_s=60.0, total_s=180.0, final_s=5.0)
HASTY = connection.Patience(connect_s=1.5, noop_s=1.2, reply_s=1.5, total_s=5.0, final_s=1.5)
OUTLASTS_S = 30.0  # how much longer than its time a hasty client may take: what is bounded at all ends far earlier
