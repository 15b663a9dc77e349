"""What happens to clocks, in the unit of work of what caused it: state, clock and events are committed together.

Starting twice by the same event, or stopping what does not run, changes nothing, so that an event may come again. A
stop by another service's event that arrives before its start waits for it in `clock_stop`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from shared import outbox, trail
from shared.clocks import events, model, tables
from shared.clocks.calendar import RUNNING, Calendar, Timekeeping
from shared.kernel import errors, ids, moment
from shared.store import types
from shared.store.work import Work, insert

WORKING = "working"
_c, _s = tables.clock.c, tables.stretch.c


@dataclass(frozen=True, slots=True)
class Promise:
    """What a playbook says of one clock, made concrete for one object."""

    name: str
    allowance: timedelta
    steps: tuple[model.Step, ...]
    basis: str
    owes: str
    owner: str | None = None
    """The person it is assigned to; none: whoever holds the role."""


@dataclass(slots=True)
class Repriced:
    """A clock and what is to hold for it: another allowance or ladder (None: as before), and the time it runs on."""

    kept: tables.Kept
    before: Timekeeping
    after: Timekeeping
    allowance: timedelta | None = None
    steps: tuple[model.Step, ...] | None = None


class NoSuchClock(errors.NotFound):
    """There is no such clock, or none that you may know of."""

    code = "no-such-clock"


Places = Callable[[sa.Connection, tables.Object], Calendar]
"""Finds the working calendar of an object: its unit's, as its playbook says."""


@dataclass(frozen=True, slots=True)
class Book:
    """The clocks of one service, with what they need to know of the world: where objects are, and who holds a role."""

    places: Places
    holders: Callable[[sa.Connection, str, str, date], tuple[str, ...]]
    """Staff ids that hold a role in a unit on a day."""

    def time(self, connection: sa.Connection, of: tables.Object, basis: str) -> Timekeeping:
        """The time that a clock runs on."""
        return self.places(connection, of) if basis == WORKING else RUNNING

    # ---- verbs

    def start(self, work: Work, of: tables.Object, promise: Promise, *, at: datetime, event: str) -> str | None:
        """A promise begins at `at`; None when this event has started it already, or the same promise runs."""
        known = work.execute(_ROUNDS, {"object": of.id, "promise": promise.name}).all()
        if any(row.started_by == event or row.state in model.OPEN for row in known):
            return None
        time = self.time(work.connection, of, promise.basis)
        begun = model.start(promise.name, at=at, allowance=promise.allowance, steps=promise.steps, time=time)
        kept = tables.Kept(
            id=ids.new(),
            version=1,
            of=of,
            round=known[0].round + 1 if known else 1,
            basis=promise.basis,
            owes=promise.owes,
            owner=promise.owner,
            started_by=event,
            clock=begun,
        )
        insert(work, tables.clock, tables.row(kept))
        _note(work, kept, "started", due_at=begun.due_at, owes=kept.owes)
        self._meet_early_stop(work, kept)
        return kept.id

    def stop(self, work: Work, object_id: str, name: str, *, at: datetime, event: str, foreign: bool = False) -> bool:
        """The promise was kept at `at`; False when no such clock runs.

        With `foreign` the event is another service's, so its start may still be under way: the stop is remembered.
        """
        kept = self._open(work, object_id, name)
        if kept is None:
            if foreign:
                self._remember(work, object_id, name, at, event)
            return False
        self._end(work, kept, at=at, event=event, verb="stop")
        return True

    def cancel(
        self, work: Work, object_id: str, *, event: str, names: Sequence[str] | None = None, why: str | None = None
    ) -> list[str]:
        """Nothing is owed any more: every open clock of the object (or those of these names) ends without being kept.

        What was broken until then stays broken. Returns the clocks' names.
        """
        found = [each for each in self._open_all(work, object_id) if names is None or each.clock.name in names]
        for kept in found:
            self._end(work, kept, at=work.now, event=event, verb="cancel", why=why)
        return [kept.clock.name for kept in found]

    def pause(
        self, work: Work, object_id: str, *, reason: str, evidence: str, names: Sequence[str] | None = None
    ) -> list[str]:
        """Stop counting while somebody else is waited for. Raises `model.ReasonMissing`; returns the clocks' names."""
        paused = []
        for kept in self._open_all(work, object_id):
            if kept.clock.state == "running" and (names is None or kept.clock.name in names):
                kept = self._fire_due(work, kept, work.now)
                time = self.time(work.connection, kept.of, kept.basis)
                clock, stretch = model.pause(kept.clock, at=work.now, reason=reason, evidence=evidence, time=time)
                self._save(work, kept, clock, stretch)
                self._tell(work, events.PAUSED, dataclasses.replace(kept, clock=clock))
                _note(work, kept, events.PAUSED, reason=clock.paused_for, evidence=clock.evidence)
                paused.append(clock.name)
        return paused

    def resume(self, work: Work, object_id: str, *, names: Sequence[str] | None = None) -> list[str]:
        """Count again. Raises `errors.WrongState` when nothing was paused."""
        resumed = []
        for kept in self._open_all(work, object_id):
            if kept.clock.state == "paused" and (names is None or kept.clock.name in names):
                time = self.time(work.connection, kept.of, kept.basis)
                clock = model.resume(kept.clock, at=work.now, time=time)
                self._save(work, kept, clock, None)
                self._tell(work, events.RESUMED, dataclasses.replace(kept, clock=clock))
                _note(work, kept, events.RESUMED, due_at=clock.due_at)
                resumed.append(clock.name)
        if not resumed:
            raise errors.WrongState(state="running", verb="resume", possible="pause")
        return resumed

    def owe(self, work: Work, object_id: str, name: str, owner: str | None) -> None:
        """The object's open promise is now owed by this person (none: by whoever holds the role)."""
        work.execute(
            tables.clock.update()
            .where(_c.object_id == object_id, _c.name == name, _c.state.in_(model.OPEN))
            .values(owner=owner, version=_c.version + 1)
        )

    def reprice(self, work: Work, changes: Sequence[Repriced], *, why: str) -> int:
        """Changed policies or calendars, with few statements for all. Returns how many promises were changed.

        What was due before the change fires first. The old and the new due moment are written down and told; a promise
        that the change does not touch is left alone.
        """
        self._fire_first(work, changes)
        moved: list[tuple[tables.Kept, model.Clock, model.Stretch | None]] = []
        for each in changes:
            clock, stretch = model.reprice(
                each.kept.clock,
                at=work.now,
                allowance=each.allowance if each.allowance is not None else each.kept.clock.allowance,
                before=each.before,
                after=each.after,
                steps=each.steps,
            )
            was = each.kept.clock
            if (clock.due_at, clock.allowance, clock.ladder) != (was.due_at, was.allowance, was.ladder):
                moved.append((each.kept, clock, stretch and dataclasses.replace(stretch, reason=why)))
        if not moved:
            return 0
        work.execute(_CHANGE, [{"b_id": kept.id, **tables.changing(clock)} for kept, clock, _ in moved])
        numbers = self._stretches(work, [kept.id for kept, _, stretch in moved if stretch is not None])
        closed = [
            _stretch_row(work, kept, clock, stretch, numbers.get(kept.id, 0) + 1)
            for kept, clock, stretch in moved
            if stretch is not None
        ]
        insert(work, tables.stretch, closed)
        told = []
        known: dict[tuple[str, str], tuple[str, ...]] = {}
        for kept, clock, _ in moved:
            changed = dataclasses.replace(kept, clock=clock)
            people = (kept.owner,) if kept.owner else self._holders(work, kept.of, kept.owes, known)
            said = events.data(changed, people, due_before=kept.clock.due_at, reason=why)
            told.append((kept.id, events.wire(said)))
            _note(work, kept, events.REPRICED, due_before=kept.clock.due_at, due_at=clock.due_at, reason=why)
        outbox.emit_many(work, events.kind(work.service, events.REPRICED), told)
        return len(moved)

    def promise(self, work: Work, object_id: str, due_at: datetime, *, names: Sequence[str], why: str) -> int:
        """A person promised another moment: the object's open promises of these names are due then."""
        changes = []
        for kept in self._open_all(work, object_id):
            if kept.clock.name in names:
                time = self.time(work.connection, kept.of, kept.basis)
                allowance = model.used(kept.clock, work.now, time) + time.between(work.now, due_at)
                changes.append(Repriced(kept, time, time, allowance))
        return self.reprice(work, changes, why=why)

    def _fire_first(self, work: Work, changes: Sequence[Repriced]) -> None:
        """A step that was due before the change is not taken back by it."""
        for each in changes:
            at = each.kept.clock.next_at
            if at is not None and at <= work.now:
                each.kept = self._fire_due(work, each.kept, work.now, time=each.before)

    @staticmethod
    def _stretches(work: Work, clock_ids: list[str]) -> dict[str, int]:
        """How many closed stretches each clock has."""
        statement = sa.select(_s.clock_id, sa.func.count()).where(types.among(_s.clock_id, clock_ids, work.dialect))
        return dict(map(tuple, work.execute(statement.group_by(_s.clock_id))))

    # ---- the loop's part

    def fire_many(self, work: Work, due: Sequence[tables.Kept]) -> int:
        """Fire what is due of clocks that are locked, with few statements for all. Returns how many steps fired."""
        changes: list[dict[str, Any]] = []
        rungs: list[list[tuple[str, dict[str, Any]]]] = []  # the first step of each clock, the second of each, ...
        known: dict[tuple[str, str], tuple[str, ...]] = {}
        for kept in due:
            clock, fired = model.fire(kept.clock, work.now, self.time(work.connection, kept.of, kept.basis))
            if not fired:
                continue
            changed = dataclasses.replace(kept, clock=clock)
            changes.append({"b_id": kept.id, "fired": clock.fired, "next_at": clock.next_at, "late_at": clock.late_at})
            for number, each in enumerate(fired):
                while len(rungs) <= number:
                    rungs.append([])
                people, told = self._whom(work, changed, each, known)
                rungs[number].append((kept.id, events.wire(events.data(changed, people, fired=each, told=told))))
                _note(work, kept, events.REACHED, **_rung(each))
        if changes:
            work.execute(_FIRE, changes)
        for of in rungs:
            outbox.emit_many(work, events.kind(work.service, events.REACHED), of)
        return sum(map(len, rungs))

    def _whom(
        self, work: Work, kept: tables.Kept, fired: model.Fired, known: dict[tuple[str, str], tuple[str, ...]]
    ) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        """Who owes the promise, and who is told of a step; looked up once per unit and role in one transaction."""

        people = (kept.owner,) if kept.owner else self._holders(work, kept.of, kept.owes, known)
        return people, {role: self._holders(work, kept.of, role, known) for role in fired.step.tell}

    def _holders(
        self, work: Work, of: tables.Object, role: str, known: dict[tuple[str, str], tuple[str, ...]]
    ) -> tuple[str, ...]:
        key = (of.unit, role)
        if key not in known:
            day = self.places(work.connection, of).day_of(work.now)
            known[key] = self.holders(work.connection, of.unit, role, day)
        return known[key]

    def _fire_due(self, work: Work, kept: tables.Kept, at: datetime, time: Timekeeping | None = None) -> tables.Kept:
        time = time or self.time(work.connection, kept.of, kept.basis)
        clock, fired = model.fire(kept.clock, at, time)
        if not fired:
            return kept
        work.execute(
            tables.clock.update().where(_c.id == kept.id).values(**tables.changing(clock), version=_c.version + 1)
        )
        changed = dataclasses.replace(kept, clock=clock, version=kept.version + 1)
        for each in fired:
            people, told = self._whom(work, changed, each, {})
            data = events.data(changed, people, fired=each, told=told)
            outbox.emit(work, events.kind(work.service, events.REACHED), kept.id, data)
            _note(work, kept, events.REACHED, **_rung(each))
        return changed

    # ---- inside

    def _meet_early_stop(self, work: Work, kept: tables.Kept) -> None:
        e = tables.early_stop.c
        here = {"object": kept.of.id, "promise": kept.clock.name, "since": kept.clock.started_at}
        found = work.execute(_EARLY, here).one_or_none()
        if found is not None:
            work.execute(
                tables.early_stop.delete().where(
                    e.object_id == kept.of.id, e.name == kept.clock.name, e.event == found.event
                )
            )
            self._end(work, kept, at=found.at, event=found.event, verb="stop")

    def _remember(self, work: Work, object_id: str, name: str, at: datetime, event: str) -> None:
        done = work.execute(sa.select(_c.id).where(_c.object_id == object_id, _c.name == name, _c.ended_by == event))
        if done.first() is not None:
            return  # the same event again
        dialect = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
        row = {"object_id": object_id, "name": name, "event": event, "at": at}
        work.execute(dialect(tables.early_stop).on_conflict_do_nothing(), row)

    def _end(
        self, work: Work, kept: tables.Kept, *, at: datetime, event: str, verb: str, why: str | None = None
    ) -> None:
        kept = self._fire_due(work, kept, at)
        time = self.time(work.connection, kept.of, kept.basis)
        clock, stretch = model.stop(kept.clock, at=at, time=time, verb=verb)
        counted = model.counted(clock, why)
        day = self.places(work.connection, kept.of).day_of(at) if counted else None
        ended = {"ended_by": event, "counted": counted, "ended_on": day}
        self._save(work, kept, clock, stretch and dataclasses.replace(stretch, reason=why), **ended)
        said = {"reason": why} if why else {}
        _note(
            work, kept, clock.state, at=at, used_seconds=int(clock.used.total_seconds()), on_time=clock.on_time, **said
        )
        if counted and day:
            self._count(work, kept, clock, counted, day)

    def _save(
        self, work: Work, kept: tables.Kept, clock: model.Clock, stretch: model.Stretch | None, **more: Any
    ) -> None:
        work.execute(
            tables.clock.update()
            .where(_c.id == kept.id)
            .values(**tables.changing(clock), **more, version=_c.version + 1)
        )
        if stretch is not None:
            number = work.execute(
                sa.select(sa.func.count()).select_from(tables.stretch).where(_s.clock_id == kept.id)
            ).scalar_one()
            insert(work, tables.stretch, _stretch_row(work, kept, clock, stretch, number + 1))

    def _count(self, work: Work, kept: tables.Kept, clock: model.Clock, counted: str, day: date) -> None:
        taken = clock.used if counted != "unanswered" else timedelta()  # silence says nothing of how long we need
        row = {
            "day": day,
            "unit": kept.of.unit,
            "playbook": kept.of.playbook,
            "step": clock.name,
            "request_type": kept.of.request_type or "",
            "person": kept.owner or "",
            **{name: int(name == counted) for name in model.COUNTED},
            "used_s": int(taken.total_seconds()),
        }
        dialect = postgresql.insert if work.dialect == "postgresql" else sqlite.insert
        statement = dialect(tables.kpi).values(**row)
        sums = {name: getattr(tables.kpi.c, name) + row[name] for name in (*model.COUNTED, "used_s")}
        keys = [column.name for column in tables.kpi.primary_key.columns]
        work.execute(statement.on_conflict_do_update(index_elements=keys, set_=sums))

    def _open(self, work: Work, object_id: str, name: str) -> tables.Kept | None:
        found = self._open_all(work, object_id, name)
        return found[0] if found else None

    @staticmethod
    def _open_all(work: Work, object_id: str, name: str | None = None) -> list[tables.Kept]:
        asked = {"object": object_id} if name is None else {"object": object_id, "promise": name}
        rows = work.execute(_OPEN_OF if name is None else _OPEN_NAMED, asked)
        return [tables.read(row) for row in rows]

    def _tell(self, work: Work, what: str, kept: tables.Kept, **more: Any) -> None:
        day = self.places(work.connection, kept.of).day_of(work.now)
        people = (kept.owner,) if kept.owner else self.holders(work.connection, kept.of.unit, kept.owes, day)
        outbox.emit(work, events.kind(work.service, what), kept.id, events.data(kept, people, **more))


def _note(work: Work, kept: tables.Kept, what: str, **facts: Any) -> None:
    """A clock's steps stand in the trail of what it is about."""
    said = {name: moment.text(value) if isinstance(value, datetime) else value for name, value in facts.items()}
    said |= {"clock": kept.clock.name, "round": kept.round}
    trail.append(work, trail.Entry(kept.of.kind, kept.of.id, f"clock.{what}", said, party=kept.of.party))


def _rung(fired: model.Fired) -> dict[str, Any]:
    return {"percent": fired.step.at / 100, "at": fired.at, "tell": list(fired.step.tell), "late": fired.step.due}


def _stretch_row(
    work: Work, kept: tables.Kept, clock: model.Clock, stretch: model.Stretch, number: int
) -> dict[str, Any]:
    return {
        "clock_id": kept.id,
        "number": number,
        "started_at": stretch.start,
        "ended_at": stretch.end,
        "intervals": [[a.isoformat(), b.isoformat()] for a, b in stretch.intervals],
        "ended": stretch.ended,
        "reason": stretch.reason,
        "evidence": stretch.evidence,
        "due_before": kept.clock.due_at,
        "due_after": clock.due_at,
        "actor": work.actor[: tables.NAME],
    }


_CHANGE = (
    tables.clock.update()
    .where(_c.id == sa.bindparam("b_id"))
    .values(**{name: sa.bindparam(name) for name in tables.CHANGING}, version=_c.version + 1)
)

_FIRE = (  # what `model.fire` changes, and nothing else
    tables.clock.update()
    .where(_c.id == sa.bindparam("b_id"))
    .values(
        fired=sa.bindparam("fired"),
        next_at=sa.bindparam("next_at"),
        late_at=sa.bindparam("late_at"),
        version=_c.version + 1,
    )
)
_OBJECT, _PROMISE = _c.object_id == sa.bindparam("object"), _c.name == sa.bindparam("promise")
_OPEN_OF = sa.select(tables.clock).where(_OBJECT, _c.state.in_(model.OPEN)).order_by(_c.started_at).with_for_update()
_OPEN_NAMED = _OPEN_OF.where(_PROMISE)
_ROUNDS = sa.select(_c.round, _c.state, _c.started_by).where(_OBJECT, _PROMISE).order_by(_c.round.desc())
_e = tables.early_stop.c
_EARLY = (
    sa.select(_e.event, _e.at)
    .where(_e.object_id == sa.bindparam("object"), _e.name == sa.bindparam("promise"), _e.at >= sa.bindparam("since"))
    .order_by(_e.at)
    .limit(1)
)
