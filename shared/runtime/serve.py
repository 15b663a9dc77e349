"""What a web worker process imports: `app`, built after the fork, for the service named in STEWARD_SERVE.

The parent has looked at keys and migrations before it forked; a worker that is started again while the database is
away must not fail for it.
"""

from __future__ import annotations

import os
from typing import Any

from shared.runtime import embedded, orphan, process, settings, telemetry


def build() -> Any:
    """The WSGI app of this worker: a service's API, or the gateway with its pages."""
    given = settings.read()
    telemetry.configure(given)
    orphan.end_with_parent()
    (name,) = process.existing([os.environ["STEWARD_SERVE"]])
    running = process.Process(given, (name,), pool_size=given.web_threads)
    running.tell(name)
    apis = running.apps()
    if name != "gateway":
        return apis[name]
    return embedded.Internal(apis[name], running.front({**given.service_urls, **apis}))


app = build()
