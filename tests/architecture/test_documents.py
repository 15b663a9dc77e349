"""The written documents: true to the code, valid by their own rules, and a contract that cannot be broken quietly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from marshmallow import fields, validate

from shared import documents
from shared.documents import asyncapi, contract, folder, house, lifecycles, openapi
from shared.envelope import catalogue, cloudevent
from shared.kernel import moment
from shared.runtime import manifest
from tests.architecture import sources

DOCS = sources.ROOT / "docs"
FORMATS = jsonschema.FormatChecker()
EVENTS = house.events()


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(moment.parse(value))


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return folder.documents()


def test_the_documents_in_the_repository_are_those_of_the_code() -> None:
    assert documents.stale(DOCS) == []


def test_writing_twice_writes_the_same_bytes(made: dict[str, str], tmp_path: Path) -> None:
    written = documents.write(tmp_path)
    assert sorted(written) == sorted(made)
    assert documents.write(tmp_path) == []
    assert documents.stale(tmp_path) == []


def test_a_document_that_is_old_missing_or_left_over_is_named(tmp_path: Path) -> None:
    documents.write(tmp_path)
    (tmp_path / "events.md").write_text("old", encoding="utf-8")
    (tmp_path / "lifecycles.md").unlink()
    (tmp_path / "openapi" / "gone.json").write_text("{}", encoding="utf-8")
    assert documents.stale(tmp_path) == [
        "events.md is out of date: run steward docs.",
        "lifecycles.md is missing: run steward docs.",
        "openapi/gone.json is left over: run steward docs.",
    ]
    assert documents.write(tmp_path) == ["events.md", "lifecycles.md", "openapi/gone.json"]
    assert documents.stale(tmp_path) == []


@pytest.mark.parametrize("told", EVENTS, ids=lambda told: told.name)
def test_an_example_fits_its_schema_and_its_envelope(told: house.Told) -> None:
    schema = contract.of(told)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(told.kind.example)
    jsonschema.Draft202012Validator(contract.envelope(), format_checker=FORMATS).validate(told.envelope())
    event = cloudevent.read(json.dumps(told.envelope()).encode())
    assert (event.type, event.data, event.dataschema) == (told.name, told.kind.example, told.kind.urn)


@pytest.mark.parametrize("told", EVENTS, ids=lambda told: told.name)
def test_an_example_is_taken_by_those_who_react_to_it(told: house.Told) -> None:
    for name in manifest.existing():
        for reaction in manifest.reactions(manifest.load(name)):
            if (reaction.type, reaction.inbound) == (told.name, told.kind.inbound):
                catalogue.load(told.name, reaction.schema, told.kind.example)


def test_every_event_that_somebody_reacts_to_is_published_by_somebody() -> None:
    known = {(told.name, told.kind.inbound) for told in EVENTS}
    heard = {
        (reaction.type, reaction.inbound)
        for name in manifest.existing()
        for reaction in manifest.reactions(manifest.load(name))
    }
    assert heard - known == set()


def test_asyncapi_is_whole_in_itself() -> None:
    document = yaml.safe_load(asyncapi.text(EVENTS))
    assert document["asyncapi"].startswith("3.")
    assert set(document["channels"]) == {told.name for told in EVENTS}
    assert document["channels"]["request.submitted"]["address"] == "{system}.request.submitted"
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)  # what AsyncAPI's own schemas are a superset of


@pytest.mark.parametrize("name", [name for name in manifest.existing() if manifest.blueprints(manifest.load(name))])
def test_openapi_is_whole_in_itself_and_describes_every_route(name: str) -> None:
    document = openapi.document(manifest.load(name))
    assert document["openapi"] == "3.1.0"
    for reference in references(document):
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    assert operations
    assert [(path, method) for path, method, operation in operations if not operation.get("summary")] == []


def references(part: Any) -> list[str]:
    """Every `$ref` below."""
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [reference for value in part.values() for reference in references(value)]
    return [reference for value in part for reference in references(value)] if isinstance(part, list) else []


@pytest.mark.parametrize("page", ["events.md", "lifecycles.md"])
def test_every_row_of_a_table_has_the_columns_of_its_head(page: str, made: dict[str, str]) -> None:
    columns: int | None = None
    for line in made[page].splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        width = len(re.findall(r"(?<!\\)\|", line))
        columns = columns or width
        assert width == columns, line


def test_a_lifecycle_s_page_holds_every_verb_of_every_table() -> None:
    text = lifecycles.text()
    for each in lifecycles.found():
        section = text.split(f"## {each.lifecycle.name}\n")[1].split("\n## ")[0]
        for move in each.lifecycle.moves:
            assert all(f"    {source} --> {move.target}: " in section for source in move.sources)
            assert f"| `{move.verb}` | " in section
    assert "support.ticket" in {each.lifecycle.name for each in lifecycles.found()}


# ---- the contract


class Before(catalogue.Writer):
    """A thing."""

    number = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("new", "done")))


class MoreOptional(Before):
    """A thing."""

    note = fields.String()


class Widened(catalogue.Writer):
    """A thing."""

    number = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("new", "done", "lost")))


EXAMPLE = {"thing_id": "1", "number": "1", "state": "new"}


def told(schema: type[catalogue.Writer], name: str = "support.thing.made", *, inbound: bool = False) -> house.Told:
    version = int(name.rpartition(".v")[2]) if ".v" in name else 1
    kind = catalogue.EventType(name, schema, "A thing was made.", EXAMPLE, version, inbound)
    return house.Told("support", kind, ())


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder that holds the contract of the first form."""
    for path, text in contract.schemas([told(Before)]).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_an_optional_field_may_be_added(published: Path) -> None:
    assert contract.broken([told(MoreOptional)], published) == []


def test_a_new_event_breaks_nobody(published: Path) -> None:
    assert contract.broken([told(Before), told(Before, "support.thing.sold")], published) == []


def test_a_breaking_change_names_event_field_reason_and_the_way_out(published: Path) -> None:
    why = "support.thing.made, state: may now be 'lost', which readers do not know."
    way_out = "Leave it as it was, and publish support.thing.made.v2 beside it."
    assert contract.broken([told(Widened)], published) == [f"{why} {way_out}"]


def test_the_breaking_form_is_published_beside_the_old_one(published: Path) -> None:
    assert contract.broken([told(Before), told(Widened, "support.thing.made.v2")], published) == []


def test_a_published_event_may_not_just_disappear(published: Path) -> None:
    (said,) = contract.broken([told(Widened, "support.thing.made.v2")], published)
    assert said.startswith("support.thing.made is no longer in the code")
    assert "docs/schemas/support.thing.made.json" in said
    (published / contract.path("support.thing.made")).unlink()
    assert contract.broken([told(Widened, "support.thing.made.v2")], published) == []


def test_an_event_does_not_change_its_direction(published: Path) -> None:
    assert contract.broken([told(Before, inbound=True)], published) == [
        "support.thing.made was published and is now taken; give it another name."
    ]


def test_a_schema_that_somebody_wrote_by_hand_is_named(published: Path) -> None:
    (published / "schemas" / "odd.json").write_text("[]", encoding="utf-8")
    (said,) = contract.broken([told(Before)], published)
    assert said.startswith("odd.json is not a schema")


def test_nothing_is_written_over_a_contract_that_would_break(tmp_path: Path) -> None:
    documents.write(tmp_path)
    file = tmp_path / contract.path("support.ticket.received")
    older = json.loads(file.read_text(encoding="utf-8"))
    older["properties"]["region"] = {"type": "string"}
    file.write_text(json.dumps(older), encoding="utf-8")
    (tmp_path / "events.md").unlink()
    with pytest.raises(documents.BreakingChange, match=r"support\.ticket\.received, region: is no longer there"):
        documents.write(tmp_path)
    assert not (tmp_path / "events.md").exists()
    assert documents.stale(tmp_path) == contract.broken(EVENTS, tmp_path) != []


@pytest.mark.parametrize(
    ("name", "version"), [("support.thing.made", 2), ("support.thing.made.v2", 1), ("Support.thing", 1), ("thing", 1)]
)
def test_the_name_of_an_event_says_its_version(name: str, version: int) -> None:
    with pytest.raises(ValueError, match=re.escape(name)):
        catalogue.EventType(name, Before, "A thing was made.", EXAMPLE, version)
