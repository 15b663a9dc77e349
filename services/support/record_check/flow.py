"""What the check of the record offers a playbook. It runs under the playbook of its unit's requests."""

from __future__ import annotations

from services.support.record_check import model
from shared.playbook.model import Flow

RECORD_CHECK = Flow(
    name="support.record_check",
    lifecycle=model.LIFECYCLE,
    steps={"log": ()},
    events={"support.record_check.opened": "open", "support.record_check.checked": "check"},
    grants={"check": "lead"},
)

FLOWS = (RECORD_CHECK,)
