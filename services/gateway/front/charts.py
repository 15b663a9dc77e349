"""Charts as SVG without scripts or styles: the same bytes for the same numbers, coloured by classes of the style sheet.

A chart is a picture with a title and a description; whoever wants the numbers reads the table beside it. What is late
is hatched, so that it is told apart without colours too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import markupsafe

from shared.playbook import drawing

WIDE = 340  # px of the drawing: what a narrow phone shows as it is; wider places enlarge it
LINE = 42  # px of one bar with its words above it
BAR = 14  # px
HIGH = 190  # px of the columns, without the words below them
EDGE = 4
AXIS = 30  # px on the left for the numbers
MOST_LABELS = 5  # below the columns
GRID = 4  # lines
LATE = "late"

_HATCH = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="late" width="6" height="6"/><rect class="gap" width="2" height="6"/></pattern></defs>'
)


@dataclass(frozen=True, slots=True)
class Row:
    """One bar or column: its words, what is said at its end, and the amount of each series (by its class)."""

    words: str
    said: str
    amounts: Sequence[tuple[str, int]]

    @property
    def total(self) -> int:
        """All series together."""
        return sum(amount for _, amount in self.amounts)


def bars(rows: Sequence[Row], *, title: str, about: str) -> markupsafe.Markup:
    """One bar a row, its words above it."""
    most = max((row.total for row in rows), default=0) or 1
    shapes = []
    for number, row in enumerate(rows):
        top = EDGE + number * LINE
        room = WIDE - 2 * EDGE
        shapes.append(_text(EDGE, top + 14, _short(row.words, room - drawing.width(row.said) - 12)))
        shapes.append(_text(WIDE - EDGE, top + 14, row.said, "end", "said"))
        shapes.append(f'<rect class="ground" x="{EDGE}" y="{top + 20}" width="{room}" height="{BAR}" rx="3"/>')
        x = float(EDGE)
        for kind, amount in row.amounts:
            length = room * amount / most
            shapes.append(_block(kind, x, top + 20, length, BAR))
            x += length
    return _svg(shapes, EDGE * 2 + LINE * len(rows), title, about)


def columns(rows: Sequence[Row], *, title: str, about: str) -> markupsafe.Markup:
    """One column a row, side by side, with a scale."""
    step = _step(max((row.total for row in rows), default=0))
    full = step * GRID
    base, room = EDGE + 10 + HIGH, WIDE - AXIS - EDGE
    shapes = []
    for line in range(GRID + 1):
        y = base - HIGH * line / GRID
        shapes.append(f'<path class="grid" d="M{AXIS} {_n(y)}H{WIDE - EDGE}"/>')
        shapes.append(_text(AXIS - 6, y + 4, str(step * line), "end", "scale"))
    each = room / max(len(rows), 1)
    wide = min(each * 0.72, 40)
    named = _named(len(rows))
    for number, row in enumerate(rows):
        middle = AXIS + each * (number + 0.5)
        y = float(base)
        for kind, amount in row.amounts:
            high = HIGH * amount / full
            y -= high
            shapes.append(_block(kind, middle - wide / 2, y, wide, high))
        if number in named:
            half = drawing.width(row.words) * 0.43  # at 12 px
            at = min(max(middle, AXIS + half), WIDE - half)
            shapes.append(_text(at, base + 18, row.words, "middle", "scale"))
    return _svg(shapes, base + 26, title, about)


def _svg(shapes: Sequence[str], high: float, title: str, about: str) -> markupsafe.Markup:
    return markupsafe.Markup(  # noqa: S704 - every word in it is escaped where it is drawn
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {_n(high)}" role="img" '
        f'aria-labelledby="chart-title chart-about" font-size="13"><title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-about">{escape(about)}</desc>{_HATCH}' + "".join(shapes) + "</svg>"
    )


def _block(kind: str, x: float, y: float, wide: float, high: float) -> str:
    if not wide or not high:
        return ""
    look = 'fill="url(#hatch)"' if kind == LATE else f'class="{kind}"'
    return f'<rect {look} x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "words") -> str:
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}">{escape(words)}</text>'


def _short(words: str, room: float) -> str:
    """Words that fit; the table has them whole."""
    if drawing.width(words) <= room:
        return words
    while words and drawing.width(words + "…") > room:
        words = words[:-1]
    return words.rstrip() + "…"


def _step(most: int) -> int:
    """A round number between two lines of the scale: 1, 2, 5, 10, 20, 50, ..."""
    step, tens = 1, 1
    while step * GRID < most:
        for factor in (1, 2, 5):
            step = factor * tens
            if step * GRID >= most:
                return step
        tens *= 10
    return step


def _named(count: int) -> set[int]:
    """Which columns are named: evenly spread, the first and the last among them."""
    if count <= MOST_LABELS:
        return set(range(count))
    return {round(number * (count - 1) / (MOST_LABELS - 1)) for number in range(MOST_LABELS)}


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
