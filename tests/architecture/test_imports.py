"""Who may import whom. Import-linter holds the same between modules it knows; here every file counts, and third-party
imports of the purest layers are looked at one by one."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest

from tests.architecture import sources
from tests.architecture.sources import Module, within

SERVICES = ("intake", "contracts", "support", "care", "notify", "gateway")
MODEL = re.compile(r"services\.\w+\.(directory\.)?\w+\.model(\.|$)")  # the gateway's directory holds slices of its own
HTTP = re.compile(r"services\.\w+\.(directory\.)?\w+\.http(\.|$)")
PURE = (*sys.stdlib_module_names, "shared.kernel")


def _may_hold_flask(module: str) -> bool:
    return bool(HTTP.match(module)) or within(module, "shared.web") or within(module, "services.gateway")


HOMES: list[tuple[str, Callable[[str], bool]]] = [
    ("kombu", lambda module: within(module, "shared.bus")),
    ("amqp", lambda module: within(module, "shared.bus")),
    ("dramatiq", lambda module: within(module, "shared.jobs")),
    ("flask", _may_hold_flask),
    ("flask_smorest", _may_hold_flask),
    ("sqlalchemy.orm", lambda _: False),  # Core only: frozen, slotted models, JSON always written
]


def offences(module: Module, allowed: Callable[[str], bool]) -> list[str]:
    return [
        f"{module.path.relative_to(sources.ROOT)}:{line} imports {name}"
        for name, line in module.imports
        if not allowed(name)
    ]


@pytest.mark.parametrize(("library", "home"), HOMES, ids=[library for library, _ in HOMES])
def test_a_library_with_a_home_is_used_nowhere_else(library: str, home: Callable[[str], bool]) -> None:
    wrong = [
        line
        for module in sources.modules()
        if not home(module.name)
        for line in offences(module, lambda name: not within(name, library))
    ]
    assert wrong == []


def test_a_model_stands_on_the_standard_library_and_the_kernel_alone() -> None:
    models = [module for module in sources.modules() if MODEL.match(module.name)]
    assert [line for module in models for line in offences(module, _pure)] == []


def test_the_kernel_stands_on_the_standard_library_alone() -> None:
    kernel = [module for module in sources.modules() if within(module.name, "shared.kernel")]
    assert kernel, "shared.kernel is gone: this test looks at nothing"
    assert [line for module in kernel for line in offences(module, _pure)] == []


def test_no_service_imports_another() -> None:
    wrong: list[str] = []
    for module in sources.modules():
        own = module.name.split(".")[1] if module.name.startswith("services.") else None
        for other in SERVICES:
            # shared has no own service, so all six are foreign to it
            if other != own:
                wrong += offences(module, lambda name, other=other: not within(name, f"services.{other}"))
    assert wrong == []


def test_models_never_import_each_other() -> None:
    models = [module for module in sources.modules() if MODEL.match(module.name)]
    assert [line for module in models for line in offences(module, lambda name: not MODEL.match(name))] == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import kombu.pools", "kombu.pools"),
        ("from kombu import pools", "kombu.pools"),
        ("def later():\n    import kombu", "kombu"),
        ("from . import topology", "shared.bus.topology"),
        ("from ..jobs import tasks", "shared.jobs.tasks"),
        ("from .topology import names", "shared.bus.topology.names"),
    ],
)
def test_every_way_of_importing_is_seen(source: str, seen: str) -> None:
    assert [name for name, _ in sources.imported(source, "shared.bus.publisher", is_package=False)] == [seen]


def _pure(name: str) -> bool:
    return any(within(name, base) for base in PURE)
