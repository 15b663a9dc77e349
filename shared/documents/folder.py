"""The folder of documents: written from the code, or compared with it."""

from __future__ import annotations

from pathlib import Path

from shared.documents import asyncapi, contract, house, lifecycles, openapi, page
from shared.kernel import errors

OURS = ("schemas/*.json", "openapi/*.json", "lifecycles/*.svg")
"""Files that are written here only: one that is no longer written is removed, or said to be left over."""


class BreakingChange(errors.Refused):
    """A published event would break its readers or senders: {why}"""

    code = "breaking-change"


def documents() -> dict[str, str]:
    """Every written document by its path below the folder."""
    events = house.events()
    return {
        page.PATH: page.text(events),
        asyncapi.PATH: asyncapi.text(events),
        lifecycles.PATH: lifecycles.text(),
        **lifecycles.drawings(),
        **contract.schemas(events),
        **openapi.files(),
    }


def write(folder: Path) -> list[str]:
    """Write what changed; returns the paths. Raises `BreakingChange`, and has then written nothing."""
    if broken := contract.broken(house.events(), folder):
        raise BreakingChange(why=" ".join(broken))
    written: list[str] = []
    made = documents()
    for path, text in made.items():
        file = folder / path
        if _read(file) != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")
            written.append(path)
    for path in _left_over(folder, set(made)):
        (folder / path).unlink()
        written.append(path)
    return written


def stale(folder: Path) -> list[str]:
    """A sentence for each file that is not what the code says; only the broken contracts when there are any."""
    if broken := contract.broken(house.events(), folder):
        return broken
    made, found = documents(), []
    for path, text in made.items():
        if (there := _read(folder / path)) != text:
            found.append(f"{path} is {'missing' if there is None else 'out of date'}: run steward docs.")
    return found + [f"{path} is left over: run steward docs." for path in _left_over(folder, set(made))]


def _left_over(folder: Path, made: set[str]) -> list[str]:
    there = {file.relative_to(folder).as_posix() for pattern in OURS for file in folder.glob(pattern)}
    return sorted(there - made)


def _read(file: Path) -> str | None:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
