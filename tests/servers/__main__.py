"""Installs the servers that this machine lacks, and the browser, as the tests would when they need them:
`python -m tests.servers`."""

from __future__ import annotations

from tests.servers import browser, postgres, rabbitmq


def main() -> None:
    """Raises `Unavailable` when one can be had neither in a container nor by installing it."""
    postgres.prepare()
    rabbitmq.prepare()
    browser.prepare()


if __name__ == "__main__":
    main()
