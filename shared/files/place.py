"""Where a service keeps its files: below the home, or in the folder of the settings."""

from __future__ import annotations

from shared.files import local, port
from shared.kernel import moment
from shared.runtime import settings


def of(given: settings.Settings, service: str, *, time: moment.Source) -> port.Store:
    """The store of a service. Opens nothing yet."""
    second = given.files_second_place
    return local.Local(given.files / service, second=second and second / service, time=time)
