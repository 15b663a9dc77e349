"""What must hold before messages are delivered: said at the start, not by the first mail that cannot be written."""

from __future__ import annotations

from services.notify.channel import choice
from services.notify.message import facts
from services.notify.rule import model as rules
from services.notify.template import rendering
from shared.runtime.settings import Settings


def templates(_settings: Settings) -> None:
    """Every rule has its texts, in every language, with variables that its events have.

    Raises `template.model.UnknownTemplate`, `template.model.BadTemplate`.
    """
    for rule in rules.RULES:
        rendering.check(rule.template, facts.VARIABLES[rule.audience], sms=rule.audience == rules.CLIENT)


CHECKS = (choice.check, templates)
