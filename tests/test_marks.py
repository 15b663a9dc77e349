"""The report of proved rules counts what it should, and refuses what it must."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import marks
from tests.architecture.sources import ROOT

HEAD = "import pytest\n\n"


def report(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the report over one test file."""
    (folder / "conftest.py").write_text('pytest_plugins = ["tests.marks"]\n')
    file = folder / "test_example.py"
    file.write_text(HEAD + source)
    command = [sys.executable, "-m", "tests.marks", *options, "--", str(file)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_only_rules_that_software_can_keep_are_counted() -> None:
    testable = [rule for rule in marks.rules() if rule.testable]
    assert len(testable) == 1537
    assert sum(rule.procedure.startswith("P004-A ") for rule in testable) == 91


def test_a_rule_is_proved_when_a_test_that_names_it_passes(tmp_path: Path) -> None:
    done = report(tmp_path, '@pytest.mark.rule("S004-46", "S004-47")\ndef test_it():\n    assert True\n')
    assert done.returncode == 0, done.stderr
    assert "P004-A 2/91 Customer support" in done.stdout.splitlines()
    assert "open S004-48…57" in done.stdout


def test_a_rule_with_one_failing_test_is_not_proved(tmp_path: Path) -> None:
    source = (
        '@pytest.mark.rule("S004-46")\ndef test_good():\n    assert True\n\n'
        '@pytest.mark.rule("S004-46", "S004-47")\ndef test_bad():\n    assert False\n'
    )
    done = report(tmp_path, source, "--json")
    facts = json.loads(done.stdout)
    assert done.returncode == 1
    assert facts["proved"] == 0
    assert [line.rpartition("::")[2] for line in facts["failures"]] == ["test_bad"]


def test_a_skipped_test_proves_nothing(tmp_path: Path) -> None:
    source = '@pytest.mark.rule("S004-46")\ndef test_it():\n    pytest.skip("not today")\n'
    facts = json.loads(report(tmp_path, source, "--json").stdout)
    assert facts["proved"] == 0


@pytest.mark.parametrize("mark", ['rule("S004-9999")', "rule()", 'rule("S004-46", "s004-47")'])
def test_an_unknown_rule_is_refused_by_name(tmp_path: Path, mark: str) -> None:
    done = report(tmp_path, f"@pytest.mark.{mark}\ndef test_it():\n    assert True\n")
    assert done.returncode == 1
    assert "unknown rule: " in done.stdout


def test_a_file_that_cannot_be_read_fails_the_report(tmp_path: Path) -> None:
    done = report(tmp_path, "import nothing_of_this_name\n")
    assert done.returncode == 1
    assert "(collection)" in done.stdout


def test_without_marked_tests_the_table_is_still_printed(tmp_path: Path) -> None:
    done = report(tmp_path, "def test_it():\n    assert True\n")
    assert done.returncode == 0, done.stderr
    assert "P004-A 0/91 Customer support" in done.stdout.splitlines()
    assert "0/1537 rules proved" in done.stdout


@pytest.mark.parametrize(
    ("ids", "short"),
    [
        ([], ""),
        (["S004-46"], "S004-46"),
        (["S004-46", "S004-47", "S004-48", "S004-50"], "S004-46…48, 50"),
        (["S000-09", "S000-10", "S001-11"], "S000-09…10, S001-11"),
    ],
)
def test_neighbouring_rules_are_drawn_together(ids: list[str], short: str) -> None:
    assert marks.compact(ids) == short
