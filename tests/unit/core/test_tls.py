"""A broker over TLS is whom its certificate names, and its certificate counts only when somebody trusted signed it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.bus import connection
from shared.kernel import errors


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for `name`, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


class Server:
    """A TLS server with a certificate for a name; it keeps what clients say that believe it, and hangs up."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stack = folder, contextlib.ExitStack()
        self.heard: list[bytes] = []

    def start(self, name: str) -> int:
        """Returns the port."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate(self._folder, name))
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        thread = threading.Thread(target=self._serve, args=(listener, context), daemon=True)
        thread.start()
        self._stack.callback(thread.join, 5)
        return listener.getsockname()[1]

    def _serve(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        client, _ = listener.accept()
        with client, contextlib.suppress(OSError), context.wrap_socket(client, server_side=True) as spoken:
            self.heard.append(spoken.recv(8))

    def stop(self) -> None:
        """Wait for the last client."""
        self._stack.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("name", "trusted", "spoken"),
    [("localhost", False, False), ("somebody.example", True, False), ("localhost", True, True)],
)
def test_a_broker_is_spoken_to_only_when_its_certificate_is_trusted_and_its_own(
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    trusted: bool,
    spoken: bool,
) -> None:
    port = server.start(name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / f"{name}.crt"))
    with pytest.raises(errors.BrokerAway) as caught:
        connection.Connection(f"amqps://guest:guest@localhost:{port}/", "test")
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError) is not spoken
    server.stop()
    assert server.heard == ([b"AMQP\x00\x00\x09\x01"] if spoken else [])
