"""Interleaved rounds, their median ratio and its spread."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


class Subject(Protocol):
    """One thing that is measured. `run` and `floor` give a figure in `unit`; `floor` gives None where there is none."""

    name: str
    title: str
    unit: str
    higher_is_better: bool
    need: str
    """What must be reached, in words, for the table."""
    reached_at: float | None
    """The bound of the ratio; of the value, where there is no floor or the need is `absolute`."""
    absolute: bool
    """The need is of the value, though there is a floor to compare it with."""

    def __call__(self, *, quick: bool) -> AbstractContextManager[Subject]:
        """Prepare servers and data; everything is removed afterwards."""
        ...

    def run(self) -> float:
        """The project's figure."""
        ...

    def floor(self) -> float | None:
        """The same work by hand."""
        ...


@dataclass(frozen=True)
class Figure:
    """What the rounds said. `ratio` is None without a floor; `spread` is the middle half of the ratios (or values)."""

    name: str
    title: str
    unit: str
    need: str
    reached_at: float | None
    higher_is_better: bool
    rounds: int
    value: float
    floor: float | None
    ratio: float | None
    spread: tuple[float, float]
    absolute: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the need is met; None when nothing is asked."""
        if self.reached_at is None:
            return None
        judged = self.value if self.ratio is None or self.absolute else self.ratio
        return judged >= self.reached_at if self.higher_is_better else judged <= self.reached_at


def measure(subject: Subject, rounds: int) -> Figure:
    """One warm-up, then `rounds` pairs, the order of the pair turning each time."""
    subject.run()
    subject.floor()
    values: list[float] = []
    floors: list[float] = []
    ratios: list[float] = []
    for number in range(rounds):
        if number % 2:
            floor, value = subject.floor(), subject.run()
        else:
            value, floor = subject.run(), subject.floor()
        values.append(value)
        if floor is not None:
            floors.append(floor)
            ratios.append(value / floor)
    judged = ratios or values
    return Figure(
        name=subject.name,
        title=subject.title,
        unit=subject.unit,
        need=subject.need,
        reached_at=subject.reached_at,
        higher_is_better=subject.higher_is_better,
        rounds=rounds,
        value=statistics.median(values),
        floor=statistics.median(floors) if floors else None,
        ratio=statistics.median(ratios) if ratios else None,
        spread=_middle(judged),
        absolute=subject.absolute,
    )


def _middle(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    quarter = len(ordered) // 4
    return ordered[quarter], ordered[-1 - quarter]


def table(figures: list[Figure]) -> Iterator[str]:
    """The figures as a Markdown table."""
    yield "| what | project | floor | ratio (median, middle half) | must reach | reached |"
    yield "|---|---|---|---|---|---|"
    for each in figures:
        low, high = each.spread
        ratio = f"{each.ratio:.2f} ({low:.2f}–{high:.2f})" if each.ratio is not None else f"– ({low:,.4g}–{high:,.4g})"
        floor = f"{each.floor:,.4g} {each.unit}" if each.floor is not None else "–"
        reached = {True: "yes", False: "**no**", None: "–"}[each.reached]
        yield f"| {each.title} | {each.value:,.4g} {each.unit} | {floor} | {ratio} | {each.need} | {reached} |"
