"""The mark core: how much ink lies in each of the given ovals of any upright picture.

Bands (shared/design/sheets.md): a mark if A >= 2.0 mm2 or M >= 0.085; blank if A < 0.30 mm2 and F < 0.35 mm2
and M < max(0.014, 6 sigma); all else is a doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from yishi.scan.rings import around as rings_around
from yishi.scan.tone import Tone, tone

Grey = NDArray[np.uint8]
Real = NDArray[np.float32]
Mask = NDArray[np.bool_]

PX: Final = 8.0  # px/mm measured at; other pictures are brought to it
MARGIN: Final = 1.8  # mm seen around an oval
SEARCH: Final = 0.6  # mm its outline is looked for around its place
DARK: Final = 0.28
MARK_A, MARK_M = 2.0, 0.085
BLANK_A, BLANK_F, BLANK_M = 0.30, 0.35, 0.014
MOST_SIGMA_M: Final = 0.03
FAINT: Final = 0.07
# A thin or light stroke is as clear as a mark if it is long and stands out: mm2, mean darkness, mm.
STROKE_F, STROKE_DARK, STROKE_MM = 1.8, 0.11, 2.7
STROKE_A: Final = 0.15  # shade of a seal, of a fold, of the back has no pixel that is really dark
LIGHTER: Final = 0.016  # the paper around cannot be darker than the inside: something is drawn there
RIM: Final = 0.08  # a ring drawn along the outline
RINGLESS: Final = 0.2  # at least this part of the ovals has no ring
LOST, LOST_PART = 0.05, 0.4  # so much less than most ovals have, and less than this part of it
THROUGH: Final = 0.5  # of a stroke that goes on alike on both sides: a fold
FEW: Final = 9  # with fewer ovals it cannot be told what is printed around them
LINE_MM: Final = 0.3  # how far the printed line reaches inwards where that cannot be seen
MARK, BLANK, DOUBT = "mark", "blank", "doubt"


@dataclass(frozen=True, slots=True)
class Box:
    """An oval: its middle and outer size, in px of the picture."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Ink:
    """What lies in an oval: A and F in mm2, M a share; where its outline sits (px off its place)."""

    A: float
    M: float
    F: float
    cls: str
    dx: float
    dy: float
    fill: float = 0.0  # share of the inside that is dark
    rim: float = 0.0  # mean darkness on and close around the outline, less that of ovals without a ring
    near: float = 0.0  # mm2 of ink close outside
    ring: bool = False  # a closed ring around it, with little inside
    lost: bool = False  # its printed outline cannot be seen: whatever was marked may be gone with it


@dataclass(slots=True)
class Patches:
    """The ovals of one size cut out of an evened picture at 8 px/mm, each with its outline in the middle."""

    which: list[int]  # their numbers among the boxes given
    dark: Real  # n x height x width
    inside: Mask  # height x width: free of the printed line
    outline: Mask  # the printed line and its blur
    rim: Mask  # from within the line to 0.9 mm outside
    offsets: NDArray[np.float64]  # n x 2: dx, dy px
    bare: bool  # whether a blank's ink was taken away
    depth: Real  # mm inside the outline


@dataclass(slots=True)
class Measured:
    """All ovals, and the patches they were measured on."""

    inks: list[Ink]
    patches: list[Patches]


def measure(
    grey: Grey,
    boxes: Sequence[Box],
    px_per_mm: float,
    *,
    blank: Grey | None = None,
    search_mm: float = SEARCH,
) -> list[Ink]:
    """How much ink lies in each of `boxes`, in their order.

    `grey`: any upright picture (0 black, 255 white). `blank`: the same page unmarked, registered alike (a few
    px off does no harm); its ink is taken away. Offsets come back in px of `grey`.
    """
    if not boxes:
        return []
    factor = PX / px_per_mm
    even = tone(_resized(grey, factor), PX)
    scaled = [Box(box.x * factor, box.y * factor, box.w * factor, box.h * factor) for box in boxes]
    empty = (tone(_resized(blank, factor), PX), scaled) if blank is not None else None
    found = measured(even, scaled, empty=empty, search_mm=search_mm).inks
    return [replace(ink, dx=ink.dx / factor, dy=ink.dy / factor) for ink in found]


def _resized(grey: Grey, factor: float) -> Grey:
    if abs(factor - 1) < 0.002:
        return grey
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def measured(
    even: Tone,
    boxes: Sequence[Box],
    *,
    empty: tuple[Tone, Sequence[Box]] | None = None,
    search_mm: float = SEARCH,
    line: float = 1.0,
) -> Measured:
    """As `measure`, on an evened picture of 8 px/mm; the patches come along for further questions.

    `line`: the darkest an outline of this print makes the rim of an oval; more was drawn by hand.
    """
    sizes: dict[tuple[int, int], list[int]] = {}
    for at, box in enumerate(boxes):
        sizes.setdefault((round(box.w), round(box.h)), []).append(at)
    inks: list[Ink | None] = [None] * len(boxes)
    patches = []
    for which in sizes.values():
        group = [boxes[at] for at in which]
        bare = (empty[0], [empty[1][at] for at in which]) if empty else None
        cut = _cut(even, which, group, bare, search_mm)
        for at, ink in zip(which, _inks(cut, line), strict=True):
            inks[at] = ink
        patches.append(cut)
    return Measured([ink for ink in inks if ink is not None], patches)


def _cut(
    even: Tone, which: list[int], boxes: list[Box], empty: tuple[Tone, list[Box]] | None, search_mm: float
) -> Patches:
    offsets = _located(even, boxes, search_mm)
    dark = _windows(even, boxes, offsets)
    depth = _depth(boxes[0], dark.shape[1:])
    rim = (depth > -0.9) & (depth < 0.3)
    if empty is None:
        inner = _inner_edge(dark, depth)
        outline = (depth < inner) & (depth > -0.45)
        return Patches(which, dark, depth >= inner, outline, rim, offsets, False, depth)
    blank, places = empty
    bare = _windows(blank, places, _located(blank, places, search_mm))
    inner = _inner_edge(bare, depth)
    outline = (depth < inner) & (depth > -0.45)
    # What is printed, a little fattened, is taken away from what is there.
    fat = np.stack([cv2.dilate(patch, np.ones((3, 3), np.uint8)) for patch in bare])
    return Patches(which, dark - np.maximum(fat, 0), depth >= inner, outline, rim, offsets, True, depth)


def _window(box: Box) -> tuple[int, int]:
    """Half the height and half the width of a patch."""
    return round(box.h / 2 + MARGIN * PX), round(box.w / 2 + MARGIN * PX)


def _windows(even: Tone, boxes: list[Box], offsets: NDArray[np.float64]) -> Real:
    half_h, half_w = _window(boxes[0])
    pad = max(half_h, half_w) + 2
    height, width = even.even.shape
    out = np.full((len(boxes), 2 * half_h + 1, 2 * half_w + 1), round(even.paper), np.uint8)
    for at, (box, (dx, dy)) in enumerate(zip(boxes, offsets, strict=True)):
        # The middle of pixel n lies at n + 0.5.
        x, y = round(box.x + dx - 0.5), round(box.y + dy - 0.5)
        if not (-pad < x < width + pad and -pad < y < height + pad):
            continue
        x0, x1, y0, y1 = x - half_w, x + half_w + 1, y - half_h, y + half_h + 1
        inside = even.even[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
        top, left = max(0, -y0), max(0, -x0)
        out[at, top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    return even.dark(out)


def _depth(box: Box, shape: tuple[int, ...], scale: float = 1.0) -> Real:
    """How far inside the oval's edge each pixel of a patch lies, in mm; less than 0 outside."""
    half_h, half_w = (shape[0] - 1) / 2, (shape[1] - 1) / 2
    y, x = np.mgrid[-half_h : half_h + 1, -half_w : half_w + 1].astype(np.float32)
    inside = ((x * 2 / (box.w * scale)) ** 2 + (y * 2 / (box.h * scale)) ** 2 <= 1).astype(np.uint8)
    inner = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    outer = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    return np.asarray((inner - outer) / (PX * scale), np.float32)


def _inner_edge(dark: Real, depth: Real) -> float:
    """From what depth (mm) on the ovals of this print are free of their line."""
    if len(dark) < 6:
        return LINE_MM + 0.15
    # Most ovals are empty: what a third of them shows is what is printed.
    dark, depth = dark[:, ::2, ::2], depth[::2, ::2]
    empty = np.partition(dark, len(dark) // 3, axis=0)[len(dark) // 3]
    for at in range(1, 10):
        ring = empty[(depth >= at / 10) & (depth < at / 10 + 0.1)]
        if ring.size and float(ring.mean()) < 0.05:
            return min(0.9, max(LINE_MM, at / 10 + 0.1))
    return LINE_MM + 0.15


def _located(even: Tone, boxes: list[Box], search_mm: float) -> NDArray[np.float64]:
    """dx, dy (px) of every outline; one that cannot be seen well goes with its neighbours."""
    offsets = np.zeros((len(boxes), 2))
    strength = np.zeros(len(boxes))
    if search_mm <= 0:
        return offsets
    reach = round(search_mm * PX / 2) + 1  # so that the best lies between others
    windows = _windows(even, boxes, offsets)
    half = [
        cv2.resize(patch, (patch.shape[1] // 2, patch.shape[0] // 2), interpolation=cv2.INTER_AREA)
        for patch in np.clip(windows[:, 1:, 1:], 0, 1)
    ]
    shape = half[0].shape
    depth = _ring_depth(boxes[0], (shape[0] - 2 * reach, shape[1] - 2 * reach))
    line = (np.abs(depth) <= 0.2).astype(np.float32)
    beside = (((depth > 0.35) & (depth < 0.9)) | ((depth < -0.35) & (depth > -0.7))).astype(np.float32)
    template = line / max(line.sum(), 1) - beside / max(beside.sum(), 1)
    for at, patch in enumerate(half):
        score = np.asarray(cv2.matchTemplate(np.ascontiguousarray(patch), template, cv2.TM_CCORR), np.float32)
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        # The window was cut at whole pixels: what was rounded away is put back.
        cut_x, cut_y = (
            round(boxes[at].x - 0.5) + 0.5 - boxes[at].x,
            round(boxes[at].y - 0.5) + 0.5 - boxes[at].y,
        )
        dx = _peak(score[y], x) - reach
        dy = _peak(score[:, x], y) - reach
        # Halving drops the first row and column, so the middle of the small patch is half a pixel off.
        offsets[at] = 2 * dx + cut_x, 2 * dy + cut_y
        strength[at] = best
    return _agreed(boxes, offsets, strength)


def _ring_depth(box: Box, shape: tuple[int, int]) -> Real:
    """`_depth` at 4 px/mm for a patch of an even number of pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    x, y = (x - (shape[1] - 1) / 2) * 2 + 0.5, (y - (shape[0] - 1) / 2) * 2 + 0.5
    rho = np.sqrt((x * 2 / box.w) ** 2 + (y * 2 / box.h) ** 2) + 1e-6
    # Along the ray from the middle; near enough to the true distance for a thin ring.
    slope = np.sqrt((x * 4 / box.w**2) ** 2 + (y * 4 / box.h**2) ** 2) + 1e-6
    return np.asarray((1 - rho) * rho / slope / PX, np.float32)


def _peak(values: Real, at: int) -> float:
    """The summit of a parabola through the largest value and its neighbours."""
    if not 0 < at < len(values) - 1:
        return float(at)
    left, middle, right = (float(values[at + step]) for step in (-1, 0, 1))
    curve = left - 2 * middle + right
    return at + (0.5 * (left - right) / curve if curve < 0 else 0.0)


def _agreed(
    boxes: list[Box], offsets: NDArray[np.float64], strength: NDArray[np.float64]
) -> NDArray[np.float64]:
    places = np.array([(box.x, box.y) for box in boxes])
    far = np.linalg.norm((places[:, None] - places[None]) * (0.35, 1.0), axis=2)
    good = strength >= max(0.1, 0.5 * float(np.median(strength)))
    if not good.any():
        return np.zeros_like(offsets)
    out = offsets.copy()
    far[:, ~good] = np.inf
    near = np.argsort(far, axis=1)[:, : min(7, int(good.sum()))]
    middle = np.median(offsets[near], axis=1)
    alone = ~good | (np.abs(offsets - middle).max(axis=1) > 0.25 * PX)
    out[alone] = middle[alone]
    return out


def _inks(cut: Patches, line: float) -> list[Ink]:
    dark, inside = cut.dark, cut.inside
    count, height, width = dark.shape
    deep = _eroded(inside, 2)
    beyond = _beyond(cut)
    per_mm2 = PX * PX
    area = (dark[:, inside] > DARK).sum(axis=1) / per_mm2
    paper = np.clip(np.median(dark[:, beyond], axis=1), -0.03, 0.03) if beyond.any() else np.zeros(count)
    mean = dark[:, inside].mean(axis=1) - paper
    tall = cv2.GaussianBlur(dark.reshape(count * height, width), (0, 0), 1.6)
    soft = np.asarray(tall, np.float32).reshape(dark.shape)
    smooth = soft[:, deep] - paper[:, None]
    calm = np.argsort(mean)[: max(1, (count + 1) // 2)]
    noise = 1.4826 * float(np.median(np.abs(smooth[calm] - np.median(smooth[calm], axis=1, keepdims=True))))
    traced = smooth > max(FAINT, 6 * noise)
    faint = traced.sum(axis=1) / per_mm2
    sigma = 1.4826 * float(np.median(np.abs(mean[calm] - np.median(mean[calm])))) if len(calm) > 4 else 0.0
    least_m = max(BLANK_M, min(6 * sigma, MOST_SIGMA_M))
    fill = (dark[:, inside] > DARK).mean(axis=1)
    rim = dark[:, cut.rim].mean(axis=1)
    usual = float(np.median(rim[calm])) if count >= 6 else 1.0
    # Whoever draws a ring around each choice draws it around a third of the ovals, or more.
    bare = min(float(np.quantile(rim, RINGLESS)), 0.05 if cut.bare else line) if count >= 6 else 1.0
    near, rings = np.zeros(count, np.float32), np.zeros(count, bool)
    if count >= FEW:
        near, rings = rings_around(soft, cut.depth, paper.astype(np.float32), max(FAINT, 6 * noise), PX)
    inks = []
    for at in range(count):
        a, m, f = float(area[at]), float(mean[at]), float(faint[at])
        cls = band(a, m, f, least_m)
        if (
            cls == DOUBT
            and a >= STROKE_A
            and f >= STROKE_F
            and _clear_stroke(traced[at], smooth[at], deep, soft[at] - paper[at])
        ):
            cls = MARK
        if cls == BLANK and (
            float(rim[at]) - bare > RIM or (not cut.bare and m < -max(LIGHTER, least_m / 2))
        ):
            cls = DOUBT
        less = usual - float(rim[at])
        lost = count >= 6 and less > LOST and (cut.bare or float(rim[at]) < LOST_PART * usual)
        if cls == BLANK and lost:
            cls = DOUBT
        dx, dy = (float(value) for value in cut.offsets[at])
        ring = cls != MARK and bool(rings[at])
        if ring:
            cls = MARK
        inks.append(
            Ink(a, m, f, cls, dx, dy, float(fill[at]), float(rim[at]) - bare, float(near[at]), ring, lost)
        )
    return inks


def band(area: float, mean: float, faint: float, least_mean: float = BLANK_M) -> str:
    """mark, blank or doubt; the bounds of the module's docstring."""
    if area >= MARK_A or mean >= MARK_M:
        return MARK
    if area < BLANK_A and faint < BLANK_F and mean < least_mean:
        return BLANK
    return DOUBT


def _clear_stroke(traced: Mask, smooth: Real, deep: Mask, patch: Real) -> bool:
    """Whether the largest piece of ink is long, stands out well, and is no fold of the paper."""
    px = np.zeros(deep.shape, np.uint8)
    px[deep] = traced
    # Pencil leaves grains: pieces that nearly touch are one stroke.
    count, names, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(px, np.ones((5, 5), np.uint8)))
    if count < 2:
        return False
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    w, h = (float(stats[largest, at]) - 4 for at in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT))
    length = float(np.hypot(w, h)) / PX
    own = (names[deep] == largest) & traced
    dark = float(smooth[own].mean()) if own.any() else 0.0
    fold = _fold(patch)[deep]
    if own.any() and float((fold[own] > 0.4 * smooth[own]).mean()) > THROUGH:
        return False
    return float(own.sum()) / PX**2 >= STROKE_F and length >= STROKE_MM and dark >= STROKE_DARK


def _fold(patch: Real) -> Real:
    """Shade that goes through a patch from side to side: what both margins have at the same height."""
    side = round(0.9 * PX)
    far = round((MARGIN - 0.3) * PX)
    left, right = patch[:, far - side : far], patch[:, -far : -far + side]
    top, end = patch[far - side : far], patch[-far : -far + side]
    level = np.minimum(np.median(left, axis=1), np.median(right, axis=1))
    upright = np.minimum(np.median(top, axis=0), np.median(end, axis=0))
    # A fold may lie a little aslant.
    kernel = np.ones((1, 2 * round(0.3 * PX) + 1), np.uint8)
    level, upright = (cv2.dilate(line[None].astype(np.float32), kernel)[0] for line in (level, upright))
    return np.asarray(np.maximum(level[:, None], upright[None]), np.float32)


def _eroded(mask: Mask, steps: int) -> Mask:
    return np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=steps), bool)


def _beyond(cut: Patches) -> Mask:
    """The paper close around the outline, where it says what paper is there."""
    whole = (cut.inside | cut.outline).astype(np.uint8)
    near = cv2.dilate(whole, np.ones((3, 3), np.uint8), iterations=round(0.9 * PX))
    close = cv2.dilate(whole, np.ones((3, 3), np.uint8), iterations=1)
    return np.asarray((near > 0) & (close == 0))
