"""Signed tokens: who speaks for whom, for how long, to which service. Everything else is turned away."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt

from shared.kernel import errors, moment
from shared.web import tokens

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LEAD = tokens.Caller("staff", "lan", "Nguyễn Thị Lan", roles=("lead",), scopes=(), unit="hai-phong", locale="vi")

KEY = tokens.make_key()
OTHER = tokens.make_key()


def public(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keys": [jwk.OKPKey.import_key(key).as_dict(private=False) for key in keys]}


@pytest.fixture
def time() -> moment.ManualTime:
    return moment.ManualTime(NOW)


@pytest.fixture
def signer(time: moment.ManualTime) -> tokens.Signer:
    return tokens.Signer(KEY, time=time)


@pytest.fixture
def verifier(time: moment.ManualTime) -> tokens.Verifier:
    return tokens.Verifier(public(KEY), audience="support", time=time)


def test_a_token_says_who_calls(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    assert verifier.verify(signer.sign(LEAD, audience="support")) == LEAD


def test_a_system_and_its_scopes_pass_as_well(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    system = tokens.Caller("system", "tos", "TOS", scopes=("inbound", "tickets"), unit="hai-phong")
    assert verifier.verify(signer.sign(system, audience="support")) == system


def test_a_token_for_another_service_is_worth_nothing(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    with pytest.raises(errors.Unauthenticated):
        verifier.verify(signer.sign(LEAD, audience="notify"))


@pytest.mark.parametrize("seen_before", [False, True])
def test_a_token_ends_after_its_time_and_a_little_leeway_also_when_it_is_remembered(
    signer: tokens.Signer, verifier: tokens.Verifier, time: moment.ManualTime, seen_before: bool
) -> None:
    token = signer.sign(LEAD, audience="support")
    if seen_before:
        verifier.verify(token)
    time.move(timedelta(seconds=tokens.LIFETIME_S + tokens.LEEWAY_S - 1))
    verifier.verify(token)
    time.move(timedelta(seconds=1))
    with pytest.raises(errors.Unauthenticated):
        verifier.verify(token)


def test_a_token_from_the_future_is_refused_beyond_the_leeway(
    signer: tokens.Signer, verifier: tokens.Verifier, time: moment.ManualTime
) -> None:
    token = signer.sign(LEAD, audience="support")
    time.move(-timedelta(seconds=tokens.LEEWAY_S))
    verifier.verify(token)
    time.move(-timedelta(seconds=1))
    with pytest.raises(errors.Unauthenticated):
        verifier.verify(token)


def test_no_token_lives_longer_than_five_minutes_whoever_asks(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    token = signer.sign(LEAD, audience="support", lifetime_s=86_400)
    claims = json.loads(_part(token, 1))
    assert claims["exp"] - claims["iat"] == tokens.LIFETIME_S
    with pytest.raises(errors.Unauthenticated):
        verifier.verify(_signed(claims | {"exp": claims["exp"] + 1}))


def test_two_keys_stand_side_by_side_so_that_one_can_be_changed(time: moment.ManualTime) -> None:
    both = tokens.Verifier(public(KEY, OTHER), audience="support", time=time)
    for key in (KEY, OTHER):
        assert both.verify(tokens.Signer(key, time=time).sign(LEAD, audience="support")) == LEAD


def _part(token: str, number: int) -> bytes:
    part = token.split(".")[number]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


CLAIMS = {
    "iss": "steward",
    "aud": "support",
    "sub": "staff:lan",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 300,
}


def _signed(claims: dict[str, Any], *, header: dict[str, Any] | None = None, key: dict[str, Any] = KEY) -> str:
    head = {"alg": "Ed25519", "kid": KEY["kid"], **(header or {})}
    return jwt.encode(head, claims, jwk.OKPKey.import_key(key), algorithms=tokens.ALGORITHMS)


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def _hmac_with_the_public_key() -> str:
    """The old trick: the public key as the secret of an algorithm that the verifier never meant."""
    known = public(KEY)["keys"][0]["x"]
    secret = jwk.OctKey.import_key(base64.urlsafe_b64decode(known + "="))
    return jwt.encode({"alg": "HS256", "kid": KEY["kid"]}, CLAIMS, secret, algorithms=["HS256"])


def _tampered() -> str:
    head, _, signature = _signed(CLAIMS).split(".")
    return ".".join([head, _encoded(CLAIMS | {"sub": "staff:director"}), signature])


FORGED: dict[str, Callable[[], str]] = {
    "another key under the known name": lambda: _signed(CLAIMS, key=OTHER),
    "an unknown key": lambda: _signed(CLAIMS, header={"kid": OTHER["kid"]}, key=OTHER),
    "no algorithm": lambda: f"{_encoded({'alg': 'none', 'kid': KEY['kid']})}.{_encoded(CLAIMS)}.",
    "no algorithm, in capitals": lambda: f"{_encoded({'alg': 'NONE'})}.{_encoded(CLAIMS)}.",
    "the public key as a secret": _hmac_with_the_public_key,
    "a changed body": _tampered,
    "no signature": lambda: _signed(CLAIMS).rpartition(".")[0] + ".",
    "another issuer": lambda: _signed(CLAIMS | {"iss": "somebody"}),
    "several audiences": lambda: _signed(CLAIMS | {"aud": ["support", "notify"]}),
    "no audience": lambda: _signed(_without("aud")),
    "no subject": lambda: _signed(_without("sub")),
    "no end": lambda: _signed(_without("exp")),
    "no beginning": lambda: _signed(_without("iat")),
    "an end that is no number": lambda: _signed(CLAIMS | {"exp": "soon"}),
    "an end without end": lambda: _signed(CLAIMS | {"exp": 10**30}),
    "a client": lambda: _signed(CLAIMS | {"sub": "client:anonymous"}),
    "nobody": lambda: _signed(CLAIMS | {"sub": "staff:"}),
    "roles that are none": lambda: _signed(CLAIMS | {"roles": 7}),
    "a body that is no object": lambda: ".".join([_signed(CLAIMS).split(".")[0], _encoded([1]), "AA"]),
    "not a token": lambda: "letmein",
    "nothing at all": lambda: "",
    "dots": lambda: "..",
    "letters from elsewhere": lambda: "é.阳.ệ",
    "very long": lambda: "a" * 100_000 + ".b.c",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_turned_away_without_a_reason(verifier: tokens.Verifier, forged: Callable[[], str]) -> None:
    token = forged()
    for _ in range(2):  # and is not remembered as a good one
        with pytest.raises(errors.Unauthenticated) as refused:
            verifier.verify(token)
        assert refused.value.facts == {}


def test_the_forgeries_differ_from_a_good_token_only_in_what_they_forge(verifier: tokens.Verifier) -> None:
    assert verifier.verify(_signed(CLAIMS)).id == "lan"


@given(st.text(max_size=100) | st.lists(st.text(max_size=30), min_size=3, max_size=3).map(".".join))
def test_no_text_is_anything_but_turned_away(token: str) -> None:
    verifier = tokens.Verifier(public(KEY), audience="support", time=moment.ManualTime(NOW))
    with pytest.raises(errors.Unauthenticated):
        verifier.verify(token)


def test_no_more_tokens_are_remembered_than_said(signer: tokens.Signer, verifier: tokens.Verifier) -> None:
    for _ in range(tokens.REMEMBERED + 50):
        verifier.verify(signer.sign(LEAD, audience="support"))
    assert len(verifier._known) == tokens.REMEMBERED


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "gateway.json"
    tokens.ensure_key(path)
    private, known = path.read_bytes(), path.with_name("public.json").read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert b'"d"' not in known
    tokens.ensure_key(path)
    assert (path.read_bytes(), path.with_name("public.json").read_bytes()) == (private, known)


def test_a_start_that_was_cut_off_between_the_two_files_is_finished_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "gateway.json"
    tokens.ensure_key(path)
    known = path.with_name("public.json").read_bytes()
    path.with_name("public.json").unlink()
    tokens.ensure_key(path)
    assert path.with_name("public.json").read_bytes() == known
