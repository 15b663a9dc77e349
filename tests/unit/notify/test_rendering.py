"""Rendering: values only, nothing without bound, no hole, and nothing that a client typed becomes markup."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import exceptions

from services.notify.template import model, rendering

FACTS = {"name": "Nguyễn Thị Hường", "words": "một hai ba", "n": 3}
FAST_S = 10.0  # far more than any of these takes, far less than a bomb that goes off


def plain(source: str, **facts: object) -> str:
    """A plain text from its template."""
    return rendering.compiled(source, html=False, name="test", locale="vi").render(**{**FACTS, **facts})


def html(source: str, **facts: object) -> str:
    """An HTML text from its template."""
    return rendering.compiled(source, html=True, name="test", locale="vi").render(**{**FACTS, **facts})


@pytest.mark.parametrize(
    "bomb",
    [
        "{% for a in (1..1000000) %}x{% endfor %}",
        "{% for a in (1..1999) %}{% for b in (1..1999) %}{% endfor %}{% endfor %}",
        "{% for a in (1..1999) %}{{ words }}{{ words }}{{ words }}{{ words }}{{ words }}{{ words }}{% endfor %}",
    ],
)
def test_a_template_without_end_is_stopped_at_once(bomb: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(exceptions.ResourceLimitError):
        plain(bomb, words="ầ" * 500)
    assert time.perf_counter() - begun < FAST_S


@pytest.mark.parametrize(
    "source",
    [
        "{% assign a = words %}",
        "{% capture a %}{% endcapture %}",
        "{% include 'layout' %}",
        "{% render 'layout' %}",
        "{% increment a %}",
        "{% tablerow a in (1..3) %}{% endtablerow %}",
        "{{ words | append: words }}",
        "{{ words | replace: 'a', 'aaaaaaaaaa' }}",
        "{{ words | split: '' }}",
        "{{ 'now' | date: '%Y' }}",
    ],
)
def test_what_could_grow_or_reach_out_is_no_part_of_the_language(source: str) -> None:
    with pytest.raises((model.BadTemplate, exceptions.LiquidError)):
        plain(source)


@pytest.mark.parametrize("source", ["{{ thing.secret }}", "{{ thing['secret'] }}", "{{ thing.method }}"])
def test_a_template_reaches_values_and_never_what_belongs_to_an_object(source: str) -> None:
    class Thing:
        secret = "bí mật"

        def method(self) -> str:
            return "bí mật"

    with pytest.raises(exceptions.UndefinedError):
        plain(source, thing=Thing())


@pytest.mark.parametrize(
    "source", ["{{ promised }}", "{{ promised | escape }}", "{{ promised | quoted }}", "{{ name }} {{ promised }}"]
)
def test_a_fact_that_the_event_lacks_is_an_error_and_not_a_hole(source: str) -> None:
    with pytest.raises(exceptions.UndefinedError, match="promised"):
        plain(source)


def test_a_fact_that_the_event_lacks_may_be_asked_for() -> None:
    assert plain("{% if promised %}by {{ promised }}{% else %}soon{% endif %}") == "soon"
    assert plain("{% unless promised %}soon{% endunless %}") == "soon"


def test_a_fact_that_is_missing_stops_the_message_with_its_name_and_place() -> None:
    with pytest.raises(rendering.CannotRender) as refused:
        rendering.render("ticket-promised", "vi", {"name": "Hường", "number": "TCK-1", "sender": "S", "zone": "Z"})
    assert "promised" in str(refused.value)
    assert "vi" in str(refused.value)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_fact_is_a_missing_one(empty: str | None) -> None:
    facts = {"name": "Hường", "number": "TCK-1", "sender": "S", "zone": "Z", "promised": empty}
    with pytest.raises(rendering.CannotRender):
        rendering.render("ticket-promised", "vi", facts)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_nothing_that_is_typed_becomes_markup(typed: str) -> None:
    for source in ("<p>{{ typed }}</p>", "{{ typed | quoted }}", "{{ typed | button: 'ok' }}", "{{ typed | escape }}"):
        made = html(source, typed=f"<script>{typed}</script><a href='x' onclick=\"y\">")
        assert "<script" not in made
        assert 'onclick="' not in made
        assert "<a href='" not in made


def test_quoted_words_are_set_apart_line_by_line() -> None:
    assert plain("{{ words | quoted }}", words="một\n\nhai <3") == "> một\n>\n> hai <3"
    made = html("{{ words | quoted }}", words="một\n\nhai <3")
    assert made.startswith("<blockquote")
    assert "một<br>\n<br>\nhai &lt;3</blockquote>" in made


def test_long_words_are_cut_with_an_ellipsis_and_the_message_stays_small() -> None:
    facts = {"name": "Hường", "number": "TCK-1", "sender": "S", "result": '"&<\n' * 15_000}
    made = rendering.render("ticket-result", "zh", {**facts, "firm": "S", "brief": "…"})
    assert made.text.count("…") == 1
    assert len(made.html.encode()) < 100_000


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("một hai ba", 10, "một hai ba"),
        ("một hai ba bốn", 10, "một hai…"),
        ("货物什么时候到港请尽快告知", 8, "货物什么时候到…"),
        ("  gọn \r\n", 20, "gọn"),
        ("x" * 50, 10, "x" * 9 + "…"),
    ],
)
def test_a_text_is_cut_at_a_word_or_a_character(text: str, most: int, cut: str) -> None:
    assert model.excerpt(text, most) == cut
    assert len(model.excerpt(text, most)) <= most


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("Nguyễn", "Nguyễn"),  # combining marks become the one spelling
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("王\u200b小\ufeff明", "王小明"),
        ("tab\tand\x00nul\x1b[31m", "tab\tandnul[31m"),
        ("\U000e0041𠮷", "𠮷"),
    ],
)
def test_what_a_reader_cannot_see_is_left_out(typed: str, seen: str) -> None:
    assert model.visible(typed) == seen


def test_a_line_has_no_ends_in_it() -> None:
    assert model.one_line(" a\r\nb\tc\u3000d\u2029e\x0bf ") == "a b c d e f"


@pytest.mark.parametrize(
    "source",
    [
        "",
        "Kính gửi\n== subject ==\nS\n== text ==\nT\n== html ==\nH",
        "== text ==\nT\n== subject ==\nS\n== html ==\nH",
        "== subject ==\nS\n== text ==\nT",
        "== subject ==\nS\n== text ==\nT\n== html ==\nH\n== html ==\nH",
        "== subject ==\nS\n== text ==\nT\n== html ==\nH" + "x" * model.MAX_SOURCE,
    ],
)
def test_a_file_that_is_no_template_is_refused(source: str) -> None:
    with pytest.raises(model.BadTemplate):
        model.sections(source, name="test", locale="vi")


def test_a_template_with_a_mistake_is_refused_with_line_and_column() -> None:
    with pytest.raises(model.BadTemplate, match="2:"):
        rendering.compiled("một\n{% if %}", html=False, name="test", locale="vi")


@pytest.mark.parametrize(("name", "locale"), [("no-such", "vi"), ("../texts", "vi"), ("ticket-received", "fr")])
def test_a_template_that_is_not_there_is_refused(name: str, locale: str) -> None:
    with pytest.raises(model.UnknownTemplate):
        rendering.render(name, locale, {})


def written(folder: Path, **texts: str) -> Path:
    """A folder with one template, `greeting`, in these languages."""
    (folder / "greeting").mkdir()
    for locale, text in texts.items():
        source = f"== subject ==\nS\n== text ==\n{text}\n== html ==\nH"
        (folder / "greeting" / f"{locale}.liquid").write_text(source, encoding="utf-8")
    return folder


def test_a_template_that_fits_passes(tmp_path: Path) -> None:
    texts = written(tmp_path, vi="{{ name }}", zh="{{ name }}", en="{{ name }}")
    rendering.check("greeting", ["name", "promised"], folder=texts)


def test_a_template_that_one_language_lacks_stops_the_start(tmp_path: Path) -> None:
    texts = written(tmp_path, vi="{{ name }}", en="{{ name }}")
    with pytest.raises(model.UnknownTemplate, match="zh"):
        rendering.check("greeting", ["name"], folder=texts)


def test_a_variable_that_no_event_has_stops_the_start(tmp_path: Path) -> None:
    text = "{{ name }} {% if nmae %}x{% endif %}"
    with pytest.raises(model.BadTemplate, match="nmae"):
        rendering.check("greeting", ["name"], folder=written(tmp_path, vi=text, zh=text, en=text))


def test_a_language_that_says_less_than_the_others_stops_the_start(tmp_path: Path) -> None:
    texts = written(tmp_path, vi="{{ name }} {{ promised }}", zh="{{ name }}", en="{{ name }} {{ promised }}")
    with pytest.raises(model.BadTemplate, match="promised") as refused:
        rendering.check("greeting", ["name", "promised"], folder=texts)
    assert "zh" in str(refused.value)


def test_harmless_filters_are_still_there() -> None:
    assert plain("{{ name | upcase }}") == "NGUYỄN THỊ HƯỜNG"
