"""The pages that people live in, at 100,000 tickets: the server's time for one, with every call that it makes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import LiteralString

import psycopg
from psycopg import sql

from services.gateway.directory.session import commands as sessions
from services.gateway.directory.staff import commands as staff
from tests.bench import world
from tests.flows.house import HAI_PHONG, House
from tests.flows.promised import Office
from tests.pages.browser import Browser

CALLS = 30
STAGES = ("classify", "complete", "hand_over", "confirm", "log", "log", "log", "log")
"""Where the tickets stand that all others are copies of: half of them are over."""


class Pages:
    """Milliseconds for 95 of 100 requests of the slowest of the pages; PostgreSQL, pages and APIs in one process."""

    name, title, unit = "pages", "The slowest page of a lead at 100,000 tickets, 20,000 open promises: p95", "ms"
    higher_is_better, need, reached_at = False, "≤ 100 ms", 100.0
    absolute = False

    @contextlib.contextmanager
    def __call__(self, *, quick: bool) -> Iterator[Pages]:
        with world.world() as made, House(made.home, database_url=made.url) as house:
            office = Office(house)
            ids = [office.brought_to(stage) for stage in STAGES]
            ids += [office.receive() for _ in range(2)]
            house.pass_time(timedelta(minutes=20))
            _copy(made, 5_000 if quick else 100_000)
            front = house.process.front(house.apps)
            with house.work("gateway") as work:
                person = staff.add(
                    work,
                    name="Lê Thị Lãnh Đạo",
                    mail="lead@bienxanh.example.com",
                    locale="vi",
                    unit=HAI_PHONG,
                    roles=("staff", "lead"),
                    hashed="never signs in",
                )
                _, secret = sessions.open_(work, person)
            house.settle()
            self._browser = Browser(front).sign_in(secret)
            self._paths = (
                "/desk",
                "/tickets",
                "/tickets?state=classified",
                "/support/triage",
                f"/tickets/{ids[0]}",
                f"/tickets/{ids[3]}",
                "/search?q=nguyen",
                "/kpis",
                "/support/record",
                "/messages",
            )
            self.each: dict[str, float] = {}
            yield self
            print(
                "\n".join(
                    f"  {took:6.1f} ms  {path.rpartition('/')[0][:9]}{path[-24:]}" for path, took in self.each.items()
                )
            )

    def run(self) -> float:
        """Every page some times, in turns."""
        took: dict[str, list[float]] = {path: [] for path in self._paths}
        for _ in range(CALLS):
            for path, times in took.items():
                begun = time.perf_counter()
                answer = self._browser.raw("GET", path)
                answer.get_data()
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, f"{path}: {answer.status_code}"
                answer.close()
        self.each = {path: sorted(times)[int(CALLS * 0.95) - 1] for path, times in took.items()}
        return max(self.each.values())

    def floor(self) -> None:
        """There is none: the need is absolute."""


def _copy(made: world.World, tickets: int) -> None:
    """Each of the tickets thousands of times, with its promises and what it is found by; a fifth of them still open."""
    with made.connect("support") as connection:
        connection.autocommit = True
        kinds = connection.execute("select id, state from ticket order by seq").fetchall()
        over = [id for id, state in kinds if state == "logged"]
        alive = [id for id, state in kinds if state != "logged"]
        _multiply(connection, over, tickets * 95 // 100)
        _multiply(connection, alive, tickets * 5 // 100)
        connection.execute("vacuum analyze")


def _multiply(connection: psycopg.Connection[object], ids: list[str], wanted: int) -> None:
    for id in ids:
        connection.execute(
            "create temp table again as select gen_random_uuid()::text as id,"
            " nextval(pg_get_serial_sequence('ticket', 'seq')) as seq, n from generate_series(1, %s) n",
            (wanted // len(ids),),
        )
        _insert(connection, "ticket", "t.id = %s", id, {"id": "again.id", "seq": "again.seq"})
        its_own: Mapping[str, LiteralString] = {
            "id": "gen_random_uuid()::text",
            "object_id": "again.id",
            "number": "t.number || '-' || again.n",
        }
        _insert(connection, "clock", "t.object_id = %s", id, its_own)
        _insert(connection, "ticket_term", "t.seq = (select seq from ticket where id = %s)", id, {"seq": "again.seq"})
        connection.execute("drop table again")


def _insert(
    connection: psycopg.Connection[object], table: str, where: LiteralString, id: str, new: Mapping[str, LiteralString]
) -> None:
    """Each row of the table that belongs to the ticket once for each of the new tickets."""
    found = connection.execute(
        "select column_name from information_schema.columns where table_name = %s", (table,)
    ).fetchall()
    columns = [str(row[0]) for row in found if isinstance(row, tuple)]
    values = [sql.SQL(new[each]) if each in new else sql.Identifier("t", each) for each in columns]
    statement = sql.SQL("insert into {table} ({columns}) select {values} from {table} t, again where ").format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
    )
    connection.execute(statement + sql.SQL(where), (id,))
