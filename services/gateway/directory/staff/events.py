"""What a person's account tells the services that keep copies or write to them."""

from __future__ import annotations

from datetime import datetime

from marshmallow import fields, validate

from services.gateway.directory.staff import model
from shared.envelope import catalogue
from shared.envelope.fields import LOCALES, When

FORGOTTEN = "forgotten"
FIRST = "first"


class StaffData(catalogue.Writer):
    """A person as they stood right after the change."""

    staff_id = fields.String(required=True)
    version = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    mail = fields.String(required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    unit = fields.String(required=True, metadata={"description": "The code of the home unit."})
    company = fields.String(required=True, metadata={"description": "The code of the company above it."})
    roles = fields.List(fields.String(validate=validate.OneOf(model.ROLES), metadata=catalogue.OPEN), required=True)
    active = fields.Boolean(required=True)


class Contact(catalogue.Writer):
    """How to reach the person."""

    name = fields.String(required=True)
    locale = fields.String(required=True, validate=validate.OneOf(LOCALES))
    mails = fields.List(fields.String(), required=True)
    phones = fields.List(fields.String(), required=True)


class ResetData(catalogue.Writer):
    """A person is to choose a password, by a link that only they get."""

    staff_id = fields.String(required=True)
    unit = fields.String(required=True)
    reason = fields.String(
        required=True,
        validate=validate.OneOf((FORGOTTEN, FIRST)),
        metadata={"description": "`first`: the account is new, or an administrator asks for another password."},
    )
    contact = fields.Nested(Contact, required=True)
    link = fields.String(
        required=True,
        metadata={"secret": True, "description": "The token of a public link; masked wherever an event is shown."},
    )
    expires_at = When(required=True)


class PasswordData(catalogue.Writer):
    """A person has another password; never which one, and no link."""

    staff_id = fields.String(required=True)
    unit = fields.String(required=True)
    contact = fields.Nested(Contact, required=True)


CHANGED = catalogue.EventType(
    "directory.staff.changed",
    StaffData,
    "A person was added, changed, deactivated or activated again.",
    {
        "staff_id": "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
        "version": 1,
        "name": "Nguyễn Thị Hường",
        "mail": "huong.nguyen@example.com",
        "locale": "vi",
        "unit": "hai-phong",
        "company": "bien-xanh",
        "roles": ["staff", "lead"],
        "active": True,
    },
)
RESET_REQUESTED = catalogue.EventType(
    "directory.password_reset.requested",
    ResetData,
    "A person forgot their password or has none yet; they are to get a link to choose one.",
    {
        "staff_id": "0193f1c2-0000-7c11-8a55-0f3d6e1b2c3d",
        "unit": "hai-phong",
        "reason": "forgotten",
        "contact": {
            "name": "Nguyễn Thị Hường",
            "locale": "vi",
            "mails": ["huong.nguyen@example.com"],
            "phones": [],
        },
        "link": "g8hT2kQ9mRw4vXy7nBp3cLd",
        "expires_at": "2026-11-24T03:00:00.000000Z",
    },
)
PASSWORD_CHANGED = catalogue.EventType(
    "directory.password.changed",
    PasswordData,
    "A person has another password, and their sessions ended; they are told, for it may not have been them.",
    {name: RESET_REQUESTED.example[name] for name in ("staff_id", "unit", "contact")},
)

EVENTS = (CHANGED, RESET_REQUESTED, PASSWORD_CHANGED)


def data(of: model.Staff) -> dict[str, object]:
    """The data of an event about a person."""
    return {
        "staff_id": of.id,
        "version": of.version,
        "name": of.name,
        "mail": of.mail,
        "locale": of.locale,
        "unit": of.unit,
        "company": of.company,
        "roles": list(of.roles),
        "active": of.active,
    }


def reset_data(of: model.Staff, *, reason: str, link: str, expires_at: datetime) -> dict[str, object]:
    """The data of an event that brings somebody a link to choose a password."""
    return {**password_data(of), "reason": reason, "link": link, "expires_at": expires_at}


def password_data(of: model.Staff) -> dict[str, object]:
    """The data of an event that says that somebody has another password."""
    return {
        "staff_id": of.id,
        "unit": of.unit,
        "contact": {"name": of.name, "locale": of.locale, "mails": [of.mail], "phones": []},
    }
