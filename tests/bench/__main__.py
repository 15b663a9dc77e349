"""`python -m tests.bench [--quick] [name ...]`: measure, write `var/bench.json` and the table in `docs/bench.md`."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from tests.bench import api, clocks, desk, inbox, latency, pages, relay, start
from tests.bench.rounds import Figure, measure, table

ROOT = Path(__file__).resolve().parents[2]
JSON = ROOT / "var" / "bench.json"
PAGE = ROOT / "docs" / "bench.md"
ROUNDS, QUICK_ROUNDS = 7, 3

SUBJECTS: tuple[Any, ...] = (
    relay.Relaying(),
    inbox.Receiving(),
    api.Writing(),
    clocks.Firing(),
    *desk.SUBJECTS,
    pages.Pages(),
    latency.Effects("latency_p50", 50, 30),
    latency.Effects("latency_p99", 99, 150),
    start.Starting(),
    start.Resident(),
)
QUICK = ("relay", "inbox", "api_write", "embedded_start")


def main() -> int:
    """0 when every bound that has a number was reached (quick runs only inform)."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds of the cheap ones, under 60 s; writes no page")
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(s.name for s in SUBJECTS)}")
    options = parser.parse_args()
    wanted = options.names or (QUICK if options.quick else [subject.name for subject in SUBJECTS])
    unknown = set(wanted) - {subject.name for subject in SUBJECTS}
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    figures: list[Figure] = []
    began, load = datetime.now(UTC), os.getloadavg()
    with _log_to_nowhere():
        for subject in SUBJECTS:
            if subject.name in wanted:
                with subject(quick=options.quick) as ready:
                    figures.append(measure(ready, QUICK_ROUNDS if options.quick else ROUNDS))
                print("\n".join(list(table(figures[-1:]))[2:]), flush=True)
    _write_json(figures)
    if not options.quick and not options.names:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(_page(figures, began, load), encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)} and {JSON.relative_to(ROOT)}")
    missed = [each.name for each in figures if each.reached is False]
    if missed:
        print(f"not reached: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed and not options.quick else 0


@contextlib.contextmanager
def _log_to_nowhere() -> Iterator[None]:
    """Log records are made and rendered as in production, and written where nobody has to scroll past them."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        structlog.configure(logger_factory=structlog.WriteLoggerFactory(nowhere))
        try:
            yield
        finally:
            structlog.reset_defaults()


def _write_json(figures: list[Figure]) -> None:
    JSON.parent.mkdir(exist_ok=True)
    known: dict[str, Any] = json.loads(JSON.read_text(encoding="utf-8")) if JSON.exists() else {}
    for each in figures:
        known[each.name] = {**dataclasses.asdict(each), "reached": each.reached}
    JSON.write_text(json.dumps(known, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _page(figures: list[Figure], began: datetime, load: tuple[float, float, float]) -> str:
    took = (datetime.now(UTC) - began).total_seconds() / 60
    head = f"""# Bench

The project against its floor: the same work, the same statements, written by hand with bare clients, in interleaved
rounds. A ratio is the median of {ROUNDS} rounds' ratios; in brackets the middle half. Absolute figures belong to the
machine of the run ({os.cpu_count()} cores, shared; Python {platform.python_version()}) and drift by a factor of two
within an hour; the ratios do not. PostgreSQL and RabbitMQ are real and durable on the same machine; logging and metrics
stay on. `make bench` writes this page; `make bench-quick` gives a first impression in under a minute.

One run of {began:%-d %B %Y}, {took:.0f} minutes; before it began, the machine's load over 1, 5 and 15 minutes was
{", ".join(f"{each:.1f}" for each in load)}: absolute figures count where that is near 0.

"""
    return head + "\n".join(table(figures)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
