"""The word lists of words.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

_LISTS: Final[dict[str, str]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def _becomes(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _LISTS[name].splitlines():
        words = line.split()
        for word in words:
            found.setdefault(word, words[0])
    return found


THING_OF: Final = _becomes("things")
SETTING_OF: Final = _becomes("settings")
ACT_OF: Final = _becomes("acts")
STOP: Final = frozenset(_LISTS["stop"].split())
BESIDE: Final = frozenset(_LISTS["beside"].split())
NOT_NAMES: Final = frozenset(_LISTS["not_names"].split())
