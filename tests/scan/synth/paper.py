"""The forms that are filled in, and their printed pages as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray

from yishi.papers.sheets import Option, SheetForm, layout_json, sheet_pdf

Pixels = NDArray[np.uint8]
PLACES = ("城南", "桥头镇", "向阳街道", "龙湾村", "北关", "青石乡", "东河", "柳林")
WORKS = (
    "老旧小区加装电梯",
    "新建公办幼儿园一所",
    "农村饮水管网改造",
    "社区日间照料中心",
    "中心小学扩建",
    "公交站台无障碍改造",
    "健身步道与口袋公园",
    "医院门诊楼改造提升",
    "道路积水点整治",
    "农贸市场升级改造",
)
PEOPLE = tuple("赵钱孙李周吴郑王冯陈")
GIVEN = ("建国", "秀英", "伟", "志强", "丽华", "明", "海燕", "国栋", "桂兰", "晓东", "欣", "文涛")


def _works(count: int) -> list[Option]:
    return [
        Option(PLACES[(n * 3) % len(PLACES)] + WORKS[n % len(WORKS)], "估算投资320万元" if n % 3 == 0 else "")
        for n in range(count)
    ]


def _people(count: int) -> list[Option]:
    return [Option(PEOPLE[n % len(PEOPLE)] + GIVEN[(n * 5) % len(GIVEN)]) for n in range(count)]


BODY, TITLE = "桥头县第十八届人民代表大会第五次会议", "民生实事项目表决票"
FORMS = {
    "a4": SheetForm(TITLE, BODY, "approve_each", _works(20)),
    "a5": SheetForm(TITLE, BODY, "approve_each", _works(10), size="A5"),
    "choose": SheetForm(TITLE, BODY, "choose_up_to", _works(18), seats=10),
    "grades": SheetForm("专项工作满意度测评票", BODY, "grades", _works(15)),
    "elect": SheetForm("人大常委会委员选举票", BODY, "elect", _people(12), seats=3),
    "long": SheetForm(TITLE, BODY, "approve_each", _works(37)),
}


@cache
def pdf(form: str) -> bytes:
    return sheet_pdf(FORMS[form])


@cache
def plan(form: str) -> dict[str, Any]:
    """The layout as JSON."""
    return layout_json(FORMS[form])


@cache
def printed(form: str, number: int, px: int, toner: int = 0, corners: str = "") -> Pixels:
    """Page `number` (from 1) as a printer puts it on paper, grey, `px` pixels per mm.

    toner 0 is a good printer; 1..3 weaker copies with holes in the black. `corners` are the marks of
    another program in place of ours: disc (auto-multiple-choice) or target (OMRChecker).
    """
    document = pypdfium2.PdfDocument(pdf(form))
    try:
        picture = document[number - 1].render(scale=px * 25.4 / 72, grayscale=True).to_numpy()
    finally:
        document.close()
    page = np.ascontiguousarray(picture[:, :, 0] if picture.ndim == 3 else picture)
    if corners:
        _recornered(page, plan(form)["pages"][number - 1]["tags"], px, corners)
    page = cv2.GaussianBlur(page, (0, 0), 0.035 * px)
    ink = (255 - page).astype(np.float32) / 255
    rng = np.random.default_rng(100 * number + toner)
    if toner:
        field = cv2.GaussianBlur(rng.normal(0, 1, page.shape).astype(np.float32), (0, 0), 0.12 * px)
        field /= field.std()
        broad = cv2.resize(rng.normal(0, 1, (9, 7)).astype(np.float32), page.shape[::-1], interpolation=3)
        ink *= np.clip(0.82 - 0.14 * toner + 0.1 * broad + 0.16 * field, 0.12, 1)
    return np.asarray(250 - ink * (250 - 26), np.uint8)


DISC = 5.0  # mm, the diameter of auto-multiple-choice's corner mark here


def target(side: int) -> Pixels:
    """A marker of rings, as OMRChecker looks for, `side` pixels square."""
    marker = np.full((side, side), 255, np.uint8)
    for share, tone in ((1.0, 0), (0.72, 255), (0.44, 0)):
        cv2.circle(marker, (side * 8, side * 8), int(side * 8 * share), tone, -1, cv2.LINE_AA, 4)
    return marker


def _recornered(page: Pixels, tags: list[dict[str, Any]], px: int, corners: str) -> None:
    for tag in tags:
        x, y, size = (round(tag[key] * px) for key in ("x_mm", "y_mm", "size_mm"))
        page[y - px : y + size + px, x - px : x + size + px] = 255
        if corners == "target":
            page[y : y + size, x : x + size] = target(size)
        else:
            middle = (int((x + size / 2) * 16), int((y + size / 2) * 16))
            cv2.circle(page, middle, int(DISC / 2 * px * 16), 0, -1, cv2.LINE_AA, 4)


@dataclass(frozen=True)
class Face:
    """Which page of which form."""

    form: str
    number: int

    @property
    def page(self) -> dict[str, Any]:
        return dict(plan(self.form)["pages"][self.number - 1])

    @property
    def kind(self) -> str:
        return str(FORMS[self.form].kind)
