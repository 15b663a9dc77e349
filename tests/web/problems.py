"""What every refusal must look like."""

from __future__ import annotations

import re
from typing import Any

from shared.web import problem
from tests.flows.house_http import Answer

ENGLISH = re.compile(r"(?:[a-z]{2,} ){2}[a-z]{2,}")


def is_problem(answer: Answer, status: int, language: str) -> None:
    """A problem of this status, in this language."""
    said = answer.raw.decode()
    assert answer.status == status, said[:1000]
    assert answer.headers["Content-Type"] == problem.CONTENT_TYPE
    assert answer.headers["Content-Language"] == language
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.body["status"] == status
    assert answer.body["type"].startswith("urn:steward:problem:")
    assert "Traceback" not in said
    assert "<html" not in said.lower()


def in_both(english: Answer, other: Answer, language: str) -> None:
    """The same problem, and nothing of it left in English."""
    is_problem(english, other.status, "en")
    is_problem(other, other.status, language)
    assert english.code == other.code
    assert english.body["title"] != other.body["title"]
    assert english.body["detail"] != other.body["detail"]
    pairs = list(zip(_leaves(english.body.get("errors", {})), _leaves(other.body.get("errors", {})), strict=True))
    assert [said for said, translated in pairs if said == translated] == []
    if language == "zh":  # where three English words in a row can only be forgotten ones
        said = [other.body["title"], other.body["detail"], *(translated for _, translated in pairs)]
        assert [text for text in said if ENGLISH.search(text)] == []


def _leaves(errors: Any) -> list[str]:
    if isinstance(errors, dict):
        return [leaf for part in errors.values() for leaf in _leaves(part)]
    if isinstance(errors, list):
        return [leaf for part in errors for leaf in _leaves(part)]
    return [str(errors)]
