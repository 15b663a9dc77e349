"""Words on a page that are not in the reader's language: sentences of ours in another one."""

from __future__ import annotations

import functools
import re

from playwright.sync_api import Page

from shared import locale
from shared.locale import catalogue

SEEN = """() => {
  const seen = new Set(), add = text => {
    const plain = (text || '').replace(/\\s+/g, ' ').trim();
    if (plain) seen.add(plain);
  };
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (!node.parentElement.closest('script, style, .words, bdi, [translate=no], [lang]:not(html)')) add(node.data);
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-label'])
    for (const each of document.querySelectorAll(`[${name}]`))
      if (!each.closest('[translate=no]')) add(each.getAttribute(name));
  return [...seen];
}"""
"""All that a page says, but what somebody wrote and what is marked as being in another language."""

FACT = re.compile(r"\{\w+\}")
TELLING = 8  # letters that a sentence must have besides its facts, to be known again by them


def foreign(page: Page, language: str) -> list[str]:
    """What stands on the page as it is said in another language, and not in this one."""
    plain, patterns = _others(language)
    seen: list[str] = page.evaluate(SEEN)
    return [text for text in seen if text in plain or any(pattern.fullmatch(text) for pattern in patterns)]


def _said(language: str) -> set[str]:
    """Everything that the catalogues can say in a language."""
    keys = {key for other in locale.LOCALES for key in catalogue.catalogue(other).sentences}
    words = {key for other in locale.LOCALES for key in catalogue.catalogue(other).words}
    return {catalogue.sentence(key, language) for key in keys} | {
        catalogue.word(context, word, language) for context, word in words
    }


@functools.cache
def _others(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    others = {text for other in locale.LOCALES if other != language for text in _said(other)} - _said(language)
    plain = {" ".join(text.split()) for text in others if not FACT.search(text)}
    facts = (" ".join(text.split()) for text in others if FACT.search(text))
    telling = [text for text in facts if len(re.sub(r"\W", "", FACT.sub("", text))) >= TELLING]
    patterns = (re.compile(".+?".join(re.escape(part) for part in FACT.split(text))) for text in telling)
    return frozenset(plain), tuple(patterns)
