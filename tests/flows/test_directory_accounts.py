"""Accounts: signing in, sessions, changing and resetting a password."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.gateway.directory.password import hashing
from services.gateway.directory.password import model as passwords
from services.gateway.directory.session import commands as sessions
from services.gateway.directory.session import model as session_model
from services.gateway.directory.staff import commands as staff
from services.gateway.directory.staff import reset_link
from services.gateway.directory.staff import tables as staff_tables
from services.gateway.directory.throttle import commands as throttle
from services.gateway.directory.throttle import model as limits
from shared.kernel import errors
from shared.store.work import Work
from shared.web import links
from tests.flows.directory_house import PASSWORD, House, text

NEW = "thỏ trắng ăn cà rốt"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.open_company()
    yield made
    made.close()


def test_a_person_signs_in_with_any_spelling_of_the_mail_address(house: House) -> None:
    person = house.hire("an.nguyen@example.com")
    signed = house.signed(house.sign_in(" An.Nguyen@Example.com"))
    assert signed is not None
    assert (signed.staff_id, signed.unit, signed.unit_title) == (person.id, "hai-phong", "Chi nhánh hai-phong")
    assert signed.caller.actor == f"staff:{person.id}"


def test_a_password_typed_with_combining_marks_is_the_same_password(house: House) -> None:
    import unicodedata

    house.hire()
    assert house.signed(house.sign_in(password=unicodedata.normalize("NFD", PASSWORD)))


def test_every_sign_in_has_a_new_secret_and_ends_the_session_it_came_with(house: House) -> None:
    house.hire()
    first = house.sign_in()
    second = house.sign_in(replaces=first)
    assert first != second
    assert house.signed(first) is None
    assert house.signed(second) is not None


def test_neither_secret_nor_password_rests_in_the_database(house: House) -> None:
    house.hire()
    secret = house.sign_in()
    with pytest.raises(sessions.WrongCredentials):
        house.sign_in("con-meo-typed-into-the-mail-field", "x")
    stored = (house.home / "data" / "gateway.sqlite").read_bytes()
    stored += (house.home / "data" / "gateway.sqlite-wal").read_bytes()
    assert secret.encode() not in stored
    assert PASSWORD.encode() not in stored
    assert b"con-meo-typed-into-the-mail-field" not in stored


@pytest.mark.parametrize(
    ("mail", "password"),
    [
        ("an@example.com", "not the password"),
        ("nobody@example.com", PASSWORD),
        ("gone@example.com", PASSWORD),
        ("new@example.com", PASSWORD),
        ("an@example.com", ""),
        ("", ""),
        ("an@example.com\x00", PASSWORD),
        ("an@example.com", "\ud800" * 13),
        ("an@example.com", "x" * 100_000),
        ("an@example.com'--", PASSWORD),
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(house: House, mail: str, password: str) -> None:
    house.hire()
    gone = house.hire("gone@example.com")
    house.hire("new@example.com", hashed=None)
    with house.database.work() as work:
        staff.deactivate(work, gone.id)
    with pytest.raises(sessions.WrongCredentials) as refused:
        house.sign_in(mail, password)
    assert refused.value.status == 401
    assert str(refused.value) == "The mail address or the password is not right."


def test_an_unknown_account_costs_as_much_time_as_a_known_one(house: House) -> None:
    for number in range(3):
        house.hire(f"an{number}@example.com")

    def seconds(mail: str) -> float:
        begun = time.perf_counter()
        with pytest.raises(sessions.WrongCredentials):
            house.sign_in(mail, "not the password")
        return time.perf_counter() - begun

    seconds("warm@example.com")
    known, unknown = [], []
    for number in range(3):
        known.append(seconds(f"an{number}@example.com"))
        unknown.append(seconds(f"nobody{number}@example.com"))
    # without the hash of nobody it would be thirty times faster
    assert min(unknown) > min(known) / 3  # the least of each: a machine that pauses adds to any of them


def tried(house: House, limit: limits.Limit, key: str, times: int) -> None:
    """So many attempts were made, at no cost of hashing."""
    for _ in range(times):
        with house.database.work() as work:
            throttle.take(work, (limit, key))


@pytest.mark.parametrize("mail", ["an@example.com", "nobody@example.com"])
def test_the_sixth_attempt_on_an_account_has_to_wait_and_then_longer_whether_it_exists_or_not(
    house: House, mail: str
) -> None:
    house.hire()
    tried(house, limits.ACCOUNT, mail, 4)
    with pytest.raises(sessions.WrongCredentials):
        house.sign_in(mail, "wrong")
    with pytest.raises(errors.TooMany) as refused:
        house.sign_in(mail.upper())
    assert refused.value.facts == {"seconds": 30}
    house.pass_time(seconds=29)
    with pytest.raises(errors.TooMany) as refused:
        house.sign_in(mail)
    assert refused.value.facts == {"seconds": 1}
    house.pass_time(seconds=1)
    with pytest.raises(sessions.WrongCredentials):
        house.sign_in(mail, "wrong")
    with pytest.raises(errors.TooMany) as refused:
        house.sign_in(mail)
    assert refused.value.facts == {"seconds": 60}


def test_the_right_password_wipes_the_slate_of_the_account_clean(house: House) -> None:
    house.hire()
    tried(house, limits.ACCOUNT, "an@example.com", 4)
    house.sign_in()
    tried(house, limits.ACCOUNT, "an@example.com", 4)
    assert house.sign_in()


def test_an_address_that_tries_many_accounts_has_to_wait_and_nobody_else(house: House) -> None:
    house.hire()
    for number in range(limits.ADDRESS.free):
        tried(house, limits.ADDRESS, f"2001:db8::{number:x}", 1)
    with pytest.raises(errors.TooMany):
        house.sign_in(address="2001:db8::ffff")
    assert house.sign_in(address="2001:db8:0:1::1")
    assert house.sign_in(address="203.0.113.7")


def test_signing_in_rightly_does_not_wipe_the_slate_of_an_address(house: House) -> None:
    house.hire()
    tried(house, limits.ADDRESS, "203.0.113.7", limits.ADDRESS.free - 1)
    house.sign_in(address="203.0.113.7")
    tried(house, limits.ADDRESS, "203.0.113.7", 1)
    with pytest.raises(errors.TooMany):
        house.sign_in(address="203.0.113.7")


def test_a_hash_of_a_weaker_kind_is_made_anew_at_sign_in(house: House) -> None:
    import argon2

    weak = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    person = house.hire(hashed=weak)
    house.sign_in()
    with house.database.reading() as connection:
        now = staff_tables.hashed(connection, person.id)
    assert now != weak
    assert hashing.verify(now, PASSWORD) == hashing.Verdict(right=True, outdated=False)


def test_a_session_ends_after_half_an_hour_of_rest(house: House) -> None:
    person = house.hire()
    secret = house.enter(person)
    house.pass_time(minutes=30, microseconds=-1)
    assert house.signed(secret)
    house.pass_time(microseconds=1)
    assert house.signed(secret) is None


def test_a_session_ends_after_twelve_hours_of_work(house: House) -> None:
    person = house.hire()
    secret = house.enter(person)
    for _ in range(12 * 60 // 20):
        signed = house.signed(secret)
        assert signed
        with house.database.work() as work:
            sessions.touch(work, signed.session_id)
        house.pass_time(minutes=20)
    assert house.signed(secret) is None


def test_having_been_here_is_written_at_most_once_a_minute(house: House) -> None:
    person = house.hire()
    secret = house.enter(person)
    house.pass_time(seconds=59)
    signed = house.signed(secret)
    assert signed
    assert signed.touch_due is False
    house.pass_time(seconds=1)
    signed = house.signed(secret)
    assert signed
    assert signed.touch_due is True
    with house.database.work() as work:
        sessions.touch(work, signed.session_id)
    signed = house.signed(secret)
    assert signed
    assert signed.touch_due is False


def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    person = house.hire()
    one, other = house.enter(person), house.enter(person)
    with house.database.work() as work:
        sessions.sign_out(work, one)
    assert house.signed(one) is None
    assert house.signed(other)


@pytest.mark.parametrize("secret", ["", "x", "\x00", "\ud800", "é" * 1000])
def test_a_cookie_that_is_no_secret_stands_for_nobody(house: House, secret: str) -> None:
    assert house.signed(secret) is None


def test_forms_carry_something_that_tells_nothing_of_the_secret(house: House) -> None:
    person = house.hire()
    one, other = house.enter(person), house.enter(person)
    first, second = house.signed(one), house.signed(other)
    assert first
    assert second
    assert first.csrf == session_model.csrf(one) != second.csrf
    assert one not in first.csrf
    assert session_model.digest(one) != first.csrf


@pytest.mark.parametrize(
    "happens",
    [
        lambda work, who: staff.deactivate(work, who),
        lambda work, who: staff.change(work, who, roles=("staff", "lead")),
        lambda work, who: staff.change(work, who, unit="bien-xanh"),
        lambda work, who: staff.set_password(work, who, hashed=hashing.NOBODY),
    ],
    ids=["deactivated", "other roles", "another unit", "another password"],
)
def test_what_changes_the_standing_of_a_person_ends_their_sessions(
    house: House, happens: Callable[[Work, str], object]
) -> None:
    person, colleague = house.hire(), house.hire("binh@example.com")
    mine, theirs = house.enter(person), house.enter(colleague)
    with house.database.work() as work:
        happens(work, person.id)
    assert house.signed(mine) is None
    assert house.signed(theirs)


def test_another_name_or_language_ends_no_session_and_shows_at_once(house: House) -> None:
    person = house.hire()
    secret = house.enter(person)
    with house.database.work() as work:
        staff.change(work, person.id, name="Nguyễn An", locale="zh")
    signed = house.signed(secret)
    assert signed
    assert (signed.name, signed.locale) == ("Nguyễn An", "zh")


def test_a_person_who_is_back_signs_in_anew(house: House) -> None:
    person = house.hire()
    secret = house.enter(person)
    with house.database.work() as work:
        staff.deactivate(work, person.id)
    with house.database.work() as work:
        staff.reactivate(work, person.id)
    assert house.signed(secret) is None
    assert house.sign_in()


def test_changing_the_password_needs_the_old_one_and_ends_the_other_sessions(house: House) -> None:
    person = house.hire()
    mine, other = house.enter(person), house.enter(person)
    with pytest.raises(staff.WrongPassword) as refused:
        sessions.change_password(house.database, mine, old="wrong", new=NEW)
    assert refused.value.fields == {"old": ["This is not your present password."]}
    assert house.signed(other)

    _, fresh = sessions.change_password(house.database, mine, old=PASSWORD, new=NEW)

    assert house.signed(mine) is None
    assert house.signed(other) is None
    assert house.signed(fresh)
    assert house.sign_in(password=NEW)
    with pytest.raises(sessions.WrongCredentials):
        house.sign_in(password=PASSWORD)


def test_guessing_the_old_password_is_throttled_like_signing_in(house: House) -> None:
    person = house.hire()
    mine = house.enter(person)
    tried(house, limits.ACCOUNT, "an@example.com", 4)
    with pytest.raises(staff.WrongPassword):
        sessions.change_password(house.database, mine, old="wrong", new=NEW)
    with pytest.raises(errors.TooMany):
        sessions.change_password(house.database, mine, old=PASSWORD, new=NEW)


def test_a_session_that_has_ended_cannot_change_the_password(house: House) -> None:
    person = house.hire()
    mine = house.enter(person)
    house.pass_time(hours=1)
    with pytest.raises(errors.Unauthenticated):
        sessions.change_password(house.database, mine, old=PASSWORD, new=NEW)


@pytest.mark.parametrize(
    "weak",
    ["ngắn quá", "an@example.com", "Nguyễn Văn An", "nguyễnvănan2026", "aaaaaaaaaaaaaa", "123456789012", "x" * 201],
)
def test_a_weak_password_is_refused_with_the_reason_at_its_field(house: House, weak: str) -> None:
    mine = house.enter(house.hire())
    with pytest.raises(passwords.Weak) as refused:
        sessions.change_password(house.database, mine, old=PASSWORD, new=weak)
    assert list(refused.value.fields) == ["new"]
    assert house.signed(mine)


# ---- reset


def ask(house: House, mail: str, **more: str) -> None:
    with house.database.work() as work:
        staff.ask_reset(work, mail=mail, **more)
    house.run()


@pytest.mark.parametrize(
    ("locale", "subject", "greeting", "until"),
    [
        ("vi", "Đặt lại mật khẩu tài khoản Steward", "Kính gửi Anh/Chị Trần Bình", "10:00 thứ Ba, ngày 24/11/2026"),
        ("zh", "重置您的 Steward 账号密码", "Trần Bình，您好！", "2026年11月24日（星期二）11:00"),
        (
            "en",
            "Choose a new password for your Steward account",
            "Dear Trần Bình",
            "10:00 on Tuesday, 24 November 2026",
        ),
    ],
)
def test_a_forgotten_password_is_reset_by_a_mailed_link(
    house: House, locale: str, subject: str, greeting: str, until: str
) -> None:
    signed_in_elsewhere = house.enter(house.hire("binh@example.com", name="Trần Bình", locale=locale))
    ask(house, "Binh@Example.com")
    [mail] = house.mails()
    assert mail["To"] == "Trần Bình <binh@example.com>"
    assert mail["Subject"] == subject
    assert greeting in text(mail)
    assert until in text(mail)

    staff.reset(house.database, house.link(mail), password=NEW)

    assert house.signed(signed_in_elsewhere) is None
    assert house.sign_in("binh@example.com", NEW)
    house.run()
    told = next(each for each in house.mails() if each["Subject"] == CHANGED[locale])
    assert told["To"] == "Trần Bình <binh@example.com>"
    assert greeting in text(told)


CHANGED = {
    "vi": "Mật khẩu tài khoản Steward của Anh/Chị đã được thay đổi",
    "zh": "您的 Steward 账号密码已修改",
    "en": "The password of your Steward account was changed",
}


def test_whoever_has_another_password_is_told_when_and_what_to_do_and_nobody_else_is(house: House) -> None:
    person = house.hire()
    house.hire("binh@example.com")
    secret = house.enter(person)
    with pytest.raises(staff.WrongPassword):
        sessions.change_password(house.database, secret, old="wrong", new=NEW)
    house.run()
    assert house.mails() == []
    sessions.change_password(house.database, secret, old=PASSWORD, new=NEW)
    house.run()
    [mail] = house.mails()
    assert (mail["To"], mail["Subject"]) == ("Nguyễn Văn An <an@example.com>", CHANGED["vi"])
    for said in ("09:00 thứ Ba, ngày 24/11/2026 (giờ Việt Nam)", "Mọi phiên đăng nhập khác", "Tôi quên mật khẩu"):
        assert said in " ".join(text(mail).split())
    assert "http" not in text(mail)  # a mail about passwords that leads nowhere cannot be imitated to lead astray
    [event] = house.events("directory.password.changed")
    assert (event["data"]["staff_id"], event["actor"]) == (person.id, f"staff:{person.id}")
    assert NEW not in str(event)


def test_asking_for_an_unknown_address_answers_the_same_and_mails_nobody(house: House) -> None:
    gone = house.hire("gone@example.com")
    with house.database.work() as work:
        staff.deactivate(work, gone.id)
    for mail in ("nobody@example.com", "gone@example.com", "not an address"):
        ask(house, mail)
    assert house.mails() == []
    assert house.events("directory.password_reset.requested") == []


def test_asking_leaves_the_same_rows_whether_somebody_has_the_address_or_not(house: House) -> None:
    house.hire()
    counted = []
    for mail in ("an@example.com", "nobody@example.com"):
        with house.database.work() as work:
            staff.ask_reset(work, mail=mail)
            counted.append([row["kind"] for row in work.outgoing])
    assert counted == [["task"], ["task"]]


def test_a_link_works_once(house: House) -> None:
    house.hire()
    ask(house, "an@example.com")
    token = house.token()
    staff.reset(house.database, token, password=NEW)
    with pytest.raises(links.Used):
        staff.reset(house.database, token, password="một mật khẩu khác nữa")


def test_a_link_works_for_an_hour(house: House) -> None:
    house.hire()
    ask(house, "an@example.com")
    token = house.token()
    house.pass_time(hours=1, microseconds=-1)
    with house.database.reading() as connection:
        assert reset_link.owner(connection, token, now=house.time.now()).mail == "an@example.com"
    house.pass_time(microseconds=1)
    with pytest.raises(links.Expired):
        staff.reset(house.database, token, password=NEW)


@pytest.mark.parametrize("token", ["", "g" + "x" * 22, "\x00", "\ud800", "s8hT2kQ9mRw4vXy7nBp3cLd"])
def test_a_forged_link_is_unknown(house: House, token: str) -> None:
    with pytest.raises(links.Unknown):
        staff.reset(house.database, token, password=NEW)


def test_a_weak_password_does_not_use_the_link_up(house: House) -> None:
    house.hire()
    ask(house, "an@example.com")
    token = house.token()
    with pytest.raises(passwords.Weak) as refused:
        staff.reset(house.database, token, password="ngắn")
    assert list(refused.value.fields) == ["password"]
    staff.reset(house.database, token, password=NEW)
    assert house.sign_in(password=NEW)


@pytest.mark.parametrize("how", ["asked again", "password changed", "deactivated"])
def test_an_older_link_no_longer_works(house: House, how: str) -> None:
    person = house.hire()
    ask(house, "an@example.com")
    token = house.token()
    if how == "asked again":
        ask(house, "an@example.com")
    elif how == "password changed":
        sessions.change_password(house.database, house.enter(person), old=PASSWORD, new=NEW)
    else:
        with house.database.work() as work:
            staff.deactivate(work, person.id)
    with pytest.raises(links.Revoked):
        staff.reset(house.database, token, password="một mật khẩu khác nữa")


def test_a_reset_frees_an_account_that_has_to_wait(house: House) -> None:
    house.hire()
    tried(house, limits.ACCOUNT, "an@example.com", 5)
    ask(house, "an@example.com")
    staff.reset(house.database, house.token(), password=NEW)
    assert house.sign_in(password=NEW)


@pytest.mark.parametrize("mail", ["an@example.com", "nobody@example.com"])
def test_nobody_can_be_flooded_with_links(house: House, mail: str) -> None:
    house.hire()
    for _ in range(3):
        ask(house, mail)
    with pytest.raises(errors.TooMany):
        ask(house, mail.upper())


def test_one_address_cannot_ask_for_everybody(house: House) -> None:
    for number in range(limits.RESETS.free):
        with house.database.work() as work:
            staff.ask_reset(work, mail=f"nobody{number}@example.com", address="203.0.113.7")
    with pytest.raises(errors.TooMany):
        ask(house, "an@example.com", address="203.0.113.7")


def test_the_secret_of_the_link_is_stored_as_a_hash(house: House) -> None:
    house.hire()
    ask(house, "an@example.com")
    token = house.token()
    from shared.store import tables

    with house.database.reading() as connection:
        rows = connection.execute(tables.link.select()).all()
    assert [row.digest for row in rows] == [links.digest(token)]
    assert all(token not in str(row) for row in rows)


def test_a_colleague_can_neither_read_nor_redirect_the_mail_with_the_link(house: House) -> None:
    house.hire()
    colleague = house.hire("binh@example.com", roles=("staff", "lead", "admin", "on-call"))
    ask(house, "an@example.com")
    token = house.token()
    notify = house.of("notify")
    headers = house.signed_for(colleague, "notify")
    [item] = notify.get("/v1/messages", headers=headers).get_json()["items"]
    shown = notify.get(f"/v1/messages/{item['id']}", headers=headers)
    assert token not in shown.text
    redirected = notify.post(
        f"/v1/messages/{item['id']}/resend",
        headers=headers,
        json={"reason": "lost", "recipient": "thief@example.com"},
    )
    assert redirected.status_code == 403
    assert redirected.get_json()["type"] == "urn:steward:problem:for-nobody-else"
    house.run()
    assert len(house.mails()) == 1
