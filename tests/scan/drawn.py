"""A small sheet drawn by hand for the reader's tests: a layout, its picture, and marks on it."""

from __future__ import annotations

import cv2
import numpy as np

from yishi.scan.layout import tag_id
from yishi.scan.pages import Picture

THREE = ("for", "against", "abstain")
OVAL_W, OVAL_H, PITCH, TOP = 8.0, 5.2, 10.0, 70.0
FIRST, COLUMN, LABEL = 105.0, 28.0, 9.0


def layout(rows=20, options=THREE, *, form="K7QM2XPA", write_ins=0, pages=1, version="1f3a9c02"):
    return {
        "form": form,
        "hash": version,
        "kind": "approve_each",
        "size": "A4",
        "seats": None,
        "columns": list(options),
        "options": [f"Item {row}" for row in range(rows)],
        "pages": [
            _page(form, version, number, pages, rows, options, write_ins) for number in range(1, pages + 1)
        ],
    }


def _page(form, version, number, of, rows, options, write_ins):
    end = TOP + rows * PITCH
    corners = {"tl": (8, 8), "tr": (193, 8), "bl": (8, 280), "br": (193, 280)}
    page = {
        "number": number,
        "of": of,
        "width_mm": 210,
        "height_mm": 297,
        "tags": [
            {"id": tag_id(form, number, k), "corner": name, "x_mm": x, "y_mm": y, "size_mm": 9}
            for k, (name, (x, y)) in enumerate(corners.items())
        ],
        "code": {"x_mm": 95, "y_mm": 8, "w_mm": 14, "h_mm": 14, "text": f"YS1:{form}:{version}:{number}"},
        "timing": [],
        "rows": [],
        "boxes": [],
        "printed": [{"x_mm": 60, "y_mm": 30, "w_mm": 90, "h_mm": 10}],
        "seal": {"x_mm": 160, "y_mm": 28, "w_mm": 38, "h_mm": 38},
        "table": {"x_mm": 20, "y_mm": TOP, "w_mm": 170, "h_mm": rows * PITCH},
        "lines": [
            {"x1_mm": 20, "y1_mm": TOP + at * PITCH, "x2_mm": 190, "y2_mm": TOP + at * PITCH, "width_mm": 0.2}
            for at in range(rows + 1)
        ]
        + [{"x1_mm": x, "y1_mm": TOP, "x2_mm": x, "y2_mm": end, "width_mm": 0.2} for x in (20, 102, 190)],
    }
    for at in range(rows):
        row = at + (number - 1) * rows
        y = TOP + at * PITCH
        write_in = at >= rows - write_ins
        page["rows"].append(
            {
                "row": row,
                "y_mm": y,
                "h_mm": PITCH,
                "write_in": write_in,
                "name": {"x_mm": 30, "y_mm": y + 0.5, "w_mm": 71, "h_mm": PITCH - 1},
            }
        )
        for side, x in (("left", 11), ("right", 195)):
            page["timing"].append(
                {"row": row, "side": side, "x_mm": x, "y_mm": y + 4.25, "w_mm": 4, "h_mm": 1.5}
            )
        for column, option in enumerate(options[:1] if write_in else options):
            x = FIRST + column * COLUMN
            page["boxes"].append(
                {
                    "row": row,
                    "option": option,
                    "x_mm": x,
                    "y_mm": y + (PITCH - OVAL_H) / 2,
                    "w_mm": OVAL_W,
                    "h_mm": OVAL_H,
                    "label": {"x_mm": x + LABEL, "y_mm": y + 3, "w_mm": 9, "h_mm": 4},
                }
            )
    return page


class Sheet:
    """A sheet being drawn, `dpi` pixels an inch; all places in mm."""

    def __init__(self, plan, page=0, dpi=200.0, colour=False, paper=255):
        self.plan, self.page, self.dpi = plan, plan["pages"][page], dpi
        self.ppm = dpi / 25.4
        self.over = 3  # drawn larger, then made small: smooth edges
        size = [round(self.page[key] * self.ppm) * self.over for key in ("height_mm", "width_mm")]
        self.px = np.full((*size, 3), paper, np.uint8)
        self._print()

    def _at(self, x, y):
        k = self.ppm * self.over
        return round(x * k * 16), round(y * k * 16)

    def _width(self, mm):
        return max(1, round(mm * self.ppm * self.over))

    def line(self, points, mm=0.5, ink=(30, 30, 30)):
        path = np.array([self._at(x, y) for x, y in points], np.int32)
        cv2.polylines(self.px, [path], False, ink, self._width(mm), cv2.LINE_AA, shift=4)

    def box(self, x, y, w, h, ink=(0, 0, 0)):
        cv2.rectangle(self.px, self._at(x, y), self._at(x + w, y + h), ink, -1, shift=4)

    def ring(self, x, y, w, h, mm=0.28, ink=(0, 0, 0)):
        middle = self._at(x + w / 2, y + h / 2)
        axes = self._at(w / 2, h / 2)
        thick = -1 if mm is None else self._width(mm)
        cv2.ellipse(self.px, middle, axes, 0, 0, 360, ink, thick, cv2.LINE_AA, shift=4)

    def word(self, x, y, text, mm=3.0, ink=(0, 0, 0)):
        scale = mm * self.ppm * self.over / 22
        origin = tuple(value >> 4 for value in self._at(x, y))
        cv2.putText(
            self.px, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, self._width(0.3), cv2.LINE_AA
        )

    def _print(self):
        family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
        for tag in self.page["tags"]:
            side = round(tag["size_mm"] * self.ppm * self.over)
            px = cv2.aruco.generateImageMarker(family, tag["id"], side)
            x, y = (round(tag[key] * self.ppm * self.over) for key in ("x_mm", "y_mm"))
            self.px[y : y + side, x : x + side] = px[:, :, None]
        code = self.page["code"]
        params = cv2.QRCodeEncoder_Params()
        params.correction_level = cv2.QRCODE_ENCODER_CORRECT_LEVEL_H
        qr = cv2.QRCodeEncoder_create(params).encode(code["text"])
        side = round(code["w_mm"] * self.ppm * self.over)
        x, y = (round(code[key] * self.ppm * self.over) for key in ("x_mm", "y_mm"))
        self.px[y : y + side, x : x + side] = cv2.resize(qr, (side, side), interpolation=cv2.INTER_NEAREST)[
            :, :, None
        ]
        for bar in self.page["timing"]:
            self.box(bar["x_mm"], bar["y_mm"], bar["w_mm"], bar["h_mm"])
        for rule in self.page["lines"]:
            self.line(
                [(rule["x1_mm"], rule["y1_mm"]), (rule["x2_mm"], rule["y2_mm"])], rule["width_mm"], (0, 0, 0)
            )
        for oval in self.page["boxes"]:
            self.ring(oval["x_mm"], oval["y_mm"], oval["w_mm"], oval["h_mm"])
            label = oval["label"]
            self.word(label["x_mm"], label["y_mm"] + 3.3, oval["option"][:3].upper())
        for row in self.page["rows"]:
            text = "write-in" if row["write_in"] else f"Item number {row['row']}"
            self.word(32, row["y_mm"] + 6.5, text)
        for text in self.page["printed"]:
            self.word(text["x_mm"] + 1, text["y_mm"] + 7, "Ballot of the test", 5)

    def oval(self, row, option):
        """Middle of an oval, mm."""
        for oval in self.page["boxes"]:
            if (oval["row"], oval["option"]) == (row, option):
                return oval["x_mm"] + oval["w_mm"] / 2, oval["y_mm"] + oval["h_mm"] / 2
        raise KeyError((row, option))

    def tick(self, row, option, mm=0.5, ink=(30, 30, 30), size=1.0, dx=0.0, dy=0.0):
        x, y = self.oval(row, option)
        x, y = x + dx, y + dy
        self.line(
            [(x - 1.8 * size, y), (x - 0.5 * size, y + 1.6 * size), (x + 2.6 * size, y - 1.9 * size)], mm, ink
        )

    def cross(self, row, option, mm=0.5, ink=(30, 30, 30), size=1.0):
        x, y = self.oval(row, option)
        self.line([(x - 2 * size, y - 1.6 * size), (x + 2 * size, y + 1.6 * size)], mm, ink)
        self.line([(x + 2 * size, y - 1.6 * size), (x - 2 * size, y + 1.6 * size)], mm, ink)

    def fill(self, row, option, ink=(30, 30, 30)):
        x, y = self.oval(row, option)
        self.ring(x - 3.6, y - 2.3, 7.2, 4.6, None, ink)

    def dot(self, row, option, mm=1.0, ink=(30, 30, 30), dx=0.0, dy=0.0):
        x, y = self.oval(row, option)
        self.ring(x + dx - mm / 2, y + dy - mm / 2, mm, mm, None, ink)

    def pixels(self):
        """Red, green, blue at the resolution asked for."""
        height, width = (side // self.over for side in self.px.shape[:2])
        return cv2.resize(self.px, (width, height), interpolation=cv2.INTER_AREA)

    def picture(self, degrees=0.0, colour=False, noise=0.0, seed=1, dpi=True):
        """As scanned: turned about the middle (the frame grows for quarter turns), with noise."""
        px = self.pixels()
        quarters = round(degrees / 90)
        px = np.rot90(px, -quarters).copy()
        rest = degrees - 90 * quarters
        if rest:
            height, width = px.shape[:2]
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), -rest, 1)
            px = cv2.warpAffine(
                px, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255)
            )
        if noise:
            rng = np.random.default_rng(seed)
            px = np.clip(px * 0.93 + rng.normal(0, noise, px.shape[:2])[:, :, None], 0, 255).astype(np.uint8)
        grey = cv2.cvtColor(px, cv2.COLOR_RGB2GRAY)
        return Picture(np.asarray(grey, np.uint8), px if colour else None, self.dpi if dpi else None)
