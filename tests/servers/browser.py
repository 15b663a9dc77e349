"""Debian's Chromium, for tests of the pages as people see them. No browser is ever downloaded by a test library.

Its letters come with it: without a Chinese font a picture of a page shows boxes where words should be.
"""

from __future__ import annotations

import shutil
import subprocess

from tests.servers import apt
from tests.servers.errors import Unavailable

NAME = "chromium"
FONTS = "fonts-noto-cjk"


def found() -> str:
    """The path of the program, installed by apt when that is possible. Raises `Unavailable`."""
    missing = [*([NAME] if shutil.which(NAME) is None else []), *([FONTS] if not _draws_chinese() else [])]
    if missing and apt.possible():
        apt.install(*missing)
    path = shutil.which(NAME)
    if path is None:
        raise Unavailable(
            f"These tests need the browser {NAME} and none was found on the PATH"
            f" (Debian: apt-get install {NAME} {FONTS})."
        )
    return path


def prepare() -> None:
    """Have what `found` looks for. Raises `Unavailable`."""
    found()


def _draws_chinese() -> bool:
    """Whether some font has Chinese letters, as far as this machine can tell."""
    if shutil.which("fc-list") is None:
        return False
    told = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip())
