"""The command's shape: which commands there are, where each lives, and what its exit code says.

Invariants: a fact that stops a command is one sentence on stderr, never a traceback; standard output carries what was
asked for and nothing else.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click

from shared.kernel import errors

OK = 0
FOUND = 1  # the answer is "something is wrong": an alarm, an outdated document, a pending migration, a stuck loop
USAGE = 2  # the command line or the settings cannot be used
REFUSED = 3  # the state of the world does not allow it: home in use, port taken, not parked, nothing there
AWAY = 4  # database or broker do not answer: try again
FAULT = 70  # a mistake of ours
INTERRUPTED = 130

EXIT_CODES = (
    f"Exit codes: {OK} done · {FOUND} it found something wrong · {USAGE} wrong command line or settings · {REFUSED} the"
    f" state of things does not allow it · {AWAY} database or broker away, try again · {FAULT} a fault in Steward."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command lives: `module:name` below this package, and its one line in the list."""

    where: str
    line: str


class Commands(click.Group):
    """The commands of the table, imported when they are asked for, and those of the services' slices."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The table's commands in its order, then the services' by name."""
        own = [name for section in SECTIONS.values() for name in section]
        return own + sorted(set(_of_services()) - set(own))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        for section in SECTIONS.values():
            if (place := section.get(cmd_name)) is not None:
                module, _, name = place.where.partition(":")
                return getattr(importlib.import_module(f"shared.runtime.cli.{module}"), name)
        return _of_services().get(cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One list per section; the table's lines need no import."""
        for title, section in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, place.line) for name, place in section.items()])
        own = {name for section in SECTIONS.values() for name in section}
        brought = [(n, c.get_short_help_str(90)) for n, c in sorted(_of_services().items()) if n not in own]
        if brought:
            with formatter.section("Fill and administer it"):
                formatter.write_dl(brought)


def _of_services() -> dict[str, click.Command]:
    from shared.runtime import manifest

    return {name: c for service in manifest.existing() for name, c in manifest.commands(manifest.load(service)).items()}


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"Settings come from the environment (STEWARD_HOME, STEWARD_PORT, ...). {EXIT_CODES}",
)
def steward() -> None:
    """Steward runs the client service of a firm: every promise has an owner, a clock and a trail.

    "steward all" is the whole system in one process; "steward COMMAND --help" shows an example of every command.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """What the installed command calls. Ends the process with one of the exit codes above."""
    code = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command line. Returns its exit code; whatever stops it was said in one sentence on stderr."""
    try:
        code = steward.main(args=list(arguments), prog_name="steward", standalone_mode=False)
        return code if isinstance(code, int) else OK
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f' ("{context.command_path} --help" shows how)' if context else ""
        _say(f"{error.format_message()}{hint}")
        return USAGE if isinstance(error, click.UsageError) else REFUSED
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except errors.StewardError as error:
        _say(_sentence(error))
        return _code(error)
    except Exception as error:  # the last place that can turn a fault into a sentence
        if os.environ.get("STEWARD_TRACEBACK"):
            raise
        _say(f"A fault in Steward: {type(error).__name__}: {error}. Set STEWARD_TRACEBACK=yes to see where.")
        return FAULT


def _code(error: errors.StewardError) -> int:
    if isinstance(error, errors.Transient):
        return AWAY
    if isinstance(error, errors.Refused):
        return USAGE if error.code == "bad-settings" else REFUSED
    return FAULT


def _sentence(error: errors.StewardError) -> str:
    """The error in the language of the terminal, with what was wrong field by field."""
    from shared import locale

    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    language = spoken[:2] if spoken[:2] in locale.LOCALES else locale.DEFAULT
    said = locale.translate(error.template, language, **error.facts)
    if isinstance(error, errors.Invalid) and error.fields:
        from shared.envelope import catalogue

        said = f"{said} ({catalogue.sentence(locale.messages(dict(error.fields), language))})"
    return said


def _say(text: str) -> None:
    click.echo(f"steward: {text}", err=True)


SECTIONS: dict[str, dict[str, Place]] = {
    "Run it": {
        "all": Place("run:all_", "every service in one process, pages included"),
        "web": Place("run:web", "the HTTP face of one service, or of the gateway with its pages"),
        "bus": Place("run:bus", "relay, receiver, inbox worker and clocks of services"),
        "tasks": Place("run:tasks", "a worker for the slow work of services"),
    },
    "Prepare it": {
        "migrate": Place("prepare:migrate", "bring the services' databases up to date"),
        "keys": Place("prepare:keys", "make the key that the gateway signs calls with"),
        "topology": Place("prepare:topology", "declare exchanges, queues and bindings; unbind what is gone"),
    },
    "Look after it": {
        "queues": Place("queues:queues", "what waits where, for how long; exit code 1 when alarming"),
        "failures": Place("failures:failures", "failed work: list, show, replay, discard"),
        "events": Place("events:events", "domain events as they pass"),
        "health": Place("health:health", "whether a role is alive here, for containers"),
        "clocks": Place("promises:clocks", "open promises, the one due first first; why one is late"),
        "trail": Place("promises:trail", "what happened to an object; is the trail whole?"),
        "playbooks": Place("promises:playbooks", "procedures as configuration: check, show, diff, reprice"),
        "backup": Place("safekeeping:backup", "an embedded home in one archive, while it runs"),
        "restore": Place("safekeeping:restore", "an archive into an empty home"),
    },
    "About": {
        "docs": Place("documents:docs", "write the documents that come from the code"),
        "version": Place("about:version", "which Steward, on which Python"),
    },
}
"""Every command of `shared`; the services' own are found through their manifests."""
