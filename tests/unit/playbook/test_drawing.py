"""A lifecycle's picture: all of its table, the same every time, nothing that a policy forbids, words that fit."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from shared.documents import lifecycles
from shared.kernel.lifecycle import Lifecycle, Move
from shared.playbook import drawing

SVG = "{http://www.w3.org/2000/svg}"
ALL = [each.lifecycle for each in lifecycles.found()]


def boxes(picture: str) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every state."""
    found = []
    for rect in ElementTree.fromstring(picture).iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.get(name) or 0) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + w, y + h))
    return found


def words(picture: str) -> list[tuple[float, float, str]]:
    """Every verb's words with where they begin."""
    texts = [each for each in ElementTree.fromstring(picture).iter(f"{SVG}text") if each.get("class") == "verb"]
    return [(float(each.get("x") or 0), float(each.get("y") or 0), each.text or "") for each in texts]


@pytest.mark.parametrize("table", ALL, ids=[each.name for each in ALL])
def test_every_state_and_every_verb_of_a_table_is_drawn(table: Lifecycle) -> None:
    picture = drawing.svg(table, title=table.name)
    root = ElementTree.fromstring(picture)
    shown = [each.text for group in root.iter(f"{SVG}g") for each in group.iter(f"{SVG}text")]
    assert sorted(filter(None, shown)) == sorted(table.states)
    ways = {(source, move.target) for move in table.moves for source in move.sources}
    assert len(words(picture)) == len(ways)
    drawn = {verb for _, _, text in words(picture) for verb in text.split(", ")}
    assert drawn == {move.verb for move in table.moves}


@pytest.mark.parametrize("table", ALL, ids=[each.name for each in ALL])
def test_no_words_cover_others_or_leave_the_picture(table: Lifecycle) -> None:
    picture = drawing.svg(
        table, title="dài", state=lambda each: f"已{each}完成处理", verb=lambda each: f"等待客户{each}"
    )
    full, tall = (float(each) for each in re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)[0])
    placed = [(x, y - 12, x + drawing.width(text), y) for x, y, text in words(picture)]
    for number, (left, top, right, bottom) in enumerate(placed):
        assert left >= 0
        assert top >= 0
        assert right <= full
        assert bottom <= tall
        for other in (*placed[:number], *boxes(picture)):
            apart = right <= other[0] or left >= other[2] or bottom <= other[1] or top >= other[3]
            assert apart, (placed[number], other)


def test_the_same_table_gives_the_same_bytes_and_nothing_that_a_policy_forbids() -> None:
    table = ALL[0]
    picture = drawing.svg(table, title="x")
    assert picture == drawing.svg(table, title="x")
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|href", picture)


def test_words_are_text_whatever_they_contain() -> None:
    table = Lifecycle("x", "a", (Move("go", ("a",), "b"), Move("stay", ("b",), "b")))
    picture = drawing.svg(
        table, title='"<t>', state=lambda each: f"<b>{each}", verb=lambda each: f"&{each}", arrow="one"
    )
    root = ElementTree.fromstring(picture)
    assert root.get("aria-label") == '"<t>'
    assert [text for _, _, text in words(picture)] == ["&go", "&stay"]
    assert "url(#one)" in picture
    assert "#arrow" not in picture


def test_marks_take_no_room_and_chinese_characters_take_two_places() -> None:
    assert drawing.width("Nguyễn") == drawing.width("Nguye\u0302\u0303n") == drawing.width("Nguyen")
    assert drawing.width("处理") == 2 * drawing.width("ab")
