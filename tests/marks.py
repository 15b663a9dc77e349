"""Which requirements are proved: the `rule` marker, and the report that `make rules` prints.

`@pytest.mark.rule("S004-53", "S004-54")` says that a test proves these rules of `tests/rules.tsv`. A rule is proved
when at least one test that names it passed and none failed. Only rules that software can keep are counted: not those of
kind `policy-only`, nor those that belong to no service.

As a plugin (registered in conftest.py) this module refuses unknown rules in every run. `python -m tests.marks [--json]`
runs the marked tests on the embedded mode and reports; it exits with 1 when one of them fails, cannot be collected or
names an unknown rule.

(PYTEST_DONT_REWRITE: the report starts pytest, so this module is imported before it.)
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import sys
import textwrap
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

TABLE = Path(__file__).with_name("rules.tsv")
SETTINGS = Path(__file__).parents[1] / "pyproject.toml"
EMBEDDED = "rule and not server and not long and not fault and not browser"
BUDGET_S = 120
WIDTH = 118


@dataclass(frozen=True)
class Rule:
    """One row of the table, as far as counting needs it."""

    id: str
    procedure: str  # "P004-A Customer support"
    testable: bool


@dataclass
class Proofs:
    """What a run of the marked tests said."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)  # test ids, with the phase where it is not the test itself
    unknown: list[str] = field(default_factory=list)  # "test id: rule id"

    @property
    def proved(self) -> set[str]:
        return self.passed - self.failed


def rules(table: Path = TABLE) -> list[Rule]:
    """All rules, in the table's order."""
    with table.open(encoding="utf-8", newline="") as lines:
        return [
            Rule(row["id"], row["procedure"], row["kind"] != "policy-only" and row["service"] != "-")
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def named(item: pytest.Item) -> list[str]:
    """The rules that a test says it proves."""
    return [str(rule) for mark in item.iter_markers("rule") for rule in mark.args]


# --- the plugin ------------------------------------------------------------------------------------------------------


def unknown(items: Iterable[pytest.Item]) -> list[str]:
    """Each naming of a rule that the table lacks, as `test id: rule id`; a marker without any rule is one too."""
    known = {rule.id for rule in rules()}
    wrong: list[str] = []
    for item in items:
        if next(item.iter_markers("rule"), None) is None:
            continue
        listed = named(item) or ["(none)"]
        wrong += [f"{item.nodeid}: {rule}" for rule in listed if rule not in known]
    return wrong


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a run in which a test names a rule that does not exist: a typing error must not count as nothing."""
    wrong = unknown(items)
    if wrong:
        raise pytest.UsageError("no such rule in tests/rules.tsv:\n  " + "\n  ".join(wrong))


class Recorder:
    """Follows one run and keeps what it says about rules."""

    def __init__(self) -> None:
        self.proofs = Proofs()
        self._named: dict[str, list[str]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Around the refusal above, so that the report can say it."""
        self.proofs.unknown = unknown(items)
        return (yield)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember who names what; reports carry only the test's id."""
        self._named = {item.nodeid: named(item) for item in session.items}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Setup, call and teardown of each test. A skipped test proves nothing."""
        listed = self._named.get(report.nodeid, [])
        if report.failed:
            self.proofs.failed.update(listed)
            self.proofs.failures.append(report.nodeid + ("" if report.when == "call" else f" ({report.when})"))
        elif report.passed and report.when == "call":
            self.proofs.passed.update(listed)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read hides tests: that is a failure."""
        if report.failed:
            self.proofs.failures.append(f"{report.nodeid} (collection)")


# --- the report ------------------------------------------------------------------------------------------------------


def summary(table: Iterable[Rule], proved: set[str]) -> list[dict[str, object]]:
    """One entry per procedure: code, title, how many of its testable rules are proved, and which are open."""
    procedures: dict[str, list[Rule]] = {}
    for rule in table:
        procedures.setdefault(rule.procedure, []).append(rule)
    entries: list[dict[str, object]] = []
    for name, members in procedures.items():
        code, _, title = name.partition(" ")
        testable = [rule.id for rule in members if rule.testable]
        still_open = [rule for rule in testable if rule not in proved]
        entries.append(
            {
                "procedure": code,
                "title": title,
                "proved": len(testable) - len(still_open),
                "testable": len(testable),
                "open": still_open,
            }
        )
    return entries


def compact(ids: list[str]) -> str:
    """Rule ids with runs drawn together: `S004-12…18, 20` for seven neighbours and one more."""
    words: list[str] = []
    prefix = ""
    position = 0
    while position < len(ids):
        stem, _, number = ids[position].rpartition("-")
        last = position
        while last + 1 < len(ids) and ids[last + 1] == f"{stem}-{_successor(ids[last])}":
            last += 1
        end = "" if last == position else "…" + ids[last].rpartition("-")[2]
        words.append((number if stem == prefix else f"{stem}-{number}") + end)
        prefix = stem
        position = last + 1
    return ", ".join(words)


def _successor(rule: str) -> str:
    number = rule.rpartition("-")[2]
    return str(int(number) + 1).zfill(len(number)) if number.isdigit() else ""


def printed(entries: list[dict[str, object]]) -> str:
    """The report for people."""
    lines: list[str] = []
    for entry in entries:
        lines.append(f"{entry['procedure']} {entry['proved']}/{entry['testable']} {entry['title']}")
        still_open = entry["open"]
        if isinstance(still_open, list) and still_open:
            lines += textwrap.wrap(
                compact(still_open),
                WIDTH,
                initial_indent="    open ",
                subsequent_indent="         ",
                break_on_hyphens=False,
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the marked tests, print the report; 0 or 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.marks", description="Which requirements are proved by tests."
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.add_argument("paths", nargs="*", help="only the tests in these files (default: all)")
    options = parser.parse_args(arguments)

    recorder = Recorder()
    begun = time.monotonic()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(
            ["-c", str(SETTINGS), "-q", "--no-header", "-p", "no:cacheprovider", "-m", EMBEDDED, *options.paths],
            plugins=[recorder],
        )
    seconds = time.monotonic() - begun
    proofs = recorder.proofs
    no_tests = code == pytest.ExitCode.NO_TESTS_COLLECTED and not proofs.failures
    good = (code == pytest.ExitCode.OK or no_tests) and not proofs.unknown

    if not good:
        print(said.getvalue(), file=sys.stderr)
    entries = summary(rules(), proofs.proved)
    proved = sum(int(str(entry["proved"])) for entry in entries)
    testable = sum(int(str(entry["testable"])) for entry in entries)
    if options.json:
        report = {
            "proved": proved,
            "testable": testable,
            "seconds": round(seconds, 1),
            "failures": proofs.failures,
            "unknown": proofs.unknown,
            "procedures": entries,
        }
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return 0 if good else 1

    print(printed(entries))
    print(
        f"\n{proved}/{testable} rules proved in {seconds:.0f} s"
        + ("" if seconds <= BUDGET_S else f", over {BUDGET_S} s")
    )
    for line in proofs.unknown:
        print(f"unknown rule: {line}")
    for line in proofs.failures:
        print(f"failed: {line}")
    return 0 if good else 1


if __name__ == "__main__":
    # The plugin imports this file as `tests.marks`; run that one, so that there is one module and not two.
    from tests import marks

    sys.exit(marks.main())
