"""The files that go with a message, read from where the service that told of them keeps them.

A mail leaves with all of its files or not at all: while one of them cannot be read the message waits, and says why.
They are read anew for each attempt, so that a mail that is offered again has the same ones, each once.
"""

from __future__ import annotations

from services.notify.channel import port
from services.notify.message import model
from shared.files import place
from shared.files import port as store
from shared.jobs.runner import Job
from shared.kernel import errors

AGAIN_S = 60


def read(job: Job, message: model.Message) -> tuple[port.File, ...]:
    """Every file of the message, checked against its hash. Raises `port.Unreachable`."""
    settings, time = job.resources.settings, job.database.time
    found = []
    for each in message.files or ():
        name = each["name"]
        try:
            with place.of(settings, each["service"], time=time).open(each["hash"]) as file:
                found.append(port.File(name, each["type"], file.read()))
        except (store.NotKept, store.Damaged, errors.Transient) as error:
            raise port.Unreachable(f"the file {name} cannot be read", again_in_s=AGAIN_S) from error
    return tuple(found)
