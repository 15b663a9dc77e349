"""A promise in words: which step somebody owes, and what is to be done about it.

The words are the playbook's; a step that it does not name is told of in general words, never by its code.
"""

from __future__ import annotations

from collections.abc import Mapping

Text = Mapping[str, str]

ANY_STEP = {"vi": "Công việc theo quy trình", "zh": "流程事项", "en": "A step of the procedure"}
ANY_TODO = {
    "vi": "Mở phiếu để xem việc cần làm và xử lý kịp thời.",
    "zh": "请打开查看待办内容，并及时处理。",
    "en": "Open it to see what is missing, and see to it.",
}


def step(title: Text | None, locale: str) -> str:
    """What the step is called."""
    return (title or {}).get(locale) or ANY_STEP[locale]


def todo(todo: Text | None, locale: str) -> str:
    """What whoever reads of it is asked to do."""
    return (todo or {}).get(locale) or ANY_TODO[locale]
