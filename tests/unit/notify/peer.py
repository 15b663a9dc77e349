"""A mail server that answers each step as a test says: with a line, or by doing something odd to the connection."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Odd = Callable[[socket.socket], None]
Answer = str | Odd
POLITE: dict[str, Answer] = {
    "greeting": "220 peer.test ESMTP",
    "EHLO": "250-peer.test\r\n250-8BITMIME\r\n250 STARTTLS",
    "STARTTLS": "220 go ahead",
    "DATA": "354 go ahead",
    "dot": "250 2.0.0 taken",
    "QUIT": "221 bye",
}
OTHERWISE = "250 2.0.0 ok"


class Peer:
    """A context manager. `heard` are the verbs of every connection in turn, `bodies` what was taken."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, **answers: Answer) -> None:
        self._answers = POLITE | answers
        self._tls, self._from_the_start = tls, from_the_start
        self.heard: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.open_connections = 0
        self._guard = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]

    def __enter__(self) -> Peer:
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        """Break every open connection, as a server that restarts does."""
        with self._guard:
            still_open, self._open = self._open, []
        for each in still_open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def now(self, **answers: Answer) -> None:
        """From now on, answer so."""
        self._answers = self._answers | answers

    def show(self, tls: ssl.SSLContext) -> None:
        """From now on, show this certificate."""
        self._tls = tls

    def until_quiet(self, within_s: float = 60.0) -> None:
        """Wait until every connection was ended by the other side."""
        end = time.monotonic() + within_s
        while self.open_connections:
            assert time.monotonic() < end, f"{self.open_connections} connections are still open"
            time.sleep(0.01)

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with self._guard:
                self.connections += 1
                self.open_connections += 1
                self._open.append(line)
            self._run(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(30)
        with contextlib.ExitStack() as closing, contextlib.suppress(OSError):
            closing.callback(self._ended)
            closing.callback(line.close)
            if self._from_the_start:
                line = self._wrapped(line, closing)
            self._talk(line, closing)

    def _ended(self) -> None:
        with self._guard:
            self.open_connections -= 1

    def _wrapped(self, line: socket.socket, closing: contextlib.ExitStack) -> socket.socket:
        assert self._tls is not None
        made = self._tls.wrap_socket(line, server_side=True)
        closing.callback(made.close)
        with self._guard:
            self._open.append(made)
        return made

    def _talk(self, line: socket.socket, closing: contextlib.ExitStack) -> None:
        lines = closing.enter_context(line.makefile("rb"))
        self._say(line, "greeting")
        while said := lines.readline():
            verb = said.decode("ascii").split(None, 1)[0].upper() if said.strip() else ""
            self.heard.append(verb)
            self._say(line, verb)
            if verb == "QUIT":
                return
            if verb == "STARTTLS" and str(self._answers[verb]).startswith("220"):
                line = self._wrapped(line, closing)
                lines = closing.enter_context(line.makefile("rb"))
            if verb == "DATA" and str(self._answers[verb]).startswith("354"):
                body = b""
                while (part := lines.readline()) != b".\r\n":
                    if not part:
                        return
                    body += part
                self.bodies.append(body)
                self._say(line, "dot")

    def _say(self, line: socket.socket, step: str) -> None:
        answer = self._answers.get(step, OTHERWISE)
        if callable(answer):
            answer(line)
        else:
            line.sendall(answer.encode() + b"\r\n")


def drop(line: socket.socket) -> None:
    """Break the connection."""
    line.shutdown(socket.SHUT_RDWR)


def hang(line: socket.socket) -> None:
    """Say nothing, and stay."""


def dribble(line: socket.socket) -> None:
    """A byte now and then: each read succeeds, the reply never ends."""
    while True:
        line.sendall(b"2")
        time.sleep(0.05)


def babble(line: socket.socket) -> None:
    """Lines without end."""
    while True:
        line.sendall(b"250-and another thing\r\n" * 1_000)


def certificate(folder: Path, name: str, *, days: int = 1) -> tuple[Path, Path]:
    """A certificate that signs itself, for a host name or address, and its key; with `days` < 0 it has expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=30)
    try:
        host: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        host = x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=30 + days))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    where = folder / f"{name}.{days}.pem"
    secret = folder / f"{name}.{days}.key"
    where.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return where, secret


def served(certificate_and_key: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate_and_key)
    return context


def trusting(certificate_and_key: tuple[Path, Path]) -> ssl.SSLContext:
    """A client's side that trusts this certificate, and checks the name in it."""
    return ssl.create_default_context(cafile=str(certificate_and_key[0]))
