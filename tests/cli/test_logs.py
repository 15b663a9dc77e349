"""Logs as a process writes them: one event a line, redacted, the libraries' included."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, structlog, sys
from shared.runtime import settings, telemetry
telemetry.configure(settings.read({environment!r}))
log = structlog.get_logger("shared.somewhere")
{body}
"""


def written(body: str, **environment: str) -> list[str]:
    """The lines on stderr of a process that logs."""
    settings = {f"STEWARD_{name}": value for name, value in {"LOG": "json", **environment}.items()}
    program = PROGRAM.format(environment=settings, body=body)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout == "", "logs are not what was asked for"
    return done.stderr.splitlines()


def events(body: str, **environment: str) -> list[dict[str, Any]]:
    """The same as JSON."""
    return [json.loads(line) for line in written(body, **environment)]


def test_an_event_has_its_name_level_time_and_logger() -> None:
    (event,) = events('log.info("ticket_received", ticket="TCK-2026-000001", người="không")')
    assert (event["event"], event["level"], event["logger"]) == ("ticket_received", "info", "shared.somewhere")
    assert event["timestamp"].endswith("Z")
    assert (event["ticket"], event["người"]) == ("TCK-2026-000001", "không")


def test_what_is_bound_to_the_work_joins_every_line_below_it() -> None:
    (event,) = events('structlog.contextvars.bind_contextvars(request="r1", trace="t1"); log.info("page")')
    assert (event["request"], event["trace"]) == ("r1", "t1")


def test_secrets_and_personal_data_are_masked_by_key_and_by_look() -> None:
    (event,) = events(
        'log.warning("sent", mail="huong@example.com", password="hunter2", error="no such user: huong@example.com",'
        ' url="smtp://u:p@mail", contact={"name": "Hường"})'
    )
    text = json.dumps(event, ensure_ascii=False)
    for hidden in ("huong@", "hunter2", "u:p", "Hường"):
        assert hidden not in text
    assert event["url"] == "smtp://***@mail"


def test_a_traceback_is_one_field_and_redacted() -> None:
    (event,) = events(
        "try:\n    raise ValueError('huong@example.com')\nexcept ValueError:\n    log.exception('failed')"
    )
    assert "Traceback" in event["exception"]
    assert "h***@example.com" in event["exception"]


def test_a_librarys_warning_takes_our_shape_and_its_chatter_is_dropped() -> None:
    (event,) = events(
        'logging.getLogger("amqp").info("chatter")\nlogging.getLogger("amqp").warning("lost %s", "amqp://u:p@h")'
    )
    assert (event["event"], event["logger"], event["level"]) == ("lost amqp://***@h", "amqp", "warning")


def test_below_the_level_nothing_is_written() -> None:
    assert [e["event"] for e in events('log.info("a"); log.warning("b")', LOG_LEVEL="warning")] == ["b"]


def test_a_start_is_hushed_only_while_it_starts() -> None:
    body = 'log.info("a")\nwith telemetry.hushed():\n    log.info("b"); log.warning("c")\nlog.info("d")'
    assert [event["event"] for event in events(body)] == ["a", "c", "d"]


def test_a_person_is_told_what_is_wrong_and_may_ask_for_more() -> None:
    body = 'log.info("page"); log.warning("loop_waits")'
    assert [line.split()[3] for line in written(body, LOG="console")] == ["loop_waits"]
    assert [line.split()[3] for line in written(body, LOG="console", LOG_LEVEL="info")] == ["page", "loop_waits"]


def test_for_people_a_line_is_readable() -> None:
    (line,) = written('log.warning("ticket_received", ticket="TCK-2026-000001")', LOG="console")
    assert "ticket_received" in line
    assert "ticket=TCK-2026-000001" in line


def test_a_log_that_cannot_be_written_does_not_stop_the_work() -> None:
    body = 'import os; os.close(2); log.info("a"); log.error("b"); open("/dev/null"); os._exit(0)'
    assert written(body) == []
