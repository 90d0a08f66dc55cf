"""A scanner without pictures: its files say in JSON what the machine would read of each page.

`installed(monkeypatch)` puts it in the place of the processes that list and read files; all else is real.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.voting.scans import deck
from yishi.scan.refs import PageRef
from yishi.scan.work import PageResult
from yishi.voting import reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    from yishi.voting.models import Poll


def page(*letters: str, hand: str = "", reason: str = "", ink: bool = False, **doubts: str) -> dict[str, Any]:
    """One page. `hand`: whose writing it is, two pages of one hand look alike. `row0="faint"`: a doubt."""
    return {
        "letters": letters,
        "hand": hand,
        "reason": reason,
        "ink": ink,
        "doubts": {key.removeprefix("row"): why for key, why in doubts.items()},
    }


def stack(*pages: dict[str, Any], name: str = "扫描.pdf", cut: bool = False) -> SimpleUploadedFile:
    """A file with these pages; `cut`: it breaks off after them."""
    body = json.dumps({"pages": pages, "cut": cut}).encode()
    return SimpleUploadedFile(name, body)


def installed(monkeypatch: pytest.MonkeyPatch, each: Callable[[int], None] = lambda _index: None) -> None:
    """`each` is called before every page (from 1) is read."""

    def listing(_poll: Poll, path: Path) -> list[PageRef]:
        raw = path.read_bytes()
        digest = hashlib.sha256(raw).hexdigest()
        if not raw.startswith(b"{"):
            return [PageRef(path, 1, digest, "", "kind" if raw else "empty_file", "")]
        told = json.loads(raw)
        refs = [PageRef(path, n, digest, "pdf") for n in range(1, len(told["pages"]) + 1)]
        return [*refs, PageRef(path, len(refs) + 1, digest, "pdf", "truncated")] if told["cut"] else refs

    def results(_desk: Any, poll: Poll, refs: Sequence[PageRef]) -> Iterator[PageResult]:
        for index, ref in enumerate(refs):
            each(ref.page)
            told = json.loads(ref.file.read_bytes())["pages"][ref.page - 1]
            if told["reason"]:
                yield PageResult(index, ref, {"rejected": told["reason"], "detail": ""})
                continue
            doubts = {(1, int(row)): why for row, why in told["doubts"].items()}
            read = deck.reading(poll, told["letters"], 1, doubts, {1} if told["ink"] else set())
            kept = Path(default_storage.path(f"scans/{poll.pk}/pages/{ref.sha256[:16]}-{ref.page}.jpg"))
            yield PageResult(index, ref, read, told["hand"].encode(), kept)

    def alike(_desk: Any, marks: Sequence[tuple[int, bytes]], new: set[int]) -> list[tuple[int, int, float]]:
        return [
            (one, other, 0.9)
            for at, (one, mark) in enumerate(marks)
            for other, another in marks[at + 1 :]
            if mark == another and {one, other} & new
        ]

    monkeypatch.setattr(reader, "listing", listing)
    monkeypatch.setattr(reader.Desk, "results", results)
    monkeypatch.setattr(reader.Desk, "alike", alike)
