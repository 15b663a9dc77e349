"""Where mails go and who they come from: read once at the start, and said there when it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.notify.channel import address, choice, port
from services.notify.channel.folder import Folder
from services.notify.channel.smtp import Smtp
from shared.kernel import errors
from shared.runtime import process, settings


@pytest.mark.parametrize(
    ("url", "scheme", "host", "at", "encrypted"),
    [
        ("smtp://mail.example.com", "smtp", "mail.example.com", 25, False),
        ("smtp://127.0.0.1:2525", "smtp", "127.0.0.1", 2525, False),
        ("smtps://mail.example.com", "smtps", "mail.example.com", 465, True),
        ("smtp+starttls://mail.example.com", "smtp+starttls", "mail.example.com", 587, True),
        ("smtp://[::1]:25", "smtp", "::1", 25, False),
    ],
)
def test_a_url_names_the_server_and_how_to_speak_to_it(
    url: str, scheme: str, host: str, at: int, encrypted: bool
) -> None:
    found = address.read(url)
    assert (found.scheme, found.host, found.port, found.encrypted) == (scheme, host, at, encrypted)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_password_goes_in_plain_text_to_this_machine_only(host: str) -> None:
    found = address.read(f"smtp://steward:b%40n@{host}:2525")
    assert (found.user, found.password) == ("steward", "b@n")
    assert "b@n" not in repr(found)


@pytest.mark.parametrize("host", ["mail.example.com", "10.0.0.5", "localhost.example.com", "127.0.0.1.example.com"])
def test_a_password_in_plain_text_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(address.BadAddress, match="plain text"):
        address.read(f"smtp://steward:geheim@{host}")
    assert address.read(f"smtps://steward:geheim@{host}").user == "steward"


@pytest.mark.parametrize(
    "url",
    [
        "http://steward:geheim@mail.example.com",
        "smtp://",
        "smtps://steward:geheim@:465",
        "smtp://steward:geheim@127.0.0.1:port",
        "smtp://steward:geheim@127.0.0.1:99999",
        "smtps://steward:geheim@[::1",
        "smtps://steward:b%C3%ADm%E1%BA%ADt-geheim@mail.example.com",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(address.BadAddress) as refused:
        address.read(url)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "name", "spec"),
    [
        ("Steward <steward@localhost>", "Steward", "steward@localhost"),
        ('"Công ty Biển Xanh, Hải Phòng" <cskh@bienxanh.vn>', "Công ty Biển Xanh, Hải Phòng", "cskh@bienxanh.vn"),
        ("海防分公司 <kefu@例子.cn>", "海防分公司", "kefu@xn--fsqu00a.cn"),
        ("no-reply@example.com", "", "no-reply@example.com"),
    ],
)
def test_our_own_address_is_read_with_its_name(setting: str, name: str, spec: str) -> None:
    found = choice.sender(settings.read({"STEWARD_MAIL_FROM": setting}))
    assert (found.name, found.address) == (name, spec)


@pytest.mark.parametrize(
    "setting",
    [
        "Steward",
        "Steward <>",
        "a b@example.com",
        "steward@",
        "@example.com",
        "Acme, Ltd <service@acme.example>",
        "nguyễn@example.com",
    ],
)
def test_an_address_of_ours_that_is_none_stops_the_start_with_an_example(setting: str) -> None:
    with pytest.raises(choice.BadSender, match=r"service@acme\.example"):
        choice.check(settings.read({"STEWARD_MAIL_FROM": setting}))


def test_a_start_is_refused_when_the_server_cannot_be_used() -> None:
    given = settings.read({"STEWARD_SMTP_URL": "smtp://steward:geheim@mail.example.com"})
    with pytest.raises(errors.Refused, match="plain text"):
        process.Process(given, ("notify",)).tasks("notify")


def test_without_a_server_mails_go_to_the_folder_of_the_home(tmp_path: Path) -> None:
    extras: dict[str, port.Channel] = {}
    chosen = choice.channel(settings.read({"STEWARD_HOME": str(tmp_path)}), extras)
    assert isinstance(chosen, Folder)
    with chosen.session():
        assert (tmp_path / "mail").is_dir()


def test_a_process_has_one_channel_for_all_its_threads() -> None:
    extras: dict[str, port.Channel] = {}
    given = settings.read({"STEWARD_SMTP_URL": "smtp://127.0.0.1:2525"})
    assert isinstance(choice.channel(given, extras), Smtp)
    assert choice.channel(given, extras) is choice.channel(given, extras)
