"""Lay the handwritten wishes of tests/alike/wordings.txt out at places: tests/alike/pairs.tsv."""

from __future__ import annotations

import random
from pathlib import Path

HERE = Path(__file__).parents[1] / "tests/alike"
SEED = 20260301
COUNTRY = {
    "岩头镇": "苍坡村 芙蓉村 丽水街村 渡头村 下日川村 港头村",
    "枫林镇": "枫一村 孤山村 镬炉村 汤岙村 兆潭村",
    "大若岩镇": "埭头村 水云村 白泉村 大元下村",
    "巽宅镇": "下嵊村 麻庄村 小巽村 西岸村",
    "碧莲镇": "渠口村 上村 应界坑村 邵园村",
    "云岭乡": "南陈村 㙍头村 上村 梅坦村",
    "茗岙乡": "包岙村 𠮷祥村 龙头村",
}
TOWN = {
    "北城街道": "望江路 环城西路 阳光花园 浦东社区 永建小区",
    "东瓯街道": "和二村 双塔路 东瓯家园 安丰社区",
    "江北街道": "罗浮大街 新桥社区 龙桥村 江景苑",
    "桥头镇": "纽扣街 白云小区 溪心村 谷联社区",
}
NEAR = [
    "路灯-红绿灯",
    "停车-充电桩",
    "污水-排水",
    "堤防-清淤",
    "路面-护栏",
    "斑马线-红绿灯",
    "公交-候车亭",
    "食堂-养老",
    "学校-托育",
    "公园-健身",
    "文化礼堂-图书馆",
    "信号-无线网",
    "人行道-斑马线",
    "井盖-排水",
    "噪音-停车",
    "便民服务-银行",
    "饮水-农田",
    "桥-堤防",
    "减速带-斑马线",
    "监控-路灯",
    "快递-便民服务",
    "垃圾-公厕",
    "滑坡-护栏",
    "电网-路灯",
    "消防-充电桩",
    "燃气-电梯",
    "市场-停车",
    "卫生室-养老",
    "反光镜-减速带",
    "旧改-电梯",
]
SPOTS = ("村口", "老人亭旁", "桥头", "后山脚", "东面")
Row = tuple[int, str, str, str, str, str, str]


class Laying:
    def __init__(self, half: int) -> None:
        self.half = half
        self.dice = random.Random(SEED + half)

    def place(self, town: bool, but: str = "", within: str = "") -> tuple[str, str]:
        towns = TOWN if town else COUNTRY
        while True:
            block = within or self.dice.choice(list(towns))
            name = self.dice.choice(towns[block].split())
            if name != but:
                return block, name

    def put(self, same: int, a: str, at_a: tuple[str, str], b: str, at_b: tuple[str, str]) -> Row:
        what_a, where_a, block_a = self.said(a, *at_a, other=at_b)
        what_b, where_b, block_b = self.said(b, *at_b, other=at_a)
        return same, what_a, where_a, what_b, where_b, block_a, block_b

    def said(self, what: str, block: str, name: str, other: tuple[str, str]) -> tuple[str, str, str]:
        """One place in the ways people write it; where two places bear one name, the township is given."""
        known = block if self.dice.random() < 0.7 or (other[1] == name and other[0] != block) else ""
        way = self.dice.randrange(6)
        if way == 0:
            return what, f"{block}{name}", known
        if way == 1 and name.endswith("村"):
            return what, f"{name}{self.dice.choice(SPOTS)}", known
        if way == 2 and name.endswith("村") and len(name) > 2:
            return what, name[:-1], known
        if way == 3:
            return f"{name}{what}" if self.dice.random() < 0.5 else f"{what}（{name}）", "", known
        return what, name, known


def main() -> None:
    subjects: dict[str, list[list[list[str]]]] = {}
    rings: set[str] = set()
    towns: set[str] = set()
    name = ""
    for line in (HERE / "wordings.txt").read_text("utf-8").split("\n\n", 1)[1].splitlines():
        if line.startswith("# "):
            name, *marks = line[2:].split()
            subjects[name] = []
            rings |= {name} if "*" in marks else set()
            towns |= {name} if "城" in marks else set()
        elif name and (line or len(subjects[name]) < 2):
            subjects[name].append([pair.split(" ") for pair in line.split(" | ")] if line else [])
    halves = [_half(n, subjects, rings, towns) for n in (0, 1)]
    rows = [row for pair in zip(*halves, strict=False) for row in pair]
    lines = ["\t".join(map(str, row)) for row in rows]
    (HERE / "pairs.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    print(len(rows), "pairs,", sum(row[0] for row in rows), "the same")


def _half(n: int, subjects: dict[str, list[list[list[str]]]], rings: set[str], towns: set[str]) -> list[Row]:
    """Odd lines of the file come from half 0 of this list, so half 0 takes the reporting wordings."""
    laying, rows = Laying(n), []
    kept = {name: lines[1 - n] for name, lines in subjects.items()}
    wordings = {name: [w for a, _sign, b in pairs for w in (a, b)] for name, pairs in kept.items()}
    for name, pairs in kept.items():
        town = name in towns
        said = wordings[name]
        more = ((1, 2), (3, 4), (5, 0), (0, 3), (1, 4), (2, 5)) if name in rings else ()
        for a, sign, b in pairs + [[said[a], "=", said[b]] for a, b in more]:
            at = laying.place(town)
            rows.append(laying.put(int(sign == "="), a, at, b, at))
        if name == "By":
            continue
        for a, b in [(said[0], said[0]), (said[-1], said[-2])] if said else []:
            block, here = laying.place(town)
            rows.append(laying.put(0, a, (block, here), b, laying.place(town, but=here, within=block)))
    for pair in NEAR:
        one, other = pair.split("-")
        for k in (0, -1):
            if wordings[one] and wordings[other]:
                at = laying.place(one in towns)
                rows.append(laying.put(0, wordings[one][k], at, wordings[other][k], at))
    for name in ("路灯", "路面", "公厕", "停车"):
        said = wordings[name]
        rows.append(laying.put(0, said[0], ("碧莲镇", "上村"), said[0], ("云岭乡", "上村")))
    laying.dice.shuffle(rows)
    return rows


if __name__ == "__main__":
    main()
