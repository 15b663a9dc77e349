"""A real RabbitMQ for tests: found as the package's docstring says, with a fresh virtual host per test.

`rabbitmqctl` costs a third of a second or more, so virtual hosts are made several at once and kept in a pool, and are
removed with the server. Broker, distribution and epmd listen on the loopback only, each on a free port; epmd is our own
child, so that none is left behind.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers import apt, engine, place, ports, processes
from tests.servers.errors import Unavailable, Uncontrolled

IMAGE = "rabbitmq:4.0-management"
START_S = 90
STOP_S = 30
CTL_S = 60
POOL = 8  # virtual hosts made in one go: one costs about 20 ms, starting the command 300 ms and more

CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{port}
disk_free_limit.absolute = 50MB
vm_memory_high_watermark.absolute = 1GiB
log.console = false
log.file.level = warning
"""


class RabbitMQ:
    """A running broker. `vhost()` gives a URL with a virtual host that nobody used before."""

    pool = POOL

    def __init__(self, base: str) -> None:
        self.base = base  # amqp://user:password@host:port, without a virtual host
        self._pool: list[str] = []
        self._made: list[str] = []

    @staticmethod
    @contextlib.contextmanager
    def found(*, own: bool = False) -> Iterator[RabbitMQ]:
        """The first broker that can be had, ended afterwards if it was started here. `own` skips the environment's URL.

        Raises `Unavailable`.
        """
        given = os.environ.get("STEWARD_TEST_AMQP_URL")
        if given and not own:
            server = Given(given)
            try:
                yield server
            finally:
                server.remove_vhosts()
            return
        client = engine.client_with(IMAGE)
        if client is not None:
            client.close()
            with InContainer.started() as server:
                yield server
            return
        with Local.started(_scripts(), durable=own) as server:
            yield server

    def vhost(self) -> str:
        """The URL of a fresh virtual host with full permissions."""
        if not self._pool:
            names = [f"t{secrets.token_hex(4)}" for _ in range(self.pool)]
            self._make(names)
            self._made += names
            self._pool = names
        return f"{self.base}/{self._pool.pop()}"

    def _make(self, names: list[str]) -> None:
        user = urllib.parse.urlsplit(self.base).username or "guest"
        everything = '<<".*">>, <<".*">>, <<".*">>'  # configure, write, read
        listed = ",".join(f'<<"{name}">>' for name in names)
        self.ctl(
            "eval",
            f'[begin rabbit_vhost:add(V, <<"steward">>),'
            f' rabbit_auth_backend_internal:set_permissions(<<"{user}">>, V, {everything}, <<"steward">>)'
            f" end || V <- [{listed}]], ok.",
        )

    # --- faults ------------------------------------------------------------------------------------------------------

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` against the broker (a third of a second or more each); returns what it printed.

        Raises `subprocess.CalledProcessError` with its words.
        """
        raise Uncontrolled(f"{self.base} was given by its URL; rabbitmqctl does not reach it")

    def start(self) -> None:
        """Start it again after `stop` or `kill`; returns when it speaks AMQP."""
        raise Uncontrolled(f"{self.base} is not ours to start")

    def stop(self) -> None:
        """End it in order: connections are closed with a reason."""
        raise Uncontrolled(f"{self.base} is not ours to stop")

    def settle(self) -> None:
        """Have the broker write to disk which quorum queues it has.

        It does so by itself only twice a second: a queue declared just before `kill` is known after the restart but
        has no leader, for ever, and every use of it ends in a timeout of 60 s (seen with 3.10). A test of ours that
        declares and then kills calls this in between; it is no test of RabbitMQ.
        """
        self.ctl("eval", "[dets:sync(Table) || Table <- dets:all()], ok.")

    def kill(self) -> None:
        """SIGKILL it. See `settle` for queues that were declared just before."""
        raise Uncontrolled(f"{self.base} is not ours to kill")

    def freeze(self) -> None:
        """SIGSTOP it: connections stay open and nothing answers, not even heartbeats."""
        raise Uncontrolled(f"{self.base} is not ours to freeze")

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        raise Uncontrolled(f"{self.base} is not ours to thaw")

    def restart(self) -> None:
        """`stop`, then `start`."""
        self.stop()
        self.start()


class Local(RabbitMQ):
    """A broker of our own, from installed scripts, in a temporary folder, with its own node name, cookie and epmd."""

    def __init__(self, scripts: Path, folder: Path) -> None:
        self.port = ports.free()
        super().__init__(f"amqp://guest:guest@{ports.LOOPBACK}:{self.port}")
        self._scripts, self._folder = scripts, folder
        self._node = f"steward-{secrets.token_hex(4)}@localhost"
        self._epmd_port, self._distribution_port, self._tool_port = ports.free(), ports.free(), ports.free()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    @contextlib.contextmanager
    def started(scripts: Path, *, durable: bool) -> Iterator[Local]:
        folder = place.folder("rabbitmq", durable=durable)
        server = Local(scripts, folder)
        try:
            server._prepare()
            server.start()
            yield server
        finally:
            server._end()
            shutil.rmtree(folder, ignore_errors=True)

    def _prepare(self) -> None:
        cookie = self._folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16))
        cookie.chmod(0o400)
        (self._folder / "rabbitmq.conf").write_text(CONFIGURATION.format(port=self.port))
        (self._folder / "enabled_plugins").write_text("[].\n")
        epmd = shutil.which("epmd", path=_path())
        if epmd is None:
            raise Unavailable("RabbitMQ is installed but Erlang's epmd is not to be found.")
        self._epmd = processes.spawn(
            [epmd, "-address", ports.LOOPBACK, "-port", str(self._epmd_port)],
            log=self._log,
            dies_with=signal.SIGKILL,
            env=self._environment(),
        )
        ports.until(lambda: ports.listening(self._epmd_port), timeout_s=10, what="epmd answers")

    def _environment(self) -> dict[str, str]:
        """All that the scripts read, so that neither the machine's configuration nor its own broker is touched."""
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        folder = self._folder
        return {
            "PATH": _path(),
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": ports.LOOPBACK,
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_NODE_IP_ADDRESS": ports.LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CTL_DIST_PORT_MIN": str(self._tool_port),
            "RABBITMQ_CTL_DIST_PORT_MAX": str(self._tool_port + 20),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            "RABBITMQ_CTL_ERL_ARGS": loopback,
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": str(folder / "broker.log"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD": "none",  # two cores are shared with what is being tested
            "RUNNING_UNDER_SYSTEMD": "true",  # the script then becomes the broker instead of guarding it
        }

    def start(self) -> None:
        self._process = processes.spawn(
            [str(self._scripts / "rabbitmq-server")], log=self._log, dies_with=signal.SIGTERM, env=self._environment()
        )
        running = self._process
        try:
            ports.until(
                lambda: ports.speaks_amqp(self.port),
                timeout_s=START_S,
                what="RabbitMQ answers",
                alive=lambda: running.poll() is None,
            )
        except TimeoutError as error:
            raise Unavailable(f"RabbitMQ of {self._scripts} did not start: {self._last_words()}") from error

    def ctl(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._scripts / "rabbitmqctl"), "--quiet", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environment(),
            timeout=CTL_S,
            check=False,
        )
        if done.returncode:
            error = subprocess.CalledProcessError(
                done.returncode, ["rabbitmqctl", *arguments], done.stdout, done.stderr
            )
            error.add_note(done.stderr.strip() or done.stdout.strip())
            raise error
        return done.stdout

    def stop(self) -> None:
        processes.end(self._running(), signal.SIGTERM, timeout_s=STOP_S)

    def kill(self) -> None:
        process = self._running()
        processes.gone(process, [process.pid, *processes.descendants(process.pid)])

    def freeze(self) -> None:
        processes.send([self._running().pid], signal.SIGSTOP)

    def thaw(self) -> None:
        processes.send([self._running().pid], signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The broker's process id (the Erlang machine itself)."""
        return self._running().pid

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the broker was not started"
        return self._process

    def _end(self) -> None:
        # What it holds is thrown away with its folder, so there is nothing to wait for.
        if self._process is not None:
            self.kill()
        if self._epmd is not None:
            processes.end(self._epmd, signal.SIGKILL, timeout_s=5)

    @property
    def _log(self) -> Path:
        return self._folder / "output.log"

    def _last_words(self) -> str:
        said = [each.read_text(errors="replace") for each in (self._folder / "broker.log", self._log) if each.exists()]
        return " | ".join("\n".join(said).strip().splitlines()[-6:]) or "it said nothing"


class InContainer(RabbitMQ):
    """A broker in a container whose port stays the same over restarts."""

    def __init__(self, port: int, container: Any) -> None:
        super().__init__(f"amqp://steward:steward@{ports.LOOPBACK}:{port}")
        self.port = port
        self._container = container

    @staticmethod
    @contextlib.contextmanager
    def started() -> Iterator[InContainer]:
        port = ports.free()
        environment = {"RABBITMQ_DEFAULT_USER": "steward", "RABBITMQ_DEFAULT_PASS": "steward"}
        with engine.container(IMAGE, port=port, inside=5672, environment=environment) as container:
            server = InContainer(port, container)
            server._wait()
            yield server

    def _wait(self) -> None:
        ports.until(lambda: ports.speaks_amqp(self.port), timeout_s=START_S, what=f"RabbitMQ in {IMAGE} answers")

    def ctl(self, *arguments: str) -> str:
        code, output = self._container.exec_run(["rabbitmqctl", "--quiet", *arguments])
        text = output.decode(errors="replace")
        if code:
            error = subprocess.CalledProcessError(code, ["rabbitmqctl", *arguments], text)
            error.add_note(text.strip())
            raise error
        return text

    def start(self) -> None:
        self._container.start()
        self._wait()

    def stop(self) -> None:
        self._container.stop(timeout=STOP_S)

    def kill(self) -> None:
        self._container.kill()
        self._container.wait(timeout=STOP_S)

    def freeze(self) -> None:
        self._container.pause()

    def thaw(self) -> None:
        self._container.unpause()


class Given(RabbitMQ):
    """A broker given by its URL. Virtual hosts are made over its management API: `STEWARD_TEST_AMQP_MANAGEMENT_URL`, or
    port 15672 of the same host, with the URL's user and password."""

    pool = 1  # here each costs what it costs, a second or more on a busy broker

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        super().__init__(f"{parts.scheme}://{parts.netloc}")
        self._user = urllib.parse.unquote(parts.username or "guest")
        self._password = urllib.parse.unquote(parts.password or "guest")
        self._management = os.environ.get("STEWARD_TEST_AMQP_MANAGEMENT_URL") or f"http://{parts.hostname}:15672"

    def _make(self, names: list[str]) -> None:
        everything = {"configure": ".*", "write": ".*", "read": ".*"}
        for name in names:
            self._ask("PUT", f"/api/vhosts/{name}")
            self._ask("PUT", f"/api/permissions/{name}/{urllib.parse.quote(self._user, safe='')}", everything)

    def remove_vhosts(self) -> None:
        """Remove what `vhost` made: this broker outlives the test run."""
        while self._made:
            self._ask("DELETE", f"/api/vhosts/{self._made.pop()}")

    def told(self, path: str) -> Any:
        """What the management API says; its figures are up to five seconds old."""
        return self._ask("GET", path)

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> Any:
        import httpx  # only this kind of server needs it

        try:
            answer = httpx.request(
                method, self._management.rstrip("/") + path, json=body, auth=(self._user, self._password), timeout=10
            )
            answer.raise_for_status()
            return answer.json() if answer.content else None
        except httpx.HTTPError as error:
            host = urllib.parse.urlsplit(self.base).hostname
            raise Unavailable(
                f"Tests need the management API of {host}, for fresh virtual hosts and depths of queues, but that at"
                f" {self._management} did not answer ({error}). Set STEWARD_TEST_AMQP_MANAGEMENT_URL, or unset"
                " STEWARD_TEST_AMQP_URL."
            ) from error


def prepare() -> None:
    """Have what `found` looks for without a URL: the image, or installed binaries. Raises `Unavailable`."""
    client = engine.client_with(IMAGE)
    if client is not None:
        client.close()
    else:
        _scripts()


def _scripts() -> Path:
    """The folder with the scripts themselves (not Debian's wrapper, which changes user), by apt when possible."""
    folder = _installed()
    if folder is None and apt.possible():
        apt.install("rabbitmq-server")
        folder = _installed()
    if folder is None:
        raise Unavailable(
            "These tests need RabbitMQ and none was found: set STEWARD_TEST_AMQP_URL to a broker with its management"
            f" API, or have the image {IMAGE} in Docker, or install RabbitMQ 3.10 or newer (Debian: apt-get install"
            " rabbitmq-server)."
        )
    return folder


def _installed() -> Path | None:
    candidates = [*Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"), *Path("/opt").glob("rabbitmq*/sbin")]
    candidates += [Path("/opt/homebrew/opt/rabbitmq/sbin"), Path("/usr/local/opt/rabbitmq/sbin")]
    complete = [each for each in candidates if (each / "rabbitmq-server").exists() and (each / "rabbitmqctl").exists()]
    return max(complete, key=lambda each: [int(part) for part in re.findall(r"\d+", str(each))], default=None)


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin"
