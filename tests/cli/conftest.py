"""The houses of these tests."""

from tests.cli.fixtures import empty, house, prepared, warm

__all__ = ["empty", "house", "prepared", "warm"]
