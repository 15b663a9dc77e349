"""The manifest of the gateway: the directory's slices; pages and the way in are its front (`app.py`)."""

from shared.runtime import manifest

SERVICE = manifest.Service(
    name="gateway",
    title="Directory",
    letter="g",
    slices=(
        "directory.official_year",
        "directory.unit",
        "directory.throttle",
        "directory.password",
        "directory.staff",
        "directory.session",
        "directory.access",
        "directory.membership",
        "directory.absence",
        "directory.substitute",
        "directory.closure",
        "directory.authority",
        "directory.view",
        "directory.setup",
        "demo",
        "simulation",
        "public.rate",
    ),
)
