"""marshmallow fields for whatever crosses an edge: text, mail, phone, language, moments.

Text is normalised to NFC (macOS and old Windows encodings send combining marks), so that `Nguyễn` is one spelling.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import email_validator
import phonenumbers
from marshmallow import ValidationError, fields, validate

from shared.locale.tag import LOCALES, spoken

__all__ = ["LOCALES", "Locale", "Mail", "Phone", "Text", "When"]

# What is trimmed: every space there is, and what copying leaves at the ends of a text without anybody seeing it.
BLANK = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029)))
BLANK += "\u202f\u205f\u2060\u3000\ufeff"
MAX_MAIL = 254  # characters, RFC 5321
PHONE_REGIONS = ("VN", "CN")  # how a number without a country code is read, in this order


class Text(fields.String):
    """Text of 1 to `most` characters, trimmed, NFC; NUL and lone surrogates are refused."""

    def __init__(self, *, most: int, least: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text if c > "\x7f"):
            raise ValidationError("This contains a character that cannot be stored.")
        return unicodedata.normalize("NFC", text).strip(BLANK)


class Mail(fields.String):
    """A mail address that can be delivered to; the domain in lower case. Whether it exists is not asked."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if len(text) > MAX_MAIL:
            raise ValidationError("Not a valid email address.")
        try:
            checked = email_validator.validate_email(
                text, check_deliverability=False, allow_smtputf8=False, test_environment=True
            )
        except email_validator.EmailNotValidError as error:
            raise ValidationError("Not a valid email address.") from error
        return checked.normalized


class Phone(fields.String):
    """A phone number, kept as E.164; one without a country code is read as Vietnamese, then as Chinese."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFKC", super()._deserialize(value, attr, data, **kwargs)).strip()
        if any(c.isalpha() for c in text) or len(text) > 40:
            raise ValidationError("Not a valid phone number.")
        for region in PHONE_REGIONS:
            try:
                number = phonenumbers.parse(text, region)
            except phonenumbers.NumberParseException:
                continue
            if phonenumbers.is_valid_number(number):
                return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        raise ValidationError("Not a valid phone number.")


class Locale(fields.String):
    """One of the languages we speak; `zh-CN`, `vi_VN` and the like are understood."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if (known := spoken(super()._deserialize(value, attr, data, **kwargs))) is None:
            raise ValidationError("Must be one of: vi, zh, en.")
        return known


EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)  # no calendar, zone or lunar table reaches further


class When(fields.AwareDateTime):
    """A moment with its offset, in the centuries that anybody can mean; given back in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        at = super()._deserialize(value, attr, data, **kwargs)
        if not EARLIEST <= at < LATEST:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE)
        return at.astimezone(UTC)
