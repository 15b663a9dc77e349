"""A form between two requests: what was typed, what is wrong with it, and the key that makes sending it twice harmless.

Invariant: whatever a service or the directory refuses, the reader gets the form back as they filled it in, with each
fault beside its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import flask
from marshmallow import Schema, ValidationError

from services.gateway.clients import Problem
from services.gateway.front import language
from shared import locale as languages
from shared.kernel import errors, ids

KEY = "form_key"
VERSION = "version"
SHOWN_ON_FORM = (400, 409, 412, 413, 422)
EMPTY = "Please fill this in."  # instead of "1 to 200 characters", which helps nobody who typed none
NOT_TYPED = ("password", "again", "old", "new", "roles", "attachments")  # empty here, whatever was given
SENT_BEFORE = (
    "This form was already sent once. If you really want to send it again as it is now, press the button again."
)


REFUSALS = (Problem, errors.Refused, errors.Transient)
"""What a view that reads a form catches and hands to `Form.take`."""


@dataclass(slots=True)
class Form:
    """`values` as typed; `errors` by field; `said` about the whole."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    key: str = field(default_factory=ids.new)

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def refused(self) -> bool:
        """Whether it comes back with something to mend."""
        return bool(self.errors or self.said)

    @property
    def first_wrong(self) -> str | None:
        """Where the cursor should stand."""
        return next(iter(self.errors), None)

    @property
    def version(self) -> int | None:
        """The version of the object that the form was made for."""
        given = self[VERSION]
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else None

    def wrong(self, name: str, sentence: str) -> None:
        """Say, in the reader's language already, what is wrong with a field."""
        self.errors.setdefault(name, []).append(sentence)

    def load(self, schema: Schema, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The facts as the directory takes them; what was left empty counts as missing. Raises `errors.Invalid`."""
        try:
            return dict(schema.load({name: value for name, value in facts.items() if value not in ("", None)}))  # type: ignore[arg-type]
        except ValidationError as error:
            raise errors.Invalid(fields=error.normalized_messages()) from error

    def take(self, error: Problem | errors.StewardError, names: Mapping[str, str] | None = None) -> int:
        """Show a refusal on the form; `names` says which field a fault's path belongs to. Returns the status.

        Raises the error itself when it is not about what was typed (not allowed, not found, ...). When a service was
        away the form keeps its key: what it did after all is not done again.
        """
        if isinstance(error, errors.Transient):
            self.said.append(languages.translate(error.template, language.current(), **error.facts))
        elif isinstance(error, errors.TooMany) or error.status in SHOWN_ON_FORM:
            self._take(error, names or {})
        else:
            raise error
        return error.status

    def _take(self, error: Problem | errors.StewardError, names: Mapping[str, str]) -> None:
        self.key = ids.new()  # a key stands for what was sent with it; the next try is another request
        locale = language.current()
        if isinstance(error, Problem):
            faults, detail = error.errors, error.detail
            if error.code == "idempotency-key-reused":
                detail = language.say(SENT_BEFORE)
        else:
            faults = languages.messages(dict(error.fields), locale) if isinstance(error, errors.Invalid) else {}
            detail = languages.translate(error.template, locale, **error.facts)
        for path, sentence in _flat(faults):
            name = _field(path, names, self.values)
            last = path.rpartition(".")[2]
            empty = name in (last, f"{name.partition('_')[0]}_{last}") and not self[name] and name not in NOT_TYPED
            self.errors.setdefault(name, []).append(language.say(EMPTY) if empty else sentence)
        if unknown := self.errors.pop("", None):
            self.said += unknown
        if not self.errors and not self.said:
            self.said.append(detail)


def read(*names: str) -> Form:
    """The form as it was sent. Text is trimmed, line ends are made plain, and NUL, which nobody types, is dropped."""
    sent = flask.request.form
    values = {n: sent.get(n, "").replace("\r\n", "\n").replace("\x00", "").strip() for n in (*names, VERSION)}
    key = sent.get(KEY, "")
    return Form(values=values, key=key if ids.is_id(key) else ids.new())


def blank(**values: Any) -> Form:
    """A form to be filled in, with what we know already."""
    return Form(values={name: "" if value is None else str(value) for name, value in values.items()})


def sentences(problem: Problem) -> list[str]:
    """What a service finds wrong with the fields of what it was sent, each once."""
    return list(dict.fromkeys(sentence for _, sentence in _flat(problem.errors)))


def _flat(faults: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`{"requester": {"mails": {"0": ["..."]}}}` as `("requester.mails.0", "...")`."""
    if isinstance(faults, Mapping):
        for name, part in faults.items():
            yield from _flat(part, f"{path}.{name}" if path else str(name))
    elif isinstance(faults, list | tuple):
        for part in faults:
            yield from _flat(part, path)
    else:
        yield path, str(faults)


def _field(path: str, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The field of a fault: the longest beginning of its path that is named, else one of the same name, else none."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in names:
            return names[prefix]
        if prefix in known:
            return prefix
    return ""
