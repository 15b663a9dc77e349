"""The manifest of notify."""

from shared.runtime import manifest

SERVICE = manifest.Service(
    name="notify",
    title="Messages to clients",
    letter="n",
    slices=("people", "contact", "template", "rule", "channel", "message"),
    keeps_playbooks=True,
)
