"""Vietnamese, Chinese, English: sentences, validation messages, words of states and verbs.

English text is the key. `catalogues/<locale>.po` here and in the services hold the other languages; a missing sentence
fails the tests and falls back to English for the reader.
"""

from shared.locale.catalogue import STATE, VERB, listed, messages, plural, say, sentence, translate, word
from shared.locale.tag import DEFAULT, LOCALES, first, spoken

__all__ = [
    "DEFAULT",
    "LOCALES",
    "STATE",
    "VERB",
    "first",
    "listed",
    "messages",
    "plural",
    "say",
    "sentence",
    "spoken",
    "translate",
    "word",
]
