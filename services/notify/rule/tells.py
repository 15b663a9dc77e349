"""What a playbook may choose among: the client's messages, by mail and by SMS."""

from __future__ import annotations

from services.notify.rule import model
from shared.playbook.model import Tell

TELLS = tuple(
    Tell(rule.event, rule.audience, rule.template, tuple(model.WORDS))
    for rule in model.RULES
    if rule.audience == model.CLIENT
)
