"""Where what somebody wrote ends and what they quote begins, in the ways of Vietnamese, Chinese and English programs.

Every pattern looks at one line and cannot go back and forth in it, however long the mail of a stranger is. What stands
below is cut only when something is left: a mail that is nothing but quotation is kept whole. A signature is kept.
"""

from __future__ import annotations

import re

SEPARATORS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"-{2,}\s*(original|original message|forwarded message|repl(y|ied) message)\s*-{2,}$",
        r"-{2,}\s*(thư gốc|tin nhắn gốc|thư đã chuyển tiếp|forwarded message)\s*-{2,}$",
        r"-{2,}\s*(原始邮件|原始郵件|转发邮件|轉寄郵件|回复的原邮件|转发的邮件)\s*-{2,}$",
        r"_{20,}$",
    )
)
WROTE = re.compile(r"(wrote|đã viết|viết|写道|寫道|来信)\s*[:：]\s*$", re.IGNORECASE)
OPENS = re.compile(r"(on|vào|at|在|于|於|le|\d{4})", re.IGNORECASE)
FROM = re.compile(r"[*\s|]*(from|từ|người gửi|发件人|寄件者|寄件人)[*\s|]*[:：|]", re.IGNORECASE)
SENT = re.compile(
    r"[*\s|]*(sent|date|đã gửi|ngày|ngày gửi|发送时间|发送日期|日期|寄件日期)[*\s|]*[:：|]", re.IGNORECASE
)
SUBJECT = re.compile(r"[*\s|]*(subject|chủ đề|tiêu đề|主题|主題|主旨)[*\s|]*[:：|]", re.IGNORECASE)
HEAD = 9  # lines in which the head of a quoted mail names sender, time and subject; a way-bill has no subject
LINE = 400  # characters of a line that are looked at


def without_history(text: str) -> str:
    """The text without the quoted mail below it, and without lines that are quoted one by one."""
    lines = text.split("\n")
    cut = next((at for at in range(len(lines)) if _begins(lines, at)), len(lines))
    kept = [line for line in lines[:cut] if not line.lstrip().startswith(">")]
    said = "\n".join(kept).strip()
    return said or "\n".join(lines).strip()


def _begins(lines: list[str], at: int) -> bool:
    line = lines[at].strip()[:LINE]
    if any(each.match(line) for each in SEPARATORS):
        return True
    if WROTE.search(line[-40:]):
        above = lines[at - 1].strip()[:LINE] if at else ""  # long lines are broken before the name
        return bool(OPENS.match(line) or OPENS.match(above) or "@" in line)
    if OPENS.match(line) and at + 1 < len(lines) and re.search(r"\d", line):
        below = lines[at + 1].strip()[:LINE]
        if WROTE.search(below[-40:]) and not any(each.match(below) for each in (OPENS, FROM)):
            return True
    if FROM.match(line):
        below = [each[:LINE] for each in lines[at + 1 : at + HEAD]]
        return all(any(each.match(line) for line in below) for each in (SENT, SUBJECT))
    return False
