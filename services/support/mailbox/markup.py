"""The text of an HTML mail: what a reader would see, without links, pictures, scripts or styles.

It only reads: nothing of the markup survives, so nothing of it can act anywhere.
"""

from __future__ import annotations

from html.parser import HTMLParser

UNSEEN = frozenset(("script", "style", "head", "title", "template", "noscript", "svg", "object"))
BREAKS = frozenset(("br", "tr", "li", "hr"))
BLOCKS = frozenset(("p", "div", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article"))
CELLS = frozenset(("td", "th"))
QUOTES = ("blockquote",)
QUOTING = ("gmail_quote", "moz-cite-prefix", "divRplyFwdMsg", "ntes-mail-quote", "yahoo_quoted", "zalo_quote")
"""Ids and classes by which mail programs mark where the quoted history begins: nothing after it is the writer's."""


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._hidden = 0
        self._quoted = 0
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in ("id", "class"))
        if any(each in named for each in QUOTING) and any(piece.strip() for piece in self.out):
            self._over = True
        if tag == "body":
            self._hidden = 0  # many programs leave the head open
        elif tag in UNSEEN:
            self._hidden += 1
        elif tag in CELLS:
            self.out.append(" ")
        elif tag in QUOTES:
            self._quoted += 1
            self.out.append("\n")
        elif tag in BREAKS or tag in BLOCKS:
            self.out.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self._hidden = max(self._hidden - 1, 0)
        elif tag in QUOTES:
            self._quoted = max(self._quoted - 1, 0)
            self.out.append("\n")
        elif tag in BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if self._hidden or self._over:
            return
        said = " ".join(data.replace("\xa0", " ").split(" "))
        said = " ".join(said.split("\n"))
        if self._quoted and said.strip():
            said = f"> {said.strip()}"
        self.out.append(said)


def text_of(html: str) -> str:
    """The text of the markup; a mail that is no HTML at all comes back as it is."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.out).split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip()
