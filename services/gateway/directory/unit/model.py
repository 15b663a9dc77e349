"""What a unit is, and how units hang together.

Invariants: a code never changes and is never given again; a company is a root, everything else hangs below one and
stays in it; nothing open hangs below something closed.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import datetime

from shared.kernel import errors
from shared.kernel.lifecycle import Lifecycle, Move

COMPANY = "company"
PARENTS = {COMPANY: (), "branch": (COMPANY, "branch"), "department": (COMPANY, "branch", "department")}
KINDS = tuple(PARENTS)
COUNTRIES = ("VN", "CN")
MAX_TITLE = 200  # characters; the title signs letters
MAX_CODE = 40  # characters; the code stands in addresses such as /r/hai-phong
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

LIFECYCLE = Lifecycle(
    name="directory.unit",
    initial="open",
    moves=(
        Move("change", ("open",), "open"),
        Move("close", ("open",), "closed"),
        Move("reopen", ("closed",), "open"),
    ),
)


class BadCode(errors.Invalid):
    """A code is 2 to 40 small letters, digits and hyphens, and starts with a letter."""

    code = "bad-unit-code"


class WrongParent(errors.Invalid):
    """A unit of this kind cannot hang below that one."""

    code = "wrong-parent"


@dataclass(frozen=True, slots=True)
class Unit:
    """A company, branch or department. `company` is the code of the root above it; `demo` marks the made-up company.

    `people` is how many active staff have it as their home.
    """

    id: str
    version: int
    code: str
    kind: str
    parent: str | None
    company: str
    title: str
    country: str
    state: str
    demo: bool
    opened_at: datetime
    closed_at: datetime | None = None
    people: int = 0
    phone: str | None = None
    """As E.164; where clients reach it. One that has none is reached where the unit above it is."""
    mail: str | None = None

    @property
    def active(self) -> bool:
        """Whether work may be done in its name."""
        return self.state == "open"

    @property
    def possible(self) -> tuple[str, ...]:
        """The verbs that its state allows."""
        return LIFECYCLE.possible(self.state)


def open_(
    *,
    id: str,
    code: str,
    kind: str,
    title: str,
    country: str,
    parent: Unit | None,
    demo: bool,
    now: datetime,
    phone: str | None = None,
    mail: str | None = None,
) -> Unit:
    """A new unit below `parent` (None for a company). Raises `BadCode`, `WrongParent`."""
    if not (2 <= len(code) <= MAX_CODE and CODE.fullmatch(code)):
        raise BadCode(fields={"code": [" ".join((BadCode.__doc__ or "").split())]})
    above = None if parent is None else parent.kind
    if above not in PARENTS[kind] if PARENTS[kind] else above is not None:
        raise WrongParent(fields={"parent": ["This cannot be the parent."]})
    if parent is not None and not parent.active:
        raise WrongParent(fields={"parent": ["This unit is closed."]})
    return Unit(
        id=id,
        version=1,
        code=code,
        kind=kind,
        parent=parent.code if parent else None,
        company=parent.company if parent else code,
        title=title,
        country=country,
        state=LIFECYCLE.initial,
        demo=parent.demo if parent else demo,
        opened_at=now,
        phone=phone,
        mail=mail,
    )


def change(unit: Unit, *, title: str | None, country: str | None, **reached: str | None) -> Unit:
    """Another title or country, where None leaves it; `phone` and `mail` are left by not being given."""
    state = LIFECYCLE.after(unit.state, "change")
    return dataclasses.replace(unit, state=state, title=title or unit.title, country=country or unit.country, **reached)


def close(unit: Unit, *, now: datetime) -> Unit:
    """No more work in its name."""
    return dataclasses.replace(unit, state=LIFECYCLE.after(unit.state, "close"), closed_at=now)


def reopen(unit: Unit) -> Unit:
    """It was closed by mistake, or starts again."""
    return dataclasses.replace(unit, state=LIFECYCLE.after(unit.state, "reopen"), closed_at=None)
