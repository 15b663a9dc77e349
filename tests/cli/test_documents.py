"""The documents that are written from the code, at the terminal."""

from __future__ import annotations

from shared.runtime.cli import shape
from tests.cli.house import House


def test_documents_are_written_once_and_then_up_to_date(empty: House) -> None:
    first = empty.run("docs", "--json")
    assert first.code == shape.OK, first.err
    assert {"events.md", "asyncapi.yaml", "openapi/support.json"} <= set(first.json["written"])
    assert empty.run("docs", "--json").json == {"written": []}
    assert empty.run("docs", "--check").code == shape.OK


def test_a_document_that_is_not_what_the_code_says_is_found_and_not_touched(empty: House) -> None:
    empty.run("docs", "--to", "written")
    file = empty.logs / "written" / "events.md"
    file.write_text("edited by hand", encoding="utf-8")
    done = empty.run("docs", "--check", "--to", "written", "--json")
    assert done.code == shape.FOUND
    assert done.json["stale"] == ["events.md is out of date: run steward docs."]
    assert file.read_text(encoding="utf-8") == "edited by hand"


def test_a_change_that_would_break_a_reader_is_refused(empty: House) -> None:
    empty.run("docs")
    schema = empty.logs / "docs" / "schemas" / "support.ticket.received.json"
    published = schema.read_text(encoding="utf-8").replace('"number"', '"human_number"')
    schema.write_text(published, encoding="utf-8")
    done = empty.run("docs")
    assert done.code == shape.REFUSED
    assert "human_number" in done.sentence
    assert schema.read_text(encoding="utf-8") == published
