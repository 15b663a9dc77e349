"""The compose file as written: every role there, closed to the outside, bounded, checked, without a secret in it.

Without a container engine. `test_walk.py` starts it for real.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from shared.jobs import mesh
from shared.runtime import manifest, process, roles, settings
from shared.runtime.cli import health
from tests.deploy import composed

SECRETS = ("DATABASE_URL", "AMQP_URL", "TASKS_AMQP_URL", "SMTP_URL", "SMS_TOKEN", "DEMO_PASSWORD")
OWN = {"STEWARD_IMAGE", "STEWARD_MAIL_PORT"}  # what the file itself asks for, and no role
TASK_SERVICES = {name for name in manifest.existing() if manifest.tasks(manifest.load(name))}


def known_settings() -> set[str]:
    """Every setting that the code reads, by its whole name."""
    source = (composed.ROOT / "shared/runtime/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'given\.\w+\(\s*"([A-Z_]+)"', source)) | {
        f"{each.upper()}_URL" for each in settings.SERVICES
    }
    return {f"STEWARD_{name}{end}" for name in read for end in ("", "_FILE")}


def each(services: dict[str, dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("service", services.values(), ids=services)


def test_every_service_runs_in_its_roles() -> None:
    commands = [tuple(service["command"]) for service in composed.ROLES.values()]
    assert len(set(commands)) == len(commands)
    for name in manifest.existing():
        assert ("web", name) in commands
        assert any(role == "bus" and name in names for role, *names in commands), f"no bus of {name}"
    (tasks,) = (set(names) for role, *names in commands if role == "tasks")
    assert tasks >= TASK_SERVICES
    assert tasks <= set(manifest.existing())


def test_the_gateway_finds_every_service() -> None:
    given = composed.SERVICES["web-gateway"]["environment"]
    for name in set(manifest.existing()) - {"gateway"}:
        host = given[f"STEWARD_{name.upper()}_URL"].removeprefix("http://").removesuffix(":8080")
        assert composed.SERVICES[host]["command"] == ["web", name]
        assert composed.networks(composed.SERVICES[host]) & composed.networks(composed.SERVICES["web-gateway"])


@each(composed.OURS)
def test_every_setting_that_is_named_exists(service: dict[str, Any]) -> None:
    assert set(service["environment"]) - known_settings() == set()


def test_what_may_be_set_from_outside_is_known_and_shown() -> None:
    assert composed.variables() - known_settings() == OWN
    example = (composed.FOLDER / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^#(\w+)=", example, re.M)) <= composed.variables()


@each(composed.ROLES)
def test_a_role_is_asked_for_its_loops_by_its_own_command(service: dict[str, Any]) -> None:
    role, *names = service["command"]
    assert service["healthcheck"]["test"] == ["CMD", "steward", "health", role, *names]
    assert role in health.ROLES
    timeout = int(service["healthcheck"]["timeout"].removesuffix("s"))
    assert health.TIMEOUT_S < timeout < int(service["healthcheck"]["interval"].removesuffix("s"))


def test_a_server_is_asked_for_more_than_its_port() -> None:
    assert "select 1" in " ".join(composed.SERVICES["postgres"]["healthcheck"]["test"])
    assert "check_running" in " ".join(composed.SERVICES["rabbitmq"]["healthcheck"]["test"])


def test_one_port_is_published_and_none_to_other_machines() -> None:
    usual = {name: service for name, service in composed.SERVICES.items() if "profiles" not in service}
    assert [name for name, service in usual.items() if composed.ports(service)] == ["web-gateway"]
    assert len(composed.ports(usual["web-gateway"])) == 1
    for service in composed.SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in composed.ports(service))


def test_servers_are_reached_from_inside_alone() -> None:
    internal = {name for name, network in composed.COMPOSE["networks"].items() if network.get("internal")}
    for server in ("postgres", "rabbitmq"):
        assert composed.networks(composed.SERVICES[server]) == {"data"}
        assert "data" in internal
    outward = {name for name, each in composed.SERVICES.items() if composed.networks(each) - internal}
    assert outward == {"web-gateway", "bus-support", "tasks", "steward", "mail"}
    assert composed.SERVICES["keys"]["network_mode"] == "none"


def test_no_secret_is_written_into_it() -> None:
    assert re.findall(r"://[^/\s]*:[^/\s$]*@", composed.FILE.read_text(encoding="utf-8")) == []
    for service in composed.SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if name.removeprefix("STEWARD_") in SECRETS:
                assert re.fullmatch(r"smtp://[a-z-]+", value), f"{name} should come from a file"
            if re.search("PASSWORD|SECRET|TOKEN", name):
                assert name.endswith("_FILE"), f"{name} should come from a file"


@each(composed.SERVICES)
def test_a_secret_is_given_to_those_only_who_name_it(service: dict[str, Any]) -> None:
    text = yaml.safe_dump({key: value for key, value in service.items() if key != "secrets"})
    for secret in service.get("secrets", ()):
        if isinstance(secret, str):
            assert f"/run/secrets/{secret}" in text or secret == "database_password"
    declared = set(composed.COMPOSE["secrets"])
    assert {s if isinstance(s, str) else s["source"] for s in service.get("secrets", ())} <= declared


def test_the_gateway_alone_holds_the_key_that_signs() -> None:
    holders = {
        name
        for name, service in composed.SERVICES.items()
        if any(str(volume).startswith("keys:") for volume in service.get("volumes", ()))
    }
    assert holders == {"keys", "web-gateway", "steward"}


@each(composed.SERVICES)
def test_a_container_can_do_little(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if service["image"] == composed.IMAGE:
        assert service["user"] == "10001:10001"
        assert "cap_add" not in service


@each(composed.ALWAYS)
def test_what_runs_on_is_bounded_and_comes_back(service: dict[str, Any]) -> None:
    limits = service["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert service["restart"] == "unless-stopped"
    assert service["logging"]["options"]["max-size"]


@each(composed.ROLES)
def test_a_role_has_time_to_finish(service: dict[str, Any]) -> None:
    grace = int(service["stop_grace_period"].removesuffix("s"))
    assert grace > roles.DRAIN_S + process.STOP_S
    assert grace > mesh.SHUTDOWN_S + process.STOP_S


@each(composed.ROLES)
def test_a_role_starts_when_all_is_prepared(service: dict[str, Any]) -> None:
    after = {name: need["condition"] for name, need in service["depends_on"].items()}
    assert after == {
        **dict.fromkeys(("keys", "migrate", "topology"), "service_completed_successfully"),
        **dict.fromkeys(("postgres", "rabbitmq"), "service_healthy"),
    }


@each(composed.ONCE)
def test_what_is_done_once_is_not_started_again(service: dict[str, Any]) -> None:
    assert service["restart"] == "no"


def test_every_volume_is_declared_and_used() -> None:
    used = {
        str(volume).partition(":")[0]
        for service in composed.SERVICES.values()
        for volume in service.get("volumes", ())
        if not str(volume).startswith("./")
    }
    assert used == set(composed.COMPOSE["volumes"])


@each(composed.SERVICES)
def test_an_image_is_named_with_its_version(service: dict[str, Any]) -> None:
    image = service["image"]
    tag = image.removeprefix("${STEWARD_IMAGE:-").removesuffix("}").partition(":")[2]
    assert tag
    assert tag != "latest"
