"""Scanners: what becomes of a filled page on its way into a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.scan.synth.strokes import Rng

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Profile:
    """`dpi` of the scan; `px` pixels per mm of the page it is taken from."""

    dpi: int = 200
    px: int = 12
    colour: bool = False
    bilevel: bool = False
    phone: int = 0  # 1 by good light, 2 under a hard shadow
    fold: float = 0.0  # how often
    dirt: float = 0.0
    weak: float = 0.0
    skew: float = 0.45  # standard deviation, degrees; at most 2
    jpeg: tuple[int, int] = (72, 92)
    seal: str = "place"  # where the seal is stamped: place, table, "" for nowhere
    printed: float = 0.0  # how often the print is off its size, 98 to 102 %


PROFILES = {
    "feeder200": Profile(),
    "feeder150": Profile(dpi=150, px=10),
    "feeder300": Profile(dpi=300, px=16),
    "skewed200": Profile(skew=1.4, printed=1.0),
    "bilevel200": Profile(bilevel=True),
    "bilevel300": Profile(bilevel=True, dpi=300, px=16),
    "folded200": Profile(fold=1.0),
    "dirty200": Profile(dirt=1.0),
    "weak200": Profile(weak=1.0),
    "colour200": Profile(colour=True),
    "seal200": Profile(colour=True, seal="table"),
    "phone": Profile(phone=1, colour=True, seal="place"),
    "shadow": Profile(phone=2, colour=True, seal="place"),
}


@cache
def _noise(sigma: float) -> Pixels:
    """Noise of a sensor around 128, to be cut from anywhere."""
    rng = np.random.default_rng(11)
    field = rng.normal(0, 1, (3700, 2700)).astype(np.float32)
    if sigma:
        field = cv2.GaussianBlur(field, (0, 0), sigma)
        field /= field.std()
    return np.clip(128 + 24 * field, 0, 255).astype(np.uint8)


def noisy(rng: Rng, picture: Pixels, level: float, sigma: float = 0.5) -> Pixels:
    """Normal noise of `level` grey values."""
    height, width = picture.shape[:2]
    tile = _noise(sigma)
    if height > tile.shape[0] - 50 or width > tile.shape[1] - 50:
        tile = cv2.resize(tile, (width + 60, height + 60), interpolation=cv2.INTER_NEAREST)
    y = int(rng.integers(0, tile.shape[0] - height))
    x = int(rng.integers(0, tile.shape[1] - width))
    part = tile[y : y + height, x : x + width]
    if picture.ndim == 3:
        part = cv2.merge([part, part, part])
    weight = level / 24
    return np.asarray(cv2.addWeighted(picture, 1.0, part, weight, -128 * weight), np.uint8)


def specks(rng: Rng, page: Pixels, px: int) -> None:
    """Dust and crumbs of toner on the paper, 0.08 to 0.4 mm."""
    for _n in range(int(rng.poisson(9))):
        x, y = rng.uniform(0, page.shape[1] / px), rng.uniform(0, page.shape[0] / px)
        radius = rng.uniform(0.04, 0.2) if rng.random() < 0.9 else rng.uniform(0.2, 0.3)
        tone = int(rng.uniform(40, 170))
        cv2.circle(page, (int(x * px * 16), int(y * px * 16)), int(radius * px * 16), (tone,) * 3, -1, 16, 4)


def folded(rng: Rng, page: Pixels, px: int, ovals: list[dict[str, float]]) -> None:
    """Creases: a dark line beside a light one, often through ovals, and the halves unlike bright."""
    for _n in range(int(rng.integers(1, 3))):
        across = rng.random() < 0.6
        length, breadth = (page.shape[1], page.shape[0]) if across else page.shape[:2]
        box = ovals[int(rng.integers(len(ovals)))]
        if rng.random() < 0.6:
            key, size = ("y_mm", "h_mm") if across else ("x_mm", "w_mm")
            middle = (box[key] + box[size] * rng.uniform(0, 1)) * px
        else:
            middle = breadth * rng.uniform(0.3, 0.7)
        tilt = rng.normal(0, 0.004)
        at = middle + (np.arange(length) - length / 2) * tilt
        width = max(1.5, rng.uniform(0.2, 0.6) * px)
        depth = rng.uniform(0.06, 0.30) * np.clip(
            1 + 0.4 * np.interp(np.arange(length), np.linspace(0, length, 30), rng.normal(0, 1, 30)), 0.1, 2
        )
        reach = int(abs(tilt) * length / 2 + 4 * width)
        low, high = max(0, int(middle) - reach), min(breadth, int(middle) + reach)
        d = (np.arange(low, high)[:, None] - at[None, :]) / width
        field = 1 - depth * np.exp(-(d**2)) + 0.35 * depth * np.exp(-((d - 1.8) ** 2))
        part = page[low:high] if across else page[:, low:high]
        field = field if across else field.T
        if page.ndim == 3:
            field = field[:, :, None]
        part[:] = np.clip(part * field, 0, 255).astype(np.uint8)


def sealed(rng: Rng, page: Pixels, px: int, x: float, y: float, size: float) -> None:
    """A round red seal with its star, stamped by hand: middle and diameter in mm."""
    side = int(size * px)
    stamp = np.zeros((side, side), np.uint8)
    c, r = side / 2, side / 2 - px
    cv2.circle(stamp, (int(c), int(c)), int(r), 255, int(1.1 * px), cv2.LINE_AA)
    turn = rng.normal(-np.pi / 2, 0.25)
    star = [
        (c + np.cos(turn + k * np.pi / 5) * r * (0.34 if k % 2 == 0 else 0.135),
         c + np.sin(turn + k * np.pi / 5) * r * (0.34 if k % 2 == 0 else 0.135))
        for k in range(10)
    ]  # fmt: skip
    cv2.fillPoly(stamp, [np.array(star, np.int32)], 255, cv2.LINE_AA)
    for k in range(14):  # the characters round the edge, as blocks of strokes
        a = turn + np.pi * (0.62 + 1.76 * k / 13 * 0.8)
        px_, py_ = c + np.cos(a) * r * 0.76, c + np.sin(a) * r * 0.76
        for _m in range(5):
            d = rng.normal(0, 0.05 * r, 4)
            cv2.line(
                stamp,
                (int(px_ + d[0]), int(py_ + d[1])),
                (int(px_ + d[2]), int(py_ + d[3])),
                255,
                max(1, int(0.35 * px)),
                16,
            )
    worn = cv2.resize(rng.normal(0.72, 0.22, (28, 28)).astype(np.float32), (side, side), interpolation=2)
    alpha = stamp.astype(np.float32) / 255 * np.clip(worn, 0.15, 0.95)
    x0, y0 = int((x - size / 2) * px), int((y - size / 2) * px)
    x0, y0 = max(0, min(x0, page.shape[1] - side)), max(0, min(y0, page.shape[0] - side))
    under = page[y0 : y0 + side, x0 : x0 + side]
    rgb = np.array([212, 42, 52], np.float32) + rng.normal(0, 6, 3).astype(np.float32)
    if page.ndim == 3:
        under[:] = (under * (1 - alpha[:, :, None] * (1 - rgb / 255))).astype(np.uint8)
    else:
        tone = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
        under[:] = (under * (1 - alpha * (1 - tone / 255))).astype(np.uint8)


def scan(
    rng: Rng, page: Pixels, profile: Profile, *, upright: bool = False
) -> tuple[Pixels, NDArray[np.float64]]:
    """The picture, and the homography from mm of the page to its pixels."""
    if profile.phone:
        picture, matrix = _photographed(rng, page, profile)
    else:
        picture, matrix = _fed(rng, page, profile, upright)
    picture = _toned(rng, picture, profile)
    if profile.dirt:
        _streaks(rng, picture, profile.dpi)
    if rng.random() < 0.06 and not profile.phone:
        _edge(rng, picture)
    picture = noisy(rng, picture, rng.uniform(2.0, 6.0), 0.5 if not profile.phone else 0.8)
    if profile.bilevel:
        return np.asarray((picture > rng.uniform(120, 165)) * np.uint8(255), np.uint8), matrix
    quality = int(rng.integers(*profile.jpeg))
    shown = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR) if picture.ndim == 3 else picture
    _ok, packed = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, quality])
    back = cv2.imdecode(packed, cv2.IMREAD_COLOR if picture.ndim == 3 else cv2.IMREAD_GRAYSCALE)
    assert back is not None
    return np.asarray(cv2.cvtColor(back, cv2.COLOR_BGR2RGB) if back.ndim == 3 else back, np.uint8), matrix


def _fed(rng: Rng, page: Pixels, profile: Profile, upright: bool) -> tuple[Pixels, NDArray[np.float64]]:
    px, dot = profile.px, profile.dpi / 25.4
    width_mm, height_mm = page.shape[1] / px, page.shape[0] / px
    size = rng.uniform(0.98, 1.02) if rng.random() < profile.printed else rng.normal(1, 0.002)
    turn = np.deg2rad(float(np.clip(rng.normal(0, profile.skew), -2, 2)))
    sx, sy = 1 + rng.normal(0, 0.001), 1 + float(np.clip(rng.normal(0, 0.0025), -0.005, 0.005))
    shear = rng.normal(0, 0.0015)
    c, s = np.cos(turn), np.sin(turn)
    linear = np.array([[c, -s], [s, c]]) @ np.array([[sx, shear], [0, sy]]) * size * dot
    width, height = round(width_mm * dot), round(height_mm * dot)
    middle = np.array([width / 2, height / 2]) + rng.normal(0, 0.8, 2) * dot
    shift = middle - linear @ np.array([width_mm / 2, height_mm / 2])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, shift
    if rng.random() < 0.15 and not upright:  # fed upside down
        matrix = np.array([[-1.0, 0, width - 1], [0, -1, height - 1], [0, 0, 1]]) @ matrix
    source = matrix[:2].copy()
    source[:, :2] /= px
    backing = 250 if rng.random() < 0.7 else int(rng.uniform(20, 120))
    picture = cv2.warpAffine(
        page, source, (width, height), flags=cv2.INTER_LINEAR, borderValue=(backing,) * 3
    )
    if rng.random() < 0.3:
        picture = _wobble(rng, picture, dot)
    return np.asarray(picture, np.uint8), matrix


def _wobble(rng: Rng, picture: Pixels, dot: float) -> Pixels:
    """The feeder does not run evenly: rows are moved by up to 0.25 mm, smoothly."""
    height = len(picture)
    y = np.arange(height)
    move = (
        rng.uniform(0.05, 0.25)
        * dot
        * np.sin(y / height * 2 * np.pi * rng.uniform(0.5, 4) + rng.uniform(0, 6))
    )
    at = np.clip(np.rint(y + move), 0, height - 1).astype(np.intp)
    return np.asarray(picture[at], np.uint8)


def _photographed(rng: Rng, page: Pixels, profile: Profile) -> tuple[Pixels, NDArray[np.float64]]:
    px = profile.px
    width_mm, height_mm = page.shape[1] / px, page.shape[0] / px
    width, height = 2400, 3200
    per_mm = min(width / width_mm, height / height_mm) * rng.uniform(0.84, 0.93)
    turn = np.deg2rad(rng.normal(0, 2.0))
    c, s = np.cos(turn) * per_mm, np.sin(turn) * per_mm
    mm = np.array([[0, 0], [width_mm, 0], [width_mm, height_mm], [0, height_mm]], np.float64)
    centred = mm - np.array([width_mm, height_mm]) / 2
    corners = centred @ np.array([[c, s], [-s, c]]) + np.array([width, height]) / 2
    corners += rng.normal(0, 0.012 * width, (4, 2))
    matrix = cv2.getPerspectiveTransform(mm.astype(np.float32), corners.astype(np.float32))
    source = matrix @ np.diag([1 / px, 1 / px, 1])
    desk = tuple(int(v) for v in rng.uniform(40, 170, 3))
    small = cv2.warpPerspective(page, source, (width, height), flags=cv2.INTER_LINEAR, borderValue=desk)
    # Light: a slope, a bright spot, and for 2 the hard edge of somebody's shadow.
    yy, xx = np.mgrid[0:64, 0:48].astype(np.float32)
    light = 0.86 + 0.14 * np.cos((xx - rng.uniform(0, 48)) / 48 * 2) * np.cos(
        (yy - rng.uniform(0, 64)) / 64 * 2
    )
    light = cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)
    if profile.phone == 2:
        a, b = rng.uniform(-0.6, 0.6), rng.uniform(0.3, 0.7)
        mask = (np.arange(width)[None, :] / width - b - a * (np.arange(height)[:, None] / height - 0.5)) > 0
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), rng.uniform(2, 12))
        light *= 1 - soft * rng.uniform(0.25, 0.5)
    tint = np.array([1.0, rng.uniform(0.95, 1), rng.uniform(0.86, 1.0)], np.float32)
    lit = small * light[:, :, None] * tint
    return np.clip(lit, 0, 255).astype(np.uint8), np.asarray(matrix, np.float64)


def _toned(rng: Rng, picture: Pixels, profile: Profile) -> Pixels:
    """The curve of the sensor: where its black and its white lie, and how soft it sees."""
    black, white, gamma = rng.uniform(0, 40), rng.uniform(228, 255), rng.uniform(0.8, 1.2)
    table = np.clip((np.arange(256) / 250) ** gamma * (white - black) + black, 0, 255).astype(np.uint8)
    picture = np.asarray(cv2.LUT(picture, table), np.uint8)
    soft = rng.uniform(0.3, 0.8) * profile.dpi / 200
    return np.asarray(cv2.GaussianBlur(picture, (3, 3) if soft < 0.9 else (5, 5), soft), np.uint8)


def _streaks(rng: Rng, picture: Pixels, dpi: int) -> None:
    """Dust on the glass of a feeder: lines along the whole run, dark or light, also through ovals."""
    width = picture.shape[1]
    for _n in range(int(rng.integers(1, 5))):
        x, broad = int(rng.integers(8, width - 8)), max(1, round(float(rng.uniform(0.08, 0.35)) * dpi / 25.4))
        depth = rng.uniform(0.1, 0.8)
        part = picture[:, x : x + broad]
        if rng.random() < 0.8:
            part[:] = (part * (1 - depth)).astype(np.uint8)
        else:
            part[:] = (part + (255 - part.astype(np.float32)) * depth).astype(np.uint8)


def _edge(rng: Rng, picture: Pixels) -> None:
    """The lid does not close: a shadow along one side."""
    side, reach = int(rng.integers(4)), int(rng.uniform(40, 160))
    view = np.rot90(picture, side)
    fade = 1 - rng.uniform(0.15, 0.5) * np.linspace(1, 0, reach) ** 2
    shape = (reach, 1) + (1,) * (picture.ndim - 2)
    view[:reach] = (view[:reach] * fade.reshape(shape)).astype(np.uint8)
