"""What an import is, and how a line of a foreign record is read.

Invariants: a line becomes one request or none, however often the import is run; a line that is bad says why; an import
is taken back whole or not at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

UNDO_FOR = timedelta(hours=24)
MAX_TEXT = 20_000  # characters of a cell

LIFECYCLE = Lifecycle(
    name="support.record_import",
    initial="uploaded",
    moves=(
        Move("map", ("uploaded", "ready"), "ready"),
        Move("run", ("ready",), "importing"),
        Move("finish", ("importing",), "imported"),
        Move("undo", ("imported",), "undone"),
    ),
)

COLUMNS = {
    "content": ("nội dung yêu cầu", "nội dung", "请求内容", "内容", "request content", "content"),
    "request_date": ("ngày yêu cầu", "ngày", "请求日期", "日期", "request date", "date"),
    "requester": ("người yêu cầu", "khách hàng", "请求人", "客户", "requester", "client", "customer"),
    "handler": ("người xử lý", "处理人", "handler", "handled by"),
    "request_type": ("loại yêu cầu", "loại", "请求类别", "请求类型", "类型", "request type", "type"),
    "processing_hours": ("thời gian xử lý", "处理时限", "处理时间", "处理时限（小时）", "processing time", "hours"),
    "method": ("phương pháp xử lý", "phương pháp", "处理方法", "handling method", "method"),
    "evaluation": ("đánh giá của kh", "đánh giá của khách hàng", "đánh giá", "客户评价", "评价", "customer evaluation"),
    "reference": ("mã số", "số", "số phiếu", "编号", "number", "no", "reference"),
}
"""The columns that an import fills, each with headings by which it is recognised. The status is `logged` for all."""
NEEDED = ("content", "request_date", "requester", "handler", "request_type", "processing_hours", "method")

EVALUATIONS = {
    5: ("5", "rất hài lòng", "rất tốt", "非常满意", "很好", "very good", "very satisfied"),
    4: ("4", "hài lòng", "tốt", "满意", "好", "good", "satisfied"),
    3: ("3", "bình thường", "一般", "fair", "neutral"),
    2: ("2", "chưa hài lòng", "không hài lòng", "不满意", "not good", "dissatisfied"),
    1: ("1", "kém", "rất không hài lòng", "很差", "非常不满意", "poor"),
}
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y年%m月%d日")
MOMENTS = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")


class Touched(errors.Conflict):
    """This import cannot be taken back: {number} of its lines were changed since."""

    code = "import-touched"


class TooLate(errors.Conflict):
    """An import can be taken back for 24 hours; that time is over."""

    code = "import-too-old"


@dataclass(frozen=True, slots=True)
class Facts:
    """A line that is good."""

    content: str
    received_at: datetime
    requester: str
    handler: str
    request_type: int
    hours: float
    method: str
    rating: int | None
    reference: str | None


def suggest(headings: Sequence[str], remembered: Mapping[str, str]) -> dict[str, int]:
    """Which column stands where: as the unit chose the last time, else by its heading in three languages."""
    found: dict[str, int] = {}
    for number, heading in enumerate(headings):
        said = plain(heading)
        known = remembered.get(said) or next((name for name, words in COLUMNS.items() if said in words), None)
        if known in COLUMNS and known not in found:
            found[known] = number
    return found


def plain(text: str) -> str:
    """A heading or a word as it is compared."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().replace("*", " ").strip(" :.").split())


def read(
    cells: Mapping[str, str], *, kinds: Mapping[int, str], zone: ZoneInfo, now: datetime
) -> tuple[Facts | None, dict[str, str]]:
    """The facts of a line, or by column the code of `words.WRONG` that says why there are none. `kinds` are the request
    types with their titles."""
    wrong = {name: "missing" for name in NEEDED if not cells.get(name)}
    wrong |= {name: "too-long" for name, cell in cells.items() if len(cell) > MAX_TEXT}
    at, hours = _moment(cells.get("request_date", ""), zone), _hours(cells.get("processing_hours", ""))
    kind, rating = _kind(cells.get("request_type", ""), kinds), _rating(cells.get("evaluation", ""))
    if at is None:
        wrong.setdefault("request_date", "no-date")
    elif at > now:
        wrong.setdefault("request_date", "not-yet")
    if hours is None:
        wrong.setdefault("processing_hours", "no-hours")
    if kind is None:
        wrong.setdefault("request_type", "no-type")
    if rating is None and cells.get("evaluation"):
        wrong.setdefault("evaluation", "no-evaluation")
    for name in ("requester", "handler", "reference"):
        if len(cells.get(name, "")) > 190:
            wrong.setdefault(name, "too-long")
    if wrong or at is None or hours is None or kind is None:
        return None, wrong
    facts = Facts(
        content=cells["content"],
        received_at=at,
        requester=cells["requester"],
        handler=cells["handler"],
        request_type=kind,
        hours=hours,
        method=cells["method"],
        rating=rating,
        reference=cells.get("reference") or None,
    )
    return facts, {}


def unescaped(cell: str) -> str:
    """A cell of an exported file without the apostrophe that kept it from being run."""
    return cell[1:] if cell.startswith("'") and cell[1:2] in "=+-@＝＋－＠" else cell


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    for day in DATES:
        for time in MOMENTS:
            try:
                at = datetime.strptime(text, day + time).replace(tzinfo=zone)
            except ValueError:
                continue
            return at.astimezone(UTC) if at.year >= 1990 else None
    return None


def _hours(text: str) -> float | None:
    found = re.fullmatch(r"(\d{1,5}(?:[.,]\d{1,4})?)\s*(?:h|giờ|小时|hours?)?", text.strip(), re.IGNORECASE)
    return float(found[1].replace(",", ".")) if found else None


def _kind(text: str, kinds: Mapping[int, str]) -> int | None:
    number = re.match(r"\s*(\d{1,2})(?!\d)", text)
    if number:
        return int(number[1]) if int(number[1]) in kinds else None
    return next((code for code, title in kinds.items() if plain(text) and plain(text) in title), None)


def _rating(text: str) -> int | None:
    return next((rating for rating, said in EVALUATIONS.items() if plain(text) in said), None)
