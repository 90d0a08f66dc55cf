"""The corner marks (AprilTag 36h11) on a scanned page: first in the corners and small, then everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]

SMALL: Final = 1200  # px of the longer side where tags are looked for first: 4 px a module on A4
CORNERS: Final = (0.15, 0.27)  # share of the longer side that a corner region takes, smaller first
PAD: Final = 6  # px
MODULES: Final = 8  # a tag is 8 x 8 modules with its black edge


@cache
def _detector(how: tuple[int, int, int, float]) -> Any:
    settings = cv2.aruco.DetectorParameters()
    least, most, step, perimeter = how
    settings.adaptiveThreshWinSizeMin = least
    settings.adaptiveThreshWinSizeMax = most
    settings.adaptiveThreshWinSizeStep = step
    settings.minMarkerPerimeterRate = perimeter
    settings.minDistanceToBorder = 1
    settings.polygonalApproxAccuracyRate = 0.05
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    return cv2.aruco.ArucoDetector(family, settings)


# Windows of the threshold in px (from, to, step) and the least perimeter as a share of the part's side:
# letters are not even tried.
QUICK: Final = (19, 19, 10, 0.3)
THOROUGH: Final = (5, 45, 10, 0.04)


def find(grey: Grey, wanted: Iterable[int] = ()) -> dict[int, Points]:
    """Tags by number, with their 4 corners in px clockwise from the tag's own upper left.

    As soon as four of `wanted` are found no further search is made.
    """
    want = frozenset(wanted)
    found: dict[int, Points] = {}

    def enough() -> bool:
        return len(found.keys() & want) >= 4

    step = max(1, round(max(grey.shape) / SMALL))
    for share in CORNERS:
        for y, x, part in _corners(grey, share):
            _take(found, part, QUICK, (x, y), step)
        if enough():
            break
    for reduced in sorted({step, (step + 1) // 2}, reverse=True):
        if not enough():
            _take(found, grey, THOROUGH, (0, 0), reduced)
    return {number: _refined(grey, corners) for number, corners in found.items()}


def _corners(grey: Grey, share: float) -> list[tuple[int, int, Grey]]:
    height, width = grey.shape
    side = round(max(height, width) * share)
    h, w = min(side, height), min(side, width)
    return [(y, x, grey[y : y + h, x : x + w]) for y in (0, height - h) for x in (0, width - w)]


def _take(
    found: dict[int, Points], part: Grey, how: tuple[int, int, int, float], origin: tuple[int, int], step: int
) -> None:
    height, width = part.shape[0] // step, part.shape[1] // step
    if min(height, width) < 20:
        return
    part = part[: height * step, : width * step]
    if step > 1:
        part = np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    # A tag that touches the frame is still seen with white around it.
    part = np.pad(part, PAD, constant_values=255)
    corners, numbers, _ = _detector(how).detectMarkers(part)
    if numbers is None:
        return
    for quad, number in zip(corners, np.ravel(numbers), strict=True):
        # The middle of a small pixel is the middle of a square of large ones.
        points = (
            (np.asarray(quad, np.float32).reshape(4, 2) - PAD + 0.5) * step
            - 0.5
            + np.array(origin, np.float32)
        )
        if int(number) not in found:
            found[int(number)] = points.astype(np.float32)


def _refined(grey: Grey, corners: Points) -> Points:
    side = float(np.mean(np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)))
    window = max(2, round(0.8 * side / MODULES))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.02)
    better = cv2.cornerSubPix(grey, corners.reshape(4, 1, 2).copy(), (window, window), (-1, -1), stop)
    better = np.asarray(better, np.float32).reshape(4, 2)
    moved = np.linalg.norm(better - corners, axis=1) > window * 1.5
    better[moved] = corners[moved]
    # A pixel's place is its middle: x px cover [x, x + 1) of the paper.
    return better + np.float32(0.5)
