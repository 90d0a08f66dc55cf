"""Write the table of corner marks: the AprilTag family 36h11 as `yishi/papers/sheets/36h11.txt`.

python tools/corner_marks.py           write it from OpenCV's own drawings
python tools/corner_marks.py --check   compare it with them
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

TABLE = Path(__file__).resolve().parents[1] / "yishi/papers/sheets/36h11.txt"
INNER = 6  # modules across, inside the black border


def table() -> str:
    """One mark a line, in order of its number: 36 bits row by row as nine hex digits, 1 is white."""
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    lines = []
    for number in range(len(family.bytesList)):
        mark = cv2.aruco.generateImageMarker(family, number, INNER + 2)[1:-1, 1:-1]
        bits = "".join("1" if white else "0" for white in np.asarray(mark).flatten())
        lines.append(f"{int(bits, 2):09x}\n")
    return "".join(lines)


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        same = TABLE.read_text(encoding="ascii") == table()
        print("corner marks: as OpenCV draws them" if same else f"{TABLE}: not what OpenCV draws")
        return 0 if same else 1
    if arguments:
        print(__doc__)
        return 2
    TABLE.write_text(table(), encoding="ascii")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
