"""Signed tokens: how the gateway says to a service who calls.

EdDSA, at most five minutes, `aud` the service, `sub` the person or system. The gateway holds the private key; services
hold the public keys only, found by `kid`, so that a key can be changed without stopping anything.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import errors as jose
from joserfc import jwk, jwt

from shared.kernel import errors, ids, moment

LIFETIME_S = 300  # of a token; longer would outlive a role that was taken away
LEEWAY_S = 30  # by which the clocks of two machines may differ
REMEMBERED = 2_000  # verified tokens kept, so that a signature is checked once and not at every call
ALGORITHMS = ["Ed25519", "EdDSA"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `kind` is staff, system or client; `unit` the company or branch that the person works for."""

    kind: str
    id: str
    name: str
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    unit: str | None = None
    locale: str = "en"

    @property
    def actor(self) -> str:
        """As events and the trail name them: `staff:<id>`."""
        return f"{self.kind}:{self.id}"


ANONYMOUS = Caller("client", "anonymous", "")


def make_key() -> dict[str, Any]:
    """A new private key as a JWK."""
    key = jwk.OKPKey.generate_key("Ed25519", {"kid": secrets.token_hex(8), "use": "sig"})
    return dict(key.as_dict(private=True))


def ensure_key(path: Path) -> None:
    """Make the gateway's key, readable by the owner only, and the file of public keys beside it. Safe to repeat: what a
    crash left unfinished is finished, what is there stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        _write(path, make_key(), mode=0o600)
    public = path.with_name("public.json")
    if not public.exists():
        private = json.loads(path.read_text(encoding="utf-8"))
        _write(public, {"keys": [jwk.OKPKey.import_key(private).as_dict(private=False)]}, mode=0o644)


def _write(path: Path, value: dict[str, Any], *, mode: int) -> None:
    """Whole or not at all."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Signer:
    """The gateway's side."""

    def __init__(self, private: dict[str, Any], *, time: moment.Source) -> None:
        self._key = jwk.OKPKey.import_key(private)
        self._kid = str(private["kid"])
        self._time = time

    def sign(self, who: Caller, *, audience: str, lifetime_s: int = LIFETIME_S) -> str:
        """A token for one service."""
        now = self._time.now()
        claims = {
            "iss": "steward",
            "aud": audience,
            "sub": who.actor,
            "name": who.name,
            "roles": list(who.roles),
            "scopes": list(who.scopes),
            "unit": who.unit,
            "locale": who.locale,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=min(lifetime_s, LIFETIME_S))).timestamp()),
            "jti": ids.new(),
        }
        return jwt.encode({"alg": "Ed25519", "kid": self._kid, "typ": "JWT"}, claims, self._key, algorithms=ALGORITHMS)


class Verifier:
    """A service's side. Thread-safe."""

    def __init__(self, public: dict[str, Any], *, audience: str, time: moment.Source) -> None:
        self._keys = jwk.KeySet.import_key_set(public)  # type: ignore[arg-type]
        self._audience, self._time = audience, time
        self._known: OrderedDict[str, tuple[Caller, int, int]] = OrderedDict()
        self._guard = threading.Lock()

    def verify(self, token: str) -> Caller:
        """Who the token speaks for. Raises `errors.Unauthenticated`, without saying what is wrong."""
        now = int(self._time.now().timestamp())
        with self._guard:
            known = self._known.get(token)
        if known is None:
            known = self._read(token)
            with self._guard:
                self._known[token] = known
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        who, issued, expires = known
        if not issued - LEEWAY_S <= now < expires + LEEWAY_S or expires - issued > LIFETIME_S:
            raise errors.Unauthenticated
        return who

    def _read(self, token: str) -> tuple[Caller, int, int]:
        try:
            claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            if claims["aud"] != self._audience or claims["iss"] != "steward":
                raise errors.Unauthenticated
            kind, _, id = str(claims["sub"]).partition(":")
            if kind not in ("staff", "system") or not id:
                raise errors.Unauthenticated
            who = Caller(
                kind=kind,
                id=id,
                name=str(claims.get("name", "")),
                roles=tuple(claims.get("roles") or ()),
                scopes=tuple(claims.get("scopes") or ()),
                unit=claims.get("unit"),
                locale=str(claims.get("locale") or "en"),
            )
            return who, int(claims["iat"]), int(claims["exp"])
        except (jose.JoseError, ValueError, KeyError, TypeError) as error:
            raise errors.Unauthenticated from error
