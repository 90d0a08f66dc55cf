"""A scanned page laid onto its layout: upright, undistorted, 8 px a millimetre; or why that cannot be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from yishi.scan import tags
from yishi.scan.layout import LEAST_TAGS, PREFIX, Code, Layout, Page
from yishi.scan.pages import Picture
from yishi.scan.reasons import Rejected
from yishi.scan.streaks import bridged

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]

PX_PER_MM: Final = 8.0
LEAST_PX_PER_MM: Final = 4.4  # about 112 dpi
SCALE: Final = (0.98, 1.02)
SLACK: Final = 0.006  # of the scale: what a glass or a feeder measures wrong
# A tag further off (mm) than the others foretell lies on a folded corner, or is none of ours.
STRAY, CALM, MOST_RESIDUAL = 1.0, 0.4, 2.5
BILEVEL: Final = "bilevel"
BLANK_SHARE: Final = 0.0006
STANDARD_MM: Final = ((210.0, 297.0), (148.0, 210.0), (215.9, 279.4), (215.9, 297.0))
STANDARD_DPI: Final = (150, 200, 240, 300, 400, 600)
QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
RED_SHIFT: Final = 40  # red over the other channels, of 255


@dataclass(slots=True)
class Registered:
    """The canonical picture. `red` is how much redder than dark each pixel is (0..255), None without colour.

    `scale_x`, `scale_y`: size on paper against the layout (1.0 as meant), None where the resolution is not
    known. `residual`: mm, how far the corner marks are from where they fit best.
    """

    page: Page
    grey: Grey
    red: Grey | None
    px_per_mm: float
    scale_x: float | None
    scale_y: float | None
    rotation: float
    warnings: tuple[str, ...]
    residual: float
    source_px_per_mm: float


def register(picture: Picture, layout: Layout) -> Registered:
    """Raises Rejected: blank, not_a_ballot, corner, other_form, other_version, scale, resolution,
    distorted.
    """
    grey = picture.grey if picture.colour is None else np.ascontiguousarray(picture.colour[:, :, 0])
    wanted = {tag.id for page in layout.pages for tag in page.tags}
    # First, since a streak may run through the corner marks of one side.
    grey, streaks = bridged(grey)
    found = tags.find(grey, wanted)
    page = layout.page_of(found)
    if page is None:
        raise _unknown(picture, grey, found.keys() & wanted, set(found) - wanted, layout)
    warnings: list[str] = []
    fit, residual = _homography(page, found, warnings)
    source = _px_per_mm(page, fit)
    if source < LEAST_PX_PER_MM:
        raise Rejected("resolution", f"{source * 25.4:.0f} dpi")
    scale = _scale(page, fit, picture, grey.shape)
    if scale:
        size = math.sqrt(scale[0] * scale[1])
        if not SCALE[0] - SLACK <= size <= SCALE[1] + SLACK:
            raise Rejected("scale", f"{100 * size:.1f} %")
        if not SCALE[0] <= size <= SCALE[1]:
            warnings.append("scale")
    if streaks:
        warnings.append("streaks")
    flat = _flat(grey, fit, page, source)
    _check_code(flat, page, layout, warnings)
    if picture.colour is None and _bilevel(picture.grey):
        warnings.append(BILEVEL)
    red = None
    if picture.colour is not None:
        redder = cv2.subtract(
            picture.colour[:, :, 0], cv2.max(picture.colour[:, :, 1], picture.colour[:, :, 2])
        )
        if int(np.count_nonzero(redder[::4, ::4] > RED_SHIFT)):
            red = _flat(np.asarray(redder, np.uint8), fit, page, source, border=0)
            warnings.append("red")
    return Registered(
        page,
        flat,
        red,
        PX_PER_MM,
        scale[0] if scale else None,
        scale[1] if scale else None,
        _rotation(page, fit),
        tuple(warnings),
        residual,
        source,
    )


def _bilevel(grey: Grey) -> bool:
    """Whether the scanner kept black and white only: what was faint is then gone."""
    counts = np.bincount(grey[::3, ::3].ravel(), minlength=256)
    return float(counts[24:232].sum()) < 0.004 * float(counts.sum()) and bool(counts[:24].sum())


def _unknown(picture: Picture, grey: Grey, ours: set[int], others: set[int], layout: Layout) -> Rejected:
    """Why a page without three of our corner marks is not read."""
    text = _any_code(grey) if ours or others else ""
    if text.startswith(PREFIX + ":"):
        form = text.split(":")[1]
        if form != layout.form:
            return Rejected("other_form", form[:20])
        if layout.page_of(code=text) is None:
            return Rejected("other_version", text[:60])
        return Rejected("corner", f"{len(ours)} of 4")
    if len(others) > len(ours) and len(others) >= 2:
        return Rejected("other_form", "by the corner marks")
    if ours or others:
        return Rejected("corner", f"{len(ours)} of 4")
    if _empty(grey):
        return Rejected("blank")
    if (picture.dpi and 0 < picture.dpi < 100) or max(grey.shape) < 900:
        return Rejected("resolution", f"{picture.dpi or 0:.0f} dpi, {grey.shape[1]} x {grey.shape[0]} px")
    return Rejected("not_a_ballot")


def _empty(grey: Grey) -> bool:
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = small.shape
    inner = small[round(height * 0.04) : round(height * 0.96), round(width * 0.04) : round(width * 0.96)]
    paper = float(np.median(inner[::4, ::4])) if inner.size else 255.0
    return paper < 40 or float(np.count_nonzero(inner < paper * 0.65)) < BLANK_SHARE * inner.size


def _any_code(grey: Grey) -> str:
    factor = min(1.0, 2400 / max(grey.shape))
    small = (
        grey if factor == 1 else cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    )
    found = zxingcpp.read_barcodes(np.ascontiguousarray(small), formats=QR)
    return next((code.text for code in found if code.text.startswith(PREFIX)), "")


def _homography(page: Page, found: Mapping[int, tags.Points], warnings: list[str]) -> tuple[Matrix, float]:
    """From mm to px of the picture, and the worst distance left, in mm."""
    use = [tag for tag in page.tags if tag.id in found]
    mm = {tag.id: np.array(tag.points) for tag in use}
    numbers = [tag.id for tag in use]
    fit, residual = _fit(numbers, mm, found)
    if len(numbers) > LEAST_TAGS and residual > CALM:
        # One tag left out: is it the one that lies elsewhere?
        trials = [(_fit([n for n in numbers if n != out], mm, found), out) for out in numbers]
        (better, calm), out = min(trials, key=lambda trial: trial[0][1])
        away = float(np.max(_distances(better, mm[out], found[out])))
        if calm <= CALM and away > STRAY:
            warnings.append("corner")
            fit, residual = better, calm
    elif len(numbers) == LEAST_TAGS:
        warnings.append("corner")
    if residual > MOST_RESIDUAL:
        raise Rejected("distorted", f"{residual:.1f} mm")
    return fit, residual


def _fit(
    numbers: list[int], mm: Mapping[int, Matrix], found: Mapping[int, tags.Points]
) -> tuple[Matrix, float]:
    source = np.concatenate([mm[number] for number in numbers]).astype(np.float64)
    target = np.concatenate([found[number] for number in numbers]).astype(np.float64)
    if len(numbers) == LEAST_TAGS:
        # Three tags say little of perspective: it is believed only where the plain fit is bad.
        ones = np.column_stack([source, np.ones(len(source))])
        plain = np.vstack([np.linalg.lstsq(ones, target, rcond=None)[0].T, [0, 0, 1]])
        residual = max(float(np.max(_distances(plain, mm[n], found[n]))) for n in numbers)
        if residual <= CALM / 2:
            return plain, residual
    found_fit, _ = cv2.findHomography(source, target, 0)
    if found_fit is None or not np.all(np.isfinite(found_fit)):
        raise Rejected("distorted", "no fit")
    fit = np.asarray(found_fit, np.float64)
    return fit, max(float(np.max(_distances(fit, mm[n], found[n]))) for n in numbers)


def _distances(fit: Matrix, mm: Matrix, px: tags.Points) -> Matrix:
    placed = cv2.perspectiveTransform(px.reshape(-1, 1, 2).astype(np.float64), np.linalg.inv(fit))
    return np.asarray(np.linalg.norm(np.asarray(placed).reshape(-1, 2) - mm, axis=1), np.float64)


def _map(fit: Matrix, points: list[tuple[float, float]]) -> Matrix:
    placed = cv2.perspectiveTransform(np.array(points, np.float64).reshape(-1, 1, 2), fit)
    return np.asarray(placed, np.float64).reshape(-1, 2)


def _middles(page: Page, fit: Matrix) -> tuple[dict[str, Matrix], dict[str, tuple[float, float]]]:
    mm = {tag.corner: (tag.x + tag.size / 2, tag.y + tag.size / 2) for tag in page.tags}
    px = _map(fit, list(mm.values()))
    return dict(zip(mm, px, strict=True)), mm


def _sides(page: Page, fit: Matrix) -> tuple[list[float], list[float]]:
    """px per mm along the upper and lower side, and along the left and right."""
    px, mm = _middles(page, fit)

    def ratio(one: str, two: str) -> float:
        length = math.dist(mm[one], mm[two])
        return float(np.linalg.norm(px[one] - px[two])) / length

    return [ratio("tl", "tr"), ratio("bl", "br")], [ratio("tl", "bl"), ratio("tr", "br")]


def _px_per_mm(page: Page, fit: Matrix) -> float:
    across, down = _sides(page, fit)
    return min(*across, *down)


def _rotation(page: Page, fit: Matrix) -> float:
    """Degrees clockwise that the sheet lay turned, -180 < r <= 180."""
    px, _ = _middles(page, fit)
    x, y = (px["tr"] - px["tl"]) + (px["br"] - px["bl"])
    return math.degrees(math.atan2(y, x))


def _scale(page: Page, fit: Matrix, picture: Picture, shape: tuple[int, ...]) -> tuple[float, float] | None:
    """Size on paper against the layout, across and down; None where the true resolution is not known.

    The corner marks are scaled with the rest, so only the scanner's own resolution can tell.
    """
    across, down = _sides(page, fit)
    if max(across) / min(across) > 1.01 or max(down) / min(down) > 1.01:
        return None  # a photo: what it says of its resolution means nothing
    dpi = _true_dpi(picture, shape)
    if dpi is None:
        return None
    x, y = (sum(side) / 2 * 25.4 / dpi for side in (across, down))
    if not (picture.dpi or (max(*across, *down) / min(*across, *down) < 1.006)):
        return None  # by its frame alone only what was surely scanned flat
    return (x, y) if 0.6 < x < 1.6 and 0.6 < y < 1.6 else None


def _true_dpi(picture: Picture, shape: tuple[int, ...]) -> float | None:
    """What the file says if the page then has the size of paper; else by a frame exactly of a usual size."""
    short, long = sorted(shape[:2])
    if picture.dpi and 90 <= picture.dpi <= 1300:
        mm = 25.4 / picture.dpi
        return picture.dpi if 90 < short * mm < 330 and 140 < long * mm < 470 else None
    for dpi in STANDARD_DPI:
        for width, height in STANDARD_MM:
            if abs(short - width * dpi / 25.4) <= 2.5 and abs(long - height * dpi / 25.4) <= 2.5:
                return float(dpi)
    return None


def _flat(grey: Grey, fit: Matrix, page: Page, source: float, border: int = 255) -> Grey:
    """The picture at 8 px/mm, upright. Large scans are made smaller first: no thin line is skipped."""
    factor = 1.0
    if source > PX_PER_MM * 1.25:
        factor = PX_PER_MM / source
        grey = np.asarray(
            cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8
        )
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    to_mm = np.diag([1 / PX_PER_MM, 1 / PX_PER_MM, 1.0]) @ half
    to_px = np.linalg.inv(half) @ np.diag([factor, factor, 1.0]) @ fit @ to_mm
    size = (round(page.width * PX_PER_MM), round(page.height * PX_PER_MM))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(
            grey, to_px, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=border
        ),
        np.uint8,
    )


def _check_code(flat: Grey, page: Page, layout: Layout, warnings: list[str]) -> None:
    """The QR at its known place: another form or another layout of it is refused, a blot is only told."""
    if page.code is None:
        return
    text = _code_text(flat, page.code)
    if not text.startswith(PREFIX + ":"):
        warnings.append("code")
        return
    if text == page.code.text:
        return
    parts = text.split(":")
    if len(parts) > 1 and parts[1] != layout.form:
        raise Rejected("other_form", parts[1][:20])
    raise Rejected("other_version", text[:60])


def _code_text(flat: Grey, code: Code) -> str:
    pad = 3.0
    x, y = max(0, round((code.box.x - pad) * PX_PER_MM)), max(0, round((code.box.y - pad) * PX_PER_MM))
    part = flat[
        y : round((code.box.y + code.box.h + pad) * PX_PER_MM),
        x : round((code.box.x + code.box.w + pad) * PX_PER_MM),
    ]
    for hard in (False, True):
        found = zxingcpp.read_barcodes(
            np.ascontiguousarray(part),
            formats=QR,
            try_rotate=hard,
            try_downscale=hard,
            try_invert=False,
        )
        if found:
            return str(found[0].text)
    return ""
