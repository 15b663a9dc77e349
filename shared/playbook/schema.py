"""The shape of a playbook file. What it means is checked in `reading`."""

from __future__ import annotations

import itertools
import re
from datetime import date, time
from typing import Any

import marshmallow as ma
from marshmallow import ValidationError, fields, validate

from shared.clocks import span
from shared.envelope.fields import LOCALES
from shared.kernel import errors
from shared.playbook import model

WORD = validate.Regexp(re.compile(r"[a-z][a-z0-9_-]{0,59}"), error="Write a word of small letters, digits, - and _.")
LETTERS = re.compile(r"[RACI](,\s?[RACI])*|[RACI]+")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
PERCENT = re.compile(r"([1-9]\d{0,2})%")
COUNTRIES = ("VN", "CN")
CHANNELS = ("email", "sms", "desk")


class Titles(fields.Dict):
    """One text in all three languages."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=fields.String(), values=fields.String(validate=validate.Length(min=1, max=5000)), **kwargs
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, attr, data, **kwargs)
        missing = [locale for locale in LOCALES if locale not in found]
        extra = [key for key in found if key not in LOCALES]
        if missing or extra:
            raise ValidationError(
                "Write it in vi, zh and en" + (f"; missing: {', '.join(missing)}." if missing else ".")
            )
        return found


class Names(Titles):
    """The same, or one name for all three: a small firm writes in its own language only."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return super()._deserialize(
            dict.fromkeys(LOCALES, value) if isinstance(value, str) else value, attr, data, **kwargs
        )


class SpanField(fields.Field[Any]):
    """`12m`, `24h`, `3d`, `2wd`, `by_person`; with `by_type` also that word, which gives None."""

    def __init__(self, *, by_type: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._by_type = by_type

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if self._by_type and value == model.BY_TYPE:
            return None
        try:
            return span.read(value if isinstance(value, str) else str(value))
        except errors.Invalid as error:
            raise ValidationError(str(error)) from error


class LettersField(fields.Field[Any]):
    """RACI letters of one role in one step: `R`, `A`, `RA`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not LETTERS.fullmatch(value):
            raise ValidationError("Write the letters R, A, C or I.")
        return "".join(letter for letter in "RACI" if letter in value)


class OneOrMany(fields.Field[Any]):
    """One word or a list of words."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(each, str) and each for each in found):
            raise ValidationError("Write one word or a list of words.")
        return tuple(found)


class PartField(fields.Field[Any]):
    """A part of the allowance in percent, as basis points."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        found = PERCENT.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise ValidationError("Write a part of the time in percent, such as 50%.")
        return int(found[1]) * 100


class WeekField(fields.Field[Any]):
    """Weekly hours: `{mon-fri: ["08:00-12:00", "13:30-17:30"], sat: ["08:00-12:00"]}`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict) or not value:
            raise ValidationError("Write the hours of each weekday.")
        days: list[tuple[tuple[time, time], ...]] = [()] * 7
        for key, texts in value.items():
            hours = tuple(_hours(text) for text in (texts if isinstance(texts, list) else [texts]))
            if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(hours)):
                raise ValidationError(f"The hours of {key} overlap or are out of order.")
            for day in _days(key):
                if days[day]:
                    raise ValidationError(f"{DAYS[day]} is given twice.")
                days[day] = hours
        return tuple(days)


def _days(key: Any) -> range:
    first, _, last = str(key).partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise ValidationError(f"{key} is no weekday: write mon, tue, wed, thu, fri, sat, sun, or mon-fri.")
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise ValidationError(f"{key} runs backwards.")
    return range(start, end + 1)


def _hours(text: Any) -> tuple[time, time]:
    found = HOURS.fullmatch(text) if isinstance(text, str) else None
    try:
        if found is None:
            raise ValueError(text)
        start, end = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    except ValueError as error:
        raise ValidationError(f"{text!r} is no time of day such as 08:00-12:00.") from error
    if start >= end:
        raise ValidationError(f"{text} ends before it begins.")
    return start, end


class ChangeIn(ma.Schema):
    """Other hours from a date on."""

    since = fields.Date(required=True)
    hours = WeekField(required=True)


class CalendarIn(ma.Schema):
    """Whose holidays, which hours."""

    country = fields.String(required=True, validate=validate.OneOf(COUNTRIES))
    hours = WeekField(required=True)
    changes = fields.List(fields.Nested(ChangeIn), load_default=list)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> model.CalendarSpec:
        """As the model has it."""
        weeks = [model.Hours(date(2000, 1, 1), data["hours"])]
        weeks += [model.Hours(each["since"], each["hours"]) for each in data["changes"]]
        if [week.since for week in weeks] != sorted({week.since for week in weeks}):
            raise ValidationError("Changes of hours stand in the order of their dates.", "changes")
        return model.CalendarSpec(data["country"], tuple(weeks))


class RungIn(ma.Schema):
    """One rung of a ladder."""

    at = PartField(required=True)
    tell = OneOrMany(load_default=())
    escalate = fields.Boolean(load_default=False)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> model.Rung:
        """As the model has it."""
        return model.Rung(data["at"], data["tell"], data["escalate"])


class ClockIn(ma.Schema):
    """One promise."""

    starts = OneOrMany(required=True, data_key="from")
    ends = OneOrMany(required=True, data_key="until")
    within = SpanField(required=True, by_type=True)
    time = fields.String(required=True, data_key="on", validate=validate.OneOf(("running", "working")))
    owes = fields.String(required=True)
    ladder = fields.List(fields.Nested(RungIn), load_default=list)
    title = Titles(load_default=dict)
    todo = Titles(load_default=dict)


class SuggestIn(ma.Schema):
    """By which words, per language, a rule suggests a type, and by which topics that the client chose."""

    vi = OneOrMany(load_default=())
    zh = OneOrMany(load_default=())
    en = OneOrMany(load_default=())
    topics = OneOrMany(load_default=())


class TypeIn(ma.Schema):
    """One request type."""

    code = fields.Integer(required=True, strict=True, validate=validate.Range(1, 99))
    title = Titles(required=True)
    within = SpanField(required=True)
    script = Titles(load_default=dict)
    criteria = Titles(load_default=dict)
    always = OneOrMany(load_default=())
    feeds = OneOrMany(load_default=())
    suggest = fields.Nested(SuggestIn, load_default=dict)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> model.RequestType:
        """As the model has it."""
        return model.RequestType(**data)


class MessageIn(ma.Schema):
    """What is told to whom when."""

    on = fields.String(required=True)
    to = fields.String(required=True)
    template = fields.String(required=True, validate=WORD)
    by = fields.List(fields.String(validate=validate.OneOf(CHANNELS)), load_default=lambda: ["email"])
    after = SpanField(load_default=None)

    @ma.post_load
    def make(self, data: dict[str, Any], **_kwargs: Any) -> model.Message:
        """As the model has it."""
        return model.Message(data["on"], data["to"], data["template"], tuple(data["by"]), data["after"])


class FieldIn(ma.Schema):
    """A custom field of a form."""

    name = fields.String(required=True, validate=WORD)
    label = Titles(required=True)
    type = fields.String(required=True, validate=validate.OneOf(("text", "number", "date", "choice", "yes_no")))
    required = fields.Boolean(load_default=False)
    choices = fields.List(fields.String(), load_default=list)


class PlaybookIn(ma.Schema):
    """The whole file."""

    id = fields.String(required=True, validate=WORD)
    version = fields.String(required=True, validate=validate.Length(min=1, max=40))
    title = Titles(required=True)
    flow = fields.String(required=True)
    units = OneOrMany(load_default=(model.EVERY_UNIT,))
    calendar = fields.Nested(CalendarIn, required=True)
    roles = fields.Dict(keys=fields.String(validate=WORD), values=Names(), required=True)
    raci = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=LettersField()), required=True
    )
    clocks = fields.Dict(keys=fields.String(validate=WORD), values=fields.Nested(ClockIn), load_default=dict)
    request_types = fields.List(fields.Nested(TypeIn), load_default=list)
    authority = fields.Dict(keys=fields.Integer(), values=OneOrMany(), load_default=dict)
    pauses = fields.Dict(keys=fields.String(validate=WORD), values=Titles(), load_default=dict)
    messages = fields.List(fields.Nested(MessageIn), load_default=list)
    forms = fields.Dict(keys=fields.String(), values=fields.List(fields.Nested(FieldIn)), load_default=dict)
