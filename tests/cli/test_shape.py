"""What every command keeps: help with an example, one sentence for what stops it, an exit code that means something."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from shared.runtime.cli import shape
from tests.cli.house import House
from tests.faults import running

STAYING = ("all", "web", "bus", "tasks")  # they print what happens, not data


def _leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, name
        yield from _leaves(found, (*path, name))


LEAVES = dict(_leaves(shape.steward))


def test_the_commands_of_the_services_are_found_beside_the_own() -> None:
    assert {"all", "migrate", "queues", "failures list", "backup", "staff add", "token issue", "demo"} <= LEAVES.keys()


@pytest.mark.parametrize("name", LEAVES)
def test_a_command_says_what_it_does_and_shows_an_example(name: str) -> None:
    command = LEAVES[name]
    assert command.help
    assert command.help[0].isupper()
    assert "Example:" in (command.epilog or ""), "no example"
    assert f"steward {name}" in (command.epilog or "")


@pytest.mark.parametrize("name", [name for name in LEAVES if name not in STAYING])
def test_a_command_that_prints_data_prints_json_too(name: str) -> None:
    assert any("--json" in parameter.opts for parameter in LEAVES[name].params)


def test_help_lists_every_command_with_a_line_and_the_exit_codes(empty: House) -> None:
    done = empty.really("--help")
    assert done.code == shape.OK
    for name in {leaf.split()[0] for leaf in LEAVES}:
        assert any(line.split()[:1] == [name] and len(line.split()) > 2 for line in done.out.splitlines()), name
    assert "Exit codes: 0 done" in " ".join(done.out.split())


def test_without_a_command_the_help_is_shown_and_the_code_says_usage(empty: House) -> None:
    done = empty.really()
    assert done.code == shape.USAGE
    assert "Usage: steward" in done.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "No such command 'nonsense'"),
        ("queues --nonsense", "No such option '--nonsense'"),
        ("failures replay --reason because", "Name some IDS or one --cause"),
        ("migrate --check --contract", "exclude each other"),
        ("health nobody", "'nobody' is not one of"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(empty: House, line: str, said: str) -> None:
    done = empty.run(*line.split())
    assert done.code == shape.USAGE
    assert said in done.sentence
    assert "--help" in done.sentence or "Name some" in done.sentence or "exclude" in done.sentence
    assert not empty.home.exists()


def test_an_unknown_service_is_named_with_those_that_there_are(house: House) -> None:
    done = house.run("queues", "--service", "sales")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith("There is no service called sales; there are: support, notify")


def test_a_command_on_a_home_that_is_not_there_says_so_and_makes_none(empty: House) -> None:
    done = empty.run("queues")
    assert done.code == shape.REFUSED
    assert done.sentence.startswith(f"There is no Steward home at {empty.home}.")
    assert not empty.home.exists()


def test_a_command_on_a_home_that_was_never_migrated_says_what_to_do(empty: House) -> None:
    (empty.home / "data").mkdir(parents=True)
    done = empty.run("queues")
    assert done.code == shape.AWAY
    assert done.sentence == 'The database of support is not migrated: run "steward migrate" first.'


def test_what_is_printed_for_programs_is_one_document_and_nothing_else(house: House) -> None:
    for line in (
        "queues --json",
        "failures list --json",
        "migrate --check --json",
        "version --json",
        "staff list --json",
    ):
        done = house.run(*line.split(), env={"STEWARD_LOG_LEVEL": "debug"})
        assert done.code == shape.OK, done.err
        json.loads(done.out)


def test_a_refusal_is_said_in_the_language_of_the_terminal(house: House) -> None:
    english = house.run("failures", "show", "nothing").sentence
    for lang in ("vi_VN.UTF-8", "zh_CN.UTF-8"):
        done = house.run("failures", "show", "nothing", env={"LANG": lang})
        assert done.code == shape.REFUSED
        assert done.sentence != english
        assert "nothing" in done.sentence


def test_commands_that_look_at_databases_load_neither_web_nor_broker() -> None:
    modules = ", ".join(f"shared.runtime.cli.{name}" for name in ("queues", "failures", "events", "prepare", "health"))
    program = f"import sys, {modules}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=running.ROOT, capture_output=True, text=True, check=True)
    assert {"flask", "kombu", "dramatiq", "joserfc", "waitress", "granian"} & set(done.stdout.split()) == set()


def test_a_reader_that_has_seen_enough_is_no_error(house: House) -> None:
    command = " ".join(running.steward("staff", "--help")) + " | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""
