"""What will happen on a simulated day: who asks what, when and by which way, and what everybody does about it.

Invariants: a plan is the same for the same numbers and seed; nothing in it depends on the system that plays it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

ARRIVALS = {7: 2, 8: 8, 9: 13, 10: 13, 11: 8, 12: 3, 13: 7, 14: 13, 15: 13, 16: 10, 17: 5, 18: 2, 19: 2, 20: 1}
"""Requests by the hour of the day, as shares: two humps around lunch, few in the evening."""

WAYS = {"form": 55, "desk": 30, "system": 15}
"""How requests arrive, as shares: the public form, staff who take one down, another system's event."""

KINDS = {1: 20, 2: 20, 3: 38, 4: 8, 5: 8, 6: 6}
"""Request types of the procedure, as shares."""

ENDINGS = {"confirmed": 70, "refused": 8, "silent": 5, "unanswered": 7, "withdrawn": 10}
"""What clients do, as shares: agree with the result; refuse it once and agree with the next one; never answer, so that
it stays open, or until the lead logs it; need it no more before there is a result, and say so by the link that follows
it."""

DETOURS = (
    *("verify", "take", "assign", "pause", "progress", "promise"),
    *("reclassify", "escalate", "take_over", "ask_goods", "send_back", "close_duplicate"),
)
"""What may come between classification and handover, by the verb that begins it."""

DETOUR_SHARE = 0.75  # of the requests take one; dealt in turn, so that already a short day has each
LATE_SHARE = 0.06  # of the steps of staff that take longer than the procedure allows
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # for who needs a plan's people and words, not its times
LEAD_SITS = timedelta(hours=62)  # after midnight of the day: the lead logs what no client has answered, all at once
DAY_ENDS = timedelta(hours=72)  # after midnight of the day: by then the last clock of its last request has run out


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks; invented, at a reserved domain."""

    name: str
    locale: str
    mail: str


@dataclass(frozen=True, slots=True)
class Pace:
    """How long people take for what comes next, from the moment at which it could begin."""

    classify: timedelta
    handle: timedelta
    hand_over: timedelta
    answer: timedelta
    log: timedelta


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and its whole story. `reference` finds it again; `at` is its arrival."""

    number: int
    reference: str
    at: datetime
    unit: str
    way: str
    client: Client
    kind: int
    content: str
    ending: str
    detour: str | None
    pace: Pace
    rating: int


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that takes requests, and the language of those who ask there."""

    unit: str
    locale: str
    share: int


_FAMILY = {
    "vi": ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô"),
    "zh": ("王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"),
    "en": ("Carter", "Novak", "Silva", "Meyer", "Okafor", "Lindqvist", "Rossi", "Kaya", "Dubois", "Haddad"),
}
_GIVEN = {
    "vi": ("Thị Hường", "Văn Nam", "Thu Trang", "Đức Long", "Ngọc Ánh", "Quốc Hưng", "Thanh Mai", "Hoàng Phúc"),
    "zh": ("小明", "娜", "志强", "伟", "芳", "秀英", "建国", "雪梅"),
    "en": ("James", "Ana", "Peter", "Maria", "Chidi", "Elin", "Paolo", "Leyla"),
}
_WORDS = {
    "vi": {
        1: "Xin cho biết công ty có dịch vụ gom hàng lẻ tuyến Hải Phòng – Busan không?",
        2: "Xin báo giá cước container 40 feet đi Busan tháng này.",
        3: "Lô hàng {number} bao giờ đến cảng, hiện đang ở đâu?",
        4: "Hàng về chậm ba ngày mà không ai báo, tôi không hài lòng.",
        5: "Nên gửi thông báo tàu đến sớm hơn một ngày để chúng tôi bố trí xe.",
        6: "Tôi cần được tư vấn về thủ tục liên quan đến lô hàng {number}.",
    },
    "zh": {
        1: "请问贵公司是否提供上海到釜山的拼箱服务？",
        2: "请报本月40尺集装箱到釜山的运价。",
        3: "我的货物{number}什么时候到港？现在在哪里？",
        4: "货物晚到三天，没有任何通知，我很不满意。",
        5: "建议提前一天发送到港通知，方便我们安排车辆。",
        6: "关于货物{number}的手续，想咨询一下。",
    },
    "en": {
        1: "Do you consolidate small lots from Hai Phong to Busan?",
        2: "Please quote a 40 foot container to Busan this month.",
        3: "When does shipment {number} arrive, and where is it now?",
        4: "The goods came three days late and nobody told us. We are not satisfied.",
        5: "Please send the notice of arrival a day earlier, so that we can order trucks.",
        6: "We need advice about the papers for shipment {number}.",
    },
}


def plan(requests: int, *, day: datetime, places: tuple[Place, ...], seed: int) -> list[Visit]:
    """A day's visits, by arrival. `day` is its midnight, in the zone whose hours are meant."""
    chance = random.Random(seed)
    detours = _dealt(requests, chance)
    visits = (_visit(n, chance, day, places, seed, detour) for n, detour in enumerate(detours, 1))
    return sorted(visits, key=lambda each: each.at)


def midnight(at: datetime) -> datetime:
    """The midnight with which the day of a visit began."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _dealt(requests: int, chance: random.Random) -> list[str | None]:
    """For each request the detour that it takes, if any."""
    some = round(requests * DETOUR_SHARE)
    dealt = [DETOURS[n % len(DETOURS)] if n < some else None for n in range(requests)]
    chance.shuffle(dealt)
    return dealt


def _visit(
    number: int, chance: random.Random, day: datetime, places: tuple[Place, ...], seed: int, detour: str | None
) -> Visit:
    place = chance.choices(places, [each.share for each in places])[0]
    locale = place.locale if chance.random() < 0.9 else "en"
    hour = _one_of(chance, ARRIVALS)
    kind = _one_of(chance, KINDS)
    name = _name(chance, locale)
    return Visit(
        number=number,
        reference=f"sim-{seed}-{number}",
        at=day + timedelta(hours=hour, seconds=chance.randrange(3600)),
        unit=place.unit,
        way=_one_of(chance, WAYS),
        client=Client(name, locale, f"khach{seed}-{number}@simulation.example"),
        kind=kind,
        content=_WORDS[locale][kind].format(number=f"BL{chance.randrange(10**6):06d}"),
        ending=_one_of(chance, ENDINGS),
        detour=detour,
        pace=_pace(chance, kind),
        rating=chance.choices((1, 2, 3, 4, 5), (1, 2, 7, 30, 60))[0],
    )


def _pace(chance: random.Random, kind: int) -> Pace:
    allowed = {1: 12, 2: 60, 3: 60, 4: 240, 5: 12, 6: 240}[kind]  # minutes; of 4 and 6 what a person promises
    return Pace(
        classify=_minutes(chance, 30),
        handle=_minutes(chance, allowed),
        hand_over=_minutes(chance, 30),
        answer=timedelta(minutes=chance.choice((2, 5, 10, 30, 60, 120, 240))),
        log=_minutes(chance, 120),
    )


def _minutes(chance: random.Random, allowed: int) -> timedelta:
    """Mostly well within what is allowed, now and then beyond it."""
    share = 1.0 + chance.random() if chance.random() < LATE_SHARE else 0.05 + 0.75 * chance.random()
    return timedelta(minutes=allowed * share)


def _name(chance: random.Random, locale: str) -> str:
    family, given = chance.choice(_FAMILY[locale]), chance.choice(_GIVEN[locale])
    return {"vi": f"{family} {given}", "zh": f"{family}{given}", "en": f"{given} {family}"}[locale]


def _one_of(chance: random.Random, shares: dict[Any, int]) -> Any:
    return chance.choices(list(shares), list(shares.values()))[0]
