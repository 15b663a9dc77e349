"""What a year tells the services that keep copies."""

from __future__ import annotations

from marshmallow import fields, validate

from services.gateway.directory.official_year import model
from shared.envelope import catalogue


class YearData(catalogue.Writer):
    """A year as it stands."""

    year_id = fields.String(required=True)
    country = fields.String(required=True, validate=validate.OneOf(model.COUNTRIES))
    year = fields.Integer(required=True, strict=True)
    official = fields.Boolean(required=True)
    off = fields.List(fields.Date(), required=True)
    made_up = fields.Dict(
        keys=fields.Date(),
        values=fields.Integer(strict=True, validate=validate.Range(0, 6)),
        required=True,
        metadata={"description": "Make-up workdays with the weekday (0 is Monday) whose hours they have."},
    )


DECLARED = catalogue.EventType(
    "directory.calendar_year.declared",
    YearData,
    "A country's year was proposed, confirmed or changed; open promises on its working time are priced anew.",
    {
        "year_id": "0193f1c2-8888-7c11-8a55-0f3d6e1b2c3d",
        "country": "VN",
        "year": 2026,
        "official": True,
        "off": ["2026-08-31", "2026-09-01", "2026-09-02"],
        "made_up": {"2026-08-22": 0},
    },
)

EVENTS = (DECLARED,)


def data(of: model.Year) -> dict[str, object]:
    """The data of an event about a year."""
    return {
        "year_id": of.id,
        "country": of.country,
        "year": of.year,
        "official": of.official,
        "off": list(of.off),
        "made_up": dict(of.made_up),
    }
