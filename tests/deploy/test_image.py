"""The Dockerfile as written: small, nobody's root, nothing in it that should not be."""

from __future__ import annotations

import re

from tests.deploy import composed

WRITTEN = composed.dockerfile()
LAST = max(each.stage for each in WRITTEN)


def last(name: str) -> list[composed.Instruction]:
    return [each for each in WRITTEN if each.stage == LAST and each.name == name]


def test_every_base_is_named_with_its_version() -> None:
    bases = [each.text.split()[0] for each in WRITTEN if each.name == "FROM"]
    assert len(bases) > 1
    assert len(set(bases)) == 1, "what is compiled for one Python runs on another"
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases[0])


def test_it_runs_a_role_without_a_shell_between() -> None:
    """A shell as first process would keep SIGTERM to itself."""
    for name in ("ENTRYPOINT", "CMD"):
        (found,) = last(name)
        assert found.is_exec
    assert last("ENTRYPOINT")[0].text == '["steward"]'


def test_it_runs_as_nobody_in_particular() -> None:
    assert [each.text for each in last("USER")] == ["10001:10001"]


def test_packages_are_installed_by_hash_and_ready_made() -> None:
    installs = [
        line for each in WRITTEN if each.name == "RUN" for line in each.text.split("&&") if "pip install" in line
    ]
    for line in installs:
        if "--editable" in line:
            assert "--no-index" in line
        else:
            assert "--require-hashes" in line
            assert "--only-binary :all:" in line
    pages = next(line for line in installs if "requirements-pages.lock" in line)
    assert "--no-deps" in pages


def test_the_last_stage_gets_what_runs_and_no_tools() -> None:
    assert all(each.text.startswith("--from=build ") for each in last("COPY"))
    for each in last("RUN"):
        assert not re.search(r"\b(pip|apt-get|apt|gcc|curl)\b", each.text)


def test_nothing_goes_in_that_is_not_named() -> None:
    lines = (composed.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    copied = {
        word
        for each in WRITTEN
        if each.name == "COPY" and not each.text.startswith("--from")
        for word in each.text.split()[:-1]
    }
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == copied


def test_no_secret_and_no_index_of_somebody_is_in_it() -> None:
    text = composed.DOCKERFILE.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^(ENV|ARG)\s+\w*(PASSWORD|TOKEN|SECRET)", text, re.M)
