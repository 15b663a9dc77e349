"""A playbook file is either right or refused with file, line and path of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.notify.rule.tells import TELLS
from shared.kernel.lifecycle import Lifecycle, Move
from shared.playbook import model, reading

TICKET = "support.ticket."
FLOW = model.Flow(
    name="support.ticket",
    lifecycle=Lifecycle("support.ticket", "received", (Move("classify", ("received",), "classified"),)),
    steps={"receive": (), "classify": ("classify",), "support": (), "hand_over": (), "log": ()},
    events={
        TICKET + each: each
        for each in (
            *("asked", "received", "classified", "completed", "sent_back", "handed_over"),
            *("confirmed", "refused", "withdrawn", "logged"),
        )
    }
    | dict.fromkeys(
        ("support.record.demanded", "support.record_check.opened", "support.record_check.checked"), "check"
    ),
    by_authority=("complete",),
    tells=TELLS,
)
FLOWS = {FLOW.name: FLOW}
VIMC = reading.PACKAGED / "vimc-support.yaml"


def changed(folder: Path, old: str, new: str) -> Path:
    """The packaged playbook with one change."""
    text = VIMC.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path = folder / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    playbook, found = reading.read(path, FLOWS)
    assert (playbook is None) == bool(found)
    return [str(each) for each in found]


def test_the_packaged_playbook_is_right() -> None:
    playbook, found = reading.read(VIMC, FLOWS)
    assert found == []
    assert playbook is not None
    assert (playbook.id, playbook.version, playbook.without_authority) == ("vimc-support", "2026-11-29", ())


WRONG = [
    ("within: 30m", "within: 30 minutes", "clocks.classify.within", '"30 minutes" is not a time'),
    ("    owes: staff", "    owes: nobody", "clocks.classify.owes", "nobody is no role"),
    ("until: support.ticket.classified", "until: support.ticket.sorted", "clocks.classify.until", "knows no event"),
    ("{at: 50%, tell: staff}", "{at: half, tell: staff}", "clocks.classify.ladder.0.at", "in percent"),
    ("tell: lead, escalate: true", "tell: boss, escalate: true", "clocks.classify.ladder.1.tell", "boss is no role"),
    ("  log: {staff: R, lead: I}\n", "", "raci", "step log is missing"),
    ("receive: {staff: R,", "receive: {staff: X,", "raci.receive.staff", "letters R, A, C or I"),
    (
        "hand_over: {staff: I, lead: R, executive: A}",
        "hand_over: {lead: RA, executive: A}",
        "raci.hand_over",
        "Only one",
    ),
    ("receive: {staff: R, lead: I", "receive: {staff: I, lead: I", "raci.receive", "Nobody is responsible"),
    ("  6: [lead]\n", "", "authority", "cannot be switched on; missing: 6"),
    ("  6: [lead]\n", "  6: [lead]\n  7: [lead]\n", "authority.7", "no request type 7"),
    ("flow: support.ticket", "flow: support.tickets", "flow", "no flow support.tickets"),
    ("  zh: 客户支持流程\n", "", "title", "missing: zh"),
    ("{vi: Nhân viên CSKH, zh: 客服人员, ", "{vi: Nhân viên CSKH, ", "roles.staff", "missing: zh"),
    ("country: VN", "country: US", "calendar.country", "Must be one of"),
    ('"08:00-12:00", "13:30-17:30"', '"08:00-12:00", "11:30-17:30"', "calendar.hours", "overlap"),
    ('"08:00-12:00", "13:30-17:30"', '"8-12"', "calendar.hours", "no time of day"),
    ("mon-fri", "fri-mon", "calendar.hours", "runs backwards"),
    ("version: 2026-11-29", "version: 2026-11-29\ncolour: red", "colour", "Unknown field"),
    ("  - code: 2\n", "  - code: 1\n", "request_types.1.code", "given twice"),
    ("to: client, template: ticket-received", "to: everybody, template: ticket-received", "messages.0.to", "no role"),
    ("ticket-received, by: [email]", "ticket-hello", "messages.0.template", "no template ticket-hello"),
    ("ticket-received, by: [email]", "ticket-received, by: [fax]", "messages.0.by.0", "one of"),
    ("ticket-received, by: [email]", "ticket-received, by: [desk]", "messages.0.by", "by desk"),
    ("{on: support.ticket.received,", "{on: support.ticket.paused,", "messages.0.on", "Nothing can"),
    ("client, template: ticket-received", "lead, template: ticket-received", "messages.0.on", "told to lead"),
    ("ticket-received, by: [email]}", "ticket-received, after: 2h}", "messages.0.after", "cannot be put off"),
    (
        "ticket-received, by: [email]}\n",
        "ticket-received}\n  - {on: support.ticket.received, to: client, template: ticket-received}\n",
        "messages.1",
        "given twice",
    ),
]


@pytest.mark.parametrize(("old", "new", "place", "why"), WRONG, ids=[f"{p}: {w}" for _, _, p, w in WRONG])
def test_every_fault_names_file_line_path_and_reason(tmp_path: Path, old: str, new: str, place: str, why: str) -> None:
    path = changed(tmp_path, old, new)
    (told,) = [each for each in faults(path) if f": {place}: " in each]
    assert why in told
    assert told.startswith("mine.yaml:")
    line = int(told.split(":")[1])
    assert 1 <= line <= len(path.read_text(encoding="utf-8").splitlines())


def test_the_line_is_the_one_with_the_fault(tmp_path: Path) -> None:
    path = changed(tmp_path, "within: 30m", "within: soon")
    (told,) = faults(path)
    assert "within: soon" in path.read_text(encoding="utf-8").splitlines()[int(told.split(":")[1]) - 1]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = VIMC.read_text(encoding="utf-8").replace("within: 30m", "within: soon").replace("country: VN", "country: X")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert len(faults(tmp_path / "mine.yaml")) == 4


LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (new, new, b",".join([b"*%c" % old] * 9)) for old, new in zip(b"abcd", b"bcde", strict=True)
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"id: [", "is not YAML"),
        (b"- a\n- b\n", "is not a mapping"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"id: a\nid: b\n", "given twice"),
        (LAUGHS, "more than 50000"),
        (b"a: !!python/object/apply:os.system ['true']\n", "not"),
        (b"[" * 3000, "not YAML"),
    ],
)
def test_what_is_no_playbook_at_all_is_refused_in_a_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    told = faults(path)
    assert told
    assert all(each.startswith("odd.yaml:") for each in told)
    assert why in told[0]


def test_an_operators_folder_wins_over_the_packaged_one(tmp_path: Path) -> None:
    changed(tmp_path, "within: 30m", "within: 20m")
    found = reading.all_([reading.PACKAGED, tmp_path], FLOWS)
    assert str(found["vimc-support"].clocks["classify"].within) == "20m"


def test_a_role_may_have_one_name_for_all_languages(tmp_path: Path) -> None:
    path = changed(tmp_path, "{vi: Nhân viên CSKH, zh: 客服人员, en: Customer service officer}", "Nhân viên")
    playbook, found = reading.read(path, FLOWS)
    assert (playbook and playbook.roles["staff"], found) == (dict.fromkeys(("vi", "zh", "en"), "Nhân viên"), [])


def test_two_playbooks_of_one_flow_cannot_serve_the_same_unit(tmp_path: Path) -> None:
    changed(tmp_path, "id: vimc-support", "id: other-support")
    with pytest.raises(reading.FaultyPlaybook, match=r"served by .* already"):
        reading.all_([reading.PACKAGED, tmp_path], FLOWS)


def test_a_kept_playbook_is_read_back_the_same() -> None:
    import json

    playbook, _ = reading.read(VIMC, FLOWS)
    assert playbook is not None
    again = reading.again(json.loads(json.dumps(playbook.body)))
    assert (again.clocks, again.raci, again.request_types) == (playbook.clocks, playbook.raci, playbook.request_types)
    assert again.authority == playbook.authority
