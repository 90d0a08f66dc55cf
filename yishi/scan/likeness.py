"""The same paper scanned twice, found by its handwriting: what a pen did in the ovals no second voter does.

A fingerprint holds the ink in and around each marked oval, fine enough to tell two hands apart. Fingerprints
of one page of a form are laid over each other oval by oval.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from functools import lru_cache
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from yishi.scan.layout import Oval, Page

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]
Key = TypeVar("Key", bound=Hashable)

PX: Final = 8  # of the canonical picture, a mm
CELL: Final = 3  # px
MARGIN: Final = (1.4, 1.6)  # mm beside and above an oval
PRINT: Final = 0.4  # mm on both sides of the printed line that tell nothing
FAINT: Final = 0.12  # of black: noise
INKED, SURE = 0.4, 0.7  # mm2 of black that make an oval a marked one, and surely one
MOST_OVALS: Final = 24
MOST_BYTES: Final = 3_900
LEVELS: Final = 15
SHIFT: Final = 1  # cells: what laying a page on its layout leaves
MANY: Final = 10  # marks in one oval that tell what is common there
# How alike two must be: the fewer ovals, the more alike two strangers may be by chance.
LIKE, FEW = 0.58, 0.25
HEADER: Final = struct.Struct("<3sBBBB")  # mark, page, ovals, height and width of a patch
MAGIC: Final = b"YF1"


def fingerprint(grey: Grey, page: Page) -> bytes:
    """Of a canonical picture (8 px/mm); b"" where nothing is marked. At most MOST_BYTES."""
    from yishi.scan.timing import shifts  # only where pictures are read
    from yishi.scan.tone import tone

    even = tone(grey, PX)
    off = shifts(even, page)
    inked: list[tuple[float, int, NDArray[np.uint8]]] = []
    for at, oval in enumerate(oval for row in page.rows for oval in row.ovals):
        dx, dy = off.at(oval.row, oval.box.middle[0])
        dark = _patch(even.even, oval, dx, dy)
        patch = np.clip(even.dark(dark), 0, 1)
        patch[(patch < FAINT) | ~_told(oval)] = 0
        ink = float(patch.sum()) * (CELL / PX) ** 2
        if ink >= INKED:
            inked.append((ink, at, np.rint(patch * LEVELS).astype(np.uint8)))
    inked = sorted(inked, key=lambda one: -one[0])[:MOST_OVALS]
    while inked:
        height, width = inked[0][2].shape
        raw = b"".join(bytes([at % 256]) + _halves(patch) for _ink, at, patch in inked)
        packed = HEADER.pack(MAGIC, page.number % 256, len(inked), height, width) + zlib.compress(raw, 9)
        if len(packed) <= MOST_BYTES:
            return packed
        inked.pop()  # the one with the least ink
    return b""


def likely_twice(
    fingerprints: Sequence[tuple[Key, bytes]], new: Collection[Key] | None = None
) -> list[tuple[Key, Key, float]]:
    """Pairs that are likely one paper, the likeliest first, with a score up to 1.

    `new`: only pairs with one of these keys; all others were compared before.
    """
    groups: dict[bytes, list[int]] = defaultdict(list)
    for number, (_key, raw) in enumerate(fingerprints):
        if raw:
            groups[raw[: HEADER.size][:4] + raw[5 : HEADER.size]].append(number)
    found: list[tuple[Key, Key, float]] = []
    for numbers in groups.values():
        keys = [fingerprints[number][0] for number in numbers]
        rows = np.array([at for at, key in enumerate(keys) if new is None or key in new], np.intp)
        if not len(rows):
            continue
        scores, ovals = likeness([fingerprints[number][1] for number in numbers], rows)
        enough = LIKE + FEW / np.sqrt(np.maximum(ovals, 1))
        # Of two new ones the pair is met twice: once is enough.
        mine, at = np.isin(np.arange(len(keys)), rows), np.arange(len(keys))
        once = ~mine[None, :] | (rows[:, None] < at[None, :])
        for row, other in zip(*np.nonzero((scores >= enough) & (ovals > 0) & once), strict=True):
            first, second = sorted((int(rows[row]), int(other)))
            found.append((keys[first], keys[second], round(float(scores[row, other]), 3)))
    return sorted(found, key=lambda pair: -pair[2])


def likeness(raws: Sequence[bytes], rows: NDArray[np.intp]) -> tuple[Real, Real]:
    """How alike these rows are to all, up to 1, and how many ovals both marked. All of one page of a form."""
    n = len(raws)
    place = np.full(n, -1, np.intp)
    place[rows] = np.arange(len(rows))
    marked: dict[int, list[tuple[int, NDArray[np.uint8]]]] = defaultdict(list)
    for number, raw in enumerate(raws):
        for at, patch in _unpacked(raw):
            marked[at].append((number, patch))
    # `length`: of a row, as far as the other could have it; `theirs`: the other way round.
    common, length, theirs, ovals = (np.zeros((len(rows), n), np.float32) for _one in range(4))
    for ones in marked.values():
        who = np.array([number for number, _patch in ones])
        cells = np.stack([patch for _number, patch in ones]).astype(np.float32)
        patches = _own(_edges(cells))
        energy = (patches**2).sum(axis=(1, 2))
        here = place[who] >= 0
        asked = place[who[here]]
        length[asked] += energy[here][:, None]
        theirs[:, who] += energy[None, :]
        # So faint that another scan may have missed it: who lacks it is no other for that.
        faint = cells.sum(axis=(1, 2)) < SURE * LEVELS * (PX / CELL) ** 2
        lack = np.setdiff1d(np.arange(n), who)
        length[np.ix_(place[who[faint & here]], lack)] -= energy[faint & here][:, None]
        theirs[np.ix_(place[lack][place[lack] >= 0], who[faint])] -= energy[faint][None, :]
        if not len(asked):
            continue
        flat = patches[here].reshape(len(asked), -1)
        best: Real | None = None
        for dy in range(-SHIFT, SHIFT + 1):
            for dx in range(-SHIFT, SHIFT + 1):
                product = flat @ np.roll(patches, (dy, dx), (1, 2)).reshape(len(who), -1).T
                best = product if best is None else np.maximum(best, product)
        assert best is not None
        common[np.ix_(asked, who)] += best
        ovals[np.ix_(asked, who)] += 1
    both = np.sqrt(np.maximum(length, 0) * np.maximum(theirs, 0))
    return np.asarray(common / np.maximum(both, 1e-6), np.float32), ovals


def _own(patches: Real) -> Real:
    """Without what most of those who marked this oval have in common: ovals filled in full look alike."""
    if len(patches) < MANY:
        return patches
    flat = patches.reshape(len(patches), -1)
    unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    middle = unit.mean(axis=0)
    norm = float(np.linalg.norm(middle))
    if norm < 1e-6:
        return patches
    middle /= norm
    own = flat - (flat @ middle)[:, None] * middle
    return np.asarray(own.reshape(patches.shape), np.float32)


def _edges(patches: Real) -> Real:
    """Without what is alike in any two filled ovals: their broad darkness."""
    broad: Real = patches
    for axis in (1, 2):
        for _time in range(2):
            padded = np.pad(broad, [(1, 1) if at == axis else (0, 0) for at in range(3)])
            parts = [padded.take(range(at, at + broad.shape[axis]), axis) for at in range(3)]
            broad = np.asarray((parts[0] + parts[1] + parts[2]) / 3, np.float32)
    return patches - broad


def _patch(even: Grey, oval: Oval, dx: float, dy: float) -> Grey:
    """The cells of an oval, each the mean of CELL x CELL px, `dx`, `dy` mm from where it should be."""
    import cv2

    width, height = _cells(oval)
    x, y = oval.box.middle
    middle = ((x + dx) * PX - 0.5, (y + dy) * PX - 0.5)
    cut = cv2.getRectSubPix(even, (width * CELL, height * CELL), middle)
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _cells(oval: Oval) -> tuple[int, int]:
    width = round((oval.box.w + 2 * MARGIN[0]) * PX / CELL)
    height = round((oval.box.h + 2 * MARGIN[1]) * PX / CELL)
    return width, height


def _told(oval: Oval) -> NDArray[np.bool_]:
    """Which cells of an oval hold what was written: neither the printed line nor the word beside it."""
    box, label = oval.box, oval.label
    place = (label.x - box.x, label.y - box.y, label.w, label.h) if label else (1e3, 1e3, 0.0, 0.0)
    return _mask(_cells(oval), box.w, box.h, tuple(round(one, 2) for one in place))


@lru_cache(maxsize=64)
def _mask(cells: tuple[int, int], w: float, h: float, label: tuple[float, ...]) -> NDArray[np.bool_]:
    width, height = cells
    step = CELL / PX
    x = (np.arange(width) + 0.5 - width / 2)[None, :] * step
    y = (np.arange(height) + 0.5 - height / 2)[:, None] * step
    a, b = w / 2, h / 2
    radius = np.hypot(x / a, y / b)
    # The distance from the line, near enough close to it.
    away = np.abs(radius - 1) * np.hypot(x, y) / np.maximum(radius, 1e-6)
    lx, ly, lw, lh = label
    word = (x + a > lx - PRINT) & (x + a < lx + lw + PRINT) & (y + b > ly - PRINT) & (y + b < ly + lh + PRINT)
    mask = (away > PRINT) & ~word
    mask.setflags(write=False)
    return np.asarray(mask, np.bool_)


def _halves(patch: NDArray[np.uint8]) -> bytes:
    """Two cells a byte."""
    flat = patch.ravel()
    if flat.size % 2:
        flat = np.append(flat, np.uint8(0))
    return (flat[::2] << 4 | flat[1::2]).astype(np.uint8).tobytes()


def _unpacked(raw: bytes) -> list[tuple[int, NDArray[np.uint8]]]:
    _magic, _page, count, height, width = HEADER.unpack_from(raw)
    size = (height * width + 1) // 2
    body = np.frombuffer(zlib.decompress(raw[HEADER.size :]), np.uint8).reshape(count, size + 1)
    cells = np.stack([body[:, 1:] >> 4, body[:, 1:] & 15], axis=2).reshape(count, -1)[:, : height * width]
    return [(int(body[at, 0]), cells[at].reshape(height, width)) for at in range(count)]
