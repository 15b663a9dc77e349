"""The key files of a home: the gateway's secret one, and the public ones that every service checks tokens with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from joserfc import errors as jose

from shared.kernel import errors, moment
from shared.runtime import home
from shared.web import tokens

SECRET, PUBLIC = "gateway.json", "public.json"


class KeysMissing(errors.Refused):
    """The key file {path} cannot be read ({why}). The gateway's home holds it; give it to every service."""

    code = "keys-missing"


def ensure(folder: Path) -> None:
    """Make both files where they are missing; what is there stays. Raises `KeysMissing`, `home.HomeNotWritable`."""
    with _readable(folder / SECRET), home.facts_of_disk(folder.parent):
        tokens.ensure_key(folder / SECRET)


def give(folder: Path, to: Path) -> Path:
    """Put the public keys, and nothing else, into another folder. Raises `KeysMissing`, `home.HomeNotWritable`."""
    with _readable(folder / PUBLIC):
        public = (folder / PUBLIC).read_bytes()
    with home.facts_of_disk(to):
        to.mkdir(parents=True, exist_ok=True)
        fresh = to / f".{PUBLIC}"
        fresh.write_bytes(public)
        fresh.chmod(0o644)
        fresh.replace(to / PUBLIC)
    return to / PUBLIC


def signer(folder: Path, *, time: moment.Source) -> tokens.Signer:
    """The gateway's signer. Raises `KeysMissing`."""
    path = folder / SECRET
    with _readable(path):
        return tokens.Signer(json.loads(path.read_text(encoding="utf-8")), time=time)


def verifier(folder: Path, service: str, *, time: moment.Source) -> tokens.Verifier:
    """What a service checks tokens with. Raises `KeysMissing`."""
    path = folder / PUBLIC
    with _readable(path):
        return tokens.Verifier(json.loads(path.read_text(encoding="utf-8")), audience=service, time=time)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise KeysMissing(path=path, why=error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError, jose.JoseError) as error:
        raise KeysMissing(path=path, why="it holds no key") from error
