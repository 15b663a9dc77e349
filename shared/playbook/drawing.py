"""A lifecycle drawn from its table: SVG without scripts or styles, the same bytes for the same table.

States stand in one column by how far they are from the first one. A verb to the next state runs straight down; every
other one leaves on the right at a height of its own, with its words on the line, and comes back in a lane of its own:
words never cover each other, however long they are. It is plain by itself; a page gives it colours by its classes
(`state`, `first`, `last`, `way`, `back`, `verb`, `head`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from shared.kernel.lifecycle import Lifecycle

CHAR = 7.6  # px of a Latin letter at 14 px, with some air; a Chinese character is twice as wide
EDGE = 16  # px around everything
HIGH = 40  # px of a state with few verbs
PORT = 20  # px between two lines at one state
STEP = 52  # px between two states: room for a line of words
LANE = 14  # px between two lanes

Word = Callable[[str], str]
Way = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Box:
    """A state: its upper side, its height, and the height of each line that leaves or comes on the right."""

    top: float
    high: float
    ports: Mapping[tuple[Way, bool], float]


def svg(
    lifecycle: Lifecycle,
    *,
    title: str,
    state: Word = str,
    verb: Word = str,
    comma: str = ", ",
    arrow: str = "arrow",
) -> str:
    """The drawing. `state` and `verb` give the words, with `comma` between several; `arrow` is the id of the arrow's
    head, unique on its page."""
    ways = {way: comma.join(verb(each) for each in verbs) for way, verbs in _ways(lifecycle).items()}
    order = _order(lifecycle, list(ways))
    place = {name: number for number, name in enumerate(order)}
    down = [way for way in ways if place[way[1]] == place[way[0]] + 1]
    beside = sorted(
        (way for way in ways if way not in down),
        key=lambda way: (abs(place[way[1]] - place[way[0]]), place[way[0]], place[way[1]]),
    )
    boxes, tall = _boxes(order, beside, place)
    wide = max(width(state(name)) for name in order) + 32
    lanes = EDGE + wide + 16 + max((width(ways[way]) for way in beside), default=0.0)
    shapes = [_down(boxes[way[0]], boxes[way[1]], EDGE + wide / 2, ways[way]) for way in down]
    for number, way in enumerate(beside):
        back = place[way[1]] <= place[way[0]]
        ends = boxes[way[0]].ports[way, True], boxes[way[1]].ports[way, False]
        shapes.append(_beside(EDGE + wide, *ends, lanes + number * LANE, ways[way], back=back))
    for name in order:
        kind = "first" if name == lifecycle.initial else "between" if lifecycle.possible(name) else "last"
        shapes.append(_state(boxes[name], wide, state(name), kind))
    full = max(lanes + len(beside) * LANE, *(EDGE + wide / 2 + 16 + width(ways[way]) for way in down or beside))
    size = f"{_n(full + EDGE)} {_n(tall + EDGE)}"
    return (
        f'<svg class="lifecycle" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
        f'width="{size.split()[0]}" height="{size.split()[1]}" role="img" aria-label="{escape(title)}" '
        'font-size="14" font-family="sans-serif">'
        f'<defs><marker id="{arrow}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
        f'orient="auto"><path class="head" fill="#4d5b69" d="M0 0 8 4 0 8z"/></marker></defs>'
        + "\n".join(shapes).replace("#arrow", f"#{arrow}")
        + "</svg>\n"
    )


def width(text: str) -> float:
    """How wide a text is, about: marks stand above their letters, Chinese characters take two places."""
    plain = (each for each in unicodedata.normalize("NFC", text) if not unicodedata.combining(each))
    return sum(CHAR * (2 if unicodedata.east_asian_width(each) in "WF" else 1) for each in plain)


def _ways(lifecycle: Lifecycle) -> dict[Way, list[str]]:
    """From where to where, by which verbs, in the table's order."""
    found: dict[Way, list[str]] = {}
    for move in lifecycle.moves:
        for source in dict.fromkeys(move.sources):
            verbs = found.setdefault((source, move.target), [])
            if move.verb not in verbs:
                verbs.append(move.verb)
    return found


def _order(lifecycle: Lifecycle, ways: list[Way]) -> list[str]:
    """The states by the fewest verbs that lead to them, then as the table mentions them."""
    far = {lifecycle.initial: 0}
    pending = [lifecycle.initial]
    for source in pending:
        for start, target in ways:
            if start == source and target not in far:
                far[target] = far[source] + 1
                pending.append(target)
    return sorted(lifecycle.states, key=lambda name: far.get(name, len(lifecycle.states)))


def _boxes(order: list[str], beside: list[Way], place: Mapping[str, int]) -> tuple[dict[str, _Box], float]:
    """Every state with the heights of its lines: those that lead upwards stand above those that lead downwards."""
    boxes: dict[str, _Box] = {}
    top = float(EDGE)
    for name in order:
        lines = [(way, True) for way in beside if way[0] == name] + [(way, False) for way in beside if way[1] == name]
        lines.sort(key=lambda line: (place[line[0][1 if line[1] else 0]] - place[name], not line[1]))
        high = max(float(HIGH), PORT * (len(lines) + 0.5))
        first = top + (high - PORT * (len(lines) - 1)) / 2
        boxes[name] = _Box(top, high, {line: first + PORT * number for number, line in enumerate(lines)})
        top += high + STEP
    return boxes, top - STEP


def _state(box: _Box, wide: float, words: str, kind: str) -> str:
    return (
        f'<g class="state {kind}"><rect fill="#fff" stroke="#8594a2" x="{EDGE}" y="{_n(box.top)}" width="{_n(wide)}" '
        f'height="{_n(box.high)}" rx="8"/>'
        f'<text x="{_n(EDGE + wide / 2)}" y="{_n(box.top + box.high / 2 + 5)}" text-anchor="middle">{escape(words)}'
        "</text></g>"
    )


def _down(source: _Box, target: _Box, x: float, words: str) -> str:
    start = source.top + source.high
    return (
        f'<path class="way" fill="none" stroke="#4d5b69" marker-end="url(#arrow)" '
        f'd="M{_n(x)} {_n(start)}V{_n(target.top)}"/>'
        f'<text class="verb" fill="#0e5a6d" x="{_n(x + 8)}" y="{_n(start + STEP / 2 + 4)}">{escape(words)}</text>'
    )


def _beside(x: float, start: float, end: float, lane: float, words: str, *, back: bool) -> str:
    kind = 'way back" stroke-dasharray="5 4' if back else "way"
    path = f"M{_n(x)} {_n(start)}H{_n(lane)}V{_n(end)}H{_n(x)}"
    return (
        f'<path class="{kind}" fill="none" stroke="#4d5b69" marker-end="url(#arrow)" d="{path}"/>'
        f'<text class="verb" fill="#0e5a6d" x="{_n(x + 8)}" y="{_n(start - 4)}">{escape(words)}</text>'
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
